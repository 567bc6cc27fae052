#!/bin/sh
# The same seeds give the same standard output, byte for byte, and with it the
# same trace hashes, whatever the command was built by and wherever it runs.
#
#   check-determinism.sh SEEDS COMMAND…
#
# The first command's output is what all others are held against. Only the last
# line, `took …`, may differ. Exit 1 if anything else does.
set -u

export LC_ALL=C
seeds=$1
shift
reference_command=$1
scenarios=${SCENARIOS:-scenarios}
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT INT TERM
bad=0
same=0

# What is printed to replay a failure begins as the command was called: all are called
# by one path.
called=$folder/drydock

# run FORMAT BINARY [WRAPPER…]: its output without the last line, and its exit status.
run() {
    format=$1
    ln -sf "$(realpath "$2")" "$called"
    shift 2
    status=0
    "$@" "$called" run --format "$format" --seeds "$seeds" "$scenarios" \
        >"$folder/out" 2>"$folder/err" </dev/null || status=$?
    sed '${/^took /d;}' "$folder/out"
    echo "exit status $status"
}

# compare TITLE BINARY [WRAPPER…]
compare() {
    title=$1
    shift
    for format in text json; do
        run "$format" "$@" >"$folder/$format.now"
        if cmp -s "$folder/$format.reference" "$folder/$format.now"; then
            same=$((same + 1))
        else
            echo "DIFFERS  $title ($format):"
            diff "$folder/$format.reference" "$folder/$format.now" | head -n 10
            head -n 10 "$folder/err"
            bad=$((bad + 1))
        fi
    done
    echo "compared $title"
}

for format in text json; do
    run "$format" "$reference_command" >"$folder/$format.reference"
    # An empty or failing reference would agree with everything.
    if [ "$(wc -l <"$folder/$format.reference")" -lt 2 ] ||
        ! grep -q '^exit status 0$' "$folder/$format.reference"; then
        echo "$reference_command: no good reference ($format)"
        tail -n 5 "$folder/$format.reference" "$folder/err"
        exit 1
    fi
done
if ! grep -q trace_hash "$folder/json.reference"; then
    echo "$reference_command: no trace hashes in its JSON"
    exit 1
fi

for command in "$@"; do
    compare "$command" "$command"
done
compare "memory of 0xAA" "$reference_command" env MALLOC_PERTURB_=85
compare "memory of 0x55" "$reference_command" env MALLOC_PERTURB_=170
compare "locale C.UTF-8" "$reference_command" env LC_ALL=C.UTF-8
if [ -e /usr/share/i18n/locales/de_DE ] &&
    localedef -i de_DE -f UTF-8 "$folder/de_DE.UTF-8" 2>/dev/null; then
    compare "locale de_DE" "$reference_command" env LOCPATH="$folder" LC_ALL=de_DE.UTF-8
else
    echo "skipped: a locale with a decimal comma (the package locales is not there)"
fi
if setarch -R true 2>/dev/null; then
    for command in "$@"; do
        compare "$command without address randomisation" "$command" setarch -R
    done
else
    echo "skipped: setarch -R is not permitted here"
fi

echo "$same outputs equal, $bad different"
[ "$bad" -eq 0 ]
