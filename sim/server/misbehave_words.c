/* How misbehaviours are named, and what those of them say that only say something. */
#include <stdio.h>
#include <string.h>

#include "sim/hash.h"
#include "sim/server/misbehave.h"

#define GARBAGE_SIZE 4096
#define DEPTH 100000
#define NUL_COUNT 64

/* --- names -------------------------------------------------------------------------------- */

static const char *const kind_words[] = {
#define WORD(name, word) word,
    SIM_MISBEHAVIOUR_MAP(WORD)
};

static const char *const endpoint_words[] = { SIM_ENDPOINT_MAP(WORD)
#undef WORD
};

const char *sim_misbehaviour_word(enum sim_misbehaviour_kind kind)
{
    return kind_words[kind];
}

/* The index of the word that @text begins with, up to ":"; @count: none. */
static size_t find_word(const char *const *words, size_t count, const char *text, size_t size)
{
    size_t at = 0;
    while (at < count && (strlen(words[at]) != size || memcmp(words[at], text, size) != 0)) {
        at++;
    }
    return at;
}

static bool refuse(char message[384], const char *what, const char *text, size_t size,
                   const char *const *words, size_t count)
{
    struct fake_bytes all;
    fake_bytes_init(&all);
    for (size_t i = 0; i < count; i++) {
        fake_bytes_text(&all, i == 0 ? "" : i + 1 < count ? ", " : " or ");
        fake_bytes_text(&all, words[i]);
    }
    (void)snprintf(message, 384, "%s \"%.*s\"; expected %s", what, (int)(size < 24 ? size : 24),
                   text, all.at);
    fake_bytes_release(&all);
    return false;
}

static bool read_nth(const char *text, unsigned *nth)
{
    unsigned number = 0;
    size_t digits = 0;
    while (text[digits] >= '0' && text[digits] <= '9' && digits < 7) {
        number = number * 10 + (unsigned)(text[digits++] - '0');
    }
    *nth = number;
    return text[digits] == '\0' && digits < 7 && number > 0;
}

bool sim_misbehaviour_read(const char *text, struct sim_misbehaviour *out, char message[384])
{
    size_t size = strcspn(text, ":");
    size_t kind = find_word(kind_words, SIM_MISBEHAVIOUR_COUNT, text, size);
    *out = (struct sim_misbehaviour){ .kind = (enum sim_misbehaviour_kind)kind };
    if (kind == SIM_MISBEHAVIOUR_COUNT) {
        return refuse(message, "unknown misbehaviour", text, size, kind_words, kind);
    }
    text += size;
    if (*text == '\0') {
        return true;
    }
    size = strcspn(++text, ":");
    size_t call = find_word(endpoint_words, SIM_ENDPOINT_COUNT, text, size);
    if (call == SIM_ENDPOINT_COUNT) {
        return refuse(message, "unknown call", text, size, endpoint_words, call);
    }
    out->call = (enum sim_endpoint)call;
    text += size;
    if (*text != '\0' && !read_nth(text + 1, &out->nth)) {
        (void)snprintf(message, 384, "bad count \"%.24s\"; expected a number from 1 to 999999",
                       text + 1);
        return false;
    }
    return true;
}

/* --- what is asked ------------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

enum sim_endpoint sim_endpoint_of(const char *method, const char *path)
{
    size_t version = strncmp(path, "/v", 2) == 0 ? 2 + strspn(path + 2, "0123456789.") : 0;
    const char *what = version > 2 && path[version] == '/' ? path + version : path;
    bool is_get = strcmp(method, "GET") == 0;
    if (strcmp(what, "/_ping") == 0 || strcmp(what, "/version") == 0) {
        return SIM_ENDPOINT_VERSION;
    }
    if (strcmp(what, "/info") == 0) {
        return SIM_ENDPOINT_INFO;
    }
    if (strcmp(what, "/images/create") == 0) {
        return SIM_ENDPOINT_PULL;
    }
    if (strcmp(what, "/images/json") == 0) {
        return SIM_ENDPOINT_LIST;
    }
    if (strncmp(what, "/images/", 8) == 0 && is_get && ends_with(what, "/json")) {
        return SIM_ENDPOINT_INSPECT;
    }
    if (strncmp(what, "/images/", 8) == 0 && strcmp(method, "DELETE") == 0) {
        return SIM_ENDPOINT_REMOVE;
    }
    return SIM_ENDPOINT_ANY;
}

/* --- words -------------------------------------------------------------------------------- */

