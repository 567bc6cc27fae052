/**
 * Callers' names as leases keep them: 16 bytes. A UUID in its usual form (36
 * characters, 8-4-4-4-12, letters of one case) is packed, a name of up to 16 bytes
 * is there as it is, a longer one is a text elsewhere. Each is written out again
 * exactly as it was.
 *
 * Units:     bytes, lengths without the NUL.
 * Ownership: dd__caller borrows its text. dd__caller_name owns a long one:
 *            returned by dd__caller_keep, release with dd__caller_drop.
 * Threading: any.
 */
#ifndef COORD_CALLER_H
#define COORD_CALLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "coord/hash.h"
#include "drydock/drydock.h"
#include "drydock/env.h"

#define DD__CALLER_PACKED 16
#define DD__UUID_LENGTH 36

enum dd__caller_form { DD__CALLER_SHORT, DD__CALLER_LOWER, DD__CALLER_UPPER, DD__CALLER_LONG };

/** What is known of a name beside its bytes, in DD__CALLER_KIND_BITS: its length, and
 * above that its enum dd__caller_form. One number, so that both are compared and copied
 * at once. */
#define DD__CALLER_KIND_BITS 10

_Static_assert(DD_CALLER_MAX == 255, "a length has 8 bits of a kind");

static inline uint32_t dd__caller_kind(enum dd__caller_form form, size_t length)
{
    return (uint32_t)form << 8 | (uint32_t)length;
}

static inline enum dd__caller_form dd__caller_form(uint32_t kind)
{
    return (enum dd__caller_form)(kind >> 8);
}

static inline size_t dd__caller_length(uint32_t kind)
{
    return kind & DD_CALLER_MAX;
}

/** A caller as leases are looked for: measured, packed and hashed once a call. */
struct dd__caller {
    uint64_t packed[DD__CALLER_PACKED / 8]; /* SHORT: ends in zeros; LONG: all zeros */
    const char *text;
    uint64_t hash;
    uint32_t kind;
};

/** What is kept of it; its kind lies elsewhere. */
union dd__caller_name {
    uint64_t packed[DD__CALLER_PACKED / 8];
    char *text; /* LONG: without a NUL */
};

/** Read @text, which is borrowed as long as *out is used. False: it is no caller's
 * name, and *out is open. */
bool dd__caller_read(struct dd__caller *out, const char *text, const struct dd__sipkey *key);

/** Keep @caller's name. False, and *name open, without memory. */
DD_MUST_USE bool dd__caller_keep(union dd__caller_name *name, const struct dd__caller *caller,
                                 const struct dd_allocator *allocator);
void dd__caller_drop(union dd__caller_name *name, uint32_t kind,
                     const struct dd_allocator *allocator);

/** The hash that dd__caller_read gave it. */
uint64_t dd__caller_hash(const union dd__caller_name *name, uint32_t kind,
                         const struct dd__sipkey *key);

/** Write the name of @kind, with a NUL. */
void dd__caller_write(const union dd__caller_name *name, uint32_t kind,
                      char out[DD_CALLER_MAX + 1]);

/** Whether @name, of @caller's kind, is @caller's. */
static inline bool dd__caller_is(const union dd__caller_name *name, const struct dd__caller *caller)
{
    if (dd__caller_form(caller->kind) == DD__CALLER_LONG) {
        return memcmp(name->text, caller->text, dd__caller_length(caller->kind)) == 0;
    }
    return name->packed[0] == caller->packed[0] && name->packed[1] == caller->packed[1];
}

#endif
