#!/bin/sh
# See tools/engine.sh start, push, pull, run, restart and stop an engine, and leave
# nothing: no process, mount, control group or file.
set -u
here=$(dirname "$0")
engine="sh $here/engine.sh"
top=$(mktemp -d /tmp/drydock-engine-XXXXXX) || exit 2
dir=$top/e
trap '$engine stop "$dir"; rm -rf "$top"' EXIT
trap 'exit 2' INT TERM
failed=0

check() {
    what=$1
    shift
    if ! "$@"; then
        echo "not so: $what" >&2
        failed=1
    fi
}

# What a machine's own engine would have, and what we must not add to.
outside() {
    ls -A /run /etc/docker 2>&1
    ls -d /sys/fs/cgroup/*/docker /sys/fs/cgroup/docker 2>&1
    cat /proc/sys/net/ipv4/ip_forward
    cut -d' ' -f1-3 /proc/net/dev_mcast
}

api() {
    curl -s --unix-socket "$dir/docker.sock" "$@"
}

pull() {
    api -X POST "http://d/images/create?fromImage=$REGISTRY/team/app&tag=7" |
        grep -q 'Status: Downloaded newer image'
}

run() {
    api -H 'Content-Type: application/json' "http://d/containers/create?name=c1" \
        -d "{\"Image\":\"$REGISTRY/team/app:7\",\"HostConfig\":{\"NetworkMode\":\"none\"}}" >/dev/null
    api -X POST http://d/containers/c1/start
    api http://d/containers/c1/json | grep -q '"Running":true'
}

# pull_as CREDENTIALS: how the registry that demands them answers
pull_as() {
    api -o /dev/null -w '%{http_code}' -X POST -H "X-Registry-Auth: $1" \
        "http://d/images/create?fromImage=$REGISTRY_AUTH/team/app&tag=7"
}

# (The pattern does not match the command that looks for it.)
processes() {
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -c "${dir%/e}[/]e"
}

identity() {
    api http://d/info | sed 's/.*"ID":"\([^"]*\)".*/\1/'
}

# Not a subshell: packages may be installed here, which is no trace of the engine.
if ! $engine start "$dir" || ! $engine stop "$dir"; then
    exit 2
fi
before=$(outside)
$engine start "$dir" || exit 2
eval "$($engine env "$dir")"
cgroup=$(cat "$dir/cgroup")
check "the image is pushed" $engine image "$dir" team/app:7 3M 3 >/dev/null
check "the engine has no image after a push" [ "$(api http://d/images/json)" = "[]" ]
check "the image is pulled" pull
good=$(printf '{"username":"%s","password":"%s","serveraddress":"%s"}' \
    "$REGISTRY_USER" "$REGISTRY_PASSWORD" "$REGISTRY_AUTH" | base64 -w0 | tr '+/' '-_')
check "a pull without credentials is refused" [ "$(pull_as e30=)" -eq 500 ]
check "a pull with credentials is not" [ "$(pull_as "$good")" -eq 200 ]
check "a container runs" run
first=$(identity)
check "the engine comes back" $engine restart "$dir"
check "it is the same engine" [ "$(identity)" = "$first" ]
api -X POST http://d/containers/c1/start
check "a second one beside it is refused" sh -c "! $engine start '$dir' 2>/dev/null"
check "stop" $engine stop "$dir"
check "no folder is left" [ ! -e "$dir" ]
check "no process is left" [ "$(processes)" -eq 0 ]
check "no mount is left" sh -c "! grep -q '$dir' /proc/mounts"
check "no control group is left" [ -z "$(find /sys/fs/cgroup -name "${cgroup#/}" 2>/dev/null)" ]
check "nothing outside has changed" [ "$(outside)" = "$before" ]
[ "$failed" -eq 0 ] && echo "test-engine: fine"
exit "$failed"
