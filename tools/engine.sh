#!/bin/sh
# An engine and two registries of the tests' own, as root:
#
#   engine.sh start DIR [docker|podman]     install what is missing, start them: a Docker
#                                           Engine, or Podman's service
#   engine.sh env DIR                       their addresses, as shell assignments
#   engine.sh image DIR NAME SIZE [LAYERS]  push REGISTRY/NAME: busybox and SIZE
#                                           ("64M") of noise; a NAME that is taken moves
#   engine.sh restart DIR                   the engine ends and comes back
#   engine.sh kill DIR                      the same, by SIGKILL
#   engine.sh down DIR, engine.sh up DIR    killed, and back only when it is told
#   engine.sh stop DIR                      and nothing is left, DIR neither
#
# Both run in a mount and a process namespace of their own, so that no engine
# that was there before is touched, and one kill ends every process and every
# mount. The network is the host's: the registries listen on 127.0.0.1, containers
# have none ("--network none"). Exit 2: it cannot be done here, and why.
set -u
LC_ALL=C
export LC_ALL

# The name and password that REGISTRY_AUTH asks for (bcrypt of the latter).
user=alice
password=drydock-tests
hash='$2y$05$NpsQ4sRt745IVGk/FkPzgOHDgHfwtYoMhFAHys6SnFTX4LuZDF9W.'

fail() {
    echo "engine.sh: $*" >&2
    exit 2
}

# ---- Packages --------------------------------------------------------------------

install_packages() {
    missing=
    case $kind in
    docker) wanted=dockerd:docker.io ;;
    # (The latter runs containers without a control group, so that none is left.)
    podman) wanted="podman:podman crun:crun" ;;
    esac
    for pair in $wanted docker-registry:docker-registry curl:curl \
        unshare:util-linux busybox:busybox-static; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
    done
    # In an image without libraries only a static busybox runs.
    busybox_is_static || case $missing in *busybox*) ;; *) missing="$missing busybox-static" ;; esac
    [ -n "$missing" ] || return 0
    command -v apt-get >/dev/null 2>&1 || fail "missing:$missing"
    echo "installing Debian packages:$missing" >&2
    # Without this the packages would start an engine and a registry of the host's.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" || fail "cannot write $policy"
        trap 'rm -f "$policy"' EXIT
        trap 'exit 2' INT TERM
    fi
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    apt_install $missing >/dev/null 2>&1 ||
        { apt-get -q update >/dev/null && apt_install $missing >&2; } ||
        fail "could not install:$missing"
    # (The package enables the service for the next boot, as the package will.)
}

apt_install() {
    apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 "$@" </dev/null
}

busybox_is_static() {
    path=$(command -v busybox) || return 1
    ! ldd "$path" >/dev/null 2>&1
}

# ---- Inside the namespaces -----------------------------------------------------------

# The first process of the namespace: what it leaves running dies with it. The
# engine is started again as long as DIR/again says so, and not before DIR/away is gone.
inside() {
    # What engine and shims put into /run is theirs alone; DIR is not below it.
    mount -t tmpfs tmpfs /run || exit 2
    docker-registry serve "$dir/registry.yml" >"$dir/registry.log" 2>&1 &
    docker-registry serve "$dir/registry-auth.yml" >"$dir/registry-auth.log" 2>&1 &
    while :; do
        while [ -e "$dir/away" ]; do sleep 0.02; done
        rm -f "$dir/again" "$dir/engine.pid" "$socket"
        "engine_$kind" >>"$dir/engine.log" 2>&1 &
        echo $! >"$dir/engine.inner"
        wait $!
        [ -e "$dir/again" ] || break
    done
    # An engine that ended by itself is seen by who waits for it.
    rm -f "$dir/engine.inner"
    exit 1
}

engine_docker() {
    exec dockerd --config-file "$dir/dockerd.json"
}

