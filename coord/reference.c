#include "drydock/reference.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "coord/hex.h"

/* Longer than anything that could still be a reference: host, path, tag *and*
 * digest. What is longer is not read to its end. */
#define TEXT_MAX (DD_REPOSITORY_MAX + 1 + DD_TAG_MAX + 1 + DD_DIGEST_MAX)

#define DEFAULT_HOST "docker.io"
#define OFFICIAL "library/"

struct span {
    const char *at;
    size_t length;
};

/* A reference in its pieces; absent ones are empty. */
struct parts {
    struct span host; /* with its port */
    struct span path;
    struct span tag;
    struct span digest;
};

/* What a character may be, in one look. */
enum { DIGIT = 1, LOWER = 2, UPPER = 4, HEX = 8, MARK = 16 };

#define DIGITS (DIGIT | HEX)
#define A_TO_F (LOWER | HEX)
#define CAPITAL_A_TO_F (UPPER | HEX)

static const unsigned char classes[UCHAR_MAX + 1] = {
    ['0'] = DIGITS,         ['1'] = DIGITS,         ['2'] = DIGITS,         ['3'] = DIGITS,
    ['4'] = DIGITS,         ['5'] = DIGITS,         ['6'] = DIGITS,         ['7'] = DIGITS,
    ['8'] = DIGITS,         ['9'] = DIGITS,         ['a'] = A_TO_F,         ['b'] = A_TO_F,
    ['c'] = A_TO_F,         ['d'] = A_TO_F,         ['e'] = A_TO_F,         ['f'] = A_TO_F,
    ['g'] = LOWER,          ['h'] = LOWER,          ['i'] = LOWER,          ['j'] = LOWER,
    ['k'] = LOWER,          ['l'] = LOWER,          ['m'] = LOWER,          ['n'] = LOWER,
    ['o'] = LOWER,          ['p'] = LOWER,          ['q'] = LOWER,          ['r'] = LOWER,
    ['s'] = LOWER,          ['t'] = LOWER,          ['u'] = LOWER,          ['v'] = LOWER,
    ['w'] = LOWER,          ['x'] = LOWER,          ['y'] = LOWER,          ['z'] = LOWER,
    ['A'] = CAPITAL_A_TO_F, ['B'] = CAPITAL_A_TO_F, ['C'] = CAPITAL_A_TO_F, ['D'] = CAPITAL_A_TO_F,
    ['E'] = CAPITAL_A_TO_F, ['F'] = CAPITAL_A_TO_F, ['G'] = UPPER,          ['H'] = UPPER,
    ['I'] = UPPER,          ['J'] = UPPER,          ['K'] = UPPER,          ['L'] = UPPER,
    ['M'] = UPPER,          ['N'] = UPPER,          ['O'] = UPPER,          ['P'] = UPPER,
    ['Q'] = UPPER,          ['R'] = UPPER,          ['S'] = UPPER,          ['T'] = UPPER,
    ['U'] = UPPER,          ['V'] = UPPER,          ['W'] = UPPER,          ['X'] = UPPER,
    ['Y'] = UPPER,          ['Z'] = UPPER,          ['.'] = MARK,           ['_'] = MARK,
    ['-'] = MARK,
};

/* Whether @c is of one of the @wanted classes. */
static bool is_of(char c, unsigned wanted)
{
    return (classes[(unsigned char)c] & wanted) != 0;
}

static bool span_is(struct span span, const char *s)
{
    return span.length == strlen(s) && memcmp(span.at, s, span.length) == 0;
}

static size_t span_find(struct span span, char wanted)
{
    const char *found = span.length == 0 ? NULL : memchr(span.at, wanted, span.length);
    return found == NULL ? span.length : (size_t)(found - span.at);
}

static struct span span_from(struct span span, size_t from)
{
    return (struct span){ span.at + from, span.length - from };
}

