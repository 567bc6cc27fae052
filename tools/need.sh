#!/bin/sh
# One line, and exit 2, where a tool is not there.
#
#   need.sh COMMAND "PACKAGE…"
command -v "$1" >/dev/null 2>&1 && exit 0
echo "missing: $1; as root: apt-get update && apt-get install -y --no-install-recommends $2" >&2
exit 2
