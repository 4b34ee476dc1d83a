# Numbers of rules in .tokcount.yaml: taken, refused with their line, told by --explain.
exec 2>&1
run() { echo "\$ tokcount lint $*"; tokcount lint --format concise -q "$@"; echo "exit $?"; }
mkdir prompts
printf -- '- Always cite the source of every figure.\n- Be kind.\n- Every figure: always cite its source.\n' >prompts/a.md
run
try() { printf 'lint:\n  rules:\n    %s\n' "$1" >.tokcount.yaml; echo "# $1"; run; }
try 'TC401: {min-saved: 9}'
try 'duplicate-instruction: {min-saved: 8, severity: error}'
try 'TC401: {min-words: 6}'
try 'TC401: {min-words: 2}'
try 'TC401: {min-words: many}'
try 'TC401: {max: 3}'
try 'TC605: {min-saved: 3}'
try 'TC102: {grow-pct: 10}'
rm .tokcount.yaml
tokcount budget init -q
printf 'more and more of it\n' >>prompts/a.md
run --select TC102
try 'TC102: {grow-pct: 100}'
tokcount lint --explain TC104 | sed -n '/^Options/,/^$/p' | head -9
tokcount lint --explain TC104 | grep '^- '
