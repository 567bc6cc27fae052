#!/bin/sh
# Gate: every mutant in FOLDER still applies to the tree, says what it breaks, and no
# hazard is without one.
#
#   check-mutants.sh FOLDER HAZARDS.md
#
# A mutant is a patch with a header: a sentence, then "Hazard: H08" or "Slip: lost
# wake-up". Those in FOLDER/equivalent/ change nothing that can be seen; each has its
# proof in FOLDER/EQUIVALENT.md, under a heading with its name. Those in FOLDER/capacity/
# are for explorations, and say of which scenario: "Explore: FILE". One that explorations
# cannot see says why: "Unseen: because …". Hazards whose heading
# says "(later)" need no mutant.
set -u
folder=$1
hazards=$2
bad=0

complain() {
    echo "$1"
    bad=1
}

for patch in "$folder"/*.patch "$folder"/equivalent/*.patch "$folder"/capacity/*.patch; do
    [ -e "$patch" ] || continue
    name=$(basename "$patch" .patch)
    header=$(sed '/^--- /,$d' "$patch")
    case $header in
    [A-Z]*.*) ;;
    *) complain "$patch: its first line is no sentence that says what is broken" ;;
    esac
    printf '%s\n' "$header" | grep -Eq '^(Hazard: H[0-9][0-9]|Slip: [a-z].*)$' ||
        complain "$patch: no line \"Hazard: H08\" or \"Slip: what it is\""
    printf '%s\n' "$header" | grep '^Unseen:' | grep -qv '^Unseen: because .*\.$' &&
        complain "$patch: \"Unseen:\" without \"because\" and a sentence"
    patch -s -f -p1 -F0 --dry-run <"$patch" >/dev/null 2>&1 ||
        complain "$patch: does not apply"
    case $patch in
    "$folder"/capacity/*)
        [ -f "$(printf '%s\n' "$header" | sed -n 's/^Explore: //p')" ] ||
            complain "$patch: no line \"Explore: a scenario that there is\""
        ;;
    "$folder"/equivalent/*)
        grep -q "^## $name\$" "$folder/EQUIVALENT.md" ||
            complain "$patch: no proof in $folder/EQUIVALENT.md"
        ;;
    esac
done
sed -n 's/^## //p' "$folder/EQUIVALENT.md" 2>/dev/null | {
    status=0
    while read -r name; do
        [ -e "$folder/equivalent/$name.patch" ] && continue
        echo "$folder/EQUIVALENT.md: there is no $name"
        status=1
    done
    exit $status
} || bad=1
sed -n '/(later)/d; s/^## \(H[0-9][0-9]\):.*/\1/p' "$hazards" | {
    status=0
    while read -r hazard; do
        grep -qs "^Hazard: $hazard\$" "$folder"/*.patch && continue
        echo "$folder: no mutant breaks $hazard"
        status=1
    done
    exit $status
} || bad=1
exit $bad
