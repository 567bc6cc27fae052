/*
 * What an engine may answer: any text is classified, as an answer and as a line of a
 * stream, and no text brings a password to light, whatever stands around it.
 *
 * Input: which secret (one byte), the transport (one byte), the HTTP status (two
 * bytes), the text before the secret, a NUL, the text behind it.
 */
#include "coord/classify.h"
#include "coord/stream.h"
#include "coord/text.h"
#include "fuzz/target.h"

#define HEAD_SIZE 4
#define SECRET "Zq7Xw9Kv3Jp"
#define SECRET_PART 4 /* so much of it in a row is a leak */

/* How a secret stands in a text, and what before it would make it something else: a
 * quote that was opened ends at the next one. */
struct plant {
    const char *text;
    const char *not_after;
};

static const struct plant plants[] = {
    { "", "" },
    { " https://alice:" SECRET "@registry.example/v2/", "" },
    { " http://" SECRET "@[::1]:5000/", "" },
    { " https://registry.example/token?account=" SECRET " ", "" },
    { " password=" SECRET " ", "" },
    { "\nAuthorization: Basic " SECRET "\n", "" },
    { " Bearer " SECRET " ", "" },
    { "\nX-Registry-Auth: " SECRET "\n", "" },
    { " \"password\":\"" SECRET "\" ", "\"'`\\" },
    { " {\\\"identitytoken\\\":\\\"" SECRET "\\\"} ", "\"'`\\" },
    { " AWS_SECRET_ACCESS_KEY=" SECRET " ", "" },
    { " apiKey: " SECRET " ", "" },
    { "\nCookie: sid=" SECRET "; path=/\n", "" },
    { " Basic " SECRET " ", "" },
    { " alice:" SECRET "@registry.example/v2/ ", "" },
};

#define PLANT_COUNT (sizeof(plants) / sizeof(plants[0]))

static bool has_part_of_secret(const char *text)
{
    for (size_t i = 0; i + SECRET_PART < sizeof(SECRET); i++) {
        char part[SECRET_PART + 1];
        memcpy(part, &SECRET[i], SECRET_PART);
        part[SECRET_PART] = '\0';
        if (strstr(text, part) != NULL) {
            return true;
        }
    }
    return false;
}

static void check_message(const char *message, size_t size, bool secret)
{
    size_t length = strlen(message);
    FUZZ_MUST(length < size);
    FUZZ_MUST(!secret || !has_part_of_secret(message));
    for (size_t i = 0; i < length; i++) {
        FUZZ_MUST((unsigned char)message[i] >= 0x20 && message[i] != 0x7F);
    }
}

static void check_verdict(struct dd__verdict verdict)
{
    FUZZ_MUST(dd_status_text(verdict.status)[0] != '\0');
    FUZZ_MUST((verdict.status == DD_ECONFLICT) == (verdict.conflict != DD_CONFLICT_NONE));
}

static void check_text(const char *text, const uint8_t head[HEAD_SIZE], bool secret)
{
    char message[DD__MESSAGE_MAX + 1];
    struct dd__text builder;
    struct dd__stream stream;
    const struct dd_answer answer = {
        .transport = (enum dd_transport)(head[1] % (DD_TRANSPORT_CANCELLED + 1)),
        .http_status = (unsigned)head[2] << 8 | head[3],
        .text = text,
    };
    check_verdict(dd__classify(&answer));
    check_verdict(dd__classify_text(text));
    FUZZ_MUST(dd__classify_text(text).status != DD_OK);

    dd__text_init(&builder, message, sizeof(message));
    dd__text_redacted(&builder, text);
    check_message(message, sizeof(message), secret);

    dd__stream_init(&stream);
    FUZZ_MUST(!dd__stream_line(&stream, &(struct dd_line){ .status = text, .id = text }));
    FUZZ_MUST(!stream.failed);
    FUZZ_MUST(stream.digest[0] == '\0' || dd_digest_is_valid(stream.digest));
    FUZZ_MUST((unsigned)dd__phase_of(&(struct dd_line){ .status = text }) < DD__PHASE_COUNT);
    FUZZ_MUST(dd__stream_line(&stream, &(struct dd_line){ .error = text }));
    FUZZ_MUST(stream.failed);
    check_verdict(stream.failure);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD_SIZE) {
        return 0;
    }
    const struct plant *plant = &plants[data[0] % PLANT_COUNT];
    char *input = fuzz_string(data + HEAD_SIZE, size - HEAD_SIZE);
    size_t before = strlen(input);
    const char *behind = before < size - HEAD_SIZE ? input + before + 1 : "";
    size_t room = before + strlen(plant->text) + strlen(behind) + 1;
    char *text = malloc(room);
    FUZZ_MUST(text != NULL);
    (void)snprintf(text, room, "%s%s%s", input, plant->text, behind);
    /* Text that spells the secret itself is no leak. */
    bool secret = plant->text[0] != '\0' && !has_part_of_secret(input) &&
                  !has_part_of_secret(behind) && strpbrk(input, plant->not_after) == NULL;
    check_text(text, data, secret);
    free(text);
    free(input);
    return 0;
}
