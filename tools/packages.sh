#!/bin/sh
# Look for the packages that a build needs, or install those that are missing.
#
#   packages.sh check|install COMPILER PACKAGE…
#
# A library is there if the compiler finds its header, wherever it came from.
# Exit 2: something is missing (and could not be installed).
set -u

verb=$1
compiler=$2
shift 2

header_of() {
    case $1 in
    libcjson-dev) echo cjson/cJSON.h ;;
    libcmocka-dev) echo cmocka.h ;;
    libmicrohttpd-dev) echo microhttpd.h ;;
    libcurl4-openssl-dev) echo curl/curl.h ;;
    libssl-dev) echo openssl/evp.h ;;
    *) echo "$1" ;;
    esac
}

is_there() {
    # cmocka.h does not include what it needs itself.
    printf '#include <setjmp.h>\n#include <stdarg.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <%s>\n' \
        "$(header_of "$1")" | $compiler -E -x c - >/dev/null 2>&1
}

# A compiler is in the package of its name.
program=${compiler%% *}
if ! command -v "$program" >/dev/null 2>&1; then
    exec sh "$(dirname "$0")/need.sh" "$program" "${program##*/} libc6-dev"
fi

missing=
for package in "$@"; do
    is_there "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

line="apt-get update && apt-get install -y --no-install-recommends$missing"
if [ "$verb" = check ]; then
    echo "missing:$missing; as root: $line" >&2
    exit 2
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
    command -v sudo >/dev/null 2>&1 || as_root=none
fi
if [ "$as_root" = none ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "missing:$missing; as root: $line" >&2
    exit 2
fi

echo "installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
# The lists may be absent or old: fetch them if the packages cannot be had yet.
install_missing() {
    # shellcheck disable=SC2086
    $as_root apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 $missing </dev/null
}
if ! install_missing >/dev/null 2>&1; then
    $as_root apt-get -q update </dev/null
    if ! install_missing; then
        echo "could not install:$missing; as root: $line" >&2
        exit 2
    fi
fi
for package in "$@"; do
    is_there "$package" || { echo "installed, but still missing: $package" >&2; exit 2; }
done
