/**
 * A bounded text builder: appends to a buffer of fixed size, never past its end.
 * The text is always ended by a NUL and cut between two UTF-8 characters; once
 * it was cut, nothing more is added, so that a text never has a hole.
 *
 * Ownership: the buffer is the caller's; strings are borrowed for the call.
 *            NULL strings append nothing.
 * Threading: any. Errors: none; `is_cut` says that something did not fit.
 */
#ifndef DD__TEXT_H
#define DD__TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DD__MESSAGE_MAX 511 /* bytes kept of an engine's message, without the NUL */

struct dd__text {
    char *at;
    size_t size; /* of the buffer, with the NUL; 0: nothing is ever written */
    size_t length;
    bool is_cut;
};

void dd__text_init(struct dd__text *text, char *buffer, size_t size);

void dd__text_string(struct dd__text *text, const char *s);
void dd__text_bytes(struct dd__text *text, const char *s, size_t length);
void dd__text_u64(struct dd__text *text, uint64_t number);

/** "3m0s", "1.5s", "20ms", "250us", "0s": exact, by integers only. */
void dd__text_duration(struct dd__text *text, uint64_t duration_ns);

/** As dd__text_string, with control characters and what is not UTF-8 as '?'. */
void dd__text_printable(struct dd__text *text, const char *s);

/** Append the character at @at, before @end, likewise; how many bytes it had. */
size_t dd__text_character(struct dd__text *text, const char *at, const char *end);

/**
 * As dd__text_printable, without secrets: the userinfo and the query of URLs,
 * logins before a host, bearer and basic tokens, and the values of Authorization,
 * Cookie, and of keys that end in password, token, secret, key and the like are
 * written "***". Where a secret may go on beyond what is read, the rest goes.
 *
 * Units: reads at most DD__REDACTED_READ_MAX bytes of @s.
 */
#define DD__REDACTED_READ_MAX 4096
void dd__text_redacted(struct dd__text *text, const char *s);

#endif
