# Sums of folders; --depth cuts the print, not the sums; --sort.
mkdir -p d/b/c d/a d/none
printf 'Hello world' >d/b/c/x
printf 'Hello world, hello world' >d/b/y
printf 'Hello' >d/a/z
printf 'Hello world' >d/top
tokcount tree d
echo --
tokcount tree --depth 1 --sort tokens d
echo --
tokcount tree -m gpt-5 -e cl100k_base --depth 0 d d/top
echo --
(cd d && tokcount tree)
tokcount tree d/none
tokcount tree --limit 3 -q d >/dev/null
echo "$?"