/* The classes that all of its characters are of, and those that any of them is of. */
static unsigned span_classes(struct span span, unsigned *any)
{
    unsigned all = UCHAR_MAX;
    *any = 0;
    for (size_t i = 0; i < span.length; i++) {
        unsigned class = classes[(unsigned char)span.at[i]];
        all &= class;
        *any |= class;
    }
    return all;
}

static bool span_has_upper(struct span span)
{
    unsigned any;
    (void)span_classes(span, &any);
    return (any & UPPER) != 0;
}

#define KNOWN_DIGITS_MIN 64
#define SHA256_LENGTH (7 + 64)

/* How many digits a digest of an algorithm has, or 0 if it is not known here. */
static size_t known_digit_count(struct span algorithm)
{
    return span_is(algorithm, "sha256")   ? 64
           : span_is(algorithm, "sha384") ? 96
           : span_is(algorithm, "sha512") ? 128
                                          : 0;
}

/* algorithm := [A-Za-z][A-Za-z0-9]* ([-_+.][A-Za-z][A-Za-z0-9]*)* */
static bool is_algorithm(struct span span)
{
    bool begins = true; /* a component does, here */
    for (size_t i = 0; i < span.length; i++) {
        char c = span.at[i];
        if (is_of(c, LOWER | UPPER) || (is_of(c, DIGIT) && !begins)) {
            begins = false;
        } else if (!begins && (c == '-' || c == '_' || c == '+' || c == '.')) {
            begins = true;
        } else {
            return false;
        }
    }
    return !begins;
}

static bool are_lower_hex(const char *at)
{
    dd__hex_block bad = dd__hex_all(0);
    (void)dd__hex_values(dd__hex_load(at), &bad);
    (void)dd__hex_values(dd__hex_load(at + DD__HEX_DIGITS), &bad);
    return !dd__hex_is_bad(bad);
}

/* Known algorithms have one spelling only, as the engine demands: otherwise one
 * image would have two references. */
static bool are_known_digits(struct span digits, size_t known)
{
    if (known == 0 || digits.length != known) {
        return false;
    }
    /* All known lengths are multiples of 32. */
    for (size_t at = 0; at < known; at += 32) {
        if (!are_lower_hex(digits.at + at)) {
            return false;
        }
    }
    return true;
}

static bool is_digest(struct span span)
{
    if (span.length == SHA256_LENGTH && memcmp(span.at, "sha256:", 7) == 0) {
        return are_known_digits(span_from(span, 7), 64); /* as nearly all are */
    }
    size_t colon = span_find(span, ':');
    struct span algorithm = { span.at, colon };
    if (colon == span.length || span.length > DD_DIGEST_MAX) {
        return false;
    }
    struct span digits = span_from(span, colon + 1);
    size_t known = known_digit_count(algorithm);
    if (known != 0) {
        return are_known_digits(digits, known);
    }
    unsigned any;
    return is_algorithm(algorithm) && digits.length >= 32 &&
           (span_classes(digits, &any) & HEX) != 0;
}

bool dd_digest_is_valid(const char *text)
{
    return text != NULL && is_digest((struct span){ text, strnlen(text, DD_DIGEST_MAX + 1) });
}

/* What an engine takes for an image ID, whatever else it could mean: 64 hex
 * digits, or a digest of a known algorithm. */
static bool is_image_id(struct span span)
{
    if (span.length < KNOWN_DIGITS_MIN) {
        return false;
    }
    size_t colon = span_find(span, ':');
    struct span head = { span.at, colon };
    if (colon == span.length) {
        return are_known_digits(span, 64);
    }
    return are_known_digits(span_from(span, colon + 1), known_digit_count(head));
}

/* Whether a first component is a host and not a user of the default one. */
static bool looks_like_host(struct span span)
{
    return span_find(span, '.') < span.length || span_find(span, ':') < span.length ||
           span_has_upper(span) || span_is(span, "localhost");
}

