#!/bin/sh
# Run the scenario that README prints, and refuse a README without one.
#
#   check-readme.sh COMMAND
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
awk '/^```json$/ { on = 1; next } /^```$/ { on = 0 } on' README.md >"$folder/my.json"
if ! [ -s "$folder/my.json" ]; then
    echo "README.md prints no scenario"
    exit 1
fi
"$1" run "$folder/my.json"
