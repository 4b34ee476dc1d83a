# Invalid UTF-8 counts as U+FFFD; --strict names the byte.
printf 'abc\377def' >bad
printf 'abc\357\277\275def' >good
[ "$(tokcount bad)" = "$(tokcount good)" ] && echo "U+FFFD"
tokcount --strict good
tokcount --strict bad 2>&1
echo "$?"
tokcount decode --strict 102 2>&1
