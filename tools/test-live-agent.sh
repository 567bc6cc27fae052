#!/bin/bash
# A session with the example agent on a private engine (tools/engine.sh), as root: what
# it says of each image must be so at each step.
#
#   test-live-agent.sh AGENT       WRAPPER, if set, is put before it (valgrind);
#                                  AGENT_GO, if set, is the example in Go
set -u

agent=$1
here=$(cd "$(dirname "$0")" && pwd)
top=$(mktemp -d /tmp/drydock-agent-XXXXXX) || exit 2
dir=$top/e
passed=0
failed=0
trap 'kill "${AGENT_PID:-}" 2>/dev/null; sh "$here/engine.sh" stop "$dir"; rm -rf "$top"' EXIT
trap 'exit 2' INT TERM

sh "$here/engine.sh" start "$dir" || exit 2
eval "$(sh "$here/engine.sh" env "$dir")"
export DOCKER_HOST
registry=$REGISTRY

result() {
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $2"
        shift 2
        printf '      %s\n' "$@"
    fi
}

# ---- The agent -----------------------------------------------------------------------

# Under valgrind everything takes longer.
patience=${PATIENCE:-20}

send() {
    echo "$*" >&"${AGENT[1]}"
}

# says PATTERN: one of its next lines does, within some seconds
says() {
    local line deadline=$((SECONDS + patience))
    while [ $SECONDS -lt $deadline ]; do
        if read -r -t 1 line <&"${AGENT[0]}"; then
            [[ $line =~ $1 ]] && return 0
        fi
    done
    echo "the agent never says: $1"
    return 1
}

# The lines of a status, as one text.
status() {
    local line
    send status
    while read -r -t "$patience" line <&"${AGENT[0]}"; do
        [ "$line" = "that is all" ] && return
        echo "$line"
    done
}

# status_has TITLE PATTERN…: each is a line of it, and as many images are there
status_has() {
    local title=$1 text pattern lines=0
    shift
    text=$(status)
    for pattern in "$@"; do
        [ "$(grep -cE "$pattern" <<<"$text")" -ge 1 ]
        result $? "$title: $pattern" "$text"
        [[ $pattern = ^image* ]] && lines=$((lines + 1))
    done
    # (That one was removed meanwhile is a line of its own.)
    [ "$(grep -c '^image.*; ours:' <<<"$text")" -eq $lines ]
    result $? "$title: $lines images" "$text"
}

# comes TITLE PATTERN: a status that does, sooner or later
comes() {
    local deadline=$((SECONDS + patience)) text
    while [ $SECONDS -lt $deadline ]; do
        text=$(status)
        grep -qE "$2" <<<"$text" && { result 0 "$1"; return; }
        sleep 0.2
    done
    result 1 "$1: $2" "$text"
}

gone() {
    local deadline=$((SECONDS + patience))
    while [ $SECONDS -lt $deadline ]; do
        [ "$(code "/images/$2/json")" = 404 ] && { result 0 "$1"; return; }
        sleep 0.2
    done
    result 1 "$1: $2 is still there" "$(api http://d/images/json)"
}

start() {
    send "start $1 $registry/$2"
    says "^$1: running sha256:"
    result $? "$1 runs $2"
}

stop() {
    send "stop $1"
    says "^$1: stopped"
    result $? "$1 stops"
}

# ---- The engine and the registry, as others use them ----------------------------------

api() {
    curl -s --max-time 20 --unix-socket "$dir/docker.sock" "$@"
}

code() {
    api -o "$top/answer" -w '%{http_code}' "http://d$1"
}

id_of() {
    api "http://d/images/$1/json" | sed 's/^{"Id":"\([^"]*\)".*/\1/'
}

push() {
    sh "$here/engine.sh" image "$dir" "$1" 2M 2 >/dev/null
    result $? "$1 is pushed"
}

# alias REPOSITORY TAG OTHER: the registry has it under another tag, too
alias_tag() {
    local type=application/vnd.docker.distribution.manifest.v2+json
    curl -s -H "Accept: $type" "http://$registry/v2/$1/manifests/$2" >"$top/manifest" &&
        curl -s -o /dev/null -X PUT -H "Content-Type: $type" --data-binary "@$top/manifest" \
            "http://$registry/v2/$1/manifests/$3"
}

