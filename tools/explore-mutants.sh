#!/bin/bash
# Break the coordinator's rules one by one, and see exploration find each from a handful
# of general scenarios, shrink what it found, and write it as a scenario.
#
#   explore-mutants.sh PATCH…       CC, MUTANT_JOBS, EXPLORE_BUDGET, EXPLORE_FILES
#
# Each patch is applied to a copy of the tree, which is built again; then each scenario is
# explored, all states first, then at random, until one fails. The tape is shrunk, and the
# scenario that is written must fail on the mutant and pass without it. Exit 0 only if
# every mutant was found and every scenario that was written is as it should be; a mutant
# that shows in no general scenario is "not found" and no mistake of this script's.
set -u
export LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL
ulimit -c 0

root=$(cd "$(dirname "$0")/.." && pwd)
work=${EXPLORE_FOLDER:-$root/build/explore-mutants}
tool=$root/tools/explore-mutants.sh
cc=${CC:-gcc}
jobs=${MUTANT_JOBS:-2}
budget=${EXPLORE_BUDGET:-10s} # for one scenario
files=${EXPLORE_FILES:-two-credentials retain two-names close moved-tag two-images
    cancel two-faults restart coord-3-2-whole}
command=build/$(basename "${cc%% *}")-plain/drydock

header() { sed -n "s/^$2: *//p;/^--- /q" "$1" | head -n 1; }
now_ms() { echo $(($(date +%s%N) / 1000000)); }

build() { make -s -j "${2:-1}" -C "$1" CC="$cc" BUILD_ROOT=build SANITIZE= OPT=-O2 COVERAGE= WARNINGS=-w command >"$1.log" 2>&1; }

# Explore until a scenario fails. Sets file, ms and the output in $out; fails if none does.
search() {
    local strategy=$1 code
    out=$tree.$strategy
    ms=0
    for file in $files; do
        [ -f "scenarios/explore/$file.json" ] || continue
        local began
        began=$(now_ms)
        timeout -k 1 60 "$command" explore --strategy "$strategy" --budget "$budget" \
            --tape "$tree.$strategy.tape" "scenarios/explore/$file.json" >"$out" 2>&1
        code=$?
        ms=$((ms + $(now_ms) - began))
        [ "$code" -eq 1 ] && return 0
    done
    file=-
    return 1
}

# Of the search alone, in milliseconds: the command says how long that took.
took_ms() {
    sed -n 's/^took \([0-9.hms]*\),.*/\1/p' "$out" | awk '
        { if (match($0, /^[0-9]+m[0-9]/)) { split($0, part, "m"); ms = part[1] * 60000; $0 = part[2] "" }
          if ($0 ~ /ms$/) ms += $0 + 0; else ms += $0 * 1000
          printf "%d\n", ms }' | tail -n 1
}

row() { printf '%-34s %-5s %-16s %9s %6s  %-16s %9s %6s  %8s %8s %6s  %s\n' "$@"; }

one() {
    local patch=$1 name tag found=no by steps=- moves=- shrunk_ms=- written=-
    local states=- search_ms=- file_random=- schedules=- random_ms=-
    name=$(basename "$patch" .patch)
    tree=$work/tree-${WORKER:-0}
    tag=$(header "$patch" Hazard)
    if ! patch -s -f -p1 -F0 --no-backup-if-mismatch -d "$tree" <"$patch" >"$tree.log" 2>&1 ||
        ! build "$tree" || ! cd "$tree"; then
        verdict="not built"
        row "$name" "${tag:-slip}" "$verdict" - - - - - - - - -
    else
        verdict="not found"
        by=-
        if search exhaustive; then
            found=exhaustive
            by=$file
            states=$(sed -n 's/^ *found after \([0-9,]*\) states.*/\1/p' "$out")
            search_ms=$(took_ms)
            shrunk_ms=$((ms - search_ms))
        fi
        if search random; then
            file_random=$file
            schedules=$(sed -n 's/^ *found after \([0-9,]*\) schedules.*/\1/p' "$out")
            random_ms=$(took_ms)
            if [ $found = no ]; then
                found=random
                shrunk_ms=$((ms - random_ms))
            fi
        fi
        if [ $found != no ]; then
            verdict=found
            out=$tree.$found
            steps=$(sed -n 's/^ *shrunk: steps \([0-9]*\) to \([0-9]*\),.*/\1>\2/p' "$out")
            moves=$(sed -n 's/^ *shrunk: .* moves \([0-9]*\) to \([0-9]*\) .*/\1>\2/p' "$out")
            rm -f "$tree.json"
            "$command" shrink "$tree.$found.tape" --scenario "$tree.json" >"$tree.shrink" 2>&1
            if [ ! -f "$tree.json" ]; then
                written=$(sed -n 's/^ *no scenario for drydock run: //p' "$tree.shrink")
                verdict="not written"
            else
                "$command" run "$tree.json" >"$tree.run" 2>&1
                local broken=$?
                "$work/tree-0/$command" run "$tree.json" >"$tree.run" 2>&1
                local whole=$?
                written="fails, passes"
                if [ $broken -ne 1 ] || [ $whole -ne 0 ]; then
                    written="exit $broken on the mutant, $whole without it"
                    verdict="not as expected"
                fi
                cp "$tree.json" "$work/written/$name.json"
            fi
        fi
        row "$name" "${tag:-slip}" "$by" "${states:--}" "${search_ms:--}" "$file_random" \
            "${schedules:--}" "${random_ms:--}" "${steps:--}" "${moves:--}" "$shrunk_ms" "$written"
    fi
    echo "$verdict" >"$work/verdicts/$name"
    sed -n 's/^+++ b\///p' "$patch" | while read -r changed; do
        cp "$work/tree-0/$changed" "$tree/$changed"
    done
}

if [ "${1:-}" = --one ]; then
    one "$2"
    exit 0
fi

[ $# -gt 0 ] || { echo "no mutant was named" >&2; exit 2; }
sh "$root/tools/need.sh" patch patch || exit 2
rm -rf "$work"
mkdir -p "$work/verdicts" "$work/patches" "$work/written" "$work/tree-0"
cp "$@" "$work/patches" || exit 2
cd "$root" || exit 1
for folder in coord fakes reports sim scenarios tools Makefile; do
    cp -R "$folder" "$work/tree-0"
done
build "$work/tree-0" "$jobs" || { cat "$work/tree-0.log"; exit 1; }
for worker in $(seq 1 "$jobs"); do
    cp -Rp "$work/tree-0" "$work/tree-$worker"
done

row mutant breaks "all states" states ms "at random" schedules ms steps moves "ms" "the written scenario"
printf '%s\0' "$work"/patches/*.patch | xargs -0 -P "$jobs" -n 1 --process-slot-var=SLOT \
    bash -c 'WORKER=$((SLOT + 1)) exec bash "$0" --one "$1"' "$tool"

count() { cat "$work"/verdicts/* | grep -c "^$1\$"; }
echo "took $SECONDS s"
echo "$(count found) found and written, $(count "not written") found and not written," \
    "$(count "not as expected") not as expected, $(count "not found") not found"
[ "$(count found)" -eq $# ]
