#include "coord/classify.h"

#include <stddef.h>
#include <string.h>

#define ANY 0

struct row {
    unsigned http_status; /* ANY: whatever it is, and for lines of a stream */
    const char *words;    /* in lower case, found as whole words; "": any text */
    enum dd_status status;
    enum dd_conflict conflict;
};

#define CLASS(http, words, status)                                                                 \
    {                                                                                              \
        http, words, status, DD_CONFLICT_NONE                                                      \
    }
#define CONFLICT(words, conflict)                                                                  \
    {                                                                                              \
        409, words, DD_ECONFLICT, DD_CONFLICT_##conflict                                           \
    }

/* The first row that fits is the answer (docs/ENGINE.md). */
static const struct row rows[] = {
    /* 404 says little: a registry's DENIED comes as one, too. */
    CLASS(404, "pull access denied", DD_EDENIED),
    CLASS(404, "access to the resource is denied", DD_EDENIED),
    CLASS(404, "no pull access", DD_EDENIED),
    CLASS(404, "", DD_ENOTFOUND),

    /* Why a DELETE is refused. The engine looks for children, running
     * containers, names and stopped containers, in this order, and tells the
     * first; Podman's words are the second of each kind. */
    CONFLICT("is using its referenced image", CONTAINER),
    CONFLICT("image is being used by running container", CONTAINER),
    CONFLICT("image is being used by stopped container", CONTAINER),
    CONFLICT("image is in use by a container", CONTAINER),
    CONFLICT("image used by", CONTAINER),
    CONFLICT("has dependent child images", CHILDREN),
    CONFLICT("image has children", CHILDREN),
    CONFLICT("referenced in multiple repositories", NAMES),
    CONFLICT("with more than one tag", NAMES),
    CONFLICT("", OTHER),

    /* 500, 200 streams and the rest: the text alone tells. */
    CLASS(ANY, "no space left on device", DD_EDISKFULL),
    CLASS(ANY, "disk quota exceeded", DD_EDISKFULL),
    CLASS(ANY, "not enough space on the disk", DD_EDISKFULL),
    CLASS(ANY, "toomanyrequests: ", DD_ERATELIMITED),
    CLASS(ANY, "too many requests", DD_ERATELIMITED),
    CLASS(ANY, "pull rate limit", DD_ERATELIMITED),
    CLASS(ANY, "pull access denied", DD_EDENIED),
    CLASS(ANY, "access to the resource is denied", DD_EDENIED),
    CLASS(ANY, "no pull access", DD_EDENIED),
    CLASS(ANY, "denied: ", DD_EDENIED),
    CLASS(ANY, "403 forbidden", DD_EDENIED),
    CLASS(ANY, "unauthorized: ", DD_EUNAUTHENTICATED),
    CLASS(ANY, "401 unauthorized", DD_EUNAUTHENTICATED),
    CLASS(ANY, "no basic auth credentials", DD_EUNAUTHENTICATED),
    CLASS(ANY, "authentication required", DD_EUNAUTHENTICATED),
    CLASS(ANY, "incorrect username or password", DD_EUNAUTHENTICATED),
    CLASS(ANY, "invalid username/password", DD_EUNAUTHENTICATED),
    CLASS(ANY, "manifest unknown", DD_ENOTFOUND),
    CLASS(ANY, "name unknown", DD_ENOTFOUND),
    CLASS(ANY, "no such image", DD_ENOTFOUND),
    CLASS(ANY, "image not known", DD_ENOTFOUND),
    CLASS(ANY, "no matching manifest for", DD_ENOTFOUND),
    /* The manifest is there and a layer is not: the registry's trouble, which
     * another try may not meet. */
    CLASS(ANY, "unknown blob", DD_EENGINE),
    CLASS(ANY, "blob unknown", DD_EENGINE),
    CLASS(ANY, "dial tcp", DD_ENETWORK),
    CLASS(ANY, "dial unix", DD_ENETWORK),
    CLASS(ANY, "connection refused", DD_ENETWORK),
    CLASS(ANY, "connection reset by peer", DD_ENETWORK),
    CLASS(ANY, "connection timed out", DD_ENETWORK),
    CLASS(ANY, "network is unreachable", DD_ENETWORK),
    CLASS(ANY, "no route to host", DD_ENETWORK),
    CLASS(ANY, "no such host", DD_ENETWORK),
    CLASS(ANY, "server misbehaving", DD_ENETWORK),
    CLASS(ANY, "temporary failure in name resolution", DD_ENETWORK),
    CLASS(ANY, "i/o timeout", DD_ENETWORK),
    CLASS(ANY, "tls handshake timeout", DD_ENETWORK),
    CLASS(ANY, "timeout awaiting response headers", DD_ENETWORK),
    CLASS(ANY, "client.timeout exceeded", DD_ENETWORK),
    CLASS(ANY, "request canceled while waiting for connection", DD_ENETWORK),
    CLASS(ANY, "context deadline exceeded", DD_ENETWORK),
    CLASS(ANY, "proxyconnect tcp", DD_ENETWORK),
    CLASS(ANY, "broken pipe", DD_ENETWORK),
    CLASS(ANY, "use of closed network connection", DD_ENETWORK),
    CLASS(ANY, "received unexpected http status", DD_ENETWORK),
    CLASS(ANY, "unexpected eof", DD_ENETWORK),
    CLASS(ANY, "eof", DD_ENETWORK),
    CLASS(ANY, "invalid reference format", DD_EINVAL),

    /* No text that is known. */
    CLASS(400, "", DD_EINVAL),
    CLASS(401, "", DD_EUNAUTHENTICATED),
    CLASS(403, "", DD_EDENIED),
    CLASS(429, "", DD_ERATELIMITED),
    CLASS(507, "", DD_EDISKFULL),
    CLASS(ANY, "", DD_EENGINE),
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

/* Of what references are made: a text quotes them, and an image may be called
 * "acme/eof" or "unauthorized". */
static bool is_name_character(char c)
{
    /* A bit for each: "-./" and digits; '@', '_' and small letters. */
    static const uint64_t bits[] = { UINT64_C(0x1fff) << 45,
                                     UINT64_C(0x3ffffff) << 33 | UINT64_C(1) << 31 | 1 };
    unsigned code = (unsigned char)c;
    return code < 128 && (bits[code / 64] >> code % 64 & 1) != 0;
}

static bool ends_word(const char *at)
{
    return !is_name_character(*at) && (*at != ':' || !is_name_character(at[1]));
}

/* Whether @words stand at @at, which begins a word. */
static bool stand_at(const char *words, const char *at)
{
    size_t i = 0;
    for (; words[i] != '\0'; i++) {
        if (at[i] != words[i]) {
            return false;
        }
    }
    return !is_name_character(words[i - 1]) || ends_word(at + i);
}

static bool row_applies(const struct row *row, unsigned http_status)
{
    return row->http_status == ANY || row->http_status == http_status;
}

/* The first row that asks for no words, which is what is known without any. */
static size_t row_without_words(unsigned http_status)
{
    size_t at = 0;
    while (rows[at].words[0] != '\0' || !row_applies(&rows[at], http_status)) {
        at++;
    }
    return at;
}

/* A copy in lower case of as much of @text as is looked at. */
static void fold(char out[DD__CLASSIFIED_MAX + 1], const char *text)
{
    size_t length = 0;
    for (; length < DD__CLASSIFIED_MAX && text[length] != '\0'; length++) {
        char c = text[length];
        out[length] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    out[length] = '\0';
}

static struct dd__verdict judge(unsigned http_status, const char *text)
{
    char folded[DD__CLASSIFIED_MAX + 1];
    size_t best = row_without_words(http_status);
    fold(folded, text == NULL ? "" : text);
    for (const char *at = folded; *at != '\0'; at++) {
        if (at > folded && (is_name_character(at[-1]) || at[-1] == ':')) {
            continue;
        }
        for (size_t i = 0; i < best; i++) {
            if (rows[i].words[0] == *at && row_applies(&rows[i], http_status) &&
                stand_at(rows[i].words, at)) {
                best = i;
            }
        }
    }
    return (struct dd__verdict){ rows[best].status, rows[best].conflict };
}

struct dd__verdict dd__classify(const struct dd_answer *answer)
{
    switch (answer->transport) {
    case DD_TRANSPORT_UNSENT:
    case DD_TRANSPORT_LOST:
        return (struct dd__verdict){ DD_ENETWORK, DD_CONFLICT_NONE };
    case DD_TRANSPORT_CANCELLED:
        return (struct dd__verdict){ DD_ECANCELLED, DD_CONFLICT_NONE };
    case DD_TRANSPORT_ANSWERED:
        break;
    }
    if (answer->http_status >= 200 && answer->http_status <= 299) {
        return (struct dd__verdict){ DD_OK, DD_CONFLICT_NONE };
    }
    return judge(answer->http_status, answer->text);
}

struct dd__verdict dd__classify_text(const char *text)
{
    return judge(ANY, text);
}

struct dd__verdict dd__classify_object(const struct dd_answer *answer)
{
    if (answer->transport == DD_TRANSPORT_ANSWERED && answer->http_status == 404) {
        return (struct dd__verdict){ .status = DD_ENOTFOUND };
    }
    struct dd__verdict verdict = dd__classify(answer);
    if (verdict.status == DD_ENOTFOUND) {
        verdict.status = DD_EENGINE;
    }
    return verdict;
}
