#!/bin/bash
# Break the coordinator's rules one by one, and see exploration find each from a handful
# of general scenarios, shrink what it found, and write it as a scenario.
#
#   explore-mutants.sh PATCH…       CC, MUTANT_JOBS, EXPLORE_SECONDS, EXPLORE_FILES,
#                                   EXPLORE_FOLDER, EXPLORE_RESUME
#
# Each patch is applied to a copy of the tree, which is built again; then the scenarios
# are explored, all states, then at random, until one fails: those that name the mutant's
# hazard first, the small ones before the large ones. The tape is shrunk, and the scenario
# that is written must fail on the mutant and pass without it. A patch in capacity/ names
# the scenario that has so many callers ("Explore: FILE").
#
# A mutant of what lives longer than a coordinator shows when all scenarios are explored
# in one process; one that the reader of scenarios refuses is found by that.
#
# A mutant that no exploration can see says why in its header ("Unseen: because …"); it
# is tried like the others, and being found is then the mistake.
#
# A row a mutant goes to results.tsv in the working folder, as soon as it is known. With
# EXPLORE_RESUME=1 those of an earlier run stay, and what has one is not tried again.
# Exit 0 only if every mutant was found, or says why not, and every scenario that was
# written is as it should be.
set -u
cc=${CC:-gcc}
# shellcheck source=tools/mutant-trees.sh
. "$(dirname "$0")/mutant-trees.sh"
work=${EXPLORE_FOLDER:-$root/build/explore-mutants}
tool=$root/tools/explore-mutants.sh
results=$work/results.tsv
jobs=${MUTANT_JOBS:-2}
seconds=${EXPLORE_SECONDS:-25} # for one mutant and one strategy
# The general ones: those of scenarios/explore/ that are not one model's or one defect's.
files=${EXPLORE_FILES:-$(cd "$root/scenarios/explore" && printf '%s\n' *.json |
    sed 's/\.json$//' | grep -Ev '^(coord-([4-9]|[1-9][0-9])-.*|sixteen-.*|three-orders)$')}

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# --- one search -----------------------------------------------------------------------

# explored STRATEGY BUDGET FILE OPTIONS…: true if FILE fails; sets out, file, code and ms.
explored() {
    local strategy=$1 budget=$2 began
    file=$3
    shift 3
    out=$tree.$strategy
    began=$(now_ms)
    rm -f "$out.tape"
    code=0
    timeout -k 1 60 "$command" explore --strategy "$strategy" --budget "$budget" \
        --frontier "$tree.frontier" --tape "$out.tape" "$@" \
        "scenarios/explore/$file.json" >"$out" 2>&1 || code=$?
    ms=$(($(now_ms) - began))
    case $code in
    1) [ -f "$out.tape" ] && return 0 ;;
    2) grep -q "^scenarios/explore/$file.json:" "$out" && code=refused ;;
    esac
    [ "$code" = refused ]
}

# In one process, for what lives longer than a coordinator.
together() {
    file="all in one process"
    out=$tree.exhaustive
    rm -f "$out.tape"
    code=0
    timeout -k 1 60 "$command" explore --strategy exhaustive --budget 1s --no-shrink \
        --frontier "$tree.frontier" --tape "$out.tape" \
        $(for name in $1; do echo "scenarios/explore/$name.json"; done) >"$out" 2>&1 || code=$?
    [ "$code" -eq 1 ]
}

# search STRATEGY FILES OPTIONS…: a second for each file, and longer for those that did
# not end by themselves, until one fails or the time is up.
search() {
    local strategy=$1 list=$2 until=$((SECONDS + seconds)) budget later
    shift 2
    for budget in 1s 8s; do
        later=
        for file in $list; do
            [ $SECONDS -lt $until ] || return 1
            explored "$strategy" $budget "$file" "$@" && return 0
            grep -q '^ *complete:' "$out" || later="$later $file"
        done
        # Longer at random is only more of the same.
        [ "$strategy" = random ] && return 1
        list=$later
    done
    return 1
}

# What the search alone took, in milliseconds: the command says it.
took_ms() {
    sed -n 's/^took \([0-9.hms]*\),.*/\1/p' "$out" | awk '
        { if (match($0, /^[0-9]+m[0-9]/)) { split($0, part, "m"); ms = part[1] * 60000; $0 = part[2] "" }
          if ($0 ~ /ms$/) ms += $0 + 0; else ms += $0 * 1000
          printf "%d\n", ms }' | tail -n 1
}

