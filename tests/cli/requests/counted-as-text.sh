# A request that is counted as a text is told so, unless that is asked for; other JSON is not.
echo '{"model":"gpt-4o","messages":[{"role":"user","content":"hello"}]}' >req.json
echo '{"name":"x","version":"1.0"}' >other.json
tokcount req.json 2>&1
tokcount -m gpt-4o <req.json 2>&1
tokcount --as text req.json 2>&1
tokcount --quiet req.json 2>&1
tokcount other.json 2>&1
mkdir d && mv req.json d/ && tokcount --total d 2>&1
