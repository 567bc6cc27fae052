/* X-Registry-Auth, as the engine reads it: base64 with the URL's alphabet and padding;
 * what is anything else is silently nobody. */
#include <cjson/cJSON.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/server/exchange.h"

#define LOGIN_MAX 8192

static int digit_of(char c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *at = c != '\0' ? strchr(alphabet, c) : NULL;
    return at != NULL ? (int)(at - alphabet) : -1;
}

/* The size, or -1; @out has room for three quarters of @size. */
static int decode(const char *text, size_t size, char *out)
{
    size_t padding = 0;
    int count = 0;
    uint32_t bits = 0;
    while (padding < 2 && padding < size && text[size - 1 - padding] == '=') {
        padding++;
    }
    if (size % 4 != 0) {
        return -1;
    }
    for (size_t i = 0; i < size; i++) {
        int digit = i < size - padding ? digit_of(text[i]) : 0;
        if (digit < 0) {
            return -1;
        }
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 == 3) {
            out[count++] = (char)(bits >> 16 & 0xff);
            out[count++] = (char)(bits >> 8 & 0xff);
            out[count++] = (char)(bits & 0xff);
        }
    }
    return count - (int)padding;
}

/* Strings are moved together in the login's own text. */
static const char *take(const cJSON *object, const char *name, char **room)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!cJSON_IsString(item) || item->valuestring[0] == '\0') {
        return NULL;
    }
    const char *at = *room;
    size_t size = strlen(item->valuestring) + 1;
    memcpy(*room, item->valuestring, size);
    *room += size;
    return at;
}

static void wipe(void *at, size_t size)
{
    volatile char *byte = at;
    while (size-- > 0) {
        *byte++ = 0;
    }
}

static void wipe_strings(const cJSON *object)
{
    for (const cJSON *item = object != NULL ? object->child : NULL; item != NULL;
         item = item->next) {
        if (item->valuestring != NULL) {
            wipe(item->valuestring, strlen(item->valuestring));
        }
    }
}

void sim_login_read(struct sim_login *login, const char *header)
{
    size_t length = header != NULL ? strlen(header) : 0;
    *login = (struct sim_login){ .text = NULL };
    if (length == 0 || length > LOGIN_MAX) {
        return;
    }
    char *json = fake_memory_alloc(length);
    int size = decode(header, length, json);
    cJSON *object = size > 0 ? cJSON_ParseWithLength(json, (size_t)size) : NULL;
    login->size = length + 4;
    login->text = fake_memory_alloc(login->size);
    char *room = login->text;
    login->credentials.username = take(object, "username", &room);
    login->credentials.password = take(object, "password", &room);
    login->credentials.identity_token = take(object, "identitytoken", &room);
    login->credentials.server_address = take(object, "serveraddress", &room);
    login->readable = object != NULL;
    wipe_strings(object);
    cJSON_Delete(object);
    wipe(json, length);
    fake_memory_free(json);
}

void sim_login_release(struct sim_login *login)
{
    if (login->text != NULL) {
        wipe(login->text, login->size);
        fake_memory_free(login->text);
    }
    *login = (struct sim_login){ .text = NULL };
}