/* component := [A-Za-z0-9]+ ('-'+ [A-Za-z0-9]+)*; between two there is a '.' */
static const char *check_host_name(struct span name)
{
    char before = '.';
    for (size_t i = 0; i < name.length; i++) {
        char c = name.at[i];
        bool fits = is_of(c, LOWER | UPPER | DIGIT) || (c == '-' && before != '.') ||
                    (c == '.' && is_of(before, LOWER | UPPER | DIGIT));
        if (!fits) {
            return "invalid registry host";
        }
        before = c;
    }
    return is_of(before, LOWER | UPPER | DIGIT) ? NULL : "invalid registry host";
}

/* host := (component ('.' component)* | '[' IPv6 ']') (':' port)? */
static const char *check_host(struct span host)
{
    size_t name_length = 0;
    if (host.length > 0 && host.at[0] == '[') {
        name_length = span_find(host, ']');
        if (name_length == host.length || name_length < 3) {
            return "invalid registry host";
        }
        for (size_t i = 1; i < name_length; i++) {
            if (!is_of(host.at[i], HEX) && host.at[i] != ':') {
                return "invalid registry host";
            }
        }
        name_length++;
    } else {
        name_length = span_find(host, ':');
        const char *why = check_host_name((struct span){ host.at, name_length });
        if (why != NULL) {
            return why;
        }
    }
    struct span rest = span_from(host, name_length);
    if (rest.length == 0) {
        return NULL;
    }
    if (rest.at[0] != ':' || rest.length < 2) {
        return "invalid registry port";
    }
    for (size_t i = 1; i < rest.length; i++) {
        if (!is_of(rest.at[i], DIGIT)) {
            return "invalid registry port";
        }
    }
    return NULL;
}

/* How long the separator at @at is: '.', '_', "__" or any number of '-'. 0: none. */
static size_t separator_length(struct span path, size_t at)
{
    char c = path.at[at];
    size_t length = 0;
    while (at + length < path.length && path.at[at + length] == c) {
        length++;
    }
    if (c == '-') {
        return length;
    }
    return (c == '.' && length == 1) || (c == '_' && length <= 2) ? length : 0;
}

static const char *why_not_path(struct span path)
{
    return span_has_upper(path) ? "repository name must be lowercase" : "invalid repository name";
}

/* path := component ('/' component)*; component := [a-z0-9]+ (separator [a-z0-9]+)* */
static const char *check_path(struct span path)
{
    bool needs_letter = true;
    for (size_t i = 0; i < path.length;) {
        char c = path.at[i];
        size_t length = 1;
        if (is_of(c, LOWER | DIGIT)) {
            needs_letter = false;
        } else {
            length = c == '/'                           ? 1
                     : c == '.' || c == '_' || c == '-' ? separator_length(path, i)
                                                        : 0;
            if (needs_letter || length == 0) {
                return why_not_path(path);
            }
            needs_letter = true;
        }
        i += length;
    }
    return needs_letter ? why_not_path(path) : NULL;
}

static const char *check_tag(struct span tag)
{
    for (size_t i = 0; i < tag.length; i++) {
        char c = tag.at[i];
        bool is_word = is_of(c, LOWER | UPPER | DIGIT) || c == '_';
        if (!is_word && (i == 0 || (c != '.' && c != '-'))) {
            return "invalid tag";
        }
    }
    return tag.length == 0 || tag.length > DD_TAG_MAX ? "invalid tag" : NULL;
}

