# A prompt a line: what is left, what went and why, what the guard refused.
cat >p.jsonl <<'X'
{"id":1,"text":"# Rules\n- Please never promise refunds above $50.\n- Answer in French.\n- Never promise refunds above $50!\n\nThank you so much!\n"}
"Hello! It is important to note that you must cite 3 sources."
{"id":"b","text":"You serve Acme users with their cars. The summer sky looks blue and wide. Never lie to users about prices.","budget":1}
{"text":"The sky is blue in Oslo.","ratio":0.5,"waive":["name"]}
{"text":"Example 1:\nhi\n\nExample 2:\nthere\n","keep_examples":1}
X
tokcount trim --jsonl p.jsonl
echo "exit $?"
for bad in '{"text":1}' '{"text":"x","budget":-1}' '{"text":"x","waive":"all"}' '{"text":"x","waive":["all"]}'; do
    echo "$bad" | tokcount trim 2>&1
    echo "exit $?"
done
tokcount trim -m gpt-4 -m gpt-5 p.jsonl 2>&1
# what comes out goes in unchanged
tokcount trim p.jsonl | sed 's/,"tokens":.*/}/' >q.jsonl
tokcount trim q.jsonl | sed 's/,"tokens":.*/}/' | cmp - q.jsonl
echo "same $?"
