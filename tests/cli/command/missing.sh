# Each of these is one line on standard error and exit status 2.
printf 'Hello world' >a
run() {
    tokcount "$@" >out 2>err
    echo "$? $(wc -l <err) $(sed 's/nearest: [^;]*/nearest: .../; s/not a vocabulary.*/not a vocabulary .../' err)"
    sed 's/^/  out: /' out
}
run nosuch
run a nosuch
run a/b
run -m gtp-5 a
run -m '' a
run -m nosuch a
run -m o200k_base a
run -e gpt-4o a
run lnit
run -e o200k_bas a
run -e ./nosuch a
run -e a a
run -e . a
run --jsnol a
run --limit x a
run --limit 99999999999999999999999 a
run -j 0 a
run -m
run -k
run --total=yes a
run --depth 1 a
run --as requests a
run --as message a
run encode nosuch
run encode .
run encode -m gpt-5 -m gpt-4 a
run decode nosuch
run decode 1 99999999
run decode 4294967296
run models show nosuch
run models bla
run vocab bla
run vocab add
run vocab add nosuch
run vocab verify nosuch
run vocab compile o200k_base
run help bla
run --files-from nosuch
run tere a
run vocab list o200k_base
run lint --json --format sarif a
