# Every encoding that is there opens and passes its own check.
tokcount vocab verify >out
echo "$?"
grep -vc ': fine' out
[ "$(wc -l <out)" -ge 30 ] && echo "30 or more"
tokcount vocab list | awk 'NR > 1 { print $1 }' >names
tokcount __names encodings | cmp - names && echo "the same names"
tokcount models | awk 'NR > 1 { print $3 }' | sort -u >used
sort names | comm -13 - used
