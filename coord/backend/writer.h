/**
 * A text that is measured first, and then written into a block of just that size: the
 * same function does both, first without a block. A block that grew would leave a copy
 * of what may be a secret where it was.
 *
 * Units:     bytes.
 * Ownership: the block is the caller's.
 * Threading: any.
 * Errors:    none; the block must have room for what was measured.
 */
#ifndef DD__BACKEND_WRITER_H
#define DD__BACKEND_WRITER_H

#include <stddef.h>

struct dd__writer {
    char *at; /* NULL: only measuring */
    size_t size;
};

static inline void dd__writer_put(struct dd__writer *writer, char c)
{
    if (writer->at != NULL) {
        writer->at[writer->size] = c;
    }
    writer->size++;
}

static inline void dd__writer_text(struct dd__writer *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        dd__writer_put(writer, *text);
    }
}

#endif
