/* tokcount.h - everything public, in one include. */
#ifndef TOKCOUNT_H
#define TOKCOUNT_H

#include "optimizer/count/calibrate.h"
#include "optimizer/count/count_request.h"
#include "optimizer/fit/report.h"
#include "optimizer/fit/undo.h"
#include "optimizer/lint/lint.h"
#include "optimizer/money/cost.h"
#include "optimizer/money/money.h"
#include "optimizer/money/prices_convert.h"
#include "optimizer/request/edit.h"
#include "optimizer/templates/template.h"
#include "optimizer/text/dedupe.h"
#include "optimizer/text/rank.h"
#include "optimizer/text/trim.h"
#include "tokenizer/tokenizer.h"
#include "vocab/registry.h"
#include "vocab/vocab.h"

#endif
