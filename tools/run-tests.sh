#!/bin/sh
# Run test programs, as many at once as there are processors, and count their tests.
#
#   run-tests.sh PROGRAM…
#
# WRAPPER, if set, is put before each program (valgrind); a program that runs
# longer than TEST_TIMEOUT seconds (300) is ended; TEST_JOBS is how many run at once.
# Every program speaks TAP. A program that ends badly counts as one failure more, unless
# a failed test of its own explains that; tests that it announced and never ran are
# failures. Each program's lines stand together. Exit 1 if anything failed, or if
# nothing ran.
set -u

# One program: its lines to standard output, "PASSED FAILED" added to the file COUNTS.
if [ "${1:-}" = --one ]; then
    counts=$2
    program=$3
    output=$(mktemp) || exit 1
    trap 'rm -f "$output"' EXIT INT TERM
    status=0
    began=$(date +%s)
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
    if [ "$bad" -eq 0 ]; then
        echo "pass  $program ($ok) in $(($(date +%s) - began)) s"
    else
        printf '%s\n' "FAIL  $program ($ok passed, $bad failed, exit status $status)
$(grep -v '^ok ' "$output" | sed 's/^/      /')"
    fi
    echo "$ok $bad" >>"$counts"
    exit 0
fi

counts=$(mktemp) || exit 1
trap 'rm -f "$counts"' EXIT INT TERM

[ $# -eq 0 ] || printf '%s\n' "$@" |
    xargs -n 1 -P "${TEST_JOBS:-$(nproc 2>/dev/null || echo 2)}" sh "$0" --one "$counts"

# A program without counts (its runner was ended) is a failure.
awk -v programs=$# '
    { passed += $1; failed += $2 }
    END {
        failed += programs - NR
        printf "%d passed, %d failed\n", passed, failed
        exit !(failed == 0 && passed > 0)
    }' "$counts"
