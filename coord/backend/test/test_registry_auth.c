/* The header with the credentials (H27). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "coord/backend/registry_auth.h"

/* RFC 4648's base64url, strict: exactly padded, no other alphabet. */
static void decode(const char *text, char *out, size_t out_size)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t length = strlen(text);
    size_t size = 0;

    assert_int_equal(length % 4, 0);
    for (size_t i = 0; i < length; i += 4) {
        unsigned group = 0;
        size_t padding = text[i + 3] != '=' ? 0 : text[i + 2] != '=' ? 1 : 2;

        assert_true(padding == 0 || i + 4 == length);
        for (size_t k = 0; k < 4 - padding; k++) {
            const char *at = strchr(alphabet, text[i + k]);
            assert_true(at != NULL && *at != '\0');
            group |= (unsigned)(at - alphabet) << (18 - 6 * k);
        }
        for (size_t k = 0; k < 3 - padding; k++) {
            assert_true(size + 1 < out_size);
            out[size++] = (char)(group >> (16 - 8 * k) & 0xFF);
        }
    }
    out[size] = '\0';
}

static void check(const struct dd_credentials *credentials, const char *json)
{
    char *header = dd__registry_auth_header(credentials);
    char decoded[1024];

    assert_non_null(header);
    assert_memory_equal(header, DD__REGISTRY_AUTH_NAME, strlen(DD__REGISTRY_AUTH_NAME));
    decode(header + strlen(DD__REGISTRY_AUTH_NAME), decoded, sizeof decoded);
    assert_string_equal(decoded, json);
    dd__registry_auth_free(header);
}

/* Name and password are one form, an identity token is the other, and goes first. */
static void test_auth_has_two_forms(void **state)
{
    (void)state;
    check(&(struct dd_credentials){ .username = "alice",
                                    .password = "secret",
                                    .server_address = "host:5000" },
          "{\"username\":\"alice\",\"password\":\"secret\",\"serveraddress\":\"host:5000\"}");
    check(&(struct dd_credentials){ .identity_token = "token",
                                    .username = "alice",
                                    .password = "secret",
                                    .server_address = "host:5000" },
          "{\"identitytoken\":\"token\",\"serveraddress\":\"host:5000\"}");
    check(&(struct dd_credentials){ .username = "alice" }, "{\"username\":\"alice\"}");
    check(&(struct dd_credentials){ .server_address = NULL }, "{}");
}

/* Whatever the length of what is encoded, it is padded; a missing '=' would make the
 * pull anonymous without a word. */
static void test_auth_is_padded(void **state)
{
    char password[40] = "";
    char json[128];

    (void)state;
    for (size_t length = 0; length < sizeof password - 1; length++) {
        (void)snprintf(json, sizeof json, "{\"password\":\"%s\"}", password);
        check(&(struct dd_credentials){ .password = password }, json);
        password[length] = '?'; /* gives '_' and, shifted, others */
        password[length + 1] = '\0';
    }
}

/* Quotes, backslashes and control characters are escaped; other bytes stand. */
static void test_auth_escapes(void **state)
{
    (void)state;
    check(&(struct dd_credentials){ .password = "a\"b\\c\n\x01\x1F\xC3\xA4/" },
          "{\"password\":\"a\\\"b\\\\c\\u000a\\u0001\\u001f\xC3\xA4/\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_auth_has_two_forms),
        cmocka_unit_test(test_auth_is_padded),
        cmocka_unit_test(test_auth_escapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
