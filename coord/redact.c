/* What makes an engine's message fit to be seen. In doubt it hides too much: a
 * message that says less is a nuisance, a password in a log is an incident. */
#include <string.h>

#include "coord/text.h"

/* How a key and its value must be written to be taken for such. Some keys are words of
 * plain messages too ("failed to fetch oauth token: unexpected status"). */
enum manner {
    NEVER,
    ASSIGNED, /* key=value, "key": value */
    CLOSE,    /* also key:value */
    ALWAYS    /* also key: value */
};

struct key {
    const char *word;
    size_t length;
    enum manner manner;
    bool takes_line; /* "Authorization: Digest a, b, c": all of it */
};

#define KEY(word, manner, takes_line)                                                              \
    {                                                                                              \
        word, sizeof(word) - 1, manner, takes_line                                                 \
    }

/* What follows one of these is a secret. */
static const struct key keys[] = {
    KEY("authorization", ALWAYS, true),   KEY("proxy-authorization", ALWAYS, true),
    KEY("x-registry-auth", ALWAYS, true), KEY("x-registry-config", ALWAYS, true),
    KEY("cookie", ALWAYS, true),          KEY("set-cookie", ALWAYS, true),
    KEY("identitytoken", ALWAYS, false),  KEY("registrytoken", ALWAYS, false),
    KEY("apikey", ALWAYS, false),         KEY("accesskey", ALWAYS, false),
    KEY("secretkey", ALWAYS, false),      KEY("token", CLOSE, false),
    KEY("secret", CLOSE, false),          KEY("auth", CLOSE, false),
    KEY("pass", ASSIGNED, false),         KEY("key", ASSIGNED, false),
};

/* And what follows a word that ends so: where a part of it begins there, as in
 * AWS_SECRET_ACCESS_KEY, api-key and refreshToken, and where none does. */
struct tail {
    const char *word;
    size_t length;
    enum manner of_part;
    enum manner inside;
};

#define TAIL(word, of_part, inside)                                                                \
    {                                                                                              \
        word, sizeof(word) - 1, of_part, inside                                                    \
    }

static const struct tail tails[] = {
    TAIL("password", ALWAYS, ALWAYS),   TAIL("passwd", ALWAYS, ALWAYS),
    TAIL("passphrase", ALWAYS, ALWAYS), TAIL("token", ALWAYS, ASSIGNED),
    TAIL("secret", ALWAYS, ASSIGNED),   TAIL("key", ALWAYS, NEVER),
    TAIL("pass", CLOSE, NEVER),
};

/* A key that is found by its tail, or none at all: a scheme. */
static const struct key unnamed[] = {
    [ASSIGNED] = KEY("", ASSIGNED, false),
    [CLOSE] = KEY("", CLOSE, false),
    [ALWAYS] = KEY("", ALWAYS, false),
};

