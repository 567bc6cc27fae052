#include "coord/backend/registry_auth.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "coord/backend/writer.h"
#include "coord/memory.h"

static void put_string(struct dd__writer *writer, const char *text)
{
    static const char hex[] = "0123456789abcdef";

    dd__writer_put(writer, '"');
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            dd__writer_put(writer, '\\');
            dd__writer_put(writer, *text);
        } else if (c < 0x20) {
            dd__writer_text(writer, "\\u00");
            dd__writer_put(writer, hex[c >> 4]);
            dd__writer_put(writer, hex[c & 15]);
        } else {
            dd__writer_put(writer, *text);
        }
    }
    dd__writer_put(writer, '"');
}

static void put_member(struct dd__writer *writer, const char *name, const char *value,
                       bool *is_first)
{
    if (value == NULL) {
        return;
    }
    dd__writer_text(writer, *is_first ? "{\"" : ",\"");
    dd__writer_text(writer, name);
    dd__writer_text(writer, "\":");
    put_string(writer, value);
    *is_first = false;
}

static void put_credentials(struct dd__writer *writer, const struct dd_credentials *credentials)
{
    bool is_first = true;

    if (credentials->identity_token != NULL) {
        put_member(writer, "identitytoken", credentials->identity_token, &is_first);
    } else {
        put_member(writer, "username", credentials->username, &is_first);
        put_member(writer, "password", credentials->password, &is_first);
    }
    put_member(writer, "serveraddress", credentials->server_address, &is_first);
    dd__writer_text(writer, is_first ? "{}" : "}");
}

/* RFC 4648, section 5: the alphabet with '-' and '_', with padding. */
static void encode(const char *bytes, size_t size, char *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)(unsigned char)bytes[i] << 16;

        group |= left > 1 ? (uint32_t)(unsigned char)bytes[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)(unsigned char)bytes[i + 2] : 0;
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        *out++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *out++ = left > 2 ? alphabet[group & 63] : '=';
        dd__wipe(&group, sizeof group);
    }
    *out = '\0';
}

char *dd__registry_auth_header(const struct dd_credentials *credentials)
{
    static const char name[] = DD__REGISTRY_AUTH_NAME;
    struct dd__writer measure = { .at = NULL };
    struct dd__writer json = { .at = NULL };
    char *header = NULL;

    put_credentials(&measure, credentials);
    json.at = malloc(measure.size);
    if (json.at != NULL) {
        header = malloc(sizeof name + (measure.size + 2) / 3 * 4);
    }
    if (header != NULL) {
        put_credentials(&json, credentials);
        memcpy(header, name, sizeof name - 1);
        encode(json.at, json.size, header + sizeof name - 1);
    }
    if (json.at != NULL) {
        dd__wipe(json.at, measure.size);
        free(json.at);
    }
    return header;
}

void dd__registry_auth_free(char *header)
{
    if (header != NULL) {
        dd__wipe(header, strlen(header));
        free(header);
    }
}
