#include "sim/position.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void sim_positions_release(struct sim_positions *positions)
{
    free(positions->places);
    *positions = (struct sim_positions){ .count = 0 };
}

void sim_positions_locate(const char *bytes, size_t offset, struct sim_error *error)
{
    error->line = 1;
    error->column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (bytes[i] == '\n') {
            error->line++;
            error->column = 1;
        } else {
            error->column++;
        }
    }
}

size_t sim_text_fit(const char *text, size_t length, size_t max)
{
    size_t end = length < max ? length : max;
    size_t begin = end;
    while (begin > 0 && ((unsigned char)text[begin - 1] & 0xc0u) == 0x80u) {
        begin--;
    }
    if (begin == 0) {
        return end;
    }
    unsigned char lead = (unsigned char)text[begin - 1];
    size_t whole = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return begin - 1 + whole <= end ? end : begin - 1;
}

static bool is_plain(const char *key, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++) {
        char c = key[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            c != '_' && c != '$' && c != '-') {
            return false;
        }
    }
    return length > 0;
}

/* Append; what does not fit is left out. */
__attribute__((format(printf, 4, 5))) static void path_append(char *path, size_t size, size_t *used,
                                                              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(path + *used, size - *used, format, arguments);
    va_end(arguments);
    if (length > 0) {
        *used += (size_t)length < size - *used ? (size_t)length : size - *used - 1;
    }
}

void sim_positions_path(const struct sim_positions *positions, uint32_t place, char *path,
                        size_t size)
{
    uint32_t chain[SIM_NESTING_MAX + 1];
    unsigned depth = 0;
    for (uint32_t at = place; at != SIM_NO_PLACE; at = positions->places[at].parent) {
        chain[depth++] = at;
    }
    size_t used = 0;
    path[0] = '\0';
    while (depth > 0) {
        const struct sim_place *at = &positions->places[chain[--depth]];
        if (at->parent == SIM_NO_PLACE) {
            continue;
        }
        const char *key = positions->bytes + at->key_begin + 1;
        uint32_t length = at->key_end == 0 ? 0 : at->key_end - at->key_begin - 2;
        int shown = (int)sim_text_fit(key, length, 80);
        if (at->key_end == 0) {
            path_append(path, size, &used, "[%u]", at->index);
        } else if (is_plain(key, length)) {
            path_append(path, size, &used, used == 0 ? "%.*s" : ".%.*s", shown, key);
        } else {
            path_append(path, size, &used, "[\"%.*s\"]", shown, key);
        }
    }
    path[sim_text_fit(path, used, used)] = '\0';
}