/* A message, as far as it is read. */
struct source {
    const char *at;
    const char *end;
    const char *begin;
    bool goes_on; /* there is more than is read */
    bool in_url;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static bool ends_url(char c)
{
    return (unsigned char)c <= ' ' || is_quote(c) || c == '<' || c == '>' || c == '\\';
}

static bool ends_value(char c)
{
    return (unsigned char)c <= ' ' || is_quote(c) || c == ',' || c == ';' || c == '&' || c == '}' ||
           c == ')' || c == '\\';
}

static bool starts_with(const struct source *from, const char *prefix)
{
    size_t length = strlen(prefix);
    if ((size_t)(from->end - from->at) < length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (lower(from->at[i]) != prefix[i]) {
            return false;
        }
    }
    return true;
}

static void copy_until(struct dd__text *text, struct source *from, const char *until)
{
    while (from->at < until) {
        from->at += dd__text_character(text, from->at, until);
    }
}

static void hide_until(struct dd__text *text, struct source *from, const char *until)
{
    if (until > from->at) {
        dd__text_string(text, "***");
        from->at = until;
    }
}

/* The last '@' in [at, end), or NULL. */
static const char *last_at_sign(const char *at, const char *end)
{
    while (end > at) {
        if (*--end == '@') {
            return end;
        }
    }
    return NULL;
}

/* Whether what follows the authority's last colon is no port: then it is the
 * password of a URL with an unescaped slash or the like in it. */
static bool has_odd_port(const char *at, const char *end)
{
    const char *port = end;
    while (port > at && port[-1] != ':' && port[-1] != ']') {
        port--;
    }
    if (port == at || port[-1] != ':') {
        return false;
    }
    for (; port < end; port++) {
        if (*port < '0' || *port > '9') {
            return true;
        }
    }
    return false;
}

/* Behind "://": hide the userinfo, if there is one. */
static void redact_authority(struct dd__text *text, struct source *from)
{
    const char *url_end = from->at;
    while (url_end < from->end && !ends_url(*url_end)) {
        url_end++;
    }
    const char *end = from->at;
    while (end < url_end && *end != '/' && *end != '?' && *end != '#') {
        end++;
    }
    const char *at_sign = last_at_sign(from->at, end);
    if (at_sign == NULL && has_odd_port(from->at, end)) {
        at_sign = last_at_sign(end, url_end);
    }
    if (at_sign != NULL) {
        hide_until(text, from, at_sign);
    } else if (url_end == from->end && from->goes_on) {
        hide_until(text, from, from->end);
    }
}

/* Whether the @length bytes of @word stand at @at, but for case. */
static bool is_called(const char *at, size_t length, const char *word)
{
    for (size_t i = 0; i < length; i++) {
        if (lower(at[i]) != word[i]) {
            return false;
        }
    }
    return true;
}

/* Whether a part of a word begins at @at, which is inside one: my_key, my-key, myKey. */
static bool begins_part(const char *at)
{
    bool is_capital = *at != lower(*at);
    bool was_capital = at[-1] != lower(at[-1]);

    return at[-1] == '_' || at[-1] == '-' || (is_capital && !was_capital);
}

/* What the word of @length at @at is as a key; NULL: none. */
static const struct key *key_called(const char *at, size_t length)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (keys[i].length == length && is_called(at, length, keys[i].word)) {
            return &keys[i];
        }
    }
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        size_t tail = tails[i].length;
        if (tail <= length && is_called(at + length - tail, tail, tails[i].word)) {
            bool is_part = tail < length && begins_part(at + length - tail);
            enum manner manner = is_part ? tails[i].of_part : tails[i].inside;
            return manner == NEVER ? NULL : &unnamed[manner];
        }
    }
    return NULL;
}

/* Where the value begins of a key that is written in this @manner and ends at @at; NULL
 * if what follows is no value. */
static const char *value_of(const char *at, const char *end, enum manner manner)
{
    bool is_quoted = false;
    while (at < end && (*at == '\\' || is_quote(*at))) {
        is_quoted = true;
        at++;
    }
    while (at < end && is_space(*at)) {
        at++;
    }
    if (at == end || (*at != ':' && *at != '=')) {
        return NULL;
    }
    bool is_plain_colon = *at == ':' && !is_quoted;
    at++;
    bool is_apart = at < end && is_space(*at);
    if (is_plain_colon && (manner < CLOSE || (manner == CLOSE && is_apart))) {
        return NULL;
    }
    while (at < end && is_space(*at)) {
        at++;
    }
    return at;
}

/* Where the value at @at ends. A quoted one ends at its closing quote, in JSON
 * within JSON at the first one, which is escaped as the opening one was. */
static const char *value_end(const struct source *from, const struct key *key, const char *at)
{
    const char *end = from->end;
    bool is_escaped = at < end && *at == '\\';
    while (at < end && *at == '\\') {
        at++;
    }
    if (at < end && is_quote(*at)) {
        char quote = *at++;
        while (at < end && *at != quote) {
            at += !is_escaped && *at == '\\' && end - at > 1 ? 2 : 1;
        }
    } else if (key->takes_line) {
        while (at < end && *at != '\n' && *at != '\r') {
            at++;
        }
    } else {
        while (at < end && !ends_value(*at)) {
            at++;
        }
    }
    return at;
}

/* Whether the word at @from is a part of a URL or of an absolute path. What follows its
 * colon is then why the file could not be had ("open /etc/passwd: permission denied"). */
static bool is_in_path(const struct source *from)
{
    const char *at = from->at;
    if (at == from->begin || at[-1] != '/') {
        return false;
    }
    while (at > from->begin && !ends_url(at[-1])) {
        at--;
        if (*at == ':' && at[1] == '/' && at[2] == '/') {
            return true;
        }
    }
    return *at == '/';
}

/* The key that stands at @from, and where its value begins; NULL if none does. */
static const struct key *key_at(const struct source *from, const char **value)
{
    const char *word_end = from->at;
    while (word_end < from->end && is_word(*word_end)) {
        word_end++;
    }
    /* Most words have no value, however it be written: that is seen soonest. */
    if (word_end == from->at || value_of(word_end, from->end, ALWAYS) == NULL) {
        *value = NULL;
        return NULL;
    }
    const struct key *key = key_called(from->at, (size_t)(word_end - from->at));
    enum manner manner = key == NULL ? NEVER : key->manner;
    if (manner == ALWAYS && is_in_path(from)) {
        manner = CLOSE;
    }
    *value = key == NULL ? NULL : value_of(word_end, from->end, manner);
    return *value == NULL ? NULL : key;
}

