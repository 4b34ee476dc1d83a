# bash completion for tokcount; made by "tokcount __complete bash".
_tokcount_files() {
    local name
    while IFS= read -r name; do COMPREPLY+=("$name"); done < <(compgen -f -- "$1")
}
_tokcount() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local command=count words= verbs=
    COMPREPLY=()
    case $prev in
    -m|--model) COMPREPLY=($(compgen -W "$(tokcount __names models)" -- "$cur")); return ;;
    -e|--encoding) COMPREPLY=($(compgen -W "$(tokcount __names encodings)" -- "$cur")); _tokcount_files "$cur"; return ;;
    --as) COMPREPLY=($(compgen -W 'text message request' -- "$cur")); return ;;
    --require) COMPREPLY=($(compgen -W 'exact reconstructed' -- "$cur")); return ;;
    --limit)  return ;;
    --text)  return ;;
    --depth)  return ;;
    --sort) COMPREPLY=($(compgen -W 'name tokens' -- "$cur")); return ;;
    --queries) _tokcount_files "$cur"; return ;;
    --query)  return ;;
    -k|--most)  return ;;
    --threshold)  return ;;
    --emit) COMPREPLY=($(compgen -W 'clusters keep overlaps merged' -- "$cur")); return ;;
    --order) COMPREPLY=($(compgen -W 'auto text separate' -- "$cur")); return ;;
    --title-weight)  return ;;
    --diversity)  return ;;
    --place) COMPREPLY=($(compgen -W 'given best ends' -- "$cur")); return ;;
    --language)  return ;;
    --files-from) _tokcount_files "$cur"; return ;;
    -j|--jobs)  return ;;
    --kernel) COMPREPLY=($(compgen -W 'scalar portable neon avx2 avx512' -- "$cur")); return ;;
    --threads)  return ;;
    --name)  return ;;
    --recipe) COMPREPLY=($(compgen -W "$(tokcount __names encodings)" -- "$cur")); _tokcount_files "$cur"; return ;;
    --pattern)  return ;;
    -o|--output) _tokcount_files "$cur"; return ;;
    --budget)  return ;;
    --passes)  return ;;
    --pack)  return ;;
    --protect)  return ;;
    --keep-turns)  return ;;
    --keep-examples)  return ;;
    --keep-prefix)  return ;;
    --call-gap)  return ;;
    --waive)  return ;;
    --undo) _tokcount_files "$cur"; return ;;
    --by)  return ;;
    --out)  return ;;
    --input)  return ;;
    --cached)  return ;;
    --provider)  return ;;
    --asof)  return ;;
    --prices) _tokcount_files "$cur"; return ;;
    --rules) _tokcount_files "$cur"; return ;;
    --format) COMPREPLY=($(compgen -W 'auto log request mooncake' -- "$cur")); return ;;
    --html) _tokcount_files "$cur"; return ;;
    --fail-under)  return ;;
    --what-if)  return ;;
    --partial) _tokcount_files "$cur"; return ;;
    --cache-size)  return ;;
    --on-error) COMPREPLY=($(compgen -W 'skip fail report' -- "$cur")); return ;;
    --rev)  return ;;
    --format) COMPREPLY=($(compgen -W 'text json md full concise jsonl sarif github gitlab junit checkstyle rdjson markdown html' -- "$cur")); return ;;
    --lock) _tokcount_files "$cur"; return ;;
    --raise)  return ;;
    --config) _tokcount_files "$cur"; return ;;
    --calibration) _tokcount_files "$cur"; return ;;
    --coverage)  return ;;
    --select)  return ;;
    --extend-select)  return ;;
    --ignore)  return ;;
    --explain)  return ;;
    --stdin-filename)  return ;;
    esac
    case ${COMP_WORDS[1]} in
    count|encode|decode|tree|models|vocab|bench|cost|summarise|trim|prices|tools|audit|budget|diff|calibrate|rank|fit|dedupe|pack|lint|help|version) [ "$COMP_CWORD" -gt 1 ] && command=${COMP_WORDS[1]} ;;
    esac
    case $command in
    count) words='--model --encoding --special --frame --as --strict --require --limit --total --json --jsonl --files-from --null --hidden --no-ignore --jobs --kernel --on-error --calibration --no-calibration --stdin-filename --quiet --no-color --help --version' verbs='' ;;
    encode) words='--model --encoding --special --frame --strict --require --json --jsonl --text --pieces --offsets --jobs --quiet --help --version' verbs='' ;;
    decode) words='--model --encoding --strict --jsonl --skip-special --jobs --quiet --help --version' verbs='' ;;
    tree) words='--model --encoding --special --frame --strict --require --limit --json --depth --sort --files-from --null --hidden --no-ignore --jobs --quiet --no-color --help --version' verbs='' ;;
    models) words='--json --help --version' verbs='list show' ;;
    vocab) words='--json --name --recipe --pattern --output --help --version' verbs='list add verify compile' ;;
    bench) words='--model --encoding --json --kernel --threads --quiet --help --version' verbs='' ;;
    cost) words='--model --require --json --jsonl --files-from --null --hidden --no-ignore --by --out --input --cached --batch --provider --asof --prices --on-error --calibration --no-calibration --quiet --help --version' verbs='' ;;
    summarise) words='--model --encoding --strict --require --jsonl --jobs --quiet --help --version' verbs='' ;;
    trim) words='--model --encoding --strict --require --jsonl --jobs --quiet --help --version' verbs='' ;;
    prices) words='--json --provider --asof --prices --quiet --help --version' verbs='' ;;
    tools) words='--model --encoding --require --limit --json --quiet --help --version' verbs='' ;;
    audit) words='--model --json --files-from --null --hidden --no-ignore --jobs --provider --asof --prices --rules --format --html --fail-under --what-if --partial --show-text --cache-size --on-error --quiet --help --version' verbs='' ;;
    budget) words='--model --encoding --special --require --json --files-from --null --no-ignore --jobs --lock --raise --findings --config --no-config --quiet --help --version' verbs='' ;;
    diff) words='--model --encoding --special --require --json --provider --asof --prices --rev --format --config --no-config --quiet --help --version' verbs='' ;;
    calibrate) words='--model --json --on-error --calibration --coverage --quiet --help --version' verbs='' ;;
    rank) words='--queries --query --most --language --help --version' verbs='' ;;
    fit) words='--model --encoding --require --json --jsonl --query --order --title-weight --diversity --place --language --jobs --output --budget --lossless --passes --trim --pack --protect --keep-turns --keep-examples --keep-prefix --allow-prefix-change --layout --call-gap --waive --report --diff --undo --cached --provider --asof --prices --rules --stdin-filename --quiet --help --version' verbs='' ;;
    dedupe) words='--threshold --emit --pairs --language --jobs --quiet --help --version' verbs='' ;;
    pack) words='--model --encoding --special --require --jsonl --query --order --title-weight --diversity --place --language --jobs --budget --quiet --help --version' verbs='' ;;
    lint) words='--model --encoding --json --files-from --null --no-ignore --jobs --diff --format --lock --no-baseline --config --no-config --select --extend-select --ignore --preview --fix --unsafe-fixes --explain --list-rules --exit-zero --stdin-filename --quiet --no-color --help --version' verbs='' ;;
    help) words='--help --version' verbs='count encode decode tree models vocab bench cost summarise trim prices tools audit budget diff calibrate rank fit dedupe pack lint help version' ;;
    version) words='--help --version' verbs='' ;;
    esac
    case $cur in
    -*) COMPREPLY=($(compgen -W "$words" -- "$cur")); return ;;
    esac
    if [ "$COMP_CWORD" -eq 1 ]; then verbs='count encode decode tree models vocab bench cost summarise trim prices tools audit budget diff calibrate rank fit dedupe pack lint help version'; fi
    if [ "$command $prev" = 'models show' ]; then verbs=$(tokcount __names models); fi
    COMPREPLY=($(compgen -W "$verbs" -- "$cur"))
    _tokcount_files "$cur"
}
complete -o filenames -F _tokcount tokcount
