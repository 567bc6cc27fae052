#!/bin/sh
# What exploring costs, beside what it must: one table.
#
#   bench-explore.sh DRYDOCK [PEER]
#
# PEER is a folder with coord.pml, the same coordinator for SPIN, and coord.cjs, for
# fast-check's scheduler; needs spin, cc, node and npm (which fetches fast-check). Runs
# of the two that are compared alternate, and of each the median counts. Exit status: 0
# if every bar that was measured holds, 4 if one does not, 2 if something could not run.
#
# BENCH_RUNS (5) is how many runs of each, BENCH_BUDGET (60s) how long a search may take.
set -u
LC_ALL=C
export LC_ALL
drydock=$1
peer=${2:-}
runs=${BENCH_RUNS:-5}
budget=${BENCH_BUDGET:-60s}
scenarios=scenarios/explore
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0

die() {
    echo "bench-explore: $*" >&2
    exit 2
}

median() {
    sort -n | awk '{ at[NR] = $1 } END { print at[int((NR + 1) / 2)] }'
}

# searched_through: of what a search said, "STATES TRANSITIONS RATE SECONDS BYTES
# SCHEDULES", or nothing without a verdict. RATE and SCHEDULES are per second, BYTES those
# of a saved state; "-" stands for what was not told.
searched_through() {
    awk 'function before(word, i) {
             for (i = 2; i <= NF; i++) {
                 if ($i == word) {
                     return $(i - 1)
                 }
             }
             return "-"
         }
         { gsub("[,;]", "") }
         $1 == "complete:" || $1 == "sampled:" {
             states = before("states")
             transitions = before("transitions")
         }
         $1 == "took" {
             rate = before("transitions/s")
             bytes = before("bytes")
             schedules = before("schedules/s")
         }
         END {
             if (states != "" && rate > 0) {
                 print states, transitions, rate, transitions / rate, bytes, schedules
             }
         }'
}

# explore FILE OPTIONS…: likewise, of an exploration of FILE through everything.
explore() {
    file=$1
    shift
    "$drydock" explore "$scenarios/$file.json" "$@" > "$work/explored" ||
        die "exploring $file failed: $(cat "$work/explored")"
    grep -q '^ *complete:' "$work/explored" && searched_through < "$work/explored"
    return 0
}

say() {
    printf '%-40s %10s %12s %9s %9s %8s %12s\n' "$@"
}

# tell TITLE STATES TRANSITIONS RATE SECONDS BYTES SCHEDULES
tell() {
    say "$1" "$2" "$3" "$(awk -v r="$4" 'BEGIN { printf "%.2f", r / 1e6 }')" \
        "$(awk -v s="$5" 'BEGIN { printf "%.3f", s }')" "$6" "$7"
}

middle() {
    sort -n -k 4 | awk '{ at[NR] = $0 } END { print at[int((NR + 1) / 2)] }'
}

# The median of a file of runs, told; sets rate and seconds, empty without a verdict.
told() {
    rate='' seconds='' schedules=''
    if [ ! -s "$2" ]; then
        say "$1" "no verdict" "in $budget" "" "" "" ""
        return
    fi
    middle < "$2" > "$work/middle"
    read -r states transitions rate seconds bytes schedules < "$work/middle"
    tell "$1" "$states" "$transitions" "$rate" "$seconds" "$bytes" "$schedules"
}

# searched TITLE FILE OPTIONS…: one that takes long is not repeated.
searched() {
    title=$1
    shift
    : > "$work/runs"
    i=0
    while [ "$i" -lt "$runs" ]; do
        explore "$@" --budget "$budget" >> "$work/runs"
        i=$((i + 1))
        awk 'END { exit NR > 0 && $4 < 5 }' "$work/runs" && break
    done
    told "$title" "$work/runs"
}

# bar TEXT MEASURED BAR AIM: larger is better.
bar() {
    awk -v text="$1" -v measured="$2" -v bar="$3" -v aim="$4" 'BEGIN {
        if (measured == "") {
            printf "%-64s %9s %6s %6s  %s\n", text, "none", bar, aim, "no"
            exit 1
        }
        verdict = measured < bar ? "no" : (aim != "" && measured >= aim ? "yes, and the aim" : "yes")
        printf "%-64s %9.2f %6s %6s  %s\n", text, measured, bar, aim, verdict
        exit measured < bar
    }' || failed=1
}

# quotient A B: A / B, or nothing if one of them is nothing.
quotient() {
    [ -n "$1" ] && [ -n "$2" ] && awk -v a="$1" -v b="$2" 'BEGIN { if (b > 0) print a / b }'
}

# --- the peers -----------------------------------------------------------------------

build_spin() {
    (cd "$work" && cp "$peer/coord.pml" . && spin "-DN=$1" -DR=2 -a coord.pml > spin.log &&
        cc -O3 -DSAFETY -o "pan-$1" pan.c > cc.log 2>&1) || die "SPIN's model does not build"
}

