# What is not exact says so; --require refuses it; a guess by prefix says so.
printf 'Hello world' >a
tokcount -m gpt-5 --require exact a
tokcount -m claude-opus-5 a >/dev/null
tokcount -q -m claude-opus-5 --require reconstructed a >/dev/null
tokcount -m claude-opus-5 --require exact a
echo "$?"
tokcount -m gpt-5 -m claude-opus-5 --require exact a
echo "$?"
tokcount -m gpt-5-some-new-name a
tokcount -m gpt-5-2025-08-07 a
tokcount --as message -m gpt-4o a
