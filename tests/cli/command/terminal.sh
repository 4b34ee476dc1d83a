# On a terminal the sum is bold, and names are escaped; not with NO_COLOR, not in a pipe.
script -qec true /dev/null >/dev/null 2>&1 || { echo "no script(1) here"; exit 77; }
printf 'Hello world' >a
e=$(printf 'e\033x')
printf 'Hello world' >"$e"
show() { sed "s/$(printf '\033')/<esc>/g" | tr -d '\r'; }
script -qec "tokcount a '$e'" /dev/null </dev/null | show
NO_COLOR=1 script -qec 'tokcount a a' /dev/null </dev/null | show
script -qec 'tokcount --no-color a a' /dev/null </dev/null | show
TERM=dumb script -qec 'tokcount a a' /dev/null </dev/null | show
tokcount a a | show
script -qec 'tokcount' /dev/null </dev/null >out 2>&1
grep -c 'usage: tokcount' out
