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

# explore FILE OPTIONS…: "STATES TRANSITIONS SECONDS SNAPSHOT", or nothing without a verdict.
explore() {
    file=$1
    shift
    "$drydock" explore "$scenarios/$file.json" "$@" > "$work/explored" ||
        die "exploring $file failed: $(cat "$work/explored")"
    awk '$1 == "complete:" { gsub(",", ""); states = $2; transitions = $4 }
         $1 == "took" { seconds = $2; sub(",", "", seconds); snapshot = $(NF - 3) }
         END {
             if (states == "") exit
             factor = 1
             if (seconds ~ /ms$/) factor = 0.001
             else if (seconds ~ /m/) { split(seconds, part, "m"); seconds = part[1] * 60 + part[2] }
             print states, transitions, (seconds + 0) * factor, snapshot
         }' "$work/explored"
}

say() {
    printf '%-34s %12s %14s %10s %9s %10s\n' "$@"
}

# measured TITLE STATES TRANSITIONS SECONDS BYTES
measured() {
    say "$1" "$2" "$3" "$(awk -v n="$3" -v s="$4" 'BEGIN { printf "%.2f", s > 0 ? n / s / 1e6 : 0 }')" \
        "$4" "$5"
}

# searched TITLE FILE OPTIONS…: the median by time of several runs; sets states,
# transitions and seconds.
searched() {
    title=$1
    shift
    : > "$work/runs"
    i=0
    while [ "$i" -lt "$runs" ]; do
        explore "$@" --budget "$budget" >> "$work/runs"
        i=$((i + 1))
        # One that finds no end in its time will not find it the next time.
        [ -s "$work/runs" ] || break
        # A long one is not repeated.
        awk 'END { exit $3 < 10 }' "$work/runs" && break
    done
    states= transitions= seconds=
    if [ ! -s "$work/runs" ]; then
        say "$title" "no verdict" "in $budget" "" "" ""
        return
    fi
    read -r states transitions seconds snapshot <<END
$(sort -n -k 3 "$work/runs" | awk '{ at[NR] = $0 } END { print at[int((NR + 1) / 2)] }')
END
    measured "$title" "$states" "$transitions" "$seconds" "$snapshot"
}

# spin N: sets spin_transitions and spin_seconds.
spin_builds() {
    (cd "$work" && cp "$peer/coord.pml" . && spin -DN="$1" -DR=2 -a coord.pml > spin.log &&
        cc -O3 -DSAFETY -o "pan-$1" pan.c > cc.log 2>&1) || die "SPIN's model does not build"
}

spin_runs() {
    (cd "$work" && "./pan-$1" -m1000000 -w26) > "$work/pan" || die "pan failed"
    grep -q 'errors: 0' "$work/pan" || die "SPIN found an error in its model"
    awk '/states, stored/ { states = $1 } /transitions \(/ { transitions = $1 }
         /elapsed time/ { seconds = $4 } /State-vector/ { bytes = $2 }
         END { print states, transitions, seconds, bytes }' "$work/pan"
}
# bar TEXT MEASURED BAR AIM: larger is better.
bar() {
    awk -v text="$1" -v measured="$2" -v bar="$3" -v aim="$4" 'BEGIN {
        verdict = measured < bar ? "no" : (aim != "" && measured >= aim ? "yes, and the aim" : "yes")
        printf "%-56s %8.2f %6s %6s  %s\n", text, measured, bar, aim, verdict
        exit measured < bar
    }' || failed=1
}