# Whatever it has of its own, also what it remembers in /var/lib, is below DIR.
engine_podman() {
    mount -t tmpfs tmpfs /var/lib || exit 2
    # crun refuses a machine that has both kinds of control groups; it needs none.
    ! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified
    export HOME="$dir/home" TMPDIR="$dir/tmp" CONTAINERS_CONF="$dir/containers.conf" \
        CONTAINERS_REGISTRIES_CONF="$dir/registries.conf" \
        CONTAINERS_STORAGE_CONF="$dir/storage.conf"
    unset XDG_RUNTIME_DIR XDG_CONFIG_HOME REGISTRY_AUTH_FILE
    exec podman --root "$dir/data" --runroot "$dir/exec" --tmpdir "$dir/exec/libpod" \
        system service --time=0 "unix://$socket"
}

storage_driver() {
    mkdir -p "$dir/probe/lower" "$dir/probe/upper" "$dir/probe/work" "$dir/probe/merged"
    if unshare --mount mount -t overlay overlay -o \
        "lowerdir=$dir/probe/lower,upperdir=$dir/probe/upper,workdir=$dir/probe/work" \
        "$dir/probe/merged" 2>/dev/null; then
        echo overlay2
    else
        echo vfs
    fi
    rm -rf "$dir/probe"
}

# ---- Starting -------------------------------------------------------------------------

# registry_config PORT AUTH
registry_config() {
    cat <<END
version: 0.1
log: { level: warn, accesslog: { disabled: false } }
storage: { filesystem: { rootdirectory: $dir/registry }, delete: { enabled: true } }
http: { addr: "127.0.0.1:$1", headers: { X-Drydock-Tests: ["$token"] } }
END
    if [ -n "$2" ]; then
        echo "auth: { htpasswd: { realm: tests, path: $dir/htpasswd } }"
    fi
}

# Is it ours, and not somebody else's on the port that we wanted?
registry_answers() {
    curl -s -i --max-time 2 "http://127.0.0.1:$1/v2/" | grep -q "$token"
}

engine_answers() {
    curl -s --max-time 5 --unix-socket "$socket" http://d/_ping | grep -q OK
}

write_configuration() {
    token=$(od -An -N8 -tx8 /dev/urandom | tr -d ' ')
    printf '%s:%s\n' "$user" "$hash" >"$dir/htpasswd"
    registry_config "$1" "" >"$dir/registry.yml"
    registry_config "$2" auth >"$dir/registry-auth.yml"
    "configure_$kind"
}

configure_docker() {
    cat >"$dir/dockerd.json" <<END
{ "data-root": "$dir/data", "exec-root": "$dir/exec", "pidfile": "$dir/engine.pid",
  "hosts": ["unix://$socket"], "storage-driver": "$driver", "group": "$(id -gn)",
  "iptables": false, "ip6tables": false, "ip-forward": false, "ip-masq": false,
  "bridge": "none", "cgroup-parent": "$cgroup", "shutdown-timeout": 1,
  "exec-opts": ["native.cgroupdriver=cgroupfs"],
  "deprecated-key-path": "$dir/key.json" }
END
}

configure_podman() {
    mkdir -p "$dir/home/.config/containers" "$dir/tmp"
    echo '{ "default": [{ "type": "insecureAcceptAnything" }] }' \
        >"$dir/home/.config/containers/policy.json"
    # (An engine of this kind is not told twice which driver it has.)
    printf '[storage]\ndriver = "%s"\nrunroot = "%s"\ngraphroot = "%s"\n' \
        "${driver%2}" "$dir/exec" "$dir/data" >"$dir/storage.conf"
    cat >"$dir/containers.conf" <<END
[containers]
cgroups = "disabled"
netns = "none"
pids_limit = 0
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
image_default_transport = "docker://"
volume_path = "$dir/volumes"
[network]
network_config_dir = "$dir/networks"
END
    # Whatever registry is on this machine is one of the tests'. What the API's users leave
    # unqualified is Docker's.
    cat >"$dir/registries.conf" <<END
unqualified-search-registries = ["docker.io"]
[[registry]]
location = "127.0.0.1"
insecure = true
END
}

# An address is free if nothing answers there; two scripts that look at once are
# told apart by the token.
port_is_free() {
    curl -s --max-time 1 -o /dev/null "http://127.0.0.1:$1/"
    [ $? -eq 7 ]
}

