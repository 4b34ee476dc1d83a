# Every encoding that is there opens and passes its own check.
tokcount vocab verify >out
echo "$?"
grep -vc ': fine' out
[ "$(wc -l <out)" -ge 30 ] && echo "30 or more"
tokcount vocab list | awk 'NR > 1 { print $1 }' >names
tokcount __names encodings | cmp - names && echo "the same names"
tokcount models | awk 'NR > 1 { print $3 }' | sort -u >used
sort names | comm -13 - used
# --json where the answer is a text is an error, not the text
echo hi >hi.md
for c in 'vocab verify' 'vocab compile o200k_base -o x.tkv' 'lint --explain TC201' 'lint --fix --diff hi.md' 'fit --passes list'; do
    tokcount $c --json 2>&1; echo "exit $?"
done
