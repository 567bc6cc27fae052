/**
 * A growing buffer of bytes, which the renderer writes into. After each call
 * `at` holds `size` bytes and a NUL that is not counted.
 */
#ifndef FAKE_BYTES_H
#define FAKE_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct fake_bytes {
    char *at; /* NULL until something was added */
    size_t size;
    size_t capacity;
};

void fake_bytes_init(struct fake_bytes *bytes);
void fake_bytes_release(struct fake_bytes *bytes);

/** Forget the content, keep the room. */
void fake_bytes_clear(struct fake_bytes *bytes);

/** Each adds at the end; texts are borrowed for the call. They abort without
 * memory (memory.h). */
void fake_bytes_add(struct fake_bytes *bytes, const void *from, size_t size);
void fake_bytes_text(struct fake_bytes *bytes, const char *text);
void fake_bytes_char(struct fake_bytes *bytes, char c);
void fake_bytes_repeat(struct fake_bytes *bytes, char c, size_t count);
void fake_bytes_decimal(struct fake_bytes *bytes, uint64_t number);
/** Decimal with zeros in front, up to @width digits. */
void fake_bytes_padded(struct fake_bytes *bytes, uint64_t number, size_t width);
/** Lower-case hexadecimal. */
void fake_bytes_hex(struct fake_bytes *bytes, uint64_t number);

#endif
