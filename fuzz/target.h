/**
 * What a fuzz target is: one function, fed with bytes, that ends the process when
 * something is wrong. Linked with libFuzzer it is searched (`make fuzz`); with
 * plain.c it is given the files of its corpus (`make test`).
 */
#ifndef FUZZ_TARGET_H
#define FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Always 0. @data is borrowed for the call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** A rule of the target's: stays on in every build, and aborts. */
#define FUZZ_MUST(condition)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: must hold: %s\n", __FILE__, __LINE__, #condition);       \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/** @size bytes as a string, in a block of just that size, so that a byte read past
 * its end is seen. Returned, release with free. */
static inline char *fuzz_string(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    FUZZ_MUST(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    return text;
}

#endif
