# A vocabulary that could not be written whole is not there at all, and the cache only costs
# time.
printf 'Hello world' >a
(
    trap '' XFSZ
    ulimit -f 8
    tokcount vocab compile o200k_base -o o.tkv 2>err
    echo "$? $(wc -l <err)"
    TOKCOUNT_CACHE=$PWD/cache tokcount -e cl100k_base a
)
ls
ls cache 2>/dev/null
TOKCOUNT_CACHE=/dev/null/x tokcount -e cl100k_base a
TOKCOUNT_CACHE=$PWD/cache2 tokcount -e cl100k_base a
ls -ld cache2 | cut -c 1-10
TOKCOUNT_DATA=$PWD/none TOKCOUNT_CACHE=$PWD/none tokcount -e cl100k_base a 2>&1
