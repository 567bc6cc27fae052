#include "sim/shell.h"

#include <stdbool.h>
#include <string.h>

static bool is_plain(const char *text)
{
    return *text != '\0' && *text != '-' &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789/._-+,:@%=")] == '\0';
}

size_t sim_shell_quote(char *out, const char *word)
{
    static const char quoted[] = "'\\''";
    size_t used = 0;
    if (is_plain(word)) {
        used = strlen(word);
        memcpy(out, word, used);
        return used;
    }
    out[used++] = '\'';
    for (; *word != '\0'; word++) {
        size_t length = *word == '\'' ? strlen(quoted) : 1;
        memcpy(out + used, *word == '\'' ? quoted : word, length);
        used += length;
    }
    out[used++] = '\'';
    return used;
}
