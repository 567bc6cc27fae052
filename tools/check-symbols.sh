#!/bin/sh
# Gate: what the core's archive asks of the outside, by the linker's own account.
#
#   check-symbols.sh ARCHIVE ALLOW_LIST
#
# Every symbol that the archive uses and does not define must be in the list.
set -eu

archive=$1
allow_list=$2
symbols=$(mktemp)
trap 'rm -f "$symbols"' EXIT INT TERM

"${NM:-nm}" -P "$archive" >"$symbols"
awk -v archive="$archive" '
FNR == 1 { file++ }
file == 1 { sub(/#.*/, ""); if (NF) allowed[$1] = 1; next }
/\]:$/ { member = $1; next }
$2 == "U" || $2 == "w" || $2 == "v" { users[$1] = users[$1] " " member; next }
NF >= 2 { defined[$1] = 1; count++ }
END {
    if (!count) {
        print archive ": defines nothing"
        exit 1
    }
    for (symbol in users) {
        if (!(symbol in defined) && !(symbol in allowed)) {
            sub(/:$/, "", users[symbol])
            print "the core may not use " symbol ":" users[symbol]
            bad = 1
        }
    }
    exit bad
}' "$allow_list" "$symbols"
