#!/bin/sh
# Play all scenarios on a private engine (engine.sh), as root: none may fail.
#
#   test-live.sh DRYDOCK [docker|podman] [PATH...]
#
# What fails is played once more, alone: on a busy machine an engine may be too late once.
# Exit 1: one failed twice. Exit 2: it cannot be done here, and why.
set -u
drydock=$1
shift
kind=${1:-docker}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- scenarios
tools=$(dirname "$0")
dir=$(mktemp -d "${TMPDIR:-/tmp}/drydock-live-engine-XXXXXX") || exit 2
trap 'sh "$tools/engine.sh" stop "$dir" || rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM

sh "$tools/engine.sh" start "$dir" "$kind" || exit 2
. "$dir/env"
play() {
    "$drydock" live "$@" --docker "$DOCKER_HOST" --registry "$REGISTRY" \
        --private-registry "$REGISTRY_USER:$REGISTRY_PASSWORD@$REGISTRY_AUTH" \
        --stop "sh $tools/engine.sh down $dir" --start "sh $tools/engine.sh up $dir"
}

play "$@" >"$dir/out"
status=$?
cat "$dir/out"
[ "$status" -eq 1 ] || exit "$status"
failed=$(sed -n 's/^failed  \([^ ]*\.json\)  seed.*/\1/p' "$dir/out" | sort -u)
[ -n "$failed" ] || exit 1
echo "once more: $failed"
# shellcheck disable=SC2086
play $failed
