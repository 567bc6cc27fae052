#!/bin/bash
# Break the coordinator's rules one by one, and see the scenarios catch each.
#
#   mutants.sh PATCH…       CC, MUTANT_JOBS, MUTANT_SECONDS, MUTANTS_SECONDS
#
# Each patch is applied to a copy of the tree, which is built again; then scenarios are
# run until one fails: those that name the mutant's hazard first, the quick ones before
# the slow ones, with few seeds and then with all. A row says what caught it and after
# how many runs. Exit 0 only if every mutant was caught.
set -u
cc=${CC:-gcc}
# shellcheck source=tools/mutant-trees.sh
. "$(dirname "$0")/mutant-trees.sh"
work=${MUTANTS_FOLDER:-$root/build/mutants}
tool=$root/tools/mutants.sh
jobs=${MUTANT_JOBS:-2}
seconds=${MUTANT_SECONDS:-30}       # for one mutant
all_seconds=${MUTANTS_SECONDS:-600} # for all of them
first_seeds=0..49
other_seeds=50..999
run_seconds=10

# --- one run of one file --------------------------------------------------------------

json() { sed -n "s/^ *\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" "$tree.out" | tail -n 1; }

# Sets caught and seed, or fails: nothing was seen. A run without an end must stay one
# when it is alone: a slow machine is no catch.
examine() {
    local file=$1 seeds=$2 code=0
    {
        timeout -s ABRT -k 1 "$run_seconds" "$binary" run --in-process --format json --seeds "$seeds" "$file" \
            >"$tree.out" 2>"$tree.err" || code=$?
    } 2>/dev/null
    [ "$code" -eq 0 ] && return 1
    if [ "$code" -eq 1 ] || [ "$code" -eq 3 ]; then
        caught=$(json invariant)
        seed=$(json seed)
        story=$(json message)
        [ "$caught" = expect ] && caught="expect ${story#expected }"
        [ "$code" -eq 3 ] && caught="D1 (exit 3)"
        return 0
    fi
    seed=$(sed -n 's/^.*drydock run .* --seed \([0-9]*\)$/\1/p' "$tree.err")
    caught=$(sed -n "s/^.*: \([a-z_]*\/[a-z_.]*\):[0-9]*: \([a-z_]*\): Assertion .*/assert in \2/p" "$tree.err" | head -n 1)
    story=$(sed -n 's/^.*Assertion `\(.*\). failed.*/\1/p' "$tree.err" | head -n 1)
    if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
        [ -n "$seed" ] || return 1
        {
            timeout -s KILL 5 "$binary" run --in-process --seed "$seed" "$file" >/dev/null
            code=$?
        } 2>/dev/null
        [ "$code" -eq 137 ] || return 1
        caught="no end"
    fi
    [ "$code" -eq 2 ] && caught="the file is refused" && seed=
    [ -n "$caught" ] || caught="crash, exit $code"
    return 0
}

# --- one mutant -------------------------------------------------------------------------

# The scenarios' order: those of this hazard, then the others, fewest events first.
in_order() {
    awk -v tag="$1" '{ own = index($0 " ", " " tag " ") > 0 ? 0 : 1; print own, $1, $2 }' \
        "$work/scenarios" | sort -k1,1n -k2,2n -k3,3 | cut -d' ' -f3
}

