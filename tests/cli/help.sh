# Every command explains itself; no option is without words.
for c in count encode decode tree models vocab bench help version; do
    tokcount $c -h >short || echo "$c -h failed"
    tokcount $c --help >long || echo "$c --help failed"
    tokcount help $c | cmp - long
    awk -v c=$c 'length > 80 { print c ": " $0 }' short
    grep -q '^usage: tokcount' short || echo "$c: no usage"
done
tokcount -h | head -n 1
tokcount help | grep -c '^  [a-z]'
tokcount --version
tokcount -V
