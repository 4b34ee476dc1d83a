# Several files: rows as wc prints them, and a total; the same file twice counts twice.
printf 'Hello world' >a
printf 'one two three four five six seven eight nine ten eleven twelve' >'b c'
: >empty
tokcount a 'b c' empty a
echo --
tokcount --total a 'b c'
echo --
printf 'Hello world' | tokcount - a