# A container of somebody else's, that only exists.
others_container() {
    api -o "$top/answer" -H 'Content-Type: application/json' "http://d/containers/create?name=$1" \
        -d "{\"Image\":\"$2\",\"HostConfig\":{\"NetworkMode\":\"none\"}}"
}

# ---- The session ------------------------------------------------------------------------

# begin: an agent that is ready
begin() {
    # shellcheck disable=SC2086
    coproc AGENT { ${WRAPPER:-} "$agent" --delay 1.5 --retry 1 "$@" 2>"$top/stderr"; }
    says '^ready'
    result $? "the agent is ready" "$(cat "$top/stderr")"
}

# finish: it drains, ends, and leaves nothing
finish() {
    local pid=$AGENT_PID
    send drain
    says "^$1: stopped"
    result $? "drain stops the tasks"
    wait "$pid"
    result $? "the agent ends well" "$(tail -n 40 "$top/stderr")"
    [ "$(api http://d/images/json)" = "[]" ] && [ "$(api 'http://d/containers/json?all=1')" = "[]" ]
    result $? "the engine is empty again"
}

begin
# Two tasks share an image, and it goes a while after the second one.
push app:1
start web-1 app:1
start web-2 app:1
status_has "two tasks" '^task web-1 running' '^task web-2 running' \
    "^image sha256:[0-9a-f]{12} held: web-1 has it, and others; ours: $registry/app:1 $registry/app@sha256:"
id=$(id_of "$registry/app:1")
stop web-1
status_has "one task" "^image ${id:0:19} held: web-2 has it; ours:"
stop web-2
status_has "no task" "^image ${id:0:19} idle: removed in [01]\.[0-9] s; ours:"
[ "$(code "/images/$id/json")" = 200 ]
result $? "within the delay the image is there"
gone "after the delay it is not" "$id"
comes "and the agent knows nothing of it any more" '^$'

# H12: an image with two names of ours goes with both; one that somebody else named, too,
# loses our name and stays.
alias_tag app 1 2
start web-1 app:1
start web-2 app:2
id=$(id_of "$registry/app:1")
status_has "two names" "^image ${id:0:19} held: .*; ours: $registry/app:1 $registry/app@sha256:[0-9a-f]* $registry/app:2\$"
stop web-1
stop web-2
gone "an image with two names goes" "$id"
start web-1 app:1
api -X POST "http://d/images/$id/tag?repo=mine&tag=1"
stop web-1
comes "the user's name keeps it" "^image ${id:0:19} blocked: has names of others; next try in [0-9.]* s; ours:"
[ "$(code "/images/$registry/app:1/json")" = 404 ]
result $? "our name of it is gone"
[ "$(id_of mine:1)" = "$id" ]
result $? "the user's name is not"
api -o "$top/answer" -X DELETE "http://d/images/mine:1"
gone "and is the image's last" "$id"
comes "which is noticed" '^$' # an empty status

# H31: the tag moves while the first image is in use. Each goes when its own task has ended.
start web-1 app:1
first=$(id_of "$registry/app:1")
push app:1
start web-2 app:1
second=$(id_of "$registry/app:1")
[ "$first" != "$second" ]
result $? "the tag has moved"
status_has "a moved tag" "^image ${first:0:19} held: web-1 has it;" \
    "^image ${second:0:19} held: web-2 has it;"
stop web-1
gone "the old image goes" "$first"
[ "$(id_of "$registry/app:1")" = "$second" ]
result $? "the name means the new image, which stays"
status_has "the other task is untouched" '^task web-2 running' \
    "^image ${second:0:19} held: web-2 has it;"
stop web-2
gone "the new image goes" "$second"

# A container of somebody else's keeps the image; it is tried again.
start web-1 app:1
others_container other "$second"
stop web-1
comes "a container keeps it" "^image ${second:0:19} blocked: in use by a container; next try in [0-9.]* s; ours: $registry/app:1"
[ "$(code "/images/$registry/app:1/json")" = 200 ]
result $? "and its name"
api -X DELETE "http://d/containers/other?force=1"
gone "without the container it goes" "$second"

