/* Messages without secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "coord/text.h"

static void assert_redacted(const char *in, const char *out)
{
    char buffer[DD__MESSAGE_MAX + 1];
    struct dd__text text;
    dd__text_init(&text, buffer, sizeof(buffer));
    dd__text_redacted(&text, in);
    assert_string_equal(buffer, out);
}

/* An engine's usual messages stay as they are, word for word. */
static void test_redact_keeps_plain_messages(void **state)
{
    (void)state;
    static const char *const plain[] = {
        "",
        "manifest for 127.0.0.1:5055/team/app:nope not found: manifest unknown: manifest unknown",
        "unauthorized: authentication required",
        "Head \"http://127.0.0.1:5056/v2/team/app/manifests/7\": no basic auth credentials",
        "Get \"http://127.0.0.1:5999/v2/\": dial tcp 127.0.0.1:5999: connect: connection refused",
        "Get \"https://[::1]:5000/v2/\": EOF",
        "pull access denied for x, repository does not exist or may require 'docker login'",
        "failed to fetch oauth token: unexpected status: 401 Unauthorized",
        "unauthorized: incorrect username or password",
        "app@sha256:3e229c80fe835c9302e29d90f9fcca0bc780ff69121a5bb5c2ff598ac07777e1",
        "Get \"https://r.io/v2/app@sha256:3e229c80\": EOF",
        "conflict: unable to delete 932b67386888 (must be forced) - image is being used by a",
        "is it http? or tcp? mail a@b.org",
        "token",
        "password:",
        "Bearer",
        "open /etc/passwd: permission denied",
        "cannot connect to the engine at unix:///etc/passwd: that is no socket",
        "cannot connect to the engine at unix:///run/my-key: there is no such socket",
    };
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        assert_redacted(plain[i], plain[i]);
    }
}

/* A path hides no credentials: in it, too, a value that stands close is hidden, and a word
 * that is but behind a slash is in no path. */
static void test_redact_looks_into_paths(void **state)
{
    (void)state;
    assert_redacted("GET /v2/token=hunter2 failed", "GET /v2/token=*** failed");
    assert_redacted("GET /v2/password:hunter2 failed", "GET /v2/password:*** failed");
    assert_redacted("https://r.io/password=hunter2", "https://r.io/password=***");
    assert_redacted("bad user/password: hunter2", "bad user/password: ***");
    assert_redacted("bad \"user/password: hunter2", "bad \"user/password: ***");
}

/* The userinfo of a URL is hidden, however it is written, and nothing else. */
static void test_redact_userinfo(void **state)
{
    (void)state;
    assert_redacted("Get \"https://alice:hunter2@r.io/v2/\": EOF",
                    "Get \"https://***@r.io/v2/\": EOF");
    assert_redacted("http://alice@r.io:5000/x", "http://***@r.io:5000/x");
    assert_redacted("http://alice:a@b@r.io/x", "http://***@r.io/x");
    assert_redacted("http://alice:a/b?c#d@r.io/x", "http://***@r.io/x");
    assert_redacted("http://alice:@[::1]:5000/x", "http://***@[::1]:5000/x");
    assert_redacted("proxy http://u:p@one then socks5://u:q@two.",
                    "proxy http://***@one then socks5://***@two.");
    assert_redacted("://u:p@h", "://***@h");
}

/* The query of a URL may be a signature: it is hidden whole. */
static void test_redact_query(void **state)
{
    (void)state;
    assert_redacted("Get \"https://s3/blob?X-Amz-Signature=abc&x=1\": EOF",
                    "Get \"https://s3/blob?***\": EOF");
    assert_redacted("https://a/b? what?", "https://a/b? what?");
    assert_redacted("https://a/b \"or what?\"x?y", "https://a/b \"or what?\"x?y");
    assert_redacted("http://@r.io/v2?a", "http://@r.io/v2?***");
}

/* Headers and tokens lose their value. */
static void test_redact_tokens(void **state)
{
    (void)state;
    assert_redacted("sent Bearer eyJhbGciOi.J9-_x/= to it", "sent Bearer *** to it");
    assert_redacted("bearer abc", "bearer ***");
    assert_redacted("bearer   abc", "bearer   ***");
    assert_redacted("auth=bearer   abc x", "auth=*** x");
    assert_redacted("Authorization: Bearer abc def", "Authorization: ***");
    assert_redacted("Authorization: Digest user=\"bob\", nonce=x\nnext", "Authorization: ***?next");
    assert_redacted("authorization=Basic YTpi", "authorization=***");
    assert_redacted("X-Registry-Auth: eyJ1c2VybmFtZSI6", "X-Registry-Auth: ***");
    assert_redacted("-H 'Proxy-Authorization: Basic YTpi' -v", "-H 'Proxy-Authorization: ***");
    assert_redacted("{\"Authorization\":\"Basic YTpi\"}", "{\"Authorization\":\"***\"}");
}

