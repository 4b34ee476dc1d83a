# Every command explains itself; no option is without words.
commands=$(sed -n 's/^SUBCOMMAND([A-Z_]*, \([a-z]*\),.*/\1/p' "$TOP/tools/subcommands.def")
echo "$commands" | grep -cE '^(count|encode|help|version)$'
for c in $commands; do
    tokcount $c -h >short || echo "$c -h failed"
    tokcount $c --help >long || echo "$c --help failed"
    tokcount help $c | cmp - long
    awk -v c=$c 'length > 80 { print c ": " $0 }' short
    awk -v c=$c 'length > 100 && !/^ +--/ { print c ": " $0 }' long
    grep -q '^usage: tokcount' short || echo "$c: no usage"
    tokcount help | grep -q "^  $c " || echo "$c: not in the overview"
done
tokcount -h | head -n 1
tokcount --version
tokcount -V
