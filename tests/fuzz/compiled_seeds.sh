#!/bin/sh
# compiled_seeds.sh TOKCOUNT - makes the seeds of fuzz_compiled again: small vocabularies in the compiled form of
# today, behind the byte that asks for right checksums. test_compiled fails when they are of an older form.
set -eu
tokcount=$1
cd "$(dirname "$0")/../.."
to=tests/fuzz/corpus/fuzz_compiled
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
seed() {
    "$tokcount" vocab compile "tests/data/hf/$2.json" -o "$tmp/v"
    { printf '\1'; cat "$tmp/v"; } > "$to/$1"
}
seed characters fallback-some-no-unk
seed unigram unigram-fused-piece
seed wordpiece wordpiece-no-pretokenizer
