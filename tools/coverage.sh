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

# lcov's own Perl warns of its own Perl.
lcov_quietly() {
    status=0
    lcov -q --rc lcov_branch_coverage=1 --rc 'lcov_excl_br_line=assert\(' "$@" \
        2>"$page/errors" || status=$?
    grep -v ' redefined at ' "$page/errors" >&2 || true
    rm -f "$page/errors"
    return "$status"
}

mkdir -p "$page"
# The initial capture knows the files that nothing has run at all.
lcov_quietly --capture --initial -d "$build" --base-directory . --no-external -o "$page/none.info"
lcov_quietly --capture -d "$build" --base-directory . --no-external -o "$page/run.info"
lcov_quietly -a "$page/none.info" -a "$page/run.info" -o "$page/sum.info"
lcov_quietly -r "$page/sum.info" '*/test/*' -o "$page/drydock.info"
genhtml -q --branch-coverage --prefix "$PWD" --title drydock -o "$page" "$page/drydock.info"
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
