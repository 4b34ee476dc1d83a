# A document goes with its title, in every shape that has one, and with a protected title it stays; the way back is exact.
doc() { printf '"The %s of lot %s was moved to bay %s on Monday, and the clerk wrote it down in the blue book by the door."' "$1" "$2" "$2"; }
many() { # SEPARATED items of a function
    i=1; s=''
    while [ $i -le 9 ]; do printf %s "$s"; "$1" $i; s=,; i=$((i + 1)); done
}
texts() { printf '{"type":"document","source":{"type":"text","media_type":"text/plain","data":%s},"title":"Doc %s","context":"wiki"}' "$(doc crate "$1")" "$1"; }
lists() { printf '{"type":"document","source":{"type":"content","content":[{"type":"text","text":%s},{"type":"text","text":%s}]},"title":"Doc %s"}' "$(doc crate "$1")" "$(doc pallet "$1")" "$1"; }
found() { printf '{"type":"search_result","source":"https://example.org/%s","title":"Doc %s","content":[{"type":"text","text":%s},{"type":"text","text":%s}]}' "$1" "$1" "$(doc crate "$1")" "$(doc pallet "$1")"; }
for kind in texts lists found; do
    printf '{"model":"claude-sonnet-4-5","max_tokens":9,"messages":[{"role":"user","content":[%s,{"type":"text","text":"Where is the crate of lot 3?"}]}]}' "$(many $kind)" >$kind.json
    echo "== $kind"
    tokcount --as request --total -q $kind.json
    rm -f small.json
    tokcount fit $kind.json --pack 60 --asof 2026-11-20 -q -o small.json --report=r.json; echo "exit $?"
    grep -o '"title":"[^"]*"\|lot [0-9]' small.json | tr '\n' ' '; echo
    tokcount fit small.json --undo r.json | cmp - $kind.json && echo undone
    tokcount fit $kind.json --pack 60 --protect 'Doc 7' --asof 2026-11-20 -q | grep -o '"title":"Doc 7"\|lot 7' | tr '\n' ' '; echo
done
