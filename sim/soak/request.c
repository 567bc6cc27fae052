#include "sim/soak/request.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = {
#define SIM_REQUEST_WORD(name, word) [SIM_REQUEST_##name] = (word),
    SIM_REQUEST_KIND_MAP(SIM_REQUEST_WORD)
#undef SIM_REQUEST_WORD
};

const char *sim_request_word(enum sim_request_kind kind)
{
    return words[kind];
}

void sim_request_repository(const char *reference, char out[SIM_REQUEST_NAME_SIZE])
{
    size_t length = strcspn(reference, "@");
    const char *slash = strrchr(reference, '/');
    const char *tag = strrchr(reference, ':');
    out[0] = '\0';
    if (strncmp(reference, "sha256:", 7) == 0) {
        return;
    }
    if (reference[length] == '\0' && tag != NULL && (slash == NULL || tag > slash)) {
        length = (size_t)(tag - reference);
    }
    if (length < SIM_REQUEST_NAME_SIZE) {
        (void)snprintf(out, SIM_REQUEST_NAME_SIZE, "%.*s", (int)length, reference);
    }
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* @length bytes of @from without their %XX, appended to @name. */
static void append_decoded(char name[SIM_REQUEST_NAME_SIZE], const char *from, size_t length)
{
    size_t used = strlen(name);
    for (size_t i = 0; i < length && used + 1 < SIM_REQUEST_NAME_SIZE; i++) {
        bool escaped = from[i] == '%' && i + 2 < length && hex_digit(from[i + 1]) >= 0 &&
                       hex_digit(from[i + 2]) >= 0;
        if (escaped) {
            name[used++] = (char)(hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2]));
            i += 2;
        } else {
            name[used++] = from[i];
        }
    }
    name[used] = '\0';
}

/* The value of @key in @query; NULL: it is not there. */
static const char *query_value(const char *query, const char *key, size_t *length)
{
    size_t key_length = strlen(key);
    while (*query != '\0') {
        size_t pair = strcspn(query, "&");
        if (pair > key_length && strncmp(query, key, key_length) == 0 && query[key_length] == '=') {
            *length = pair - key_length - 1;
            return query + key_length + 1;
        }
        query += pair + (query[pair] == '&' ? 1 : 0);
    }
    return NULL;
}

static void read_pull(struct sim_request *request, const char *query)
{
    size_t length;
    const char *from = query_value(query, "fromImage", &length);
    if (from == NULL) {
        return;
    }
    append_decoded(request->name, from, length);
    const char *tag = query_value(query, "tag", &length);
    if (tag == NULL) {
        return; /* every tag: no call of ours */
    }
    char decoded[SIM_REQUEST_NAME_SIZE] = "";
    append_decoded(decoded, tag, length);
    append_decoded(request->name, strchr(decoded, ':') != NULL ? "@" : ":", 1);
    append_decoded(request->name, decoded, strlen(decoded));
    request->kind = SIM_REQUEST_PULL;
}

static bool ends_with(const char *text, size_t length, const char *end)
{
    size_t end_length = strlen(end);
    return length > end_length && strncmp(text + length - end_length, end, end_length) == 0;
}

static void read_image(struct sim_request *request, const char *method, const char *name,
                       const char *query)
{
    size_t length = strcspn(name, "?");
    size_t force_length;
    if (strcmp(method, "GET") == 0 && ends_with(name, length, "/json")) {
        request->kind = SIM_REQUEST_INSPECT;
        append_decoded(request->name, name, length - strlen("/json"));
    } else if (strcmp(method, "DELETE") == 0) {
        const char *force = query_value(query, "force", &force_length);
        request->kind = SIM_REQUEST_REMOVE;
        append_decoded(request->name, name, length);
        request->by_force = force != NULL &&
                            !(force_length == 5 && strncmp(force, "false", 5) == 0) &&
                            !(force_length == 1 && *force == '0');
    }
}

/* Without "/v1.41". */
static const char *unversioned(const char *target)
{
    size_t digits = 0;
    if (target[0] == '/' && target[1] == 'v') {
        digits = strspn(target + 2, "0123456789.");
    }
    return digits > 0 && target[2 + digits] == '/' ? target + 2 + digits : target;
}

struct sim_request sim_request_read(const char *method, const char *target)
{
    struct sim_request request = { .kind = SIM_REQUEST_UNKNOWN };
    const char *path = unversioned(target);
    size_t length = strcspn(path, "?");
    const char *query = path[length] == '?' ? path + length + 1 : "";
    bool gets = strcmp(method, "GET") == 0;
    if (length == strlen("/_ping") && strncmp(path, "/_ping", length) == 0) {
        request.kind = gets || strcmp(method, "HEAD") == 0 ? SIM_REQUEST_PING : SIM_REQUEST_UNKNOWN;
    } else if (gets && ((length == 5 && strncmp(path, "/info", 5) == 0) ||
                        (length == 8 && strncmp(path, "/version", 8) == 0))) {
        request.kind = SIM_REQUEST_IDENTIFY;
    } else if (strcmp(method, "POST") == 0 && length == strlen("/images/create") &&
               strncmp(path, "/images/create", length) == 0) {
        read_pull(&request, query);
    } else if (gets && length == strlen("/images/json") &&
               strncmp(path, "/images/json", length) == 0) {
        request.kind = SIM_REQUEST_LIST;
    } else if (strncmp(path, "/images/", strlen("/images/")) == 0) {
        read_image(&request, method, path + strlen("/images/"), query);
    }
    request.by_id = strncmp(request.name, "sha256:", 7) == 0;
    sim_request_repository(request.name, request.repository);
    return request;
}
