# C source without its comments and without what is inside its string and
# character literals; line numbers stay. For the gates that look for words.
function strip(line,    out, i, c, two) {
    out = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                i++
                out = out " "
            }
        } else if (quote != "") {
            if (c == "\\") {
                i++
            } else if (c == quote) {
                quote = ""
                out = out c
            }
        } else if (two == "/*") {
            in_comment = 1
            i++
        } else if (two == "//") {
            break
        } else {
            if (c == "\"" || c == "'") {
                quote = c
            }
            out = out c
        }
    }
    # A literal ends with its line, unless the line is continued.
    if (quote != "" && line !~ /\\$/) {
        quote = ""
    }
    return out
}
FNR == 1 {
    in_comment = 0
    quote = ""
}
