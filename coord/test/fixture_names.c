#include "coord/test/fixture_names.h"

#include <string.h>

#define DIGITS 64
static const char algorithm[] = "sha256:";

void fixture_expand(const char *name, char out[FIXTURE_NAME_MAX])
{
    size_t length = name == NULL ? 0 : strlen(name);

    assert_true(length + sizeof algorithm + DIGITS < FIXTURE_NAME_MAX);
    if (length < 2 || name[length - 2] != '@') {
        memcpy(out, name == NULL ? "" : name, length + 1);
        return;
    }
    /* "@a" alone is the digest itself; "redis@a" keeps its '@'. */
    length = length == 2 ? 0 : length - 1;
    memcpy(out, name, length);
    memcpy(out + length, algorithm, sizeof algorithm - 1);
    memset(out + length + sizeof algorithm - 1, name[strlen(name) - 1], DIGITS);
    out[length + sizeof algorithm - 1 + DIGITS] = '\0';
}

/* Whether a digest of one digit, repeated, stands at @at. */
static bool is_short(const char *at)
{
    const char *digits = at + sizeof algorithm - 1;

    if (strncmp(at, algorithm, sizeof algorithm - 1) != 0) {
        return false;
    }
    for (size_t i = 0; i < DIGITS; i++) {
        if (digits[i] == '\0' || digits[i] != digits[0]) {
            return false;
        }
    }
    return true;
}

void fixture_compress(const char *text, char *out, size_t size)
{
    size_t length = 0;

    for (const char *at = text == NULL ? "" : text; *at != '\0' && length + 3 < size;) {
        if (is_short(at)) {
            if (length == 0 || out[length - 1] != '@') {
                out[length++] = '@';
            }
            out[length++] = at[sizeof algorithm - 1];
            at += sizeof algorithm - 1 + DIGITS;
        } else {
            out[length++] = *at++;
        }
    }
    out[length] = '\0';
}

void fixture_split(const char *list, enum fixture_which which, struct fixture_names *out)
{
    out->count = 0;
    for (const char *at = list == NULL ? "" : list; *at != '\0';) {
        size_t length = strcspn(at, " ");
        char name[FIXTURE_NAME_MAX];
        bool is_digest;

        assert_true(length < sizeof name && out->count < FIXTURE_NAMES_MAX);
        memcpy(name, at, length);
        name[length] = '\0';
        is_digest = strchr(name, '@') != NULL;
        if (length > 0 && (which == FIXTURE_ALL_NAMES || is_digest == (which == FIXTURE_DIGESTS))) {
            fixture_expand(name, out->text[out->count]);
            out->at[out->count] = out->text[out->count];
            out->count++;
        }
        at += length;
        at += *at == ' ';
    }
}
