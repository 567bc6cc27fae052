#!/bin/bash
# A thousand threads pull one image that is not there, by callbacks and waiting, beside one
# bare request that pulls it, in turns, on a private engine (tools/engine.sh), as root.
#
#   bench-herd.sh HERD [ROUNDS] [THREADS] [SIZE]       10, 1000, 64M
#
# Exit 1 if it is more than one pull, by the engine's calls or the registry's log; 4 if
# the last callback comes later than the bar: 1.05 times the request and 50 ms
# (NO_BAR=1: only said, for a machine that does other things, too).
set -u

herd=$1
rounds=${2:-10}
threads=${3:-1000}
size=${4:-64M}
here=$(cd "$(dirname "$0")" && pwd)
top=$(mktemp -d /tmp/drydock-herd-XXXXXX) || exit 2
dir=$top/e
trap 'sh "$here/engine.sh" stop "$dir"; rm -rf "$top"' EXIT
trap 'exit 2' INT TERM

sh "$here/engine.sh" start "$dir" || exit 2
eval "$(sh "$here/engine.sh" env "$dir")"
export DOCKER_HOST
image=$(sh "$here/engine.sh" image "$dir" herd:1 "$size") || exit 2

api() {
    curl -s --fail-with-body --unix-socket "$dir/docker.sock" "$@"
}

# How often the registry was asked for something of the image since line $1 of its log,
# which it writes a little later.
requests_since() {
    local count=-1
    until [ "$count" -eq "$(lines)" ]; do
        count=$(lines)
        sleep 0.3
    done
    tail -n "+$(($1 + 1))" "$REGISTRY_LOG" | grep -c '"[A-Z]* /v2/herd/'
}

# How often for its manifest: twice for each pull. (What a pull asks of the blobs depends
# on what the engine remembers of the one before.)
manifests_since() {
    tail -n "+$(($1 + 1))" "$REGISTRY_LOG" | grep -c '"[A-Z]* /v2/herd/[^ ]*/manifests/'
}

lines() {
    wc -l <"$REGISTRY_LOG"
}

median() {
    sort -n | awk '{ at[NR] = $1 } END { print (at[int((NR + 1) / 2)] + at[int(NR / 2) + 1]) / 2 }'
}

bare() {
    local answer
    answer=$(api -X POST -w '\n%{time_total}' -o "$top/stream" \
        "http://d/images/create?fromImage=${image%:*}&tag=${image##*:}") &&
        grep -q 'Status: Downloaded newer image' "$top/stream" || exit 1
    api -X DELETE "http://d/images/$image" >/dev/null || exit 1
    awk 'END { printf "%.1f\n", $1 * 1000 }' <<<"$answer"
}

# herd_once FILE [wait]: its milliseconds into FILE
herd_once() {
    local before told asked
    before=$(lines)
    told=$("$herd" "$threads" "$image" ${2:+"$2"}) || exit 1
    asked=$(requests_since "$before")
    echo "${told%% *}" >>"$1"
    echo "$threads threads${2:+ that wait}: $told; $asked requests to the registry"
    if [ "$(manifests_since "$before")" -gt "$manifests_alone" ] || [[ $told != *" 1 engine pulls"* ]]; then
        echo "more than one pull"
        exit 1
    fi
}

# One each that is not counted: files are not in memory yet.
"$herd" 1 "$image" >/dev/null || exit 1
bare >/dev/null
for ((round = 0; round < rounds; round++)); do
    before=$(lines)
    alone=$(bare) || exit 1
    asked_alone=$(requests_since "$before")
    manifests_alone=$(manifests_since "$before")
    echo "$alone" >>"$top/bare"
    echo "bare: $alone ms, $asked_alone requests to the registry"
    herd_once "$top/herd"
    herd_once "$top/waiting" wait
done
awk -v herd="$(median <"$top/herd")" -v waiting="$(median <"$top/waiting")" \
    -v bare="$(median <"$top/bare")" -v no_bar="${NO_BAR:-0}" 'BEGIN {
    bar = 1.05 * bare + 50
    aim = 1.05 * bare + 10
    printf "medians: bare %.1f ms; last callback %.1f ms; last of the waiting %.1f ms\n", bare, herd, waiting
    printf "last callback: bar %.1f ms, aim %.1f ms: %s\n", bar, aim,
        herd <= aim ? "within the aim" : herd <= bar ? "within the bar" : "over the bar"
    exit herd <= bar || no_bar ? 0 : 4
}'
