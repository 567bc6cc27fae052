/**
 * Names as the fixture writes them, and as the engine does: "redis@a" stands for
 * "redis@sha256:aaa…", with 64 digits.
 */
#ifndef COORD_TEST_FIXTURE_NAMES_H
#define COORD_TEST_FIXTURE_NAMES_H

#include "coord/test/fixture.h"

#define FIXTURE_NAMES_MAX 16

/** Several names, as an answer holds them. */
struct fixture_names {
    char text[FIXTURE_NAMES_MAX][FIXTURE_NAME_MAX];
    const char *at[FIXTURE_NAMES_MAX];
    size_t count;
};

/** Write @name as the engine does into @out. NULL: "". */
void fixture_expand(const char *name, char out[FIXTURE_NAME_MAX]);
/** The other way round; works inside of longer texts, too. NULL: "". */
void fixture_compress(const char *text, char *out, size_t size);

enum fixture_which { FIXTURE_ALL_NAMES, FIXTURE_TAGS, FIXTURE_DIGESTS };

/** The names in @list (NULL: none) that are @which, expanded. */
void fixture_split(const char *list, enum fixture_which which, struct fixture_names *out);

#endif
