#!/bin/sh
# Break every gate once: a gate that cannot fail guards nothing.
#
#   test-gates.sh            CC from the environment
#
# Each case is a small file that breaks one rule; the gate must refuse it, and
# must accept the same file without the break.
set -u

cc=${CC:-gcc}
tools=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder" || exit 1
mkdir -p coord/include/drydock coord/backend coord/test fakes reports sim
passed=0
failed=0

# expect fail|pass TITLE COMMAND…
expect() {
    wanted=$1
    title=$2
    shift 2
    if "$@" >out 2>&1; then got=pass; else got=fail; fi
    if [ "$got" = "$wanted" ]; then
        passed=$((passed + 1))
    else
        echo "FAIL  $title: the gate should $wanted, and did not"
        sed 's/^/      /' out
        failed=$((failed + 1))
    fi
}

layers() { awk -f "$tools/strip-comments.awk" -f "$tools/check-layers.awk" "$@"; }
banned() { awk -f "$tools/strip-comments.awk" -f "$tools/check-banned.awk" "$@"; }

# layer_case fail|pass FILE LINE
layer_case() {
    printf '%s\n' "$3" >"$2"
    expect "$1" "check-layers: $2: $3" layers "$2"
}
layer_case pass coord/a.c '#include "coord/b.h"'
layer_case pass coord/a.c '#include <string.h>'
layer_case fail coord/a.c '#include <stdlib.h>'
layer_case fail coord/a.c '#  include <stdio.h>'
layer_case fail coord/a.c '#include "fakes/engine.h"'
layer_case fail coord/a.c '#include "coord/backend/loop.h"'
layer_case fail coord/a.c '#include "b.h"'
layer_case fail coord/a.c '#include "coord/../fakes/engine.h"'
layer_case fail coord/a.c "#include HEADER"
layer_case pass coord/a.c '/* #include "fakes/engine.h" */'
layer_case fail coord/include/drydock/a.h '#include "coord/b.h"'
layer_case pass fakes/a.c '#include "drydock/drydock.h"'
layer_case fail fakes/a.c '#include "reports/result.h"'
layer_case fail fakes/a.c '#include "sim/scenario.h"'
layer_case fail fakes/a.c '#include <time.h>'
layer_case fail reports/a.c '#include "fakes/engine.h"'
layer_case fail reports/a.c '#include "sim/scenario.h"'
layer_case pass sim/a.c '#include "reports/result.h"'
layer_case fail sim/a.c '#include "fakes/test/fixture.h"'
layer_case fail sim/a.c '#include "fuzz/target.h"'

# banned_case fail|pass LINE
banned_case() {
    printf '%s\n' "$2" >sim/b.c
    expect "$1" "check-banned: $2" banned sim/b.c
}
banned_case fail 'x = atoi(text);'
banned_case fail 'strcpy (to, from);'
banned_case fail 'now = time(NULL);'
banned_case fail 'n = sscanf(text, "%d", &x);'
banned_case fail '/* fine */ rand();'
banned_case fail "/* $(printf 'TO%s' DO): later */"
banned_case pass 'now = clock->time(clock);'
banned_case pass 'x = fake_rand(1); /* not rand() */'
banned_case pass 'puts("rand()");'

# symbols_case fail|pass BODY
symbols_case() {
    printf '%s\n' "$2" >coord/s.c
    rm -f lib.a
    $cc -std=c11 -O0 -c -o coord/s.o coord/s.c && ar rcs lib.a coord/s.o
    expect "$1" "check-symbols: $2" sh "$tools/check-symbols.sh" lib.a "$tools/core-symbols.txt"
}
symbols_case pass '#include <string.h>
unsigned long f(const char *s); unsigned long f(const char *s) { return strlen(s); }'
symbols_case fail '#include <stdlib.h>
void *f(void); void *f(void) { return malloc(1); }'
symbols_case fail 'extern long time(long *); long f(void); long f(void) { return time(0); }'
rm -f lib.a
ar rcs lib.a
expect fail "check-symbols: an empty archive" \
    sh "$tools/check-symbols.sh" lib.a "$tools/core-symbols.txt"

# header_case fail|pass FILE LINE
header_case() {
    printf '%s\n' "$3" >"$2"
    expect "$1" "check-headers: $3" env CC="$cc" \
        CHECK_FLAGS="-I coord/include -I . -Wall -Wextra -Wpedantic -Werror" \
        sh "$tools/check-headers.sh" "$2"
}
header_case pass sim/h.h 'struct a;'
header_case fail sim/h.h 'size_t a(void);'
header_case fail sim/h.h 'struct a { int b; };'
if command -v "${CXX:-g++}" >/dev/null 2>&1; then
    header_case fail coord/include/drydock/h.h 'void a(int class);'
    header_case fail coord/include/drydock/h.h 'void a(int kind);'
    header_case pass coord/include/drydock/h.h '#ifdef __cplusplus
extern "C"
#endif
void a(int kind);'
fi