/* Fields called password, token and the like lose theirs, in JSON, in forms and
 * in plain words. */
static void test_redact_fields(void **state)
{
    (void)state;
    assert_redacted("{\"username\":\"bob\",\"password\":\"hunter2\",\"x\":1}",
                    "{\"username\":\"bob\",\"password\":\"***\",\"x\":1}");
    assert_redacted("{\\\"identitytoken\\\":\\\"abc\\\"}", "{\\\"identitytoken\\\":\\\"***\"}");
    assert_redacted("{\"token\": \"a b\\\"c\"}", "{\"token\": \"***\"}");
    assert_redacted("grant_type=password&password=a%20b&refresh_token=xyz rest",
                    "grant_type=password&password=***&refresh_token=*** rest");
    assert_redacted("PASSWORD: hunter2, sorry", "PASSWORD: ***, sorry");
    assert_redacted("token:abc secret=def", "token:*** secret=***");
    assert_redacted("{\"auth\":\"YTpi\"}", "{\"auth\":\"***\"}");
}

/* So do keys that end in such a word, however they are put together. */
static void test_redact_keys_by_their_end(void **state)
{
    (void)state;
    assert_redacted("authToken=abc refreshToken: def", "authToken=*** refreshToken: ***");
    assert_redacted("apikey=abc api_key: def api-key:ghi", "apikey=*** api_key: *** api-key:***");
    assert_redacted("AWS_SECRET_ACCESS_KEY=abc/d+e x", "AWS_SECRET_ACCESS_KEY=*** x");
    assert_redacted("accessKey: abc secretkey: def", "accessKey: *** secretkey: ***");
    assert_redacted("pass=abc DB_PASS=def {\"pass\":\"g h\"}",
                    "pass=*** DB_PASS=*** {\"pass\":\"***\"}");
    assert_redacted("--password=abc --registry-passwd def userpassword: ghi",
                    "--password=*** --registry-passwd def userpassword: ***");
    assert_redacted("client-secret: abc clientsecret=def", "client-secret: *** clientsecret=***");
    assert_redacted("at %3Ftoken=abc&x", "at %3Ftoken=***&x");
    assert_redacted("\"privateKey\" : \"a\\nb\"", "\"privateKey\" : \"***\"");
    assert_redacted("Key=abc", "Key=***");
}

/* Words that only end like one, and are followed by a colon as in plain messages and in
 * references, stay. */
static void test_redact_keeps_words_that_end_so(void **state)
{
    (void)state;
    static const char *const plain[] = {
        "manifest for acme/monkey:7 not found",
        "acme/mytoken:7",
        "bad key: not found",
        "pass: 3 tests, bypass=no",
        "keyboard=de tokens=3 passwords: 2",
        "auth: denied",
    };
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        assert_redacted(plain[i], plain[i]);
    }
}

/* Cookies are hidden to the end of their line. */
static void test_redact_cookies(void **state)
{
    (void)state;
    assert_redacted("Cookie: a=b; c=d\nnext", "Cookie: ***?next");
    assert_redacted("set-cookie: session=abc; Path=/", "set-cookie: ***");
}

/* Basic is hidden outside of a header, too, where what follows is no word. */
static void test_redact_basic(void **state)
{
    (void)state;
    assert_redacted("sent Basic YTpi to it", "sent Basic *** to it");
    assert_redacted("basic dXNlcjpwYXNzd29yZA==, x", "basic ***, x");
    assert_redacted("no basic auth credentials", "no basic auth credentials");
    assert_redacted("Basic Authentication required", "Basic Authentication required");
    assert_redacted("Basic realm=\"r\"", "Basic realm=\"r\"");
    assert_redacted("auth=basic auth", "auth=***");
}

/* A login before a host is hidden without a scheme, too; a tag before a digest is none. */
static void test_redact_logins(void **state)
{
    (void)state;
    assert_redacted("dial alice:hunter2@r.io:5000: refused", "dial ***@r.io:5000: refused");
    assert_redacted("(alice:hunter2@r.io)", "(***@r.io)");
    assert_redacted("proxy=alice:a@b@r.io", "***@r.io");
    assert_redacted("\"alice:@r.io\"", "\"***@r.io\"");
    assert_redacted("alice:hunter2@r.io/app@sha256:3e229c80", "***@r.io/app@sha256:3e229c80");
    assert_redacted("pull r.io:5000/app:7@sha256:3e229c80", "pull r.io:5000/app:7@sha256:3e229c80");
    assert_redacted("mail to: alice@r.io", "mail to: alice@r.io");
    assert_redacted("http://r.io:5000/a@b", "http://r.io:5000/a@b");
}

