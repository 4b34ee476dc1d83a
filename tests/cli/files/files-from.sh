# Names from a file, a line or a NUL each; blank lines are nothing.
printf 'Hello world' >a
printf 'Hello world' >'b c'
n=$(printf 'd\ne')
printf 'Hello world' >"$n"
printf 'a\n\nb c\n' >list
tokcount --files-from list
printf 'a\nb c' | tokcount --files-from=-
printf 'a\0b c\0d\ne\0' | tokcount -0 --files-from - a
printf 'a\0b c\0' | tokcount --files-from - 2>&1