# exports_case fail|pass TITLE SOURCE
exports_case() {
    echo 'int dd_a(void);' >sim/e.h
    echo "$3" >sim/e.c
    "$cc" -shared -fPIC -o sim/e.so sim/e.c
    expect "$1" "check-exports: $2" sh "$tools/check-exports.sh" sim/e.so sim/e.h
}
exports_case pass "what is declared" 'int dd_a(void) { return 0; }'
exports_case fail "a name too many" 'int dd_a(void) { return 0; } int dd__b(void) { return 0; }'
exports_case fail "a name too few" 'static int dd_a(void) { return 0; } int (*const dd_a_too)(void) = dd_a;'

awk 'BEGIN { for (i = 0; i < 600; i++) print "" }' >sim/l.c
expect pass "check-length: 600 lines" sh "$tools/check-length.sh" sim/l.c
echo >>sim/l.c
expect fail "check-length: 601 lines" sh "$tools/check-length.sh" sim/l.c

if command -v clang-format >/dev/null 2>&1; then
    cp "$tools/../.clang-format" .
    printf 'int  a;\n' >sim/f.c
    expect fail "check-format: two spaces" clang-format --dry-run --Werror sim/f.c
    printf 'int a;\n' >sim/f.c
    expect pass "check-format: one space" clang-format --dry-run --Werror sim/f.c
fi

# parity_case fail|pass TITLE LAST-CELL
parity_case() {
    printf '%s\n' 'static void test_a(void **state)' '        TEST(test_a),' \
        'static void test_b(void **state)' >sim/test_p.c
    printf '%s\n' '| seed | Drydock | test |' '|---|---|---|' "| a | same | $3 |" >sim/p.md
    expect "$1" "check-parity: $2" sh "$tools/check-parity.sh" sim/p.md sim/test_p.c
}
parity_case pass "a test that is run" '`test_a`'
parity_case fail "a test that is not run" '`test_b`'
parity_case fail "no such test" '`test_c`'
parity_case fail "no test" 'same'
: >sim/p.md
expect fail "check-parity: no row" sh "$tools/check-parity.sh" sim/p.md sim/test_p.c

# mutants_case fail|pass TITLE: what lies in m/ against a tree of one file
mutant() { printf '%s\n' "$2" "$3" '' '--- a/coord/m.c' '+++ b/coord/m.c' '@@ -1 +1 @@' '-int a;' '+int b;' >"m/$1.patch"; }
mutants_case() { expect "$1" "check-mutants: $2" sh "$tools/check-mutants.sh" m hazards.md; }
mkdir -p m/equivalent
printf '%s\n' '## H01: one' '## H02: another (later)' >hazards.md
echo 'int a;' >coord/m.c
mutant a "A rule is broken." "Hazard: H01"
mutants_case pass "one that applies"
echo 'int c;' >coord/m.c
mutants_case fail "one that does not apply"
echo 'int a;' >coord/m.c
mutant b "a rule" "Slip: wrong key"
mutants_case fail "no sentence"
mutant b "A rule is broken." "Hazard: many"
mutants_case fail "no hazard and no slip"
mutant b "A rule is broken." "Slip: wrong key"
mutants_case pass "a slip"
echo '## H03: a third' >>hazards.md
mutants_case fail "a hazard without a mutant"
printf '%s\n' '## H01: one' >hazards.md
mv m/b.patch m/equivalent
mutants_case fail "an equivalent one without a proof"
printf '%s\n' '## b' 'Because.' >m/EQUIVALENT.md
mutants_case pass "an equivalent one with its proof"
rm m/equivalent/b.patch
mutants_case fail "a proof of nothing"

# What lists the scenario files, in a folder of one.
mkdir -p scenarios/one
printf '%s\n' '{' '  "name": "a",' '  "retells": "b",' '  "hazards": ["H01"]' '}' >scenarios/one/a.json
sh "$tools/list-scenarios.sh" >list && mv list scenarios/README.md
expect pass "check-list: as it is printed" sh "$tools/list-scenarios.sh" --check
cp scenarios/one/a.json scenarios/one/b.json
expect fail "check-list: a file more" sh "$tools/list-scenarios.sh" --check

expect fail "packages: a header that is not there" sh "$tools/packages.sh" check "$cc" no/such.h
expect pass "packages: a header that is there" sh "$tools/packages.sh" check "$cc" stdio.h

# What counts tests, with programs that end in every way.
program() {
    printf '#!/bin/sh\n%s\n' "$1" >sim/p
    chmod +x sim/p
}
program 'echo 1..1; echo "ok 1 - a"'
expect pass "run-tests: one passes" sh "$tools/run-tests.sh" sim/p
program 'echo 1..1; echo "not ok 1 - a"; exit 1'
expect fail "run-tests: one fails" sh "$tools/run-tests.sh" sim/p
program 'echo 1..2; echo "ok 1 - a"; exit 0'
expect fail "run-tests: one never runs" sh "$tools/run-tests.sh" sim/p
program 'echo 1..1; echo "ok 1 - a"; exit 99'
expect fail "run-tests: all pass, a bad end" sh "$tools/run-tests.sh" sim/p
program 'exit 0'
expect fail "run-tests: no test in it" sh "$tools/run-tests.sh" sim/p
expect fail "run-tests: no program" sh "$tools/run-tests.sh"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
