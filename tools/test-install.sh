#!/bin/sh
# Install into a folder of its own, and use what is there as a stranger would: with
# nothing but pkg-config, outside of the tree.
#
#   test-install.sh MAKE       CC, CXX from the environment; `go`, if there is one
#
# KEEP=DIR: install there and leave it, with the examples' programs in DIR/examples.
set -u

make=$1
here=$(cd "$(dirname "$0")/.." && pwd)
top=$(mktemp -d) || exit 1
trap 'rm -rf "$top"' EXIT INT TERM
prefix=${KEEP:-$top/prefix}
passed=0
failed=0

# check TITLE COMMAND…
check() {
    title=$1
    shift
    if "$@" >"$top/out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not so: $title"
        sed 's/^/      /' "$top/out"
    fi
}

strict="-Wall -Wextra -Wpedantic -Werror"

# headers_compile COMPILER…
# shellcheck disable=SC2046,SC2086
headers_compile() {
    for header in "$prefix"/include/drydock/*.h; do
        printf '#include <drydock/%s>\ntypedef int unit;\n' "$(basename "$header")" |
            "$@" $strict $(pkg-config --cflags drydock) -fsyntax-only - || return 1
    done
}

# Nothing of the tree may be needed: the examples are copied out of it.
# shellcheck disable=SC2046,SC2086
build_example() (
    cp -r "$here/examples" "$top/src" &&
        cd "$top/src" &&
        ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L $strict agent.c parts/engine.c \
            parts/screen.c $(pkg-config --cflags --libs drydock) -o "$prefix/examples/agent"
)

# shellcheck disable=SC2046
build_static() {
    ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L "$top/src/agent.c" "$top/src/parts/engine.c" \
        "$top/src/parts/screen.c" $(pkg-config --cflags drydock) \
        "$prefix/lib/libdrydock.a" $(pkg-config --libs libcurl libcjson) -lpthread \
        -o "$prefix/examples/agent-static"
}

build_go() (
    cd "$top/src/agent-go" && GOFLAGS=-mod=mod GOCACHE="$top/go" \
        go build -o "$prefix/examples/agent-go" . && go vet . && [ -z "$(gofmt -l .)" ]
)

# An engine that is not there is one clear line, and exit 1.
refused() {
    DOCKER_HOST=unix://$top/none "$@" </dev/null >"$top/refused" 2>&1
    status=$?
    cat "$top/refused"
    [ $status -eq 1 ] && [ "$(wc -l <"$top/refused")" -eq 1 ] &&
        grep -q "unix://$top/none" "$top/refused"
}

soname_is() {
    readelf -d "$1" | grep -q "SONAME.*\[$2\]"
}

manual_is_clean() {
    [ -z "$(MANROFFOPT=-ww man --warnings -l "$1" 2>&1 >/dev/null)" ]
}

check "make install" $make -s install PREFIX="$prefix"
mkdir -p "$prefix/examples" || exit 1
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
LD_LIBRARY_PATH=$prefix/lib
export PKG_CONFIG_PATH LD_LIBRARY_PATH
version=$(pkg-config --modversion drydock)
check "the command says the same version" [ "$("$prefix/bin/drydock" --version)" = "drydock $version" ]
check "the soname" soname_is "$prefix/lib/libdrydock.so" "libdrydock.so.${version%%.*}"
check "the headers, alone, as C11" headers_compile "${CC:-cc}" -std=c11 -x c
if command -v "${CXX:-g++}" >/dev/null 2>&1; then
    check "the headers, alone, as C++17" headers_compile "${CXX:-g++}" -std=c++17 -x c++
fi
check "the example, by pkg-config alone" build_example
check "it says that there is no engine" refused "$prefix/examples/agent"
check "the example with the static library" build_static
check "it says that there is no engine, too" refused "$prefix/examples/agent-static"
if command -v go >/dev/null 2>&1; then
    check "the example in Go" build_go
    check "it says that there is no engine, likewise" refused "$prefix/examples/agent-go" x:1 task
else
    echo "skipped: the example in Go (no go here)"
fi
if command -v man >/dev/null 2>&1; then
    check "drydock.1" manual_is_clean "$prefix/share/man/man1/drydock.1"
    check "libdrydock.3" manual_is_clean "$prefix/share/man/man3/libdrydock.3"
fi
check "make install with DESTDIR" $make -s install PREFIX=/usr DESTDIR="$top/dest"
check "nothing of DESTDIR is in drydock.pc" grep -qx "prefix=/usr" "$top/dest/usr/lib/pkgconfig/drydock.pc"
check "make uninstall" $make -s uninstall PREFIX=/usr DESTDIR="$top/dest"
check "nothing is left" [ -z "$(find "$top/dest" ! -type d)" ]

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