# found_after WORD: the number before WORD.
found_after() { sed -n "s/^ *found after \(.* \)*\([0-9,]*\) $1.*/\2/p" "$out" | head -n 1; }

# The scenarios' order: those of this hazard, then the others, the fewest states first.
in_order() {
    awk -v tag="$1" '{ own = index($0 " ", " " tag " ") > 0 ? 0 : 1; print own, $1, $2 }' \
        "$work/scenarios" | sort -k1,1n -k2,2n -k3,3 | cut -d' ' -f3
}

# --- one mutant -------------------------------------------------------------------------

row() { printf '%-34s %-5s %-13s %-23s %9s %6s  %-23s %9s %6s  %6s %7s %6s  %s\n' "$@"; }

# The scenario of the tape in $1; sets written and perhaps verdict.
write_scenario() {
    local broken=0 whole=0
    rm -f "$tree.json"
    "$command" shrink "$1" --scenario "$tree.json" >"$tree.shrink" 2>&1
    if [ ! -f "$tree.json" ]; then
        written=$(sed -n 's/^ *no scenario for drydock run: //p' "$tree.shrink")
        verdict="not written"
        return
    fi
    timeout -k 1 60 "$command" run "$tree.json" >"$tree.run" 2>&1 || broken=$?
    timeout -k 1 60 "$work/tree-0/$command" run "$tree.json" >"$tree.run" 2>&1 || whole=$?
    written="fails, passes"
    if [ $broken -ne 1 ] || [ $whole -ne 0 ]; then
        written="exit $broken on the mutant, $whole without it"
        verdict="not as expected"
    fi
    cp "$tree.json" "$work/written/$name.json"
}

# Found by all states: the row's columns.
tell_exhaustive() {
    by=$file
    states=$(found_after 'states*')
    search_ms=$(took_ms)
    steps=$(sed -n 's/^ *shrunk: steps \([0-9]*\) to \([0-9]*\),.*/\1>\2/p' "$out")
    moves=$(sed -n 's/^ *shrunk: .* moves \([0-9]*\) to \([0-9]*\) .*/\1>\2/p' "$out")
}

tell_random() {
    by_random=$file
    schedules=$(found_after 'schedules*')
    grep -q '^ *found in the first schedule' "$out" && schedules=1
    random_ms=$(took_ms)
}

# What the searches found; sets verdict and the row's columns.
hunt() {
    local list tape=
    list=$(in_order "$tag")
    if [ -n "$(header "$patch" Explore)" ]; then
        list="$(basename "$(header "$patch" Explore)" .json) $list"
    fi
    verdict=found
    if search exhaustive "$list"; then
        tell_exhaustive
        shrunk_ms=$((ms - search_ms))
        tape=$out.tape
        if [ "$code" = refused ]; then
            shrunk_ms=-
            written="the file is refused"
            return
        fi
        list=$(for file in $by $list; do echo "$file"; done | awk '!seen[$0]++')
    fi
    if search random "$list" --no-shrink; then
        tell_random
        tape=${tape:-$out.tape}
    elif [ -z "$tape" ] && together "$list"; then
        tell_exhaustive
        written="none: it takes several"
        return
    fi
    if [ -z "$tape" ]; then
        verdict="not found"
        return
    fi
    write_scenario "$tape"
    cp "$tape" "$work/written/$name.tape"
}

one() {
    local patch=$1 name tag verdict by=- steps=- moves=- shrunk_ms=- written=-
    local states=- search_ms=- by_random=- schedules=- random_ms=- unseen
    name=$(basename "$patch" .patch)
    tree=$work/tree-${WORKER:-0}
    tag=$(header "$patch" Hazard)
    tag=${tag:-slip}
    unseen=$(header "$patch" Unseen)
    if ! apply "$patch" "$tree" || ! build "$tree" || ! cd "$tree"; then
        verdict="not built"
    else
        hunt
    fi
    if [ -n "$unseen" ]; then
        [ "$verdict" = "not found" ] && verdict=unseen || verdict="found anyway"
        written=$unseen
    fi
    take_back "$patch" "$tree" "$work/tree-0"
    set -- "$name" "$tag" "$verdict" "$by" "${states:--}" "${search_ms:--}" "$by_random" \
        "${schedules:--}" "${random_ms:--}" "${steps:--}" "${moves:--}" "$shrunk_ms" "$written"
    (IFS=$'\t' && printf '%s\n' "$*") >>"$results"
    row "$@"
    [ -t 2 ] && printf '%d of %s\r' "$(wc -l <"$results")" "$EXPLORE_TOTAL" >&2
}

