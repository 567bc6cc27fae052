#include "coord/backend/engine_address.h"

#include <stdlib.h>
#include <string.h>

#define TCP_HOST_DEFAULT "localhost"
#define TCP_PORT_DEFAULT "2375"
#define TCP_HOST_MAX 255
#define PORT_MAX 65535

/* A part of the text that is read. */
struct span {
    const char *at;
    size_t size;
};

static enum dd_status refuse(struct dd__text *why, const char *text, const char *reason)
{
    dd__text_string(why, "the engine's address \"");
    dd__text_redacted(why, text);
    dd__text_string(why, "\" ");
    dd__text_string(why, reason);
    return DD_EINVAL;
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_made_of(struct span span, const char *others)
{
    for (size_t i = 0; i < span.size; i++) {
        if (!is_letter_or_digit(span.at[i]) &&
            (span.at[i] == '\0' || strchr(others, span.at[i]) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool is_port(struct span span)
{
    unsigned number = 0;

    for (size_t i = 0; i < span.size; i++) {
        if (span.at[i] < '0' || span.at[i] > '9' || number > PORT_MAX) {
            return false;
        }
        number = number * 10 + (unsigned)(span.at[i] - '0');
    }
    return number > 0 && number <= PORT_MAX;
}

/* @text up to the first of @ends, which @text then begins with. */
static struct span take_until(const char **text, const char *ends)
{
    struct span span = { *text, strcspn(*text, ends) };

    *text += span.size;
    return span;
}

static enum dd_status unix_read(const char *given, const char *path, struct dd__engine_address *out,
                                struct dd__text *why)
{
    struct dd__text shown;
    size_t length = strlen(path);

    if (length > DD__SOCKET_PATH_MAX) {
        return refuse(why, given, "is longer than the path of a socket may be (107 bytes)");
    }
    if (strstr(path, "://") != NULL) {
        return refuse(why, given, "is malformed: expected unix:///PATH");
    }
    *out = (struct dd__engine_address){ .base_url = "http://localhost" };
    memcpy(out->socket_path, path, length);
    dd__text_init(&shown, out->shown, sizeof out->shown);
    dd__text_string(&shown, "unix://");
    dd__text_printable(&shown, path);
    return DD_OK;
}

/* HOST, [IPV6] or nothing, then :PORT or nothing, then /PATH or nothing. */
static enum dd_status tcp_read(const char *given, const char *rest, struct dd__engine_address *out,
                               struct dd__text *why)
{
    static const char malformed[] = "is malformed: expected tcp://HOST[:PORT][/PATH]";
    struct span host = { TCP_HOST_DEFAULT, strlen(TCP_HOST_DEFAULT) };
    struct span port = { TCP_PORT_DEFAULT, strlen(TCP_PORT_DEFAULT) };
    struct span path;
    struct dd__text text;
    bool is_bracketed = *rest == '[';

    if (strchr(rest, '@') != NULL) {
        return refuse(why, given, malformed);
    }
    if (is_bracketed) {
        rest++;
        host = take_until(&rest, "]/");
        if (*rest++ != ']' || host.size == 0 || !is_made_of(host, ":.")) {
            return refuse(why, given, malformed);
        }
    } else if (*rest != '\0' && *rest != ':' && *rest != '/') {
        host = take_until(&rest, ":/");
        if (!is_made_of(host, ".-_")) {
            return refuse(why, given, malformed);
        }
    }
    if (*rest == ':') {
        rest++;
        port = take_until(&rest, "/");
        if (!is_port(port)) {
            return refuse(why, given, "is malformed: expected a port from 1 to 65535");
        }
    }
    path = (struct span){ rest, strlen(rest) };
    while (path.size > 0 && path.at[path.size - 1] == '/') {
        path.size--;
    }
    if ((*rest != '\0' && *rest != '/') || host.size > TCP_HOST_MAX || !is_made_of(path, "/.-_~")) {
        return refuse(why, given, malformed);
    }
    *out = (struct dd__engine_address){ .socket_path = "" };
    dd__text_init(&text, out->base_url, sizeof out->base_url);
    dd__text_string(&text, is_bracketed ? "http://[" : "http://");
    dd__text_bytes(&text, host.at, host.size);
    dd__text_string(&text, is_bracketed ? "]:" : ":");
    dd__text_bytes(&text, port.at, port.size);
    dd__text_bytes(&text, path.at, path.size);
    dd__text_init(&text, out->shown, sizeof out->shown);
    dd__text_string(&text, "tcp://");
    dd__text_string(&text, out->base_url + strlen("http://"));
    return DD_OK;
}

static const char *after_prefix(const char *text, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static enum dd_status address_read(const char *given, struct dd__engine_address *out,
                                   struct dd__text *why)
{
    const char *rest;

    if ((rest = after_prefix(given, "unix://")) != NULL) {
        /* As the docker command has it: no path is the default's. */
        return unix_read(given, *rest != '\0' ? rest : DD__SOCKET_DEFAULT, out, why);
    }
    if ((rest = after_prefix(given, "tcp://")) != NULL) {
        return tcp_read(given, rest, out, why);
    }
    if (strstr(given, "://") == NULL) {
        return tcp_read(given, given, out, why);
    }
    return refuse(why, given, "is not supported: expected unix://PATH or tcp://HOST[:PORT]");
}

enum dd_status dd__engine_address_read(const char *text, struct dd__engine_address *out,
                                       struct dd__text *why)
{
    static const char blanks[] = " \t\r\n";
    char given[DD__ADDRESS_MAX + 1];
    size_t length;

    text += strspn(text, blanks);
    length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]) != NULL) {
        length--;
    }
    if (length > DD__ADDRESS_MAX) {
        return refuse(why, "…", "is too long");
    }
    memcpy(given, text, length);
    given[length] = '\0';
    return address_read(length == 0 ? DD__ADDRESS_DEFAULT : given, out, why);
}

const char *dd__engine_address_environment(struct dd__text *why)
{
    const char *host = getenv("DOCKER_HOST");
    const char *verify = getenv("DOCKER_TLS_VERIFY");

    if (verify != NULL && verify[0] != '\0') {
        /* The docker command would speak TLS; without it credentials would go
         * over the wire as they are. */
        dd__text_string(why, "DOCKER_TLS_VERIFY is set, and TLS is not supported");
        return NULL;
    }
    return host == NULL ? "" : host;
}
