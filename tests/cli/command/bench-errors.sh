# What cannot be measured is said; the rest still is.
printf 'Hello world' >b
mkdir folder
try() { tokcount bench "$@" >out 2>&1 </dev/null; echo "$? $(sed 's/^tokcount: //' out | head -n 1)"; }
try nosuch
try folder
try -e nosuch b
try -m gpt-5 -e cl100k_base b
try --threads 0 b
try --threads many b
try --tree b
try --kernel sse9 b
tokcount bench --json b nosuch 2>/dev/null | grep -o '"tokens":2'
tokcount bench b nosuch >/dev/null 2>&1
echo $?
tokcount bench b >/dev/full 2>/dev/null
echo $?
