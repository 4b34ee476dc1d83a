# One file or standard input gives the bare number.
printf 'Hello world' >a
: >empty
tokcount a
tokcount empty
tokcount -m gpt-5 a
tokcount --model=gpt-5 a
tokcount -mgpt-5 -- a
printf 'Hello world' | tokcount
printf 'Hello world' | tokcount -
printf 'Hello world' | tokcount count -e o200k_base
tokcount </dev/null
