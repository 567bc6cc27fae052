#!/bin/bash
# Record tapes, make harmless changes in a copy of the tree, and see that every tape still
# goes the same way there, move by move.
#
#   tapes.sh PATCH…       CC, TAPES_COUNT, TAPES_FILES
#
# Of each scenario random ways are recorded: to a copy of it an expectation is added that
# never holds, so that each way fails in the end (of those that have one: an image that
# stays blocked is tried again for ever). All patches are applied together.
set -u
cc=${CC:-gcc}
# shellcheck source=tools/mutant-trees.sh
. "$(dirname "$0")/mutant-trees.sh"
work=${TAPES_FOLDER:-$root/build/tapes}
count=${TAPES_COUNT:-100}
files=${TAPES_FILES:-cancel close moved-tag restart retain two-credentials two-faults two-images
    told-later coord-4-2}

[ $# -gt 0 ] || { echo "no change was named" >&2; exit 2; }
sh "$root/tools/need.sh" patch patch || exit 2
rm -rf "$work"
mkdir -p "$work/patches" "$work/scenarios"
cp "$@" "$work/patches" || exit 2
cd "$root" || exit 1
tree=$work/tree
copy_tree "$tree" && build "$tree" 2 || { cat "$tree.log"; exit 1; }
cp "$work/tree/$command" "$work/before"

# Paths in tapes are as they are given: the same for both.
cd "$work" || exit 1
for file in $files; do
    sed '$ s/}[[:space:]]*$/, "finally": { "events": { "opened": 7 } } }/' \
        "$root/scenarios/explore/$file.json" >"scenarios/$file.json"
done
recorded=0
seed=0
while [ "$recorded" -lt "$count" ]; do
    for file in $files; do
        [ "$recorded" -lt "$count" ] || break
        tape=$(printf '%s-%03d' "$file" "$recorded")
        ./before explore --strategy random --seed "$((seed + 1))" --budget 1 --no-shrink \
            --tape "$tape.tape" "scenarios/$file.json" >"$tape.log" 2>&1
        [ -f "$tape.tape" ] || { cat "$tape.log"; echo "no tape of $file"; exit 1; }
        ./before replay "$tape.tape" >"$tape.before" 2>&1
        recorded=$((recorded + 1))
    done
    seed=$((seed + 1))
done

for patch in patches/*.patch; do
    apply "$patch" "$tree" || { cat "$tree.log"; echo "$patch does not apply"; exit 1; }
done
build "$tree" 2 || { cat "$tree.log"; exit 1; }
cmp -s before "tree/$command" && { echo "the changes changed nothing"; exit 1; }
failed=0
moves=0
for tape in *.tape; do
    name=${tape%.tape}
    "tree/$command" replay "$tape" >"$name.after" 2>&1
    moves=$((moves + $(grep -c '^move ' "$tape")))
    if ! cmp -s "$name.before" "$name.after" || grep -q diverged "$name.after"; then
        failed=$((failed + 1))
        echo "FAIL  $tape goes another way:"
        diff "$name.before" "$name.after" | head -n 10
    fi
done
echo "$recorded tapes of $moves moves, recorded before $# harmless changes: $failed go another way"
[ "$failed" -eq 0 ]
