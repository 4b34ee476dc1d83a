#!/bin/sh
# Runs test programs and sums them up: run_test.sh "PROGRAM ARGS"...
# Prints the last lines of each that passes and everything of one that fails; exit 1 if any
# failed. cmocka prints its closing lines to standard error, so both are kept.
set -u
failed=0
out=$(mktemp) || exit 2
trap 'rm -f "$out"' EXIT
for t; do
    # the words of one argument are a program and its options
    # shellcheck disable=SC2086
    if $t >"$out" 2>&1; then
        printf '  ok    %-40s %s\n' "${t%% *}" "$(grep -E 'PASSED|passed,|[0-9] skipped|differences' "$out" | tail -n 2 | tr '\n' ' ')"
    else
        status=$?
        failed=$((failed + 1))
        echo "  FAIL  $t (exit $status)"
        cat "$out"
    fi
done
[ "$failed" = 0 ]
