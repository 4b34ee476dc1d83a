# fit with retrieved chunks: near copies (a number that differs is no copy), and the best of them packed.
tokcount fit "$TOP/tests/data/fit/near-copies.json" --passes dedupe -q --diff --asof 2026-11-20
for f in rag-blocks rag-paragraphs; do
    echo "$f:"
    tokcount fit "$TOP/tests/data/fit/$f.json" --pack 200 --asof 2026-11-20 --report -o "$f.json" 2>&1 | grep -v reconstructed | cut -c 1-130
    tokcount fit "$f.json" --pack 200 -q --asof 2026-11-20 2>/dev/null | cmp - "$f.json" && echo idempotent
done
echo "another question:"
tokcount fit "$TOP/tests/data/fit/rag-blocks.json" --pack 120 --query 'What was built in Oslo?' -q --asof 2026-11-20 2>/dev/null | grep -c Oslo

# Chunks in JSON: elements of the list go with their commas, what is left is JSON.
tokcount fit "$TOP/tests/data/fit/rag-json.json" --pack 150 --asof 2026-11-20 --report -o json.json 2>&1 | grep -E 'chunks left out|^tokcount: fit:'
grep -o 'id..:[0-9]' json.json | tr '\n' ' '
tokcount fit json.json --pack 150 -q --asof 2026-11-20 2>/dev/null | cmp - json.json && echo idempotent

# Windows that slide over one text become one span; in another message a line says where the beginning stands.
tokcount fit "$TOP/tests/data/fit/windows.json" --passes dedupe -q --asof 2026-11-20 -o windows.json
grep -o 'piles of eighteen metres.*open while the work goes on' windows.json
grep -o '.The beginning came before.[^.]*' windows.json
tokcount fit windows.json --passes dedupe -q --asof 2026-11-20 2>/dev/null | cmp - windows.json && echo idempotent

# Chunks that are placed best first and second last; of two that overlap one; titles.
echo "places:"
tokcount fit "$TOP/tests/data/fit/rag-json.json" --pack 300 --place ends --asof 2026-11-20 -q -o ends.json && grep -o 'id..:[0-9]' ends.json | tr '\n' ' '
tokcount fit ends.json --pack 300 --place ends -q --asof 2026-11-20 2>/dev/null | cmp - ends.json && echo idempotent
tokcount fit "$TOP/tests/data/fit/rag-blocks.json" --pack 300 --place best --diversity 0.3 --asof 2026-11-20 --report -o best.json 2>&1 | grep -E 'moved|chunks left'
tokcount fit "$TOP/tests/data/fit/rag-paragraphs.json" --pack 200 --place ends --asof 2026-11-20 -q --report=ends.report -o ends.json
tokcount fit --undo ends.report ends.json | cmp - "$TOP/tests/data/fit/rag-paragraphs.json" && echo undone
