#!/bin/sh
# Gate: no file is longer than 600 lines.
#
#   check-length.sh FILE…
awk 'FNR == 601 { print FILENAME ": longer than 600 lines"; bad = 1 } END { exit bad }' "$@"
