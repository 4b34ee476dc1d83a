# The documented objects.
mkdir d
printf 'Hello world' >d/a
printf 'Hello\0world' >d/bin
tokcount --json d/a
tokcount --json -m gpt-5 d -q
tokcount --json -m gpt-5 -e cl100k_base d/a
printf 'Hello world' | tokcount --json
tokcount --json d/a d/nosuch 2>/dev/null
tokcount tree --json d -q
tokcount encode --json --offsets d/a --text 'Hi'
tokcount encode --json missing d/a 2>/dev/null; echo "exit $?"
tokcount models show gpt-5-2025-08-07 --json | sed 's/"source":"[^"]*","checked":"[^"]*"/.../'
