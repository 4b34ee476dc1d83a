# Files of several windows and pipes: the answers are those of one piece, for any number of
# threads, and errors name the byte of the file.
awk 'BEGIN {
    x = 5
    for (i = 0; i < 30000; i++) {
        printf "{\"id\":%d,\"name\":\"user_%d\",\"tags\":[\"a%d\",\"b\"]},", i, i * 7 % 1000, i % 13
        if (i % 5 == 0) printf "\n\n  The quick brown fox (no. %d) doesn'\''t jump.  \r\n", i
        if (i % 7 == 0) printf "\344\270\255\346\226\207\345\255\227\347\254\246\344\270\262\343\200\202"
        if (i % 11 == 0) for (k = 0; k < 60; k++) {
            x = (x * 1103 + 12345) % 65536
            printf "%c", 97 + int(x / 64) % 26
        }
        if (i % 97 == 0) printf "<|endoftext|> <s> </s> <tool_call>"
    }
}' >l
ls -l l | awk '{ print $5 }'
counts="-e o200k_base -e cl100k_base -e qwen3 -e gemma3 -e mistral_v3 -e deepseek_v3"
tokcount $counts -j 1 l | tee one
for j in 2 3 7; do
    tokcount $counts -j $j l | cmp - one && echo "same with $j"
done
for e in o200k_base qwen3 gemma3 mistral_v3; do
    n=$(tokcount -e $e l)
    [ "$(tokcount -e $e <l)" = "$n" ] && [ "$(cat l | tokcount -e $e -j 3)" = "$n" ] &&
        [ "$(dd if=l bs=7777 2>/dev/null | tokcount -e $e)" = "$n" ] && echo "$e: same through a pipe"
    [ "$(tokcount -e $e --special --frame -j 2 l)" = "$(tokcount -e $e --special --frame -j 1 - <l)" ] &&
        [ "$(tokcount -e $e --special --frame l)" -ne "$n" ] && echo "$e: special, frame"
done
tokcount -q --special --frame -e gemma3 l
tokcount -e claude_v5 -q l
tokcount --json l l | sed 's/"encoding".*"as"/"as"/'
# one window that has only its frame, and one byte
: | tokcount --frame -e gemma3
printf a | tokcount
# an error deep in the file: its byte, and the first of two
{ cat l; printf 'abc\377def'; cat l; printf '\376'; } >bad
for j in 1 2 5; do
    tokcount --strict -j $j bad 2>&1
    cat bad | tokcount --strict -j $j 2>&1
done
[ "$(tokcount bad)" = "$(tokcount -j 1 <bad)" ] && echo "U+FFFD"
tokcount --strict -j 3 l
# a character across every sort of window end, and a limit
awk 'BEGIN { for (i = 0; i < 400000; i++) printf "\344\270\255" }' >han
[ "$(tokcount -j 2 han)" = "$(tokcount <han)" ] && tokcount --strict -j 2 han
tokcount -q --limit 1000 l
echo $?
# a long file that is binary is left out of a folder, and counted as an operand
mkdir d
{ printf 'a\0'; cat l; } >d/bin
cp l d/text
tokcount d 2>&1
tokcount -q d/bin
