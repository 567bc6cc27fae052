/* References: what is accepted has a normal form, which is its own normal form
 * (H13, H15), however it is spelt; what is not changes nothing and says why. */
#include "drydock/reference.h"
#include "fuzz/target.h"

#define SPELT_SIZE 1024

static void check_normal(const struct dd_reference *reference)
{
    size_t length = strlen(reference->text);
    const char *suffix = dd_reference_suffix(reference);
    FUZZ_MUST(length <= DD_REFERENCE_MAX);
    FUZZ_MUST(reference->repository_length > 0 && reference->repository_length < length);
    FUZZ_MUST(reference->repository_length <= DD_REPOSITORY_MAX);
    FUZZ_MUST(suffix == reference->text + reference->repository_length + 1);
    FUZZ_MUST(suffix[-1] == (reference->by_digest ? '@' : ':'));
    FUZZ_MUST(reference->by_digest ? dd_digest_is_valid(suffix) : strlen(suffix) <= DD_TAG_MAX);
}

/* @prefix and the normal form together are the same reference, where they are one:
 * with a prefix the repository may be too long. */
static void check_spelt(const struct dd_reference *reference, const char *prefix)
{
    char spelt[SPELT_SIZE];
    struct dd_reference again;
    (void)snprintf(spelt, sizeof(spelt), "%s%s", prefix, reference->text);
    if (dd_reference_parse(spelt, &again, NULL) != DD_OK) {
        FUZZ_MUST(strlen(prefix) + reference->repository_length > DD_REPOSITORY_MAX);
        return;
    }
    FUZZ_MUST(strcmp(again.text, reference->text) == 0);
    FUZZ_MUST(again.repository_length == reference->repository_length);
    FUZZ_MUST(again.by_digest == reference->by_digest);
}

static void check_accepted(const struct dd_reference *reference)
{
    const char *slash = memchr(reference->text, '/', reference->repository_length);
    check_normal(reference);
    check_spelt(reference, "");
    if (slash == NULL) {
        check_spelt(reference, "docker.io/library/");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_string(data, size);
    struct dd_reference reference = { .text = "as it was", .repository_length = 2 };
    const char *why = NULL;
    enum dd_status status = dd_reference_parse(text, &reference, &why);
    if (status == DD_OK) {
        check_accepted(&reference);
    } else {
        FUZZ_MUST(status == DD_EINVAL);
        FUZZ_MUST(why != NULL && why[0] != '\0');
        FUZZ_MUST(strcmp(reference.text, "as it was") == 0);
        FUZZ_MUST(reference.repository_length == 2 && !reference.by_digest);
    }
    (void)dd_digest_is_valid(text);
    free(text);
    return 0;
}