/* "Bearer abc": where abc begins, or NULL. */
static const char *after_scheme(const struct source *from)
{
    static const char *const schemes[] = { "bearer ", "basic " };
    if (from->at == from->end || lower(*from->at) != 'b') {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (starts_with(from, schemes[i])) {
            const char *at = from->at + strlen(schemes[i]);
            while (at < from->end && is_space(*at)) {
                at++;
            }
            return at;
        }
    }
    return NULL;
}

/* A value may begin with a scheme ("auth=Bearer x") or be a key itself
 * ("auth=password: x"): then the secret is what comes behind. */
static const struct key *innermost(const struct source *from, const struct key *key,
                                   const char **value)
{
    for (;;) {
        struct source inner = *from;
        const char *deeper;
        inner.at = *value;
        while (inner.at < inner.end && (*inner.at == '\\' || is_quote(*inner.at))) {
            inner.at++;
        }
        /* In quotes the scheme and what it announces are one value. */
        deeper = inner.at == *value ? after_scheme(&inner) : NULL;
        if (deeper == NULL) {
            const struct key *next = key_at(&inner, &deeper);
            key = next != NULL ? next : key;
        }
        if (deeper == NULL) {
            return key;
        }
        *value = deeper;
    }
}

/* Behind a quoted value at @end: where the value begins of which it was the key
 * (token="x": "y"), or NULL. */
static const char *value_behind(const struct source *from, const char *end)
{
    const char *at = end;
    while (at < from->end && (*at == '\\' || is_quote(*at))) {
        at++;
    }
    if (at == end) {
        return NULL;
    }
    while (at < from->end && is_space(*at)) {
        at++;
    }
    if (at == from->end || (*at != ':' && *at != '=')) {
        return NULL;
    }
    at++;
    while (at < from->end && is_space(*at)) {
        at++;
    }
    return at;
}

/* From @value of @key on: hide all that may be the secret. */
static void redact_value(struct dd__text *text, struct source *from, const struct key *key,
                         const char *value)
{
    const char *inner = value;
    const char *end;
    do {
        key = innermost(from, key, &inner);
        end = value_end(from, key, inner);
        inner = value_behind(from, end);
    } while (inner != NULL);
    while (value < end && *value == '\\') {
        value++;
    }
    value += value < end && is_quote(*value);
    copy_until(text, from, value);
    hide_until(text, from, end);
}

/* Whether what stands at @at is base64 rather than a word of a message ("no basic auth
 * credentials", Basic realm="r"): it has what such a word has not. */
static bool is_encoded(const char *at, const char *end)
{
    size_t length = 0;
    size_t padding = 0;
    bool is_odd = false;
    for (; at < end && !ends_value(*at); at++, length++) {
        bool is_capital = *at >= 'A' && *at <= 'Z';
        padding += *at == '=';
        is_odd = is_odd || (is_capital && length > 0) || (*at >= '0' && *at <= '9') || *at == '+' ||
                 *at == '/';
    }
    return padding > 0 ? length % 4 == 0 : is_odd;
}

/* Behind "bearer " or "basic " outside of a header, which would have hidden it: where the
 * secret begins, or NULL. */
static const char *bare_secret(const struct source *from)
{
    const char *at = after_scheme(from);
    bool is_basic = lower(*from->at) == 'b' && starts_with(from, "basic ");
    return at == NULL || (is_basic && !is_encoded(at, from->end)) ? NULL : at;
}

/* Inside a word nothing begins: what follows of it goes at once. */
static void copy_word(struct dd__text *text, struct source *from)
{
    const char *end = from->at;
    while (end < from->end && is_word(*end)) {
        end++;
    }
    dd__text_bytes(text, from->at, (size_t)(end - from->at));
    from->at = end;
}

static bool redact_word(struct dd__text *text, struct source *from)
{
    const char *value;
    if (from->at > from->begin && is_word(from->at[-1])) {
        return false;
    }
    const struct key *key = key_at(from, &value);
    if (key == NULL) {
        value = bare_secret(from);
        key = value == NULL ? NULL : &unnamed[ALWAYS];
    }
    if (key != NULL) {
        redact_value(text, from, key, value);
    }
    return key != NULL;
}

