# Models of one vocabulary with names of their own: what is one token for one is text for another.
count() { printf '<think>a</think><tool_response>' | tokcount -q --require exact -m "$1" | sed "s|\$| $1|"; }
for m in qwen3-32b qwq-32b qwen2.5-7b-instruct qwen2-7b-instruct deepseek-v3 deepseek-r1 deepseek-v3.1 deepseek-v3.2 \
    deepseek-r1-distill-qwen-32b glm-4.6 glm-4-9b-chat; do
    count $m
done