# An engine that restarts changes nothing of what is known; its containers are gone.
start web-1 app:1
sh "$here/engine.sh" restart "$dir"
result $? "the engine comes back"
status_has "after a restart" "^task web-1 running" \
    "^image ${second:0:19} held: web-1 has it; ours: $registry/app:1"
stop web-1
gone "its image goes" "$second"

# What cannot be pulled is told, and nothing is left of it.
send "start web-1 $registry/none:1"
says '^web-1: no image: .*manifest unknown.*DD_ENOTFOUND\)'
result $? "an unknown image is told"
stop web-1

# A task that is stopped at once does not wait for its pull, which is left.
push app:9
for _ in 1 2 3; do
    send "start web-1 $registry/app:9
stop web-1"
    says '^web-1: no image: .*cancelled'
    result $? "a pull that has just been asked for is left"
    says '^web-1: stopped'
    result $? "and its task is stopped"
done

# An image that nobody uses goes at once if the agent drains.
start web-1 app:1
finish web-1
# valgrind's --track-fds=yes lists what is open, and says of what was so before.
awk '/Open / { getline; if (!/inherited/) own = 1; next } /FILE DESC/ || /^==[0-9]+== *$/ { next } { own = 1 } END { exit own }' "$top/stderr"
result $? "nothing on standard error, and no descriptor is left" "$(cat "$top/stderr")"


# forms SECRET: how it may be written: as it is, escaped in JSON, and in base64 wherever
# it stands in what is encoded, without the characters in which its neighbours have a part
forms() {
    local form padded encoded offset json
    json=$(sed 's/[\\"]/\\&/g' <<<"$1")
    for form in "$1" "$json"; do
        echo "$form"
        for offset in 0 1 2; do
            padded=$(printf "%${offset}s%s" '' "$form" | base64 -w0)
            encoded=${padded%%=*}
            [ "$encoded" = "$padded" ] || encoded=${encoded%?}
            encoded=${encoded:$((offset == 0 ? 0 : offset + 1))}
            echo "$encoded"
            tr '+/' '-_' <<<"$encoded"
        done
    done
}

# H27: a registry that demands credentials gets them, and nobody else sees them.
begin
send "start web-1 $REGISTRY_AUTH/app:1"
says '^web-1: no image: .*no basic auth credentials \(DD_EUNAUTHENTICATED\)'
result $? "no credentials are told"
finish web-1
export REGISTRY_USER REGISTRY_PASSWORD
begin --log trace
registry=$REGISTRY_AUTH
start web-1 app:1
finish web-1
forms "$REGISTRY_PASSWORD" >"$top/forms"
grep -q 'event=pull-started' "$top/stderr" && ! grep -qF -f "$top/forms" "$top/stderr"
result $? "the log has the pull, and not the password in any form"
REGISTRY_PASSWORD=wrong
begin
send "start web-1 $REGISTRY_AUTH/app:1"
says '^web-1: no image: .*unauthorized.* \(DD_EUNAUTHENTICATED\)'
result $? "wrong ones are told"
finish web-1

# The agent in Go: two tasks on one image, which is gone once both have let go.
if [ -n "${AGENT_GO:-}" ]; then
    unset REGISTRY_USER REGISTRY_PASSWORD
    timeout 60 "$AGENT_GO" -delay 0.2 "$REGISTRY/app:1" web-1 web-2 >"$top/go" 2>&1
    result $? "the agent in Go ends well" "$(cat "$top/go")"
    for pattern in '^web-1 has sha256:' '^web-2 has sha256:' \
        '^image sha256:[0-9a-f]* held: held by \[web-[12] web-[12]\]$' \
        '^image sha256:[0-9a-f]* idle: held by \[\]$'; do
        grep -qE "$pattern" "$top/go"
        result $? "the agent in Go says $pattern" "$(cat "$top/go")"
    done
    gone "what the agent in Go pulled" "$REGISTRY/app:1"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