/* Cut @whole into its parts, as the engine does, and check each. */
static const char *parts_parse(struct span whole, struct parts *out)
{
    size_t at_sign = span_find(whole, '@');
    struct span name = { whole.at, at_sign };
    struct parts parts = { .tag = { "latest", 6 } };
    if (at_sign < whole.length) {
        parts.digest = span_from(whole, at_sign + 1);
        if (!is_digest(parts.digest)) {
            return "invalid digest";
        }
    }
    size_t slash = span_find(name, '/');
    struct span rest = name;
    if (slash < name.length && looks_like_host((struct span){ name.at, slash })) {
        parts.host = (struct span){ name.at, slash };
        rest = span_from(name, slash + 1);
    }
    size_t colon = span_find(rest, ':');
    parts.path = (struct span){ rest.at, colon };
    if (colon < rest.length) {
        parts.tag = span_from(rest, colon + 1);
    }
    const char *why = parts.host.length > 0 ? check_host(parts.host) : NULL;
    why = why != NULL ? why : check_path(parts.path);
    why = why != NULL ? why : check_tag(parts.tag);
    *out = parts;
    return why;
}

/* The default host is left out, as the engine leaves it out when it lists; but
 * for a path whose first component would be taken for a host then. */
static void parts_normalise(struct parts *parts)
{
    if (span_is(parts->host, "index." DEFAULT_HOST)) {
        parts->host = (struct span){ DEFAULT_HOST, sizeof(DEFAULT_HOST) - 1 };
    }
    if (parts->host.length > 0 && !span_is(parts->host, DEFAULT_HOST)) {
        return;
    }
    size_t slash = span_find(parts->path, '/');
    bool has_user = slash < parts->path.length;
    if (has_user && looks_like_host((struct span){ parts->path.at, slash })) {
        return;
    }
    struct span rest = span_from(parts->path, has_user ? slash + 1 : 0);
    bool is_official = has_user && span_is((struct span){ parts->path.at, slash + 1 }, OFFICIAL) &&
                       span_find(rest, '/') == rest.length;
    parts->host = (struct span){ "", 0 };
    parts->path = is_official ? rest : parts->path;
}

/* Bytes of the repository with everything spelled out, which is what the engine
 * limits. */
static size_t full_length(const struct parts *parts)
{
    size_t length = parts->path.length;
    if (parts->host.length > 0) {
        return parts->host.length + 1 + length;
    }
    if (span_find(parts->path, '/') == parts->path.length) {
        length += sizeof(OFFICIAL) - 1;
    }
    return sizeof(DEFAULT_HOST "/") - 1 + length;
}

static char *append(char *at, struct span span)
{
    memcpy(at, span.at, span.length);
    return at + span.length;
}

static void reference_write(struct dd_reference *reference, const struct parts *parts)
{
    char *at = reference->text;
    if (parts->host.length > 0) {
        at = append(at, parts->host);
        *at++ = '/';
    }
    at = append(at, parts->path);
    reference->repository_length = (unsigned short)(at - reference->text);
    reference->by_digest = parts->digest.length > 0;
    *at++ = reference->by_digest ? '@' : ':';
    at = append(at, reference->by_digest ? parts->digest : parts->tag);
    assert((size_t)(at - reference->text) <= DD_REFERENCE_MAX);
    *at = '\0';
    reference->length = (unsigned short)(at - reference->text);
}

/* --- most references, in one pass ------------------------------------------------- */

/* So long, or longer, and it could be too long with everything spelled out. */
#define PLAIN_LENGTH (DD_REPOSITORY_MAX - (sizeof(DEFAULT_HOST "/" OFFICIAL) - 1))

/* Where the characters end that are of the @wanted classes. */
static const char *skip(const char *at, unsigned wanted)
{
    while (is_of(*at, wanted)) {
        at++;
    }
    return at;
}

/* Whether the span is @literal; compilers make a few words' comparison of it. */
#define IS_LITERAL(span, literal)                                                                  \
    ((span).length == sizeof(literal) - 1 && memcmp((span).at, literal, sizeof(literal) - 1) == 0)

/* Whether a first component, a host or a user, may be missing in the normal form. */
static bool may_be_left_out(struct span first)
{
    return IS_LITERAL(first, "index." DEFAULT_HOST) || IS_LITERAL(first, DEFAULT_HOST) ||
           IS_LITERAL(first, "library");
}