if [ "${1:-}" = --one ]; then
    one "$2"
    exit 0
fi

# --- all ------------------------------------------------------------------------------------

[ $# -gt 0 ] || { echo "no mutant was named" >&2; exit 2; }
sh "$root/tools/need.sh" patch patch || exit 2
mkdir -p "$work" || exit 2
[ -n "${EXPLORE_RESUME:-}" ] && [ -f "$results" ] || : >"$results"
find "$work" -mindepth 1 -maxdepth 1 ! -name results.tsv ! -name written -exec rm -rf {} +
mkdir -p "$work/patches" "$work/written"
for patch; do
    cut -f 1 "$results" | grep -qxF "$(basename "$patch" .patch)" ||
        cp "$patch" "$work/patches" || exit 2
done
todo=$(find "$work/patches" -name '*.patch' | wc -l)
echo "$# mutants, $(($# - todo)) of them already known; $(echo $files | wc -w) general scenarios"
cd "$root" || exit 1
copy_tree "$work/tree-0" scenarios || exit 1
build "$work/tree-0" "$jobs" || { cat "$work/tree-0.log"; exit 1; }

# What is not broken passes; how large each file is, and its hazards.
tree=$work/tree-0
cd "$tree" || exit 1
for file in $files; do
    if explored exhaustive 60s "$file"; then
        echo "$file fails without any mutant"
        exit 1
    fi
    hazards=$(sed -n 's/^ *"hazards": *\[\(.*\)\],*$/\1/p' "scenarios/explore/$file.json" | tr -d '",')
    echo "$(sed -n 's/^ *\(complete\|sampled\): .*[^0-9,]\([0-9,]*\) states.*/\2/p;s/^ *complete: \([0-9,]*\) states.*/\1/p' \
        "$out" | tr -d , | head -n 1) $file $hazards"
done >"$work/scenarios"
for worker in $(seq 1 "$jobs"); do
    cp -Rp "$work/tree-0" "$work/tree-$worker"
done

row mutant breaks verdict "all states of" states ms "at random" schedules ms steps moves ms "the written scenario"
while IFS=$'\t' read -r -a cells; do
    row "${cells[@]}"
done <"$results"
export EXPLORE_TOTAL=$#
[ "$todo" -eq 0 ] || find "$work/patches" -name '*.patch' -print0 | sort -z |
    xargs -0 -P "$jobs" -n 1 --process-slot-var=SLOT \
        bash -c 'WORKER=$((SLOT + 1)) exec bash "$0" --one "$1"' "$tool"

# --- what it comes to -----------------------------------------------------------------

for patch; do
    basename "$patch" .patch
done >"$work/names"
awk -F '\t' 'NR == FNR { named[$1] = 1; next } $1 in named' "$work/names" "$results" |
    sort -u -t "$(printf '\t')" -k 1,1 >"$work/counted"
awk -F '\t' '
    $5 != "-" { exhaustive++ }
    $7 != "-" { random++ }
    $11 ~ />/ { split($11, moves, ">"); if (moves[2] + 0 > most) { most = moves[2] + 0; long = $1 } }
    $12 + 0 > slowest { slowest = $12 + 0; slow = $1 }
    END {
        printf "found by all states %d, at random %d; ", exhaustive, random
        printf "shrunk to at most %d moves (%s), in at most %.1f s (%s)\n", most, long, slowest / 1000, slow
    }' "$work/counted"
echo "took $SECONDS s"
count() { cut -f 3 "$work/counted" | grep -cx "$1"; }
echo "$(count found) found and written, $(count unseen) that cannot be seen," \
    "$(count "not written") found and not written, $(count "not as expected") not as expected," \
    "$(count "found anyway") found though said unseen, $(count "not found") not found," \
    "$(count "not built") not built"
[ $(($(count found) + $(count unseen))) -eq $# ]
