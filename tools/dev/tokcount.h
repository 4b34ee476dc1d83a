/* tokcount.h - everything public, in one include. */
#ifndef TOKCOUNT_H
#define TOKCOUNT_H

#include "tokenizer/tokenizer.h"
#include "vocab/registry.h"
#include "vocab/vocab.h"

#endif