seed_count() { echo $((${1#*..} - ${1%..*} + 1)); }

# Sets caught, story, seed, file, runs; fails if it survives.
hunt() {
    local tag=$1 until=$((SECONDS + seconds)) seeds
    runs=0
    for seeds in $first_seeds together $other_seeds; do
        for file in $([ $seeds = together ] && echo scenarios || in_order "$tag"); do
            if [ $((until - SECONDS)) -le 0 ]; then
                story="time is up"
                return 1
            fi
            # In one process, for what lives longer than a coordinator.
            if [ $seeds = together ]; then
                examine scenarios 0..4 && file="all in one process" && return 0
                continue
            fi
            if examine "$file" "$seeds"; then
                runs=$((runs + ${seed:-${seeds%..*}} - ${seeds%..*} + 1))
                return 0
            fi
            runs=$((runs + $(seed_count $seeds)))
        done
    done
    return 1
}

row() { printf '%-34s %-5s %-9s %-38s %6s %5s  %s\n' "$@"; }

# The row, and a line for the count: killed, or survived and why.
one() {
    local patch=$1 name began=$SECONDS wanted tag
    name=$(basename "$patch" .patch)
    tree=$work/tree-${WORKER:-0}
    binary=./$command
    tag=$(header "$patch" Hazard)
    tag=${tag:-slip}
    wanted=$(header "$patch" Expect)
    caught= story= seed= file= runs=0
    if [ "$(date +%s)" -ge "$MUTANTS_END" ]; then
        verdict="not run"
    elif ! apply "$patch" "$tree"; then
        verdict="does not apply"
    elif ! build "$tree"; then
        verdict="does not build"
    elif ! cd "$tree"; then
        verdict="no tree"
    elif ! hunt "$tag"; then
        verdict=SURVIVED
        file=
    elif [ "$wanted" = "exit 3" ] && [ "$caught" != "D1 (exit 3)" ]; then
        verdict="not as expected"
    else
        verdict=killed
    fi
    file=${file#scenarios/}
    row "$name" "$tag" "$verdict" "${file%.json}" "$runs" "$((SECONDS - began))" "$caught"
    if [ -n "$wanted" ]; then
        printf '%34s %s\n' "" "$story"
    fi
    echo "$verdict" >"$work/verdicts/$name"
    take_back "$patch" "$tree" "$work/tree-0"
}

if [ "${1:-}" = --one ]; then
    one "$2"
    exit 0
fi

# --- all ------------------------------------------------------------------------------------

[ $# -gt 0 ] || { echo "no mutant was named" >&2; exit 2; }
sh "$root/tools/need.sh" patch patch || exit 2
rm -rf "$work"
mkdir -p "$work/verdicts" "$work/patches"
cp "$@" "$work/patches" || exit 2
cd "$root" || exit 1
copy_tree "$work/tree-0" scenarios && cp -R "$work/tree-0" "$work/tree-1" || exit 1
build "$work/tree-1" "$jobs" || { cat "$work/tree-1.log"; exit 1; }
# What is not broken passes; what each file costs, and its hazards.
tree=$work/tree-1
(cd "$tree" && "./$command" run --format json --seeds 0..9 scenarios) \
    >"$work/base" || { echo "the scenarios fail without any mutant"; exit 1; }
awk '/"path":/ { gsub(/[",]/, ""); path = $2 }
    /"hazards":/ { hazards = $0; gsub(/"hazards":|[][",]/, "", hazards); gsub(/ +/, " ", hazards) }
    /"events":/ { gsub(/,/, ""); print $2, path hazards }' "$work/base" >"$work/scenarios"
for worker in $(seq 2 "$jobs"); do
    cp -Rp "$work/tree-1" "$work/tree-$worker"
done

export MUTANTS_END=$(($(date +%s) + all_seconds))
row mutant breaks verdict "caught by" runs s "as"
# Slots count from 0, trees from 1.
printf '%s\0' "$work"/patches/*.patch | xargs -0 -P "$jobs" -n 1 --process-slot-var=SLOT \
    bash -c 'WORKER=$((SLOT + 1)) exec bash "$0" --one "$1"' "$tool"

killed=$(cat "$work"/verdicts/* | grep -c '^killed$')
survived=$(cat "$work"/verdicts/* | grep -c '^SURVIVED$')
equivalent=$(find sim/mutants/equivalent -name '*.patch' | wc -l)
failed=$(($# - killed - survived))
echo "took $SECONDS s"
[ "$failed" -eq 0 ] || echo "$failed failed: not tried, or not caught as expected"
echo "$killed killed, $((equivalent)) equivalent, $survived survived"
[ "$killed" -eq $# ]
