# The output does not depend on the number of threads.
i=0
while [ $i -lt 200 ]; do
    mkdir -p d/$((i % 7))
    awk -v n=$i 'BEGIN { for (k = 0; k < n * 3; k++) printf "word%d ", k * n }' >d/$((i % 7))/$i
    i=$((i + 1))
done
printf 'a\0' >d/bin
tokcount -j1 -m gpt-5 -e cl100k_base d nosuch >one 2>one.err
wc -l <one
for j in 2 3 4 8 64; do
    tokcount -j $j -m gpt-5 -e cl100k_base d nosuch >out 2>err
    [ "$?" = 2 ] && cmp out one && cmp err one.err && echo "$j"
done