start() {
    [ "$(id -u)" -eq 0 ] || fail "an engine needs root"
    install_packages
    mkdir -p "$dir" || exit 2
    [ -z "$(ls -A "$dir")" ] || fail "$dir is not empty"
    echo "$kind" >"$dir/kind"
    cgroup=/drydock-tests-$$
    driver=$(storage_driver)
    tries=0
    while [ $tries -lt 8 ]; do
        port=$((20000 + ($$ * 2 + tries * 1002) % 10000))
        tries=$((tries + 1))
        port_is_free $port && port_is_free $((port + 1)) || continue
        write_configuration $port $((port + 1))
        echo "$cgroup" >"$dir/cgroup"
        setsid unshare --mount --propagation private --pid --fork --kill-child=KILL --mount-proc \
            sh "$script" inside "$dir" >>"$dir/inside.log" 2>&1 </dev/null &
        echo $! >"$dir/pid"
        if wait_until 300 all_answer; then
            {
                echo "DOCKER_HOST=unix://$socket"
                echo "ENGINE=$kind"
                echo "REGISTRY=127.0.0.1:$port"
                echo "REGISTRY_AUTH=127.0.0.1:$((port + 1))"
                echo "REGISTRY_USER=$user"
                echo "REGISTRY_PASSWORD=$password"
                echo "REGISTRY_LOG=$dir/registry.log"
            } >"$dir/env"
            return 0
        fi
        kill_all
    done
    echo "engine.sh: the engine or a registry does not start:" >&2
    tail -n 5 "$dir"/*.log >&2
    stop
    exit 2
}

all_answer() {
    engine_answers && registry_answers "$port" && registry_answers $((port + 1))
}

# wait_until TENTHS COMMAND…: as long as there is somebody to wait for
wait_until() {
    left=$1
    shift
    until "$@"; do
        left=$((left - 1))
        [ $left -gt 0 ] && is_alive || return 1
        sleep 0.1
    done
}

is_alive() {
    kill -0 "$(cat "$dir/pid")" 2>/dev/null
}

# ---- Stopping --------------------------------------------------------------------------

# The end of unshare is the end of the namespace's first process, and that is the
# end of all others, containers too.
kill_all() {
    [ -s "$dir/pid" ] || return 0
    pid=$(cat "$dir/pid")
    # Only if the number still means our process.
    if { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF "inside $dir"; then
        kill -KILL "$pid"
        left=100
        while [ -n "$(pids_inside)" ] && [ $left -gt 0 ]; do
            left=$((left - 1))
            sleep 0.1
        done
    fi
    rm -f "$dir/pid"
}

# Whoever still names DIR in its command line, this script apart.
pids_inside() {
    for process in /proc/[0-9]*; do
        [ "${process#/proc/}" -ne $$ ] || continue
        # (A process may end while it is looked at.)
        { tr '\0' ' ' <"$process/cmdline"; } 2>/dev/null |
            grep -qE "(inside|--config-file|serve|--config|-address|--root|-b) $dir(/|\$| )" &&
            echo "${process#/proc/}"
    done
}

remove_cgroups() {
    [ -s "$dir/cgroup" ] || return 0
    cgroup=$(cat "$dir/cgroup")
    for parent in /sys/fs/cgroup"$cgroup" /sys/fs/cgroup/*"$cgroup"; do
        [ -d "$parent" ] || continue
        find "$parent" -depth -type d -exec rmdir {} + 2>/dev/null
    done
}

stop() {
    [ -d "$dir" ] || return 0
    # A folder that is not one of these is nothing to remove.
    [ -e "$dir/cgroup" ] || [ -z "$(ls -A "$dir")" ] || fail "$dir is not an engine's"
    kill_all
    left=50
    until remove_cgroups && rm -rf "$dir" 2>/dev/null; do
        left=$((left - 1))
        [ $left -gt 0 ] || fail "cannot remove $dir"
        sleep 0.1
    done
}

# end_engine SIGNAL: and nobody listens any more
end_engine() {
    inner=$(cat "$dir/engine.inner") || fail "no engine in $dir"
    touch "$dir/again"
    first=$(pgrep -P "$(cat "$dir/pid")") || fail "no engine in $dir"
    nsenter --target "$first" --pid --mount kill "-$1" "$inner"
}

come_back() {
    left=300
    while [ -e "$dir/again" ] && [ $left -gt 0 ]; do
        left=$((left - 1))
        sleep 0.1
    done
    wait_until 300 engine_answers || fail "the engine does not come back"
}

restart() {
    end_engine TERM
    come_back
}

kill_engine() {
    end_engine KILL
    come_back
}

down() {
    touch "$dir/away"
    end_engine KILL
    left=100
    while engine_answers && [ $left -gt 0 ]; do
        left=$((left - 1))
        sleep 0.1
    done
}

up() {
    [ -e "$dir/away" ] || fail "the engine in $dir is not down"
    rm -f "$dir/away"
    come_back
}

# ---- Images ----------------------------------------------------------------------------

bytes_of() {
    case $1 in
    *M) echo $((${1%M} * 1048576)) ;;
    *K) echo $((${1%K} * 1024)) ;;
    *) echo "$1" ;;
    esac
}

api() {
    curl -s --fail-with-body --unix-socket "$socket" "$@"
}

# An image is built on the engine, pushed, and removed from the engine again.
image() {
    name=$1 bytes=$(bytes_of "$2") layers=${3:-1}
    . "$dir/env"
    build=$(mktemp -d "$dir/build-XXXXXX") || exit 2
    mkdir "$build/0"
    cp "$(command -v busybox)" "$build/0/busybox"
    {
        echo "FROM scratch"
        echo "COPY 0 /"
        layer=1
        while [ "$layer" -le "$layers" ]; do
            mkdir "$build/$layer"
            head -c $((bytes / layers)) /dev/urandom >"$build/$layer/noise-$layer"
            echo "COPY $layer /"
            layer=$((layer + 1))
        done
        # A first process without a handler does not see SIGTERM.
        echo 'STOPSIGNAL SIGKILL'
        echo 'CMD ["/busybox", "sleep", "1000000"]'
    } >"$build/Dockerfile"
    full=$REGISTRY/$name
    tag=${full##*:}
    repository=${full%:*}
    status=0
    tar -C "$build" -cf - . | api -X POST -T - -H 'Content-Type: application/x-tar' \
        "http://d/build?t=$full&rm=1" >"$build.answer" &&
        ! grep -q errorDetail "$build.answer" &&
        api -X POST -H 'X-Registry-Auth: e30=' \
            "http://d/images/$repository/push?tag=$tag" >"$build.answer" &&
        ! grep -q errorDetail "$build.answer" &&
        api -X DELETE "http://d/images/$full" >/dev/null || status=2
    [ $status -eq 0 ] || tail -n 3 "$build.answer" >&2
    rm -rf "$build" "$build.answer"
    [ $status -eq 0 ] || fail "cannot make $full"
    echo "$full"
}

# ---- The command ------------------------------------------------------------------------

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$script" >&2
    exit 2
}

script=$(realpath "$0")
[ $# -ge 2 ] || usage
verb=$1 kind=
dir=$(realpath -m "$2")
shift 2
case $dir in
*[!A-Za-z0-9/._-]*) fail "only letters, digits, '/', '.', '_' and '-' may stand in DIR" ;;
/run/* | /var/run/*) fail "DIR cannot be below /run" ;;
esac
# A socket's path has 108 bytes, and the engine's own ones are below DIR.
[ ${#dir} -le 72 ] || fail "the name of DIR is too long"

case $verb in
start)
    [ $# -le 1 ] || usage
    kind=${1:-docker}
    ;;
stop | restart | kill | down | up) [ $# -eq 0 ] || usage ;;
image) [ $# -ge 2 ] && [ $# -le 3 ] || usage ;;
env | inside) ;;
*) usage ;;
esac
[ -n "${kind:-}" ] || kind=$(cat "$dir/kind" 2>/dev/null) || kind=docker
case $kind in
docker | podman) socket=$dir/$kind.sock ;;
*) usage ;;
esac
case $verb in
start) start ;;
env) cat "$dir/env" 2>/dev/null || fail "no engine in $dir" ;;
kill) kill_engine ;;
*) "$verb" "$@" ;;
esac
