# Gate: a file includes only its own layer or a lower one.
#
#   awk -f tools/strip-comments.awk -f tools/check-layers.awk FILE…
#
#   coord/include/drydock   drydock/            what an agent sees
#   coord                   drydock/ coord/     and a few system headers
#   coord/backend           drydock/ coord/
#   fakes                   drydock/ coord/ fakes/
#   reports                 drydock/ coord/ reports/
#   sim                     all of these, and sim/
#
# Nothing but the backend includes the backend; the fakes, whose time is virtual
# and whose randomness is the chooser's, do without the headers of clocks,
# threads, locales and floating point. Tests, bench/ and fuzz/ stand above all layers and
# are not given to this program.
BEGIN {
    own["public"] = "^drydock/"
    own["coord"] = "^(drydock|coord)/"
    own["backend"] = "^(drydock|coord)/"
    own["fakes"] = "^(drydock|coord|fakes)/"
    own["reports"] = "^(drydock|coord|reports)/"
    own["sim"] = "^(drydock|coord|fakes|reports|sim)/"
    # What the core may have of the system.
    core = "^(stdbool|stddef|stdint|stdalign|stdnoreturn|limits|string|assert)[.]h$"
    no_fakes = "^(time|sys/time|math|float|fenv|locale|pthread|threads|unistd)[.]h$"
}

function layer_of(file) {
    sub(/^\.\//, "", file)
    if (file ~ /^coord\/include\//) return "public"
    if (file ~ /^coord\/backend\//) return "backend"
    sub(/\/.*/, "", file)
    return file
}

function wrong(why) {
    printf "%s:%d: %s: %s\n", FILENAME, FNR, layer, why
    bad = 1
}

FNR == 1 {
    layer = layer_of(FILENAME)
    if (!(layer in own)) wrong("not a layer")
}

{
    code = strip($0)
}

code ~ /^[ \t]*#[ \t]*include/ {
    # The name from the line itself: what is in quotes was stripped.
    name = $0
    sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
    mark = substr(name, 1, 1)
    name = substr(name, 2)
    sub(/[">].*/, "", name)

    if (mark == "\"") {
        if (name ~ /(^|\/)\.\.?\//) wrong("relative path: " name)
        else if (name !~ own[layer]) wrong("may not include \"" name "\"")
        else if (name ~ /(^|\/)test\//) wrong("includes a test: " name)
        else if (name ~ /^coord\/backend\// && layer != "backend") wrong("includes the backend: " name)
        else if (name ~ /^coord\/include\//) wrong("spell it drydock/: " name)
    } else if (mark == "<") {
        if ((layer == "coord" || layer == "public") && name !~ core) wrong("may not include <" name ">")
        else if (layer == "fakes" && name ~ no_fakes) wrong("may not include <" name ">")
        else if (name ~ /^(drydock|coord|fakes|reports|sim)\//) wrong("in quotes, not <" name ">")
    } else {
        wrong("not a plain #include: " $0)
    }
}

END {
    exit bad
}
