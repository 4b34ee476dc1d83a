# Forms of a request beside the provider's own body: what an SDK was called with, what an endpoint that counts is given.
r=$TOP/tests/data/requests
tokcount count -q --as request "$r/gemini/sdk-config.json" | sed 's/  */ /g'
tokcount count -q --as request "$r/gemini/sdk-nulls.json" | sed 's/  */ /g'
tokcount count -q --as request --json "$r/bedrock/count-tokens.json" | grep -o '"model":"[^"]*"' | head -1
tokcount lint "$r/bedrock/count-tokens.json"
# Base64, which is not read, is refused
echo '{"input":{"invokeModel":{"body":"e30="}}}' >invoke.json
tokcount count --as request invoke.json 2>&1; echo "status $?"
# the pictures' resolution is in the config too, and null beside the picture says nothing
q='{"model":"gemini-3-pro-preview","contents":[{"parts":[{"media_resolution":null,"fileData":{"mimeType":"image/png","fileUri":"x"}}]}]'
for more in '}' ',"config":{"media_resolution":"MEDIA_RESOLUTION_LOW"}}'; do
    echo "$q$more" | tokcount count -q --as request --total
done
# texts alone, and as token ids; in a batch; nothing of them may be changed or bounded
for f in "$r"/texts/*.json; do
    echo "${f##*/}: $(tokcount count -q --as request "$f" | tail -1 | sed 's/  */ /g')"
    tokcount lint "$f" | tail -1
done
echo '{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":{"model":"text-embedding-3-small","input":["hello world"]}}' |
    tokcount count --as request -q --total
tokcount fit -q --budget 1 "$r/texts/embed-list.json"; echo "status $?"
tokcount fit -q -m gpt-3.5-turbo-instruct "$r/texts/fill.json" | cmp - "$r/texts/fill.json" && echo unchanged
