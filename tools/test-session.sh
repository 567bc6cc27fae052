#!/bin/sh
# Run the session of docs/SESSION.md against the fake engine, and compare every line.
#
#   test-session.sh DRYDOCK
#
# Needs the docker command. Lines that begin with "$ " are run; what follows is what
# they print, standard error included. Exit status: 1 if a line differs, 2 if something
# could not run.
set -u
LC_ALL=C
export LC_ALL
drydock=$1
work=$(mktemp -d) || exit 2
engine=
cleanup() {
    [ -z "$engine" ] || { kill "$engine" && wait "$engine"; } 2> /dev/null
    rm -rf "$work"
}
trap cleanup EXIT
command -v docker > "$work/which" || { echo "test-session: no docker command" >&2; exit 2; }

"$drydock" engine --listen "unix://$work/engine.sock" docs/session.json > "$work/engine.log" 2>&1 &
engine=$!
tries=0
while [ ! -S "$work/engine.sock" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 100 ] || { cat "$work/engine.log" >&2; exit 2; }
    sleep 0.05
done

DOCKER_HOST=unix://$work/engine.sock
DOCKER_CONFIG=$work
export DOCKER_HOST DOCKER_CONFIG
sed -n '/^```console$/,/^```$/ { /^```/d; p; }' docs/SESSION.md > "$work/expected"
while IFS= read -r line; do
    case $line in
    '$ '*)
        printf '%s\n' "$line"
        sh -c "${line#\$ }" 2>&1 < /dev/null
        ;;
    esac
done < "$work/expected" > "$work/found"
if ! diff "$work/expected" "$work/found"; then
    echo "test-session: docs/SESSION.md expects (<) what was not found (>)" >&2
    exit 1
fi
echo "test-session: $(grep -c '^\$ ' "$work/expected") commands, as docs/SESSION.md has them"