static void add_head(struct fake_bytes *out, const char *status, const char *type, size_t length)
{
    fake_bytes_text(out, "HTTP/1.1 ");
    fake_bytes_text(out, status);
    fake_bytes_text(out, "\r\nConnection: close\r\nContent-Type: ");
    fake_bytes_text(out, type);
    fake_bytes_text(out, "\r\nContent-Length: ");
    fake_bytes_decimal(out, length);
    fake_bytes_text(out, "\r\n\r\n");
}

static void add_answer(struct fake_bytes *out, const char *status, const char *type,
                       const char *body)
{
    add_head(out, status, type, strlen(body));
    fake_bytes_text(out, body);
}

static void add_garbage(struct fake_bytes *out)
{
    for (uint64_t i = 0; i < GARBAGE_SIZE; i++) {
        fake_bytes_char(out, (char)(sim_hash_finish(i) & 0xff));
    }
}

#define PAGE "<!DOCTYPE html>\n<html><body><h1>It works!</h1></body></html>\n"
#define JSON "application/json"
#define PART "{\"Id\":\"sha256:0123456789abcdef\",\"RepoTags\":[]}"

bool sim_misbehaviour_words(enum sim_misbehaviour_kind kind, struct fake_bytes *out)
{
    switch (kind) {
    case SIM_MISBEHAVIOUR_EARLY_CLOSE:
        return true;
    case SIM_MISBEHAVIOUR_GARBAGE:
        add_garbage(out);
        return true;
    case SIM_MISBEHAVIOUR_STATUS_500:
        add_answer(out, "500 Internal Server Error", JSON,
                   "{\"message\":\"the engine misbehaves\"}\n");
        return true;
    case SIM_MISBEHAVIOUR_HTML:
        add_answer(out, "200 OK", "text/html", PAGE);
        return true;
    case SIM_MISBEHAVIOUR_HTML_404:
        add_answer(out, "404 Not Found", "text/html", PAGE);
        return true;
    case SIM_MISBEHAVIOUR_REDIRECT:
        fake_bytes_text(out, "HTTP/1.1 301 Moved Permanently\r\nLocation: http://127.0.0.1:1/\r\n"
                             "Connection: close\r\nContent-Length: 0\r\n\r\n");
        return true;
    case SIM_MISBEHAVIOUR_EMPTY:
        add_answer(out, "200 OK", JSON, "");
        return true;
    case SIM_MISBEHAVIOUR_NUL:
        add_head(out, "200 OK", JSON, NUL_COUNT);
        fake_bytes_repeat(out, '\0', NUL_COUNT);
        return true;
    case SIM_MISBEHAVIOUR_DEEP:
        add_head(out, "200 OK", JSON, DEPTH);
        fake_bytes_repeat(out, '[', DEPTH);
        return true;
    case SIM_MISBEHAVIOUR_SHORT_LENGTH:
        add_head(out, "200 OK", JSON, strlen(PART) / 2);
        fake_bytes_text(out, PART);
        return true;
    case SIM_MISBEHAVIOUR_LONG_LENGTH:
        add_head(out, "200 OK", JSON, 2 * strlen(PART));
        fake_bytes_text(out, PART);
        return true;
    case SIM_MISBEHAVIOUR_BAD_CHUNK:
        fake_bytes_text(out, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: " JSON
                             "\r\nTransfer-Encoding: chunked\r\n\r\nsize\r\n" PART "\r\n0\r\n\r\n");
        return true;
    default:
        return false;
    }
}
