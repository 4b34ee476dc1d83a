# How names are matched.
tokcount models show GPT-5 | grep -v '^source'
tokcount models show openai/gpt-4o-2024-08-06 | grep matched
[ "$(tokcount models list | wc -l)" -gt 100 ] && echo 'more than 100'
tokcount models | awk 'NR == 1 { print $1, $2, $3, $4 }'
tokcount models show claude 2>&1 | sed 's/nearest: [^;]*/nearest: .../'
tokcount models show claude 2>/dev/null
