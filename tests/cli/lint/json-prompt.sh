# A prompt kept as JSON is linted as one; what is beside it, and other JSON, as data.
printf '{"system":"Always answer in English.\\nBe kind.\\nAlways answer in English.","prompt":"Be kind. {{ x }}","note":"Always answer in English."}' >a.json
printf '{"prompt":{"a":"Always answer in English. Always answer in English."},"title":"Always answer in English."}' >b.json
printf '{"prompt":"Hi.","other":["AKIAQ3EGVTJ7RDZX2M5K"]}' >c.json
printf '{"model":"gpt-3.5-turbo-instruct","prompt":"Always answer in English.\\nBe kind.\\nAlways answer in English."}' >d.json
tokcount lint --format concise a.json b.json c.json d.json; echo "status $?"
tokcount lint --unsafe-fixes --fix -q a.json; cat a.json; echo
