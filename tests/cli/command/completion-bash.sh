# The bash completion answers.
command -v bash >/dev/null || { echo "bash is not installed"; exit 77; }
printf x >'my file.txt'
cat >ask <<'END'
. "$TOP/tools/completions/tokcount.bash"
ask() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _tokcount
    echo "${*:2} -> ${COMPREPLY[*]}"
}
ask tokcount tr
ask tokcount tree --s
ask tokcount tree --sort t
ask tokcount --requ
ask tokcount models sh
ask tokcount models show gpt-oss-2
ask tokcount -m gpt-oss-1
ask tokcount vocab comp
ask tokcount -e o200k_b
ask tokcount my
echo "${#COMPREPLY[@]}"
END
bash ask
