#!/bin/sh
# Every row of docs/ENGINE.md on the fake, in process and over HTTP, and on a private
# Docker Engine and Podman's service (tools/engine.sh), as root.
#
#   test-conformance.sh DRYDOCK [OPTION…]
set -u
here=$(dirname "$0")
drydock=$1
shift
top=$(mktemp -d /tmp/drydock-conform-XXXXXX) || exit 2
trap 'sh "$here/engine.sh" stop "$top/d"; sh "$here/engine.sh" stop "$top/p"; rm -rf "$top"' EXIT
trap 'exit 2' INT TERM

sh "$here/engine.sh" start "$top/d" docker || exit 2
sh "$here/engine.sh" start "$top/p" podman || exit 2
"$drydock" conformance --script "sh $here/engine.sh" --engine "$top/d" --engine "$top/p" "$@"