/* Where a value begins with a scheme, or turns out to be a key itself, what comes
 * behind is the secret. */
static void test_redact_values_in_values(void **state)
{
    (void)state;
    assert_redacted("auth= \"password\":\"hunter2\" x", "auth= \"***\" x");
    assert_redacted("auth=Bearer abc def", "auth=*** def");
    assert_redacted("token: \"x\" : 'hunter2' y", "token: \"x\" : 'hunter2' y");
    assert_redacted("token=\"x\" : 'hunter2' y", "token=\"***' y");
    assert_redacted("secret=password: hunter2, x", "secret=***, x");
    assert_redacted("secret=Authorization: Basic a b\nx", "secret=***?x");
    assert_redacted("password=basic password=bearer abc x", "password=*** x");
    assert_redacted("bearer Bearer abc x", "bearer *** x");
    assert_redacted("password=", "password=");
    assert_redacted("password=bearer ", "password=***");
    assert_redacted("password=\"a\":", "password=\"***");
}

/* Control characters do not come through, beside a secret neither. */
static void test_redact_control_characters(void **state)
{
    (void)state;
    assert_redacted("a\r\nb\x1b[0m", "a??b?[0m");
    assert_redacted("http://u:p@h\x1b[0m", "http://***@h?[0m");
}

/* NULL is nothing, and whatever the length, the text is cut and ended. */
static void test_redact_bounded(void **state)
{
    (void)state;
    assert_redacted(NULL, "");
    char huge[20000];
    memset(huge, 'x', sizeof(huge));
    huge[sizeof(huge) - 1] = '\0';
    char buffer[DD__MESSAGE_MAX + 1];
    struct dd__text text;
    dd__text_init(&text, buffer, sizeof(buffer));
    dd__text_redacted(&text, huge);
    assert_true(text.is_cut);
    assert_int_equal(strlen(buffer), DD__MESSAGE_MAX);
}

/* A secret whose end lies beyond what is read is hidden as well. */
static void test_redact_secret_beyond_what_is_read(void **state)
{
    (void)state;
    char huge[DD__REDACTED_READ_MAX * 2];
    memset(huge, 'x', sizeof(huge));
    memcpy(huge, "http://alice:", 13);
    memcpy(huge + sizeof(huge) - 8, "@host/a", 8);
    assert_redacted(huge, "http://***");
    memset(huge, 'x', sizeof(huge));
    memcpy(huge, "password=", 9);
    huge[sizeof(huge) - 1] = '\0';
    assert_redacted(huge, "password=***");
    memset(huge, 'x', sizeof(huge));
    memcpy(huge, "as alice:", 9);
    memcpy(huge + sizeof(huge) - 6, "@host", 6);
    assert_redacted(huge, "as ***");
}

/* A password never comes through, wherever in a message its URL stands. */
static void test_redact_at_every_offset(void **state)
{
    (void)state;
    char message[DD__REDACTED_READ_MAX + 64];
    const char *url = "http://bob:hunter2@host/v2/";
    for (size_t offset = 0; offset < 600; offset += 1) {
        char buffer[DD__MESSAGE_MAX + 1];
        struct dd__text text;
        memset(message, ' ', offset);
        memcpy(message + offset, url, strlen(url) + 1);
        dd__text_init(&text, buffer, sizeof(buffer));
        dd__text_redacted(&text, message);
        assert_null(strstr(buffer, "hun"));
        assert_null(strstr(buffer, "bob"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redact_keeps_plain_messages),
        cmocka_unit_test(test_redact_looks_into_paths),
        cmocka_unit_test(test_redact_userinfo),
        cmocka_unit_test(test_redact_query),
        cmocka_unit_test(test_redact_tokens),
        cmocka_unit_test(test_redact_fields),
        cmocka_unit_test(test_redact_keys_by_their_end),
        cmocka_unit_test(test_redact_keeps_words_that_end_so),
        cmocka_unit_test(test_redact_cookies),
        cmocka_unit_test(test_redact_basic),
        cmocka_unit_test(test_redact_logins),
        cmocka_unit_test(test_redact_values_in_values),
        cmocka_unit_test(test_redact_control_characters),
        cmocka_unit_test(test_redact_bounded),
        cmocka_unit_test(test_redact_secret_beyond_what_is_read),
        cmocka_unit_test(test_redact_at_every_offset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
