#include "fakes/test/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "fakes/test/data/docker-20.10.24/"

void recording_read(struct fake_bytes *whole, const char *name)
{
    struct fake_bytes path;
    fake_bytes_init(&path);
    fake_bytes_text(&path, FOLDER);
    fake_bytes_text(&path, name);
    fake_bytes_text(&path, ".http");
    FILE *file = fopen(path.at, "rb");
    if (file == NULL) {
        print_error("cannot open %s\n", path.at);
    }
    assert_non_null(file);
    fake_bytes_release(&path);
    fake_bytes_init(whole);
    char buffer[4096];
    size_t size = 0;
    while ((size = fread(buffer, 1, sizeof(buffer), file)) > 0) {
        fake_bytes_add(whole, buffer, size);
    }
    assert_int_equal(ferror(file), 0);
    assert_int_equal(fclose(file), 0);
    assert_true(whole->size > 0);
}

void recording_body(struct fake_bytes *body, const struct fake_bytes *whole)
{
    const char *at = strstr(whole->at, "\r\n\r\n");
    assert_non_null(at);
    at += 4;
    fake_bytes_init(body);
    const char *framing = strstr(whole->at, "\r\nTransfer-Encoding: chunked\r\n");
    if (framing == NULL || framing > at) {
        fake_bytes_text(body, at);
        return;
    }
    for (;;) {
        char *end = NULL;
        size_t size = strtoul(at, &end, 16);
        assert_true(end != at && strncmp(end, "\r\n", 2) == 0);
        if (size == 0) {
            assert_string_equal(end, "\r\n\r\n");
            return;
        }
        assert_true(size < whole->size);
        fake_bytes_add(body, end + 2, size);
        at = end + 2 + size + 2;
    }
}

void recording_between(struct fake_bytes *part, const struct fake_bytes *from, const char *after,
                       const char *before)
{
    const char *start = strstr(from->at, after);
    assert_non_null(start);
    start += strlen(after);
    const char *end = strstr(start, before);
    assert_non_null(end);
    fake_bytes_init(part);
    fake_bytes_add(part, start, (size_t)(end - start));
}

void recording_compare(const struct fake_bytes *rendered, const char *name)
{
    struct fake_bytes whole;
    recording_read(&whole, name);
    size_t at = 0;
    while (at < whole.size && at < rendered->size && whole.at[at] == rendered->at[at]) {
        at++;
    }
    if (at < whole.size || at < rendered->size) {
        size_t from = at > 60 ? at - 60 : 0;
        print_error("%s differs at byte %zu\n  recorded: %.160s\n  rendered: %.160s\n", name, at,
                    whole.at + from, rendered->at + from);
    }
    assert_true(at == whole.size && at == rendered->size);
    fake_bytes_release(&whole);
}
