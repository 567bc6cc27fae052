#!/bin/sh
# Gate: every header compiles alone and twice, as C11; those that an agent
# includes also as C++17, if there is a C++ compiler, and their functions are
# then C's: what is called is what the library has.
#
#   check-headers.sh HEADER…       CC, CXX and CHECK_FLAGS from the environment
#
# -Wshadow is for C alone: in C++ a function always hides the struct it is named
# like (dd_pull), which is how POSIX has it too (stat).
set -u

object=$(mktemp) || exit 1
trap 'rm -f "$object"' EXIT INT TERM
bad=0
public=0
without_cxx=
command -v "${CXX:-g++}" >/dev/null 2>&1 || without_cxx=1

# The functions that a header declares: in this style their names stand in lines that
# begin at the left, before the first bracket.
functions_of() {
    sed -n '/^static /d; s/^[A-Za-z_][^(]*[ *]\([A-Za-z_][A-Za-z0-9_]*\)(.*/\1/p' "$1"
}

# has_c_linkage HEADER TEXT: whether C++ asks the linker for the functions' plain names.
has_c_linkage() {
    names=$(functions_of "$1")
    [ -n "$names" ] || return 0
    # shellcheck disable=SC2086
    {
        printf '%s\n' "$2"
        echo 'void *const *used();'
        echo 'void *const *used() { static void *const at[] = {'
        printf '(void *)&%s,\n' $names
        echo '}; return at; }'
    } | ${CXX:-g++} -std=c++17 $CHECK_FLAGS -c -x c++ -o "$object" - || return 1
    for name in $names; do
        ${NM:-nm} -u "$object" | grep -q " U $name\$" || return 1
    done
}

for header in "$@"; do
    case $header in
    */test/*) name=$header before='#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>' ;;
    *) name=${header#coord/include/} before= ;;
    esac
    text="$before
#include \"$name\"
#include \"$name\"
typedef int translation_unit_is_not_empty;"
    # shellcheck disable=SC2086
    printf '%s\n' "$text" | $CC -std=c11 $CHECK_FLAGS -Wshadow -Wconversion -fsyntax-only -x c - || {
        echo "$header: does not compile alone as C11"
        bad=1
    }
    case $header in
    coord/include/drydock/*)
        public=$((public + 1))
        [ -n "$without_cxx" ] && continue
        # shellcheck disable=SC2086
        printf '%s\n' "$text" | ${CXX:-g++} -std=c++17 $CHECK_FLAGS -fsyntax-only -x c++ - || {
            echo "$header: does not compile alone as C++17"
            bad=1
            continue
        }
        has_c_linkage "$header" "$text" || {
            echo "$header: C++ cannot link to it (extern \"C\")"
            bad=1
        }
        ;;
    esac
done

[ -z "$without_cxx" ] || echo "skipped: $public public headers as C++17 (no ${CXX:-g++} here)"
exit "$bad"
