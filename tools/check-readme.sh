#!/bin/sh
# Run and explore the scenario that README prints, serve it, and build its program
# against what is installed in a scratch folder: it pulls from what is served.
#
#   check-readme.sh COMMAND [MAKE]      without MAKE: all but the program
set -eu

command=$1
make=${2:-}
folder=$(mktemp -d)
engine=
trap 'test -z "$engine" || kill "$engine"; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM

# block LANGUAGE FILE
block() {
    awk -v first="\`\`\`$1" '$0 == first { on = 1; next } /^```$/ { on = 0 } on' README.md >"$2"
    if ! [ -s "$2" ]; then
        echo "README.md prints no $1"
        exit 1
    fi
}

block json "$folder/my.json"
block c "$folder/web.c"
"$command" run "$folder/my.json"
"$command" explore "$folder/my.json" --tape "$folder/my.tape"
sed 's/"engine_images": \[\]/"engine_images": ["redis-a"]/' "$folder/my.json" >"$folder/bad.json"
for verb in run "explore --tape $folder/bad.tape"; do
    code=0
    # shellcheck disable=SC2086
    "$command" $verb "$folder/bad.json" >"$folder/out" 2>&1 || code=$?
    if [ "$code" -ne 1 ]; then
        echo "drydock $verb should fail with the other expectation, and ended with $code:"
        cat "$folder/out"
        exit 1
    fi
done
test -n "$make" || exit 0

"$make" -s install PREFIX="$folder/prefix"
PKG_CONFIG_PATH=$folder/prefix/lib/pkgconfig
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
${CC:-cc} -Wall -Wextra -Werror "$folder/web.c" $(pkg-config --cflags --libs drydock) \
    -Wl,-rpath,"$folder/prefix/lib" -o "$folder/web"
"$folder/prefix/bin/drydock" engine --listen "unix://$folder/fake.sock" "$folder/my.json" \
    >"$folder/out" &
engine=$!
until grep -q listening "$folder/out"; do
    kill -0 "$engine"
    sleep 0.1
done
DOCKER_HOST=unix://$folder/fake.sock "$folder/web"
