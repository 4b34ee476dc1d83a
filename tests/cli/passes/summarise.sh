# A conversation a line, its summary a line: within the budget, with who said it, in order.
cat >t.jsonl <<'X'
{"id":1,"turns":[{"speaker":"Ann","text":"Hello! How are you doing today?"},{"speaker":"Bob","text":"Well, I want to book a flight to Lisbon for my team of 6 people."},{"speaker":"Ann","text":"Sure. The flight on November 27 costs $420 a person, but it is not direct."},{"speaker":"Bob","text":"Hmm. Okay."},{"speaker":"Bob","text":"We never fly with a stop. Is there a direct flight to Lisbon?"},{"speaker":"Ann","text":"Yes, flight TP-951 is direct and costs $510."},{"speaker":"Bob","text":"I agree, we decided to take it."}],"budget":40}

{"id":"v","turns":[{"speaker":"Ann","text":"Hmm. I never eat \"fish\" on Monday."}],"budget":40,"verbatim":true}
{"turns":[{"speaker":null,"text":"The server has 64 GB.\nIt must not restart."}],"budget":100,"fill":true}
{"id":[0],"turns":[],"budget":5}
{"id":3,"turns":[{"text":"The server has 64 GB."},{"text":"It must not restart on Friday."}],"budget":60,"previous":"The server has 64 GB.","previous_turns":1}
{"id":4,"turns":[{"text":"The server has 64 GB."},{"text":"It must not restart on Friday."}],"budget":9,"previous":"The server has 64 GB.","previous_turns":1}
X
tokcount summarise -e o200k_base --jsonl - <t.jsonl
echo "exit $?"
tokcount summarise t.jsonl | cmp - /dev/stdin <<X
$(tokcount summarise -j 4 <t.jsonl)
X
echo "same $?"
tokcount summarise -m gpt-4 t.jsonl | head -n 1 | cut -c1-40
for bad in '[]' '{"turns":1,"budget":1}' '{"turns":[]}' '{"turns":[{"speaker":"x"}],"budget":1}' '{"turns":[],"budget":-1}' \
    '{"turns":[],"budget":1,"fill":"no"}' '{"turns":[],"budget":1,"query":1}' '{"turns":[],"budget":1,"previous_turns":2}' '{'; do
    echo "$bad" | tokcount summarise 2>&1
    echo "exit $?"
done
tokcount summarise -m gpt-4 -m gpt-5 t.jsonl 2>&1
tokcount summarise nosuch 2>&1
echo "exit $?"
