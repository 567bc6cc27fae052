#!/bin/sh
# Run test programs one after the other and count their tests.
#
#   run-tests.sh PROGRAM…
#
# WRAPPER, if set, is put before each program (valgrind); a program that runs
# longer than TEST_TIMEOUT seconds (300) is ended. Every program speaks TAP. A
# program that ends badly counts as one failure more, unless a failed test of
# its own explains that; tests that it announced and never ran are failures.
# Exit 1 if anything failed, or if nothing ran.
set -u

passed=0
failed=0
output=$(mktemp) || exit 1
trap 'rm -f "$output"' EXIT INT TERM

for program in "$@"; do
    status=0
    # shellcheck disable=SC2086
    CMOCKA_MESSAGE_OUTPUT=TAP timeout "${TEST_TIMEOUT:-300}" ${WRAPPER:-} "$program" \
        >"$output" 2>&1 </dev/null || status=$?
    planned=$(sed -n 's/^1\.\.\([0-9][0-9]*\)$/\1/p' "$output" | awk '{ n += $1 } END { print n + 0 }')
    ok=$(grep -c '^ok ' "$output")
    bad=$(grep -c '^not ok ' "$output")
    if [ "$planned" -gt $((ok + bad)) ]; then
        bad=$((planned - ok))
    fi
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ] || [ $((ok + bad)) -eq 0 ]; then
        bad=$((bad + 1))
    fi
    passed=$((passed + ok))
    failed=$((failed + bad))
    if [ "$bad" -eq 0 ]; then
        echo "pass  $program ($ok)"
    else
        echo "FAIL  $program ($ok passed, $bad failed, exit status $status)"
        grep -v '^ok ' "$output" | sed 's/^/      /'
    fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
