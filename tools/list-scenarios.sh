#!/bin/sh
# Print scenarios/README.md, made from the scenario files.
#
#   list-scenarios.sh >scenarios/README.md
#   list-scenarios.sh --check     fails if the file is not what would be printed
set -eu
LC_ALL=C
export LC_ALL

about() {
    case $1 in
    explore) echo "For \`drydock explore\`: small enough that all schedules can be gone through." ;;
    blocked) echo "What the engine will not let go: containers, children, names of others." ;;
    close) echo "Closing, leaving or draining, at every point of a pull and of a removal." ;;
    credentials) echo "Two logins, or two platforms, on one name." ;;
    deadline) echo "Calls that hang, and what is slow but moving." ;;
    doubt) echo "DELETEs whose connection was lost: executed, executed late, or never." ;;
    failure) echo "What engine and registry answer when they cannot." ;;
    leaving) echo "Callers who leave while they wait, or between their grant and their telling." ;;
    podman) echo "Where Podman's ways are not Docker's." ;;
    limits) echo "Slots, rate limits, full disks." ;;
    moved-tag) echo "Names that mean another image than before." ;;
    names) echo "Spellings, digests, several names of one image, names of others." ;;
    orphan) echo "What aborted pulls leave behind." ;;
    policy) echo "Always, if missing, never; adopt; no clean-up." ;;
    removal) echo "From the last release to gone, and everything that crosses it." ;;
    restart) echo "Tasks that pull again without a release." ;;
    retain) echo "Leases by image ID, in every state." ;;
    sharing) echo "One pull for many callers." ;;
    stream) echo "How a pull's stream may end." ;;
    *) echo "" ;;
    esac
}

list() {
    cat <<'END'
# Scenarios

Each file retells one incident, and is run over a thousand seeds, each a schedule
of its own:

    ./drydock run scenarios                     all of them
    ./drydock run scenarios/removal             a family
    ./drydock run FILE --seed 7                 one schedule
    ./drydock check scenarios                   only read them

The format is in docs/SCENARIOS.md, the hazards (H01 …) in docs/HAZARDS.md. A new
file should have windows wide enough that its schedules differ, and expectations
that fail when the rule is broken: break the rule once, and see it. This page is
made by `tools/list-scenarios.sh`.
END
    for family in scenarios/*/; do
        name=$(basename "$family")
        printf '\n## %s\n\n%s\n\n' "$name" "$(about "$name")"
        echo "| | what happens | retells |"
        echo "|---|---|---|"
        for file in "$family"*.json; do
            awk -v path="$name/$(basename "$file")" '
                function value(line) {
                    sub(/^[^:]*: *"/, "", line)
                    sub(/",? *$/, "", line)
                    gsub(/\|/, "\\|", line)
                    return line
                }
                /^  "name":/ { what = value($0) }
                /^  "retells":/ { retells = value($0) }
                /^  "hazards":/ { hazards = $0; gsub(/[^H0-9,]|,$/, "", hazards); gsub(/,/, ", ", hazards) }
                END {
                    title = path
                    sub(/.*\//, "", title)
                    sub(/\.json$/, "", title)
                    printf "| [%s](%s) | %s | %s (%s) |\n", title, path, what, retells, hazards
                }' "$file"
        done
    done
}

if [ "${1:-}" = --check ]; then
    list | cmp -s - scenarios/README.md && exit 0
    echo "scenarios/README.md is not what tools/list-scenarios.sh prints" >&2
    exit 1
fi
list
