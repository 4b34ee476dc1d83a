# Ids on a line; text in the command line; and back.
printf 'Hello world' >a
printf 'tab\there\n' >b
tokcount encode a b
tokcount encode 'Hello world'
tokcount encode --text Hello --text ''
tokcount encode Hello 2>&1
echo "$?"
echo -- pieces
tokcount encode --pieces --offsets -m gpt-5 'Hello world'
tokcount encode --pieces a
tokcount encode --offsets a
printf 'a "q" \\ \033[1m \360\237\221\251 \377' | tokcount encode --pieces --offsets
echo -- decode
tokcount encode a b | tokcount decode
tokcount decode 13225 2375 && echo
tokcount decode 13225,2375 "13225 2375" && echo
tokcount encode a >ids && tokcount decode ids && echo
