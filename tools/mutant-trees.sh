# Sourced by what builds copies of this tree with patches applied: mutants.sh,
# explore-mutants.sh and tapes.sh. Wants $cc; sets $root and $command, which is where
# a copy has the command that was built.
# shellcheck shell=bash
export LC_ALL=C
unset MAKEFLAGS MFLAGS MAKELEVEL
ulimit -c 0

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2154
command=build/$(basename "${cc%% *}")-plain/drydock

# header PATCH WORD: what a patch's header says after "WORD:".
header() { sed -n "s/^$2: *//p;/^--- /q" "$1" | head -n 1; }

# copy_tree TO FOLDER…: what a build needs, and FOLDERs beside. Whoever edits this tree
# meanwhile does no harm.
copy_tree() {
    local to=$1 folder
    shift
    mkdir -p "$to"
    for folder in coord fakes reports sim Makefile tools "$@"; do
        cp -R "$root/$folder" "$to" || return 1
    done
}

# build TREE [JOBS]; what went wrong is in TREE.log. Object files stay from one patch to
# the next: only what a patch touches is compiled.
build() {
    make -s -j "${2:-1}" -C "$1" CC="$cc" BUILD_ROOT=build SANITIZE= OPT=-O2 COVERAGE= \
        WARNINGS=-w command >"$1.log" 2>&1
}

# apply PATCH TREE; what went wrong is in TREE.log.
apply() { patch -s -f -p1 -F0 --no-backup-if-mismatch -d "$2" <"$1" >"$2.log" 2>&1; }

# take_back PATCH TREE WHOLE: the files that the patch changed, from an unbroken tree;
# newer than what was built from them, so that they are built again.
take_back() {
    sed -n 's/^+++ b\///p' "$1" | while read -r changed; do
        cp "$3/$changed" "$2/$changed"
    done
}
