#!/bin/sh
# What the coordinator costs, beside what it must: one table.
#
#   bench.sh BENCH [PEER]
#
# BENCH is the program; PEER a folder with a run.sh, which runs the seed's own code
# (run.sh pullrelease|incdec N K prints "… X ns/op …"). Runs of the two alternate, and
# of each the median counts. Exit status: 0 if every bar that was measured holds, 4 if
# one does not, 2 if something could not run.
#
# BENCH_RUNS (9) is how many runs of each, BENCH_IMAGES (100000) the larger number of
# images of which instructions are counted.
set -u
LC_ALL=C
export LC_ALL
bench=$1
peer=${2:-}
runs=${BENCH_RUNS:-9}
images=${BENCH_IMAGES:-100000}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0

die() {
    echo "bench: $*" >&2
    exit 2
}

# The value of NAME in a line of "name value" pairs on standard input.
value_of() {
    awk -v name="$1" '{ for (i = 1; i < NF; i++) if ($i == name) { print $(i + 1); exit } }'
}

median() {
    sort -n | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'
}

# row TEXT MEASURED BAR AIM, the last three numbers; smaller is better. UNIT is printed.
row() {
    case $2 in
    '' | *[!0-9.e+-]*) die "$1: expected a number, measured \"$2\"" ;;
    esac
    awk -v text="$1" -v measured="$2" -v bar="$3" -v aim="$4" -v unit="$5" 'BEGIN {
        verdict = measured > bar ? "no" : (aim != "" && measured <= aim ? "yes, and the aim" : "yes")
        if (unit == "of the seed") {
            printf "%-52s %10s %8s %8s  %s\n", text, sprintf("1/%.1f", 1 / measured),
                   sprintf("1/%d", 1 / bar + 0.5), sprintf("1/%d", 1 / aim + 0.5), verdict
        } else {
            printf "%-52s %10s %8s %8s  %s\n", text, sprintf("%.4g%s", measured, unit),
                   sprintf("%g%s", bar, unit), aim == "" ? "" : sprintf("%g%s", aim, unit), verdict
        }
        exit measured > bar
    }' || failed=1
}

# ours MODE N NAME; the_seeds MODE N
ours() {
    "$bench" "$1" "$2" 1 > "$work/ours" || die "$bench $1 failed"
    value_of "$3" < "$work/ours"
}

the_seeds() {
    sh "$peer/run.sh" "$1" "$2" 1 > "$work/seed" || die "$peer/run.sh $1 failed"
    head -n 1 "$work/seed" | awk '{ for (i = 2; i <= NF; i++) if ($i == "ns/op") { print $(i - 1); exit } }'
}

# beside TEXT MODE NAME SEEDS_MODE N BAR AIM
beside() {
    : > "$work/a"
    : > "$work/b"
    i=0
    while [ "$i" -lt "$runs" ]; do
        ours "$2" "$5" "$3" >> "$work/a"
        the_seeds "$4" "$5" >> "$work/b"
        i=$((i + 1))
    done
    a=$(median < "$work/a")
    b=$(median < "$work/b")
    ratio=$(awk -v a="$a" -v b="$b" 'BEGIN { print a / b }')
    row "$1 ($(printf %.0f "$a") of $(printf %.0f "$b") ns)" "$ratio" "$6" "$7" "of the seed"
}

# Instructions that callgrind counts in COUNT operations of MODE at SIZE.
instructions() {
    valgrind --tool=callgrind --toggle-collect=count_me --callgrind-out-file=/dev/null \
        "$bench" "$1" "$2" "$3" > "$work/callgrind" 2>&1 || die "callgrind failed"
    awk -v count="$3" '$2 == "Collected" { print $NF / count }' "$work/callgrind"
}

# grows TEXT MODE SMALL LARGE
grows() {
    small=$(instructions "$2" "$3" 1000) || exit 2
    large=$(instructions "$2" "$4" 1000) || exit 2
    ratio=$(awk -v a="$small" -v b="$large" 'BEGIN { print b / a }')
    row "$1 $3 to $4 ($(printf %.0f "$small") to $(printf %.0f "$large"))" "$ratio" 1.3 1.1 x
}

# By the thread's own clock, and of several runs the best: what the machine does
# besides can only lengthen an operation.
longest() {
    i=0
    while [ "$i" -lt 7 ]; do
        ours longest "$1" longest_ns
        i=$((i + 1))
    done | sort -n | head -n 1
}

printf '%-52s %10s %8s %8s  %s\n' "" measured bar aim "bar holds"
if [ -n "$peer" ]; then
    PEER_BUILD=$work/peer
    export PEER_BUILD
    [ -f "$peer/run.sh" ] || die "no run.sh in $peer"
    the_seeds pullrelease 1000 > "$work/first"
    beside "pull + release" pullrelease pullrelease_ns pullrelease 100000 0.1 0.05
    for n in 1000 10000 100000; do
        beside "one lease more, to $n" leases lease_ns incdec "$n" 0.1 0.0667
    done
    beside "one lease more, to 1000000" leases lease_ns incdec 1000000 0.25 0.0667
else
    echo "time beside the seed's: not measured, for PEER=DIR names no folder with its run.sh"
fi
if command -v valgrind > "$work/which"; then
    grows "instructions of a retain, leases" at-leases 1000 1000000
    grows "instructions of pull + release, images" at-images 1000 "$images"
else
    echo "instructions: not measured, for there is no valgrind"
fi
row "longest single retain, to 1000000 leases, best of 7" \
    "$(longest 1000000 | awk '{ print $1 / 1000 }')" 1000 100 " us"
row "bytes of a lease, caller of 36 characters" "$(ours leases 100000 lease_bytes)" 74 56 " B"
row "bytes of a record with one tag and one digest" "$(ours records 100000 record_bytes)" 400 "" " B"
row "bytes more while it waits for removal" "$(ours records 100000 pending_more_bytes)" 16 "" " B"
[ "$failed" = 0 ] || exit 4
