/*
 * calibration.h - the user's calibrations: where they are kept, and which a count uses.
 */
#ifndef TOOLS_CLI_CALIBRATION_H
#define TOOLS_CLI_CALIBRATION_H

#include "optimizer/count/calibrate.h"
#include "tools/cli/vocab.h"

/* --calibration FILE, else $XDG_CONFIG_HOME/tokcount/calibration.yaml; NULL without a home
 * folder or memory. To be freed. */
char *cli_calibration_path(const cli_args *a);
/* Reads that file; nothing with --no-calibration, or where no file is named and none is there.
 * False: it was said. Release in any case. */
bool cli_calibrations_open(tkc_calibrations *all, const cli_args *a);
/* The one of a target's model, or NULL. */
const tkc_calibration *cli_calibration_for(const tkc_calibrations *all, const cli_target *t);

#endif
