#!/bin/sh
# What a coverage build's runs have reached: lcov's page, a table by folder, and all
# lines of coord/ that nothing has reached.
#
#   coverage.sh BUILD PAGE_FOLDER [STATES]
#
# STATES is what `drydock run --states` printed. Exit 4 if a folder is below its floor,
# or a cell of the table of states was never reached. An assert's failing side is not a
# branch that a test can take, and does not count as one; how many there are is printed.
# Lines that are left out by name (LCOV_EXCL) are printed, with their reason beside them.
set -eu

build=$1
page=$2
states=${3:-}

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

asserts=$(cat coord/*.[ch] | grep -c '[^_a-z]assert(' || true)
grep -n 'LCOV_EXCL' coord/*.[ch] | sed 's/^/left out: /' || true

bad=0
awk -v root="$PWD/" -v asserts="$asserts" '
function percent(hit, found) { return found ? 100 * hit / found : 0 }
function share(hit, found) {
    return found ? sprintf("%5.1f %% %6d of %-6d", percent(hit, found), hit, found) : "      -"
}
function demand(folder, what, hit, found, floor) {
    if (floor > 0 && (!found || hit * 100 < floor * found)) {
        printf "%s: less than %d %% of the %s\n", folder, floor, what
        bad = 1
    }
}
BEGIN {
    line_floor["coord"] = 100; branch_floor["coord"] = 95
    line_floor["backend"] = 85
    line_floor["fakes"] = 95
    line_floor["reports"] = 95
    line_floor["sim"] = 90
}
/^SF:/ {
    file = substr($0, 4)
    if (index(file, root) == 1) file = substr(file, length(root) + 1)
    folder = file
    sub(/^coord\/backend\/.*/, "backend", folder)
    sub(/\/.*/, "", folder)
}
/^DA:/ && folder == "coord" {
    split(substr($0, 4), count, ",")
    if (count[2] == 0) printf "not reached: %s:%d\n", file, count[1]
}
/^LF:/ { lines[folder] += substr($0, 4) }
/^LH:/ { lines_hit[folder] += substr($0, 4) }
/^BRF:/ { branches[folder] += substr($0, 5) }
/^BRH:/ { branches_hit[folder] += substr($0, 5) }
END {
    printf "%-10s %-26s %s\n", "", "lines", "branches"
    split("coord backend fakes reports sim", order, " ")
    for (i = 1; i <= 5; i++) {
        folder = order[i]
        printf "%-10s %-26s %s\n", folder, share(lines_hit[folder], lines[folder]), share(branches_hit[folder], branches[folder])
    }
    printf "the branches of %d assertions in coord/ do not count\n", asserts
    for (i = 1; i <= 5; i++) {
        folder = order[i]
        demand(folder, "lines", lines_hit[folder], lines[folder], line_floor[folder])
        demand(folder, "branches", branches_hit[folder], branches[folder], branch_floor[folder])
    }
    exit bad
}' "$page/drydock.info" || bad=4

if [ -n "$states" ]; then
    sed -n '/^what happens to an image/,/ cells reached$/p' "$states"
    if ! grep -q ' cells reached$' "$states" || grep -q ' never$' "$states"; then
        echo "states: not every cell of the table was reached"
        bad=4
    fi
fi
echo "the page: $page/index.html"
exit "$bad"
