#!/bin/sh
# Play all scenarios on a private engine (engine.sh), as root: none may fail.
#
#   test-live.sh DRYDOCK [docker|podman] [PATH...]
#
# Exit 1: one failed. Exit 2: it cannot be done here, and why.
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
"$drydock" live "$@" --docker "$DOCKER_HOST" --registry "$REGISTRY" \
    --private-registry "$REGISTRY_USER:$REGISTRY_PASSWORD@$REGISTRY_AUTH" \
    --stop "sh $tools/engine.sh down $dir" --start "sh $tools/engine.sh up $dir"
