# 40,000 lines on any number of threads, from a file and through a pipe in small pieces.
awk 'BEGIN { for (i = 0; i < 40000; i++) printf "{\"text\":\"line %d %s\"}\n", i, substr("abcdefghijklmnopqrstuvwxyz", 1 + i % 26) }' >l
tokcount -j 1 --jsonl l >one
wc -l <one
for j in 2 3 8; do
    tokcount -j $j --jsonl l | cmp - one && echo "same with $j"
done
cat l | tokcount --jsonl | cmp - one && echo "same through a pipe"
dd if=l bs=777 2>/dev/null | tokcount -j 4 --jsonl - | cmp - one && echo "same in pieces"
[ "$(tokcount --jsonl --total l)" = "$(awk '{ n += $1 } END { print n }' one)" ] && echo "total"
{ head -n 30000 l; echo bad; tail -n 10000 l; } >b
for j in 1 4; do
    tokcount -j $j --jsonl b >out 2>err
    echo "$? $(wc -l <out) $(cat err)"
    head -n 30000 one | cmp - out && echo "all before it"
done
(printf '"Hello"\n'; sleep 1; [ -s got ] && echo "answered while the pipe is open" >&2; printf '"world"\n') |
    tokcount --jsonl >got
cat got
