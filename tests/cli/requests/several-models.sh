# One column for every -m and -e, in the order given.
printf 'Hello world' >a
printf '12345678901234567890 \303\251\303\251\303\251\n' >b
tokcount -m gpt-5 -e cl100k_base -m gpt-4 a b
echo --
tokcount -m gpt-5 -e cl100k_base a
echo --
tokcount -e o200k_base -e r50k_base --total a b
