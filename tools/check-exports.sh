#!/bin/sh
# Gate: a library exports the functions that its headers declare, and no other name.
#
#   check-exports.sh LIBRARY HEADER…       LIBRARY: .so or .a
set -u

library=$1
shift
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT INT TERM

# In this style a function's name stands in a line that begins at the left, before the
# first bracket, or in the line after an attribute and a long type.
cat "$@" | sed -n 's/^[A-Za-z_][^(]*[ *]\(dd_[a-z0-9_]*\)(.*/\1/p' | sort -u >"$folder/declared"

case $library in
*.so*) dynamic=-D ;;
*) dynamic= ;;
esac
# The version's own name is an absolute symbol.
# shellcheck disable=SC2086
"${NM:-nm}" $dynamic -P -g "$library" | awk '$2 != "U" && $2 != "w" && $2 != "v" && $2 != "A" && NF > 2 { sub(/@.*/, "", $1); print $1 }' |
    sort -u >"$folder/exported"

[ -s "$folder/declared" ] || { echo "no header declares anything"; exit 1; }
if ! diff "$folder/declared" "$folder/exported" >"$folder/difference"; then
    sed -n "s/^< /$(basename "$library") does not export /p; s/^> /$(basename "$library") exports what no header declares: /p" \
        "$folder/difference"
    exit 1
fi
