/* calibration.c - finds and reads the calibration file. */
#include "tools/cli/calibration.h"

#include "tools/cli/input.h"
#include "tools/cli/output.h"

#include <stdlib.h>
#include <string.h>

char *cli_calibration_path(const cli_args *a)
{
    cli_folders f;
    char *path = NULL;
    if (a->calibration) return strdup(a->calibration);
    cli_folders_init(&f);
    if (f.config) path = cli_path_join(f.config, "calibration.yaml", "");
    cli_folders_release(&f);
    return path;
}

bool cli_calibrations_open(tkc_calibrations *all, const cli_args *a)
{
    char *path;
    tkc_buf text;
    tkc_error err = {0};
    bool ok = true;
    tkc_calibrations_init(all, NULL);
    if (a->no_calibration) return true;
    path = cli_calibration_path(a);
    if (!path || (!a->calibration && !cli_path_exists(path))) {
        free(path);
        return true;
    }
    tkc_buf_init(&text, 1u << 24, NULL);
    ok = !cli_path_read(path, &text, &err) && !tkc_calibrations_read(all, tkc_buf_str(&text), &err);
    if (!ok) cli_message_at(path, &err);
    tkc_buf_release(&text);
    free(path);
    return ok;
}

const tkc_calibration *cli_calibration_for(const tkc_calibrations *all, const cli_target *t)
{
    return t->model ? tkc_calibrations_find(all, t->model->name) : NULL;
}
