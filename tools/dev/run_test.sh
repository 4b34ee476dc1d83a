#!/bin/sh
# Runs test programs on all processors and sums them up: run_test.sh "PROGRAM ARGS"...
# Prints the last lines of each that passes and everything of one that fails, in the order
# given; exit 1 if any failed. cmocka prints its closing lines to standard error, so both
# are kept. JOBS=1 runs them one by one.
set -u
jobs=${JOBS:-$(nproc 2>/dev/null || echo 1)}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM

# Test number $1: its output and its exit status in files of that number.
run() {
    # the words of one argument are a program and its options
    # shellcheck disable=SC2086
    $2 >"$work/$1.out" 2>&1
    echo $? >"$work/$1.status.new"
    mv "$work/$1.status.new" "$work/$1.status"
}

# Prints what is finished of the tests from $shown on, up to the first that is not.
show() {
    while [ "$shown" -lt "$started" ] && [ -f "$work/$shown.status" ]; do
        read -r status <"$work/$shown.status"
        name=$(cat "$work/$shown.name")
        if [ "$status" = 0 ]; then
            printf '  ok    %-40s %s\n' "${name%% *}" \
                "$(grep -E 'PASSED|passed,|[0-9] skipped|differences|^Done [0-9]' "$work/$shown.out" | tail -n 2 | tr '\n' ' ')"
        else
            failed=$((failed + 1))
            echo "  FAIL  $name (exit $status)"
            cat "$work/$shown.out"
        fi
        shown=$((shown + 1))
    done
}

failed=0 started=0 shown=0
for t; do
    while [ "$((started - $(ls "$work" | grep -c '\.status$')))" -ge "$jobs" ]; do
        sleep 0.05
        show
    done
    printf '%s\n' "$t" >"$work/$started.name"
    run "$started" "$t" &
    started=$((started + 1))
done
wait
show
[ "$failed" = 0 ]
