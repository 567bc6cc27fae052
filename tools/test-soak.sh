#!/bin/sh
# A short soak on the fake engine, without root: it passes, its recording is judged once
# more, retold in simulation with the same decisions, and the tape of that replayed; a
# recording that was tampered with is found out.
#
#   test-soak.sh DRYDOCK
set -u
here=$(cd "$(dirname "$0")" && pwd)
drydock=$1
dir=$(mktemp -d /tmp/drydock-test-soak-XXXXXX) || exit 2
trap 'rm -rf "$dir"' EXIT
trap 'exit 2' INT TERM
passed=0
failed=0

# expect TITLE STATUS COMMAND…
expect() {
    title=$1
    wanted=$2
    shift 2
    "$@" >"$dir/out" 2>&1
    status=$?
    if [ "$status" -eq "$wanted" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $title (exit status $status, not $wanted)"
        sed 's/^/      /' "$dir/out"
    fi
}

says() {
    if grep -q "$2" "$dir/out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $1"
        sed 's/^/      /' "$dir/out"
    fi
}

expect "a soak with everything passes" 0 sh "$here/soak.sh" "$drydock" 6s fake \
    --kill-agent-every 2s --recording "$dir/all"
says "nothing is left over" "left over     0 images, 0 containers"
expect "a quiet soak passes" 0 sh "$here/soak.sh" "$drydock" 3s fake --seed 2 --no-others \
    --kill-agent-every 0s --images 4 --callers 4 --recording "$dir/quiet"
expect "its recording is judged alike" 0 "$drydock" judge "$dir/quiet"
says "no violation" "^violations    0"
expect "it is retold" 0 "$drydock" tape "$dir/quiet" "$dir/tape"
says "with the same decisions" "live the same in the same order"
expect "its tape is replayed" 0 "$drydock" replay "$dir/tape"
says "and nothing is wrong" "nothing is wrong"
expect "what killed agents did is retold until there" 2 "$drydock" tape "$dir/all"
says "and why not further" "no further    line"

# Nobody gives anything back: then what is removed is still held.
grep -v '"what":"release"' "$dir/quiet" >"$dir/held"
expect "removals under a lease are found" 1 "$drydock" judge "$dir/held"
says "with the rule" ": lease: "
# Somebody was granted who was not.
sed '0,/"text":"granted"/{/"text":"granted"/d}' "$dir/quiet" >"$dir/ungranted"
expect "another decision is found" 1 "$drydock" tape "$dir/ungranted"
says "at its line" "difference    line"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
