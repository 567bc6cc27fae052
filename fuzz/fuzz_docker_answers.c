/*
 * Answers in one piece with any bytes: what is decoded is whole, there is never more of
 * it than there was, and what is refused leaves nothing behind; the values that bound an
 * answer are counted as they are read.
 *
 * Input: which answer (one byte), its body.
 */
#include "coord/backend/answers.h"
#include "coord/backend/api_version.h"
#include "coord/backend/json.h"
#include "fuzz/target.h"

enum { INSPECT, REMOVE, LIST, ERROR, VERSION, INFO, KIND_COUNT };

static void check_text(const char *text, size_t size)
{
    FUZZ_MUST(text != NULL && strlen(text) <= size);
}

/* A string costs at least two bytes of the body. */
static void check_strings(struct dd_strings strings, size_t size)
{
    FUZZ_MUST(strings.count <= size);
    for (size_t i = 0; i < strings.count; i++) {
        check_text(strings.at[i], size);
        FUZZ_MUST(strcmp(strings.at[i], "<none>:<none>") != 0);
    }
}

static void check_answer(enum dd_status status, const struct dd_answer *answer, size_t size)
{
    if (status != DD_OK) {
        FUZZ_MUST(status == DD_EENGINE);
        FUZZ_MUST(answer->id == NULL && answer->tags.count == 0 && answer->digests.count == 0 &&
                  answer->untagged.count == 0 && answer->deleted.count == 0 &&
                  answer->listed_count == 0);
        return;
    }
    check_strings(answer->tags, size);
    check_strings(answer->digests, size);
    FUZZ_MUST(answer->untagged.count + answer->deleted.count <= size);
    FUZZ_MUST(answer->listed_count <= size);
    for (size_t i = 0; i < answer->listed_count; i++) {
        check_text(answer->listed[i].id, size);
        check_strings(answer->listed[i].tags, size);
        check_strings(answer->listed[i].digests, size);
    }
}

static void check_version(const char *body, size_t size, struct dd__decoded *decoded)
{
    struct dd__version_answer version;
    char chosen[DD__API_VERSION_MAX + 1] = "";

    if (dd__decode_version(body, size, decoded, &version) == DD_OK) {
        check_text(version.api, size);
        if (dd__api_version_choose(version.api, version.api_min, chosen) == DD_OK) {
            FUZZ_MUST(chosen[0] != '\0' && strspn(chosen, "0123456789.") == strlen(chosen));
        } else {
            FUZZ_MUST(chosen[0] == '\0');
        }
    }
}

static void check_info(const char *body, size_t size, struct dd__decoded *decoded)
{
    struct dd__info_answer info;

    if (dd__decode_info(body, size, decoded, &info) == DD_OK) {
        FUZZ_MUST(info.id[0] != '\0');
        check_text(info.id, size);
        check_text(info.name, size);
        check_text(info.root, size);
    }
}

static void check_error(const char *body, size_t size, struct dd__decoded *decoded)
{
    const char *message = dd__decode_error(body, size, decoded);

    if (message != NULL) {
        check_text(message, size);
    }
}

/* cJSON bounds the depth. */
static size_t value_count(const cJSON *value) /* NOLINT(misc-no-recursion) */
{
    size_t count = 1;
    const cJSON *item;

    cJSON_ArrayForEach(item, value)
    {
        count += value_count(item);
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dd__decoded decoded = { .root = NULL };
    struct dd_answer answer = { .http_status = 200 };
    size_t length;
    char *body;

    if (size == 0) {
        return 0;
    }
    length = size - 1;
    body = malloc(length > 0 ? length : 1);
    FUZZ_MUST(body != NULL);
    memcpy(body, data + 1, length);
    switch (data[0] % KIND_COUNT) {
    case INSPECT:
        check_answer(dd__decode_inspect(body, length, &decoded, &answer), &answer, length);
        break;
    case REMOVE:
        check_answer(dd__decode_remove(body, length, &decoded, &answer), &answer, length);
        break;
    case LIST:
        check_answer(dd__decode_list(body, length, &decoded, &answer), &answer, length);
        break;
    case ERROR:
        check_error(body, length, &decoded);
        break;
    case VERSION:
        check_version(body, length, &decoded);
        break;
    default:
        check_info(body, length, &decoded);
        break;
    }
    /* What was read has no more values than were counted before. */
    FUZZ_MUST(!decoded.is_excessive);
    FUZZ_MUST(decoded.root == NULL ||
              !dd__json_is_bounded(body, length, value_count(decoded.root) - 1));
    dd__decoded_release(&decoded);
    free(body);
    return 0;
}
