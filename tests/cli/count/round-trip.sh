# decode(encode(x)) is x, for text, for every byte under --strict's other side, and no newline
# is added.
awk 'BEGIN { srand(7); for (i = 0; i < 20000; i++) printf "%c", 32 + int(rand() * 95) }' >x
printf '\303\251\342\202\254\360\237\230\200\r\n\t\0end' >y
printf 'bad \377\376 bytes' >z
for e in o200k_base cl100k_base r50k_base qwen3; do
    for f in x y; do
        tokcount encode -e $e $f | tokcount decode -e $e | cmp - $f && echo "$e $f"
    done
done
tokcount encode z | tokcount decode | od -An -c
