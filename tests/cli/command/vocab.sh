# A vocabulary of one's own: added, listed, counted with, checked, compiled.
awk 'BEGIN {
    b = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (i = 0; i < 256; i++)
        print substr(b, int(i / 4) + 1, 1) substr(b, i % 4 * 16 + 1, 1) "== " i
    print "YWI= 256"
    print "YWJhYg== 257"
}' >ab.tiktoken
tokcount vocab add ab.tiktoken 2>&1
echo "$?"
tokcount vocab add ab.tiktoken --name ab 2>&1
echo "$?"
tokcount vocab add ab.tiktoken --name ../ab --pattern '.+' 2>&1
echo "$?"
tokcount vocab add ab.tiktoken --name cl100k_base --pattern '.+' 2>&1
echo "$?"
tokcount vocab add ab.tiktoken --name ab --pattern '[^ ]+|[ ]+'
printf 'abab ab c' >t
tokcount encode -e ab t
tokcount encode -e ab t | tokcount decode -e ab && echo
tokcount vocab list | grep '^ab '
tokcount vocab verify ab
tokcount vocab compile ab -o ab.tkv && tokcount -e ./ab.tkv t
tokcount vocab compile ab.tiktoken --pattern '[^ ]+|[ ]+' -o ab2.tkv && tokcount -e ab2.tkv t
tokcount vocab compile ab -o /dev/null 2>&1
tokcount vocab compile ab -o nosuch/x 2>&1
head -c 3000 ab.tkv >cut.tkv
tokcount -e ./cut.tkv t 2>err
echo "$? $(wc -l <err)"
ls "$HOME/.local/share/tokcount/vocab"