static bool is_digest(const char *at, const char *end)
{
    struct source from = { .at = at, .end = end };
    return starts_with(&from, "sha256:") || starts_with(&from, "sha384:") ||
           starts_with(&from, "sha512:");
}

static bool opens(char c)
{
    return c == '(' || c == '[' || c == '<';
}

/* "alice:hunter2@host" without a scheme; not "app:7@sha256:…". A word like that is looked
 * at once, where it begins. */
static bool redact_login(struct dd__text *text, struct source *from)
{
    const char *end = from->at;
    const char *colon = NULL;
    bool begins = from->at == from->begin || ends_value(from->at[-1]) || opens(from->at[-1]);
    if (from->in_url || !begins || opens(*from->at)) {
        return false;
    }
    for (; end < from->end && !ends_value(*end); end++) {
        colon = colon == NULL && *end == ':' ? end : colon;
        if (*end == ':' && from->end - end > 2 && end[1] == '/' && end[2] == '/') {
            return false; /* a URL */
        }
    }
    if (colon == NULL) {
        return false;
    }
    const char *at_sign = last_at_sign(colon, end);
    while (at_sign != NULL && is_digest(at_sign + 1, end)) {
        at_sign = last_at_sign(colon, at_sign);
    }
    if (at_sign == NULL && end == from->end && from->goes_on) {
        at_sign = end;
    }
    if (at_sign != NULL) {
        hide_until(text, from, at_sign);
    }
    return at_sign != NULL;
}

/* Whether a key stands before what may begin its value, at @at. */
static bool follows_key(const struct source *from, const char *at)
{
    while (at > from->begin && (is_space(at[-1]) || is_quote(at[-1]) || at[-1] == '\\')) {
        at--;
    }
    const char *word_end = at;
    while (at > from->begin && is_word(at[-1])) {
        at--;
    }
    return at < word_end && key_called(at, (size_t)(word_end - at)) != NULL;
}

/* Of ASCII's printable characters all but '@', ':', '=', 'B' and 'b': nothing begins with
 * one that is hidden or replaced. */
static bool is_harmless(char c)
{
    static const uint64_t bits[] = { ~((UINT64_C(1) << 32) - 1) & ~(UINT64_C(1) << ':') &
                                         ~(UINT64_C(1) << '='),
                                     ~(UINT64_C(1) << ('@' - 64) | UINT64_C(1) << ('B' - 64) |
                                       UINT64_C(1) << ('b' - 64) | UINT64_C(1) << 63) };
    unsigned code = (unsigned char)c;
    return code < 128 && (bits[code / 64] >> code % 64 & 1) != 0;
}

/* Whether there is nothing to hide and nothing to replace, as in most messages: no login
 * and no URL, no scheme, and no key before a colon or an equals sign. One look at each
 * byte tells. */
static bool is_plain(const struct source *from)
{
    struct source at = *from;
    for (; at.at < at.end; at.at++) {
        char c = *at.at;
        if (is_harmless(c)) {
            continue;
        }
        if (c < ' ' || c > '~' || c == '@') {
            return false;
        }
        if (c == ':' || c == '=') {
            if (starts_with(&at, "://") || follows_key(from, at.at)) {
                return false;
            }
        } else if (after_scheme(&at) != NULL) {
            return false;
        }
    }
    return !from->goes_on;
}

void dd__text_redacted(struct dd__text *text, const char *s)
{
    if (s == NULL) {
        return;
    }
    size_t length = 0;
    while (length < DD__REDACTED_READ_MAX && s[length] != '\0') {
        length++;
    }
    struct source from = { .at = s, .begin = s, .end = s + length };
    from.goes_on = s[length] != '\0';
    if (is_plain(&from)) {
        dd__text_bytes(text, s, length);
        return;
    }
    while (from.at < from.end && !text->is_cut) {
        if (*from.at == ':' && starts_with(&from, "://")) {
            copy_until(text, &from, from.at + 3);
            from.in_url = true;
            redact_authority(text, &from);
        } else if (from.in_url && *from.at == '?') {
            const char *end = from.at;
            while (end < from.end && !ends_url(*end)) {
                end++;
            }
            copy_until(text, &from, from.at + 1);
            hide_until(text, &from, end);
        } else if (!redact_word(text, &from) && !redact_login(text, &from)) {
            from.in_url = from.in_url && !ends_url(*from.at);
            from.at += dd__text_character(text, from.at, from.end);
            if (is_word(from.at[-1])) {
                copy_word(text, &from);
            }
        }
    }
}
