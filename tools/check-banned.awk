# Gate: calls that we do not make, and markers of unfinished work.
#
#   awk -f tools/strip-comments.awk -f tools/check-banned.awk FILE…
#
# Functions without a bound, with hidden state, with undefined behaviour on bad
# input, or that read wall time or make randomness. A member of such a name is
# fine (clock->time(…)); comments and strings are not looked at.
BEGIN {
    banned = "sprintf|vsprintf|strcpy|stpcpy|strcat|strncat|strncpy|strtok|strtok_r|atoi|atol"
    banned = banned "|atoll|atof|rand|srand|rand_r|random|srandom|drand48|time|gets|scanf|fscanf"
    banned = banned "|vscanf|vfscanf|vsscanf|alloca|gmtime|localtime|ctime|asctime"
    banned = banned "|mktemp|tmpnam|system|setjmp|longjmp|signal|setlocale"
    # A test reads only what it wrote itself.
    sscanf = "(^|[^A-Za-z0-9_.>])sscanf[ \t]*\\("
    call = "(^|[^A-Za-z0-9_.>])(" banned ")[ \t]*\\("
    marker = "(^|[^A-Za-z])(TODO|FIXME|XXX)([^A-Za-z]|$)"
}
{
    code = strip($0)
    if (match(code, call) || (FILENAME !~ /\/test\// && match(code, sscanf))) {
        text = substr(code, RSTART, RLENGTH)
        sub(/^[^A-Za-z0-9_]/, "", text)
        printf "%s:%d: banned call: %s)\n", FILENAME, FNR, text
        bad = 1
    }
    if (match($0, marker)) {
        printf "%s:%d: unfinished: %s\n", FILENAME, FNR, $0
        bad = 1
    }
}
END {
    exit bad
}
