# A name is one line and cannot drive a terminal; in JSON it is whole.
n=$(printf 'new\nline')
e=$(printf 'esc\033[31m')
printf 'Hello world' >"$n"
printf 'Hello world' >"$e"
tokcount "$n" "$e" | od -c | sed 's/^[^ ]*//'
tokcount --json "$n"
tokcount "$e-missing" 2>&1
tokcount "$n-missing" 2>&1
