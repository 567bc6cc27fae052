/* What makes an engine's message fit to be seen. In doubt it hides too much: a
 * message that says less is a nuisance, a password in a log is an incident. */
#include <string.h>

#include "coord/text.h"

/* What follows a key is a secret. A `loose` one is also a word of plain
 * messages ("failed to fetch oauth token: unexpected status"): there it counts
 * only when quoted, or when the value follows without a space. */
struct key {
    const char *word;
    bool is_loose;
    bool takes_line; /* "Authorization: Digest a, b, c": all of it */
};

static const struct key keys[] = {
    { "authorization", false, true },
    { "proxy-authorization", false, true },
    { "x-registry-auth", false, true },
    { "x-registry-config", false, true },
    { "password", false, false },
    { "passwd", false, false },
    { "identitytoken", false, false },
    { "identity_token", false, false },
    { "registrytoken", false, false },
    { "registry_token", false, false },
    { "access_token", true, false },
    { "refresh_token", true, false },
    { "id_token", true, false },
    { "token", true, false },
    { "client_secret", true, false },
    { "secret", true, false },
    { "auth", true, false },
};

static const struct key bearer = { "bearer", false, false };

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

/* Where the value that belongs to @key begins, or NULL if @key is not here. */
static const char *value_of(const struct source *from, const struct key *key)
{
    if (!starts_with(from, key->word)) {
        return NULL;
    }
    const char *at = from->at + strlen(key->word);
    const char *end = from->end;
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
    if (key->is_loose && is_plain_colon && at < end && is_space(*at)) {
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

/* The key that stands at @from, and where its value begins; NULL if none does. */
static const struct key *key_at(const struct source *from, const char **value)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        *value = value_of(from, &keys[i]);
        if (*value != NULL) {
            return &keys[i];
        }
    }
    return NULL;
}

/* "Bearer abc": where abc begins, or NULL. */
static const char *after_scheme(const struct source *from)
{
    static const char *const schemes[] = { "bearer ", "basic " };
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
    copy_until(text, from, value);
    hide_until(text, from, end);
}

static bool redact_word(struct dd__text *text, struct source *from)
{
    const char *value;
    if (from->at > from->begin && is_word(from->at[-1])) {
        return false;
    }
    const struct key *key = key_at(from, &value);
    if (key == NULL && starts_with(from, "bearer ")) {
        /* Outside of a header, which would have hidden it already. */
        key = &bearer;
        value = after_scheme(from);
    }
    if (key != NULL) {
        redact_value(text, from, key, value);
    }
    return key != NULL;
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
    while (from.at < from.end && !text->is_cut) {
        if (starts_with(&from, "://")) {
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
        } else if (!redact_word(text, &from)) {
            from.in_url = from.in_url && !ends_url(*from.at);
            from.at += dd__text_character(text, from.at, from.end);
        }
    }
}
