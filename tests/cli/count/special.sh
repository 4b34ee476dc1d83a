# A control token spelled in a text is text, unless --special is given.
printf 'a<|endoftext|>b' >a
tokcount a
tokcount --special a
tokcount encode --special a
tokcount encode --special a | tokcount decode && echo
tokcount encode --special a | tokcount decode --skip-special && echo
