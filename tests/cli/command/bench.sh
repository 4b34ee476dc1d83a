# The figures differ from run to run: digits of rates become N, all else must be as written.
rates() { sed -E 's/"(load_ms|cold_mb_s|warm_mb_s)":[0-9]+\.[0-9]+/"\1":N/g'; }
table() { sed -E 's/ +[0-9]+\.[0-9]( |$)/ N\1/g; s/ +[0-9]+\.[0-9]( |$)/ N\1/g; s/load [0-9.]+ ms/load N ms/; s/  +/  /g'; }
awk 'BEGIN { for (i = 0; i < 12000; i++) print "Line", i, "of the text;", i * 7 % 1000 }' >a
printf 'Hello world' >b
: >empty
tokcount bench --threads 2 a | table
tokcount bench --json --threads 2 a b | rates
tokcount bench --json -m gpt-5 b | rates
# Nothing to measure: unknown is not zero.
tokcount bench --json empty | rates
tokcount bench empty | table
# The same number as count gives, pieces and threads or not.
for e in o200k_base mistral_v3 deepseek_v3; do
    n=$(tokcount -e $e a)
    tokcount bench -e $e --json --threads 3 a | grep -q "\"tokens\":$n," && echo "$e same"
done
# Counts only: there are no ids to time.
tokcount bench -q -e claude_v3 --json b | rates
# A text without a place to cut is measured to 4 MB.
head -c 5000000 /dev/zero | tr '\0' a >long
tokcount bench -q --json -e claude_v3 long | rates | sed 's/"tokens":[0-9]*/"tokens":N/'
# Standard input.
tokcount bench --json - <b | rates
# Whatever the kernel.
for k in scalar portable; do
    tokcount bench --kernel $k --json a | grep -o '"tokens":[0-9]*'
    tokcount --kernel $k --total a
done
