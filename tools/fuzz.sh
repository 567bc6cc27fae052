#!/bin/sh
# The fuzz targets, searched by libFuzzer or given the files of their corpora.
#
#   fuzz.sh check                             is clang's libFuzzer there?
#   fuzz.sh search PROGRAMS OUT SECONDS TARGET…
#   fuzz.sh replay PROGRAMS TARGET…
#
# A search begins with fuzz/corpus/TARGET/ and leaves what it finds in OUT/TARGET/:
# new inputs in found/, and what breaks the target beside it. As many targets at a
# time as there are processors (FUZZ_JOBS). Exit 1 if one broke; 2 if something is missing.
set -u

verb=$1
shift

check() {
    sh "$(dirname "$0")/need.sh" clang "clang libclang-rt-14-dev" || exit 2
    program=$(mktemp) || exit 2
    trap 'rm -f "$program"' EXIT INT TERM
    printf '#include <stddef.h>\n#include <stdint.h>\nint LLVMFuzzerTestOneInput(const uint8_t *d, size_t n) { (void)d; (void)n; return 0; }\n' |
        clang -fsanitize=fuzzer,address,undefined -x c -o "$program" - >/dev/null 2>&1 && return
    version=$(clang -dumpversion | sed 's/[.].*//')
    echo "missing: clang's libFuzzer and sanitizers; as root: apt-get update && apt-get install -y --no-install-recommends libclang-rt-$version-dev" >&2
    exit 2
}

search() {
    programs=$1 out=$2 seconds=$3
    shift 3
    for target in "$@"; do
        mkdir -p "$out/$target/found" || exit 2
        echo "$target"
    done | xargs -P "${FUZZ_JOBS:-$(nproc 2>/dev/null || echo 1)}" -I TARGET sh "$0" one "$programs" "$out" "$seconds" TARGET
}

# The search of one target; its whole log only if it broke.
one() {
    programs=$1 folder=$2/$4 seconds=$3 target=$4
    dictionary=
    [ ! -f "fuzz/$target.dict" ] || dictionary=-dict=fuzz/$target.dict
    # shellcheck disable=SC2086
    if "$programs/search_$target" -max_total_time="$seconds" -timeout=20 -max_len=8192 \
        -artifact_prefix="$folder/" -print_final_stats=1 $dictionary \
        "$folder/found" "fuzz/corpus/$target" >"$folder/log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log")
        new=$(sed -n 's/^stat::new_units_added: *//p' "$folder/log")
        echo "pass  $target: $runs inputs in $seconds s, $new of them new, in $folder/found"
        return 0
    fi
    grep -v '^#' "$folder/log" | tail -n 60 | sed 's/^/      /'
    echo "FAIL  $target: the input that broke it is in $folder/, the log in $folder/log;" \
        "to replay: $programs/search_$target FILE"
    return 1
}

replay() {
    programs=$1
    shift
    for target in "$@"; do
        log=$(timeout 300 "$programs/replay_$target" "fuzz/corpus/$target" 2>&1) || {
            printf '%s\n' "$log" | tail -n 40 | sed 's/^/      /'
            echo "FAIL  fuzz/corpus/$target: the last file named above broke it"
            exit 1
        }
        echo "pass  fuzz/corpus/$target ($(printf '%s\n' "$log" | grep -c '^ok '))"
    done
}

case $verb in
check) check ;;
search) search "$@" ;;
one) one "$@" ;;
replay) replay "$@" ;;
*)
    echo "fuzz.sh check|search|replay …" >&2
    exit 2
    ;;
esac
