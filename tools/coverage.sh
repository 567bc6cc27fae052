#!/bin/sh
# What a coverage build's runs have reached: lcov's page, and a table by folder.
#
#   coverage.sh BUILD PAGE_FOLDER
#
# Exit 1 if coord/ has less than 95 % of its lines covered. An assert's failing
# side is not a branch that a test can take, and does not count as one.
set -eu

build=$1
page=$2
floor=95
rules='--rc lcov_branch_coverage=1 --rc geninfo_auto_base=1'
no_branch='lcov_excl_br_line=assert\('

mkdir -p "$page"
# The initial capture knows the files that nothing has run at all.
# shellcheck disable=SC2086
{
    lcov -q $rules --rc "$no_branch" --capture --initial -d "$build" --base-directory . \
        --no-external -o "$page/none.info"
    lcov -q $rules --rc "$no_branch" --capture -d "$build" --base-directory . \
        --no-external -o "$page/run.info"
    lcov -q $rules -a "$page/none.info" -a "$page/run.info" -o "$page/sum.info"
    lcov -q $rules -r "$page/sum.info" '*/test/*' -o "$page/drydock.info"
    genhtml -q --branch-coverage --prefix "$PWD" --title drydock -o "$page" "$page/drydock.info"
}
rm -f "$page/none.info" "$page/run.info" "$page/sum.info"

awk -v root="$PWD/" -v floor="$floor" '
function share(hit, found) {
    return found ? sprintf("%5.1f %% %6d of %-6d", 100 * hit / found, hit, found) : "      -"
}
/^SF:/ {
    file = substr($0, 4)
    if (index(file, root) == 1) file = substr(file, length(root) + 1)
    folder = file
    sub(/\/.*/, "", folder)
}
/^LF:/ { lines[folder] += substr($0, 4) }
/^LH:/ { lines_hit[folder] += substr($0, 4) }
/^BRF:/ { branches[folder] += substr($0, 5) }
/^BRH:/ { branches_hit[folder] += substr($0, 5) }
END {
    printf "%-10s %-26s %s\n", "", "lines", "branches"
    split("coord fakes reports sim", order, " ")
    for (i = 1; i <= 4; i++) {
        folder = order[i]
        printf "%-10s %-26s %s\n", folder, share(lines_hit[folder], lines[folder]), share(branches_hit[folder], branches[folder])
    }
    if (lines_hit["coord"] * 100 < floor * lines["coord"] || !lines["coord"]) {
        printf "coord: less than %d %% of the lines\n", floor
        exit 1
    }
}' "$page/drydock.info"
echo "the page: $page/index.html"