# SPIN's own clock has two digits: the rate is of the whole process, without its start.
run_spin() {
    (cd "$work" && "./pan-$1" -m1000000 -w26 > pan.log) || die "pan failed"
    grep -q 'errors: 0' "$work/pan.log" || die "SPIN found an error in its model"
    awk '/states, stored/ { states = $1 } /transitions \(/ { transitions = $1 }
         /elapsed time/ { seconds = $4 } /^State-vector/ { bytes = $2 }
         END { print states, transitions, transitions / seconds, seconds, bytes, "-" }' "$work/pan.log"
}

fetch_fast_check() {
    mkdir -p "$work/fast-check" && cp "$peer/coord.cjs" "$work/fast-check/" &&
        (cd "$work/fast-check" && npm install fast-check@4 > npm.log 2>&1) ||
        die "fast-check cannot be fetched"
}

run_fast_check() {
    node "$work/fast-check/coord.cjs" 20000 | sed -n 's/.* \([0-9]*\) schedules\/s.*/\1/p'
}

# run_random FILE NUMBER OPTIONS…: so many schedules, as searched_through tells them.
run_random() {
    file=$1
    number=$2
    shift 2
    "$drydock" explore "$scenarios/$file.json" --strategy random --budget "$number" "$@" \
        > "$work/random" || die "random schedules failed"
    searched_through < "$work/random"
}

# --- the table -------------------------------------------------------------------------

say "" states transitions "M tr./s" seconds bytes "schedules/s"
searched "coord-4-2, up to symmetry" coord-4-2
searched "coord-4-2" coord-4-2 --no-symmetry
: > "$work/ours"
: > "$work/ours-all"
: > "$work/ours-two"
: > "$work/spin"
if [ -n "$peer" ]; then
    [ -f "$peer/coord.pml" ] || die "no coord.pml in $peer"
    build_spin 6
fi
i=0
while [ "$i" -lt "$runs" ]; do
    explore coord-6-2 --budget "$budget" >> "$work/ours"
    [ -z "$peer" ] || run_spin 6 >> "$work/spin"
    explore coord-6-2 --no-symmetry --budget "$budget" >> "$work/ours-all"
    explore coord-6-2 --no-symmetry --jobs 2 --budget "$budget" >> "$work/ours-two"
    i=$((i + 1))
done
told "coord-6-2, up to symmetry" "$work/ours"
ours_seconds=$seconds
told "coord-6-2" "$work/ours-all"
all_rate=$rate
told "coord-6-2, two jobs" "$work/ours-two"
two_rate=$rate
spin_rate= spin_seconds=
if [ -n "$peer" ]; then
    told "SPIN's coord-6-2" "$work/spin"
    spin_rate=$rate spin_seconds=$seconds
fi
searched "coord-8-2, up to symmetry" coord-8-2
eight=$seconds
searched "coord-16-2, up to symmetry" coord-16-2
sixteen=$seconds

: > "$work/random-ours"
: > "$work/random-two"
: > "$work/random-anew"
: > "$work/random-peer"
[ -z "$peer" ] || fetch_fast_check
i=0
while [ "$i" -lt "$runs" ]; do
    run_random coord-4-2 500000 >> "$work/random-ours"
    [ -z "$peer" ] || run_fast_check >> "$work/random-peer"
    run_random coord-4-2 1000000 --jobs 2 >> "$work/random-two"
    run_random coord-8-2 5000 --no-symmetry >> "$work/random-anew"
    i=$((i + 1))
done
told "coord-4-2, random" "$work/random-ours"
random=$schedules
told "coord-4-2, random, two jobs" "$work/random-two"
random_two=$schedules
# With so many states that most transitions are made, not known from earlier schedules.
told "coord-8-2, random, most made anew" "$work/random-anew"
random_peer=$(median < "$work/random-peer")
[ -z "$peer" ] || say "fast-check's coord-4-2, random" "" "" "" "" "" "$random_peer"
echo

printf '%-64s %9s %6s %6s  %s\n' "" measured bar aim "bar holds"
if [ -n "$peer" ]; then
    bar "coord-6-2 up to symmetry: SPIN's time by ours" \
        "$(quotient "$spin_seconds" "$ours_seconds")" 1 ""
    bar "coord-6-2: our transitions/s by SPIN's" "$(quotient "$all_rate" "$spin_rate")" 0.5 1.4
    bar "random schedules/s by fast-check's" "$(quotient "$random" "$random_peer")" 20 100
else
    echo "beside SPIN and fast-check: not measured, for PEER=DIR names no folder with them"
fi
bar "random schedules/s: two jobs by one" "$(quotient "$random_two" "$random")" 1.8 2
bar "coord-6-2: transitions/s of two jobs by one" "$(quotient "$two_rate" "$all_rate")" 1.6 2
bar "coord-8-2 up to symmetry: verdicts" "$([ -n "$eight" ] && echo 1)" 1 ""
bar "coord-16-2 up to symmetry: verdicts" "$([ -n "$sixteen" ] && echo 1)" 1 ""
[ "$failed" = 0 ] || exit 4
