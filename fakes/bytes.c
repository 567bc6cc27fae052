#include "fakes/bytes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/memory.h"

#define FIRST_CAPACITY 256
#define DIGIT_MAX 20 /* of 2^64 - 1 in decimal */

static void reserve(struct fake_bytes *bytes, size_t more)
{
    assert(more < SIZE_MAX / 2 - bytes->size);
    size_t need = bytes->size + more + 1;
    if (need <= bytes->capacity) {
        return;
    }
    size_t capacity = bytes->capacity > 0 ? bytes->capacity : FIRST_CAPACITY;
    while (capacity < need) {
        capacity *= 2;
    }
    bytes->at = fake_memory_grow(bytes->at, capacity, 1);
    bytes->capacity = capacity;
}

static void add_number(struct fake_bytes *bytes, uint64_t number, unsigned base, size_t width)
{
    char digits[DIGIT_MAX];
    size_t count = 0;
    do {
        digits[DIGIT_MAX - ++count] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    if (count < width) {
        fake_bytes_repeat(bytes, '0', width - count);
    }
    fake_bytes_add(bytes, digits + DIGIT_MAX - count, count);
}

void fake_bytes_init(struct fake_bytes *bytes)
{
    *bytes = (struct fake_bytes){ .at = NULL };
}

void fake_bytes_release(struct fake_bytes *bytes)
{
    fake_memory_free(bytes->at);
    fake_bytes_init(bytes);
}

void fake_bytes_clear(struct fake_bytes *bytes)
{
    bytes->size = 0;
    if (bytes->at != NULL) {
        bytes->at[0] = '\0';
    }
}

void fake_bytes_add(struct fake_bytes *bytes, const void *from, size_t size)
{
    reserve(bytes, size);
    if (size > 0) {
        memcpy(bytes->at + bytes->size, from, size);
    }
    bytes->size += size;
    bytes->at[bytes->size] = '\0';
}

void fake_bytes_text(struct fake_bytes *bytes, const char *text)
{
    fake_bytes_add(bytes, text, strlen(text));
}

void fake_bytes_char(struct fake_bytes *bytes, char c)
{
    fake_bytes_add(bytes, &c, 1);
}

void fake_bytes_repeat(struct fake_bytes *bytes, char c, size_t count)
{
    reserve(bytes, count);
    memset(bytes->at + bytes->size, c, count);
    bytes->size += count;
    bytes->at[bytes->size] = '\0';
}

void fake_bytes_decimal(struct fake_bytes *bytes, uint64_t number)
{
    add_number(bytes, number, 10, 0);
}

void fake_bytes_padded(struct fake_bytes *bytes, uint64_t number, size_t width)
{
    add_number(bytes, number, 10, width);
}

void fake_bytes_hex(struct fake_bytes *bytes, uint64_t number)
{
    add_number(bytes, number, 16, 0);
}