/* Where the repository ends that begins at @text: runs of small letters and digits, with
 * one of '.', '-' and '/' between two, which are a host or none and a path, whichever is
 * which. NULL: it may be something else, or not its normal form. */
static const char *plain_repository_end(const char *text)
{
    const char *begin = text;
    bool is_first = true; /* component */
    for (;;) {
        const char *end = skip(begin, LOWER | DIGIT);
        if (end == begin) {
            return NULL;
        }
        if (*end == '/' && is_first) {
            is_first = false;
            if (may_be_left_out((struct span){ text, (size_t)(end - text) })) {
                return NULL;
            }
        } else if (*end != '/' && *end != '.' && *end != '-') {
            return end;
        }
        begin = end + 1;
    }
}

#define BLOCK 16

/* By blocks, the last of which ends where the text does: compilers know how long such a
 * text can be at most, and take for that an instruction that is slow to begin. */
static void text_copy(char *to, const char *from, size_t size)
{
    if (size < BLOCK) {
        for (size_t i = 0; i < size; i++) {
            to[i] = from[i];
        }
        return;
    }
    for (size_t at = 0; at < size - BLOCK; at += BLOCK) {
        memcpy(to + at, from + at, BLOCK);
    }
    memcpy(to + size - BLOCK, from + size - BLOCK, BLOCK);
}

/* A repository and a tag in their normal form, nothing left out and nothing unusual, as
 * nearly all are. False, and *out as it was: the grammar above has to say. */
static bool parse_plain(const char *text, struct dd_reference *out)
{
    const char *colon = plain_repository_end(text);
    if (colon == NULL || *colon != ':' || !is_of(colon[1], LOWER | UPPER | DIGIT)) {
        return false;
    }
    const char *end = skip(colon + 1, LOWER | UPPER | DIGIT | MARK);
    size_t length = (size_t)(end - text);
    /* Longer tags may be too long, or digits that make an image ID of it. */
    if (*end != '\0' || end - colon > KNOWN_DIGITS_MIN || length >= PLAIN_LENGTH) {
        return false;
    }
    text_copy(out->text, text, length + 1);
    out->length = (unsigned short)length;
    out->repository_length = (unsigned short)(colon - text);
    out->by_digest = false;
    return true;
}

/* NULL if @text is a reference, else why not. */
static const char *reference_parse(const char *text, struct dd_reference *out)
{
    if (text == NULL || text[0] == '\0') {
        return "empty reference";
    }
    struct span whole = { text, strnlen(text, TEXT_MAX + 1) };
    if (whole.length > TEXT_MAX) {
        return "reference too long";
    }
    if (is_image_id(whole)) {
        return "an image ID is no reference";
    }
    struct parts parts;
    const char *why = parts_parse(whole, &parts);
    if (why != NULL) {
        return why;
    }
    parts_normalise(&parts);
    if (full_length(&parts) > DD_REPOSITORY_MAX) {
        return "repository name too long";
    }
    /* The normal form may be one where the text was not: "docker.io/library/sha256:…". */
    if (parts.host.length == 0 && parts.digest.length == 0 &&
        parts.tag.length >= KNOWN_DIGITS_MIN &&
        are_known_digits(parts.tag, known_digit_count(parts.path))) {
        return "an image ID is no reference";
    }
    reference_write(out, &parts);
    return NULL;
}

enum dd_status dd_reference_parse(const char *text, struct dd_reference *out, const char **why)
{
    if (text != NULL && parse_plain(text, out)) {
        return DD_OK;
    }
    const char *reason = reference_parse(text, out);
    if (reason == NULL) {
        return DD_OK;
    }
    if (why != NULL) {
        *why = reason;
    }
    return DD_EINVAL;
}

const char *dd_reference_suffix(const struct dd_reference *reference)
{
    return reference->text + reference->repository_length + 1;
}
