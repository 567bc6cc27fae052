#!/bin/sh
# A soak of the library on a private engine (tools/engine.sh), as root:
#
#   soak.sh DRYDOCK TIME ENGINE [OPTION…]   ENGINE: docker, podman, or fake, which needs
#                                           neither root nor an engine; OPTIONs: of drydock soak
#
# Real engines are killed by SIGKILL every 20 s.
set -u
here=$(cd "$(dirname "$0")" && pwd)
drydock=$1
time=$2
kind=$3
shift 3
top=$(mktemp -d /tmp/drydock-soak-XXXXXX) || exit 2
dir=$top/e
pid=

finish() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null
    [ "$kind" = fake ] || sh "$here/engine.sh" stop "$dir"
    rm -rf "$top"
}
trap finish EXIT
trap 'exit 130' INT TERM

# A registry of the fake's own, with the names that the soak asks for.
scenario() {
    echo '{ "version": 1, "name": "soak", "retells": "a registry to soak with", "registry": {'
    i=0
    while [ $i -lt 20 ]; do
        echo "  \"registry.example:5000/soak/app-$((i / 2 + 1)):$((i % 2 + 1))\":" \
            "{ \"id\": \"app-$i\", \"size\": \"1MB\", \"pull\": [\"20ms\", \"200ms\"] },"
        i=$((i + 1))
    done
    # What an agent that was killed had asked for comes soon, or not.
    echo '  "other:1": { "id": "other" } }, "engine": { "abandoned": ["0s", "300ms"] },'
    echo '  "steps": [ { "stop": "engine" } ] }'
}

case $kind in
fake)
    scenario >"$top/soak.json"
    "$drydock" engine --listen "unix://$top/sock" "$top/soak.json" >"$top/engine.log" &
    pid=$!
    until grep -q listening "$top/engine.log"; do
        kill -0 "$pid" || exit 2
        sleep 0.1
    done
    "$drydock" soak --docker "unix://$top/sock" --registry registry.example:5000 --no-push \
        --time "$time" "$@"
    ;;
docker | podman)
    sh "$here/engine.sh" start "$dir" "$kind" || exit 2
    eval "$(sh "$here/engine.sh" env "$dir")"
    "$drydock" soak --docker "$DOCKER_HOST" --registry "$REGISTRY" --time "$time" \
        --kill-engine "sh $here/engine.sh kill $dir" "$@"
    ;;
*)
    echo "soak.sh: ENGINE is docker, podman or fake" >&2
    exit 2
    ;;
esac
