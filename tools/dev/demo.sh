#!/bin/sh
# The main job on a real sample: this repository's own README and sources.
set -eu
t=$1
say() { printf '\n$ %s\n' "$*"; }
say tokcount README.md
"$t" README.md
say "echo -n 'Hello world' | tokcount -m gpt-5"
printf 'Hello world' | "$t" -m gpt-5
say tokcount -m gpt-5 -m qwen3-32b -m gemini-2.5-pro -m claude-opus-4-5 tokenizer/
"$t" -m gpt-5 -m qwen3-32b -m gemini-2.5-pro -m claude-opus-4-5 tokenizer/
say "tokcount encode --pieces --offsets -m gpt-5 'Hello world'"
"$t" encode --pieces --offsets -m gpt-5 'Hello world'
