# Output that does not arrive is an error; a reader that leaves is none to talk about.
printf 'Hello world' >a
[ -c /dev/full ] || { echo "no /dev/full here"; exit 77; }
tokcount a >/dev/full
echo "$?"
tokcount models >/dev/full
echo "$?"
tokcount a >&-
echo "$?"
tokcount <&-
echo "$?"
tokcount a 2>&-
tokcount nosuch 2>&-
echo "$?"
tokcount models | head -n 1 >/dev/null
# written to until it is known to be closed
(trap '' PIPE; while echo x; do :; done 2>/dev/null; tokcount models; echo "$?" >status) | :
cat status
# the reason is said also by what answers line by line
printf '"x"\n' | tokcount trim >/dev/full
printf '"x"\n' | tokcount --jsonl >/dev/full
