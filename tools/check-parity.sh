#!/bin/sh
# Gate: every row of docs/PARITY.md that tells of a behaviour names a test, and every test
# that it names is run by some test program.
#
#   check-parity.sh PARITY.md TEST-PROGRAM.c…
awk '
FNR == NR {
    if (!/^\|/) {
        columns = 0
    } else if (!columns) {
        columns = 1
        rows = /\| test \|$/
    } else if (rows && !/^\|[-|]*$/) {
        if (match($0, /`test_[a-z0-9_]+` \|$/)) {
            line[substr($0, RSTART + 1, RLENGTH - 4)] = FNR
        } else {
            print FILENAME ":" FNR ": a row without a test"
            bad = 1
        }
        count++
    }
    next
}
match($0, /^static void test_[a-z0-9_]+\(/) {
    defined_here[substr($0, 13, RLENGTH - 13)] = FILENAME
}
match($0, /\(test_[a-z0-9_]+\),/) {
    run[FILENAME, substr($0, RSTART + 1, RLENGTH - 3)] = 1
}
END {
    for (name in line) {
        if (!(name in defined_here) || !((defined_here[name], name) in run)) {
            print "docs/PARITY.md:" line[name] ": no test program runs " name
            bad = 1
        }
    }
    if (!count) {
        print "no row was found"
        bad = 1
    }
    exit bad
}' "$@"
