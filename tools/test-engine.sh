#!/bin/sh
# See tools/engine.sh start, push, pull, run, restart, kill and stop an engine of either
# kind, and leave nothing: no process, mount, control group or file.
set -u
here=$(dirname "$0")
engine="sh $here/engine.sh"
top=$(mktemp -d /tmp/drydock-engine-XXXXXX) || exit 2
dir=$top/e
kind=docker
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
    ls -d /sys/fs/cgroup/*/docker /sys/fs/cgroup/docker /sys/fs/cgroup/*/libpod* 2>&1
    ls -A /var/lib/containers /var/tmp 2>&1
    cat /proc/sys/net/ipv4/ip_forward
    cut -d' ' -f1-3 /proc/net/dev_mcast
}

api() {
    curl -s --unix-socket "$dir/$kind.sock" "$@"
}

pull() {
    api -X POST "http://d/images/create?fromImage=$REGISTRY/team/app&tag=7" >/dev/null
    api "http://d/images/$REGISTRY/team/app:7/json" | grep -q '"Id":"sha256:'
}

run() {
    api -H 'Content-Type: application/json' "http://d/containers/create?name=c1" \
        -d "{\"Image\":\"$REGISTRY/team/app:7\",\"HostConfig\":{\"NetworkMode\":\"none\"}}" >/dev/null
    start_again
}

start_again() {
    api -X POST http://d/containers/c1/start
    api http://d/containers/c1/json | grep -q '"Running":true'
}

# pull_as CREDENTIALS: from the registry that demands some
pull_as() {
    api -X POST -H "X-Registry-Auth: $1" \
        "http://d/images/create?fromImage=$REGISTRY_AUTH/team/app&tag=7" |
        grep -Eq 'no basic auth credentials|unauthorized' && return 1
    api "http://d/images/$REGISTRY_AUTH/team/app:7/json" | grep -q '"Id":"sha256:'
}

is_down() {
    api -o /dev/null http://d/_ping
    [ $? -eq 7 ]
}

# (The pattern does not match the command that looks for it.)
processes() {
    cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' | grep -c "${dir%/e}[/]e"
}

# (Podman's service has another ID each time.)
identity() {
    api http://d/info | grep -o '"ID":"[^"]*"\|"DockerRootDir":"[^"]*"' | grep "$identified_by"
}

# Not a subshell: packages may be installed here, which is no trace of the engine.
first_start() {
    $engine start "$dir" "$kind" && $engine stop "$dir"
}

session() {
    before=$(outside)
    $engine start "$dir" "$kind" || exit 2
    eval "$($engine env "$dir")"
    cgroup=$(cat "$dir/cgroup")
    check "the image is pushed" $engine image "$dir" team/app:7 3M 3 >/dev/null
    check "the engine has no image after a push" [ "$(api http://d/images/json | tr -d '\n')" = "[]" ]
    check "the image is pulled" pull
    good=$(printf '{"username":"%s","password":"%s","serveraddress":"%s"}' \
        "$REGISTRY_USER" "$REGISTRY_PASSWORD" "$REGISTRY_AUTH" | base64 -w0 | tr '+/' '-_')
    pull_as e30= && check "a pull without credentials is refused" false
    check "a pull with credentials is not" pull_as "$good"
    check "a container runs" run
    first=$(identity)
    check "the engine comes back" $engine restart "$dir"
    check "it is the same engine" [ "$(identity)" = "$first" ]
    check "the container runs again" start_again
    check "the engine comes back when it was killed" $engine kill "$dir"
    check "the container runs a third time" start_again
    check "the engine goes" $engine down "$dir"
    check "it is away" is_down
    check "it comes back when it is told" $engine up "$dir"
    check "it is the same engine still" [ "$(identity)" = "$first" ]
    start_again
    check "a second one beside it is refused" sh -c "! $engine start '$dir' $kind 2>/dev/null"
    check "stop" $engine stop "$dir"
    check "no folder is left" [ ! -e "$dir" ]
    check "no process is left" [ "$(processes)" -eq 0 ]
    check "no mount is left" sh -c "! grep -q '$dir' /proc/mounts"
    check "no control group is left" [ -z "$(find /sys/fs/cgroup -name "${cgroup#/}" 2>/dev/null)" ]
    check "nothing outside has changed" [ "$(outside)" = "$before" ]
}

for kind in docker podman; do
    identified_by=ID
    [ $kind = docker ] || identified_by=DockerRootDir
    first_start || exit 2
    session
done
[ "$failed" -eq 0 ] && echo "test-engine: fine"
exit "$failed"
