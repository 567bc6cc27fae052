/* Durations and sizes: never out of bounds; a duration written by the coordinator
 * is read as what it was. */
#include "coord/text.h"
#include "fuzz/target.h"
#include "sim/duration.h"

#define UNTOUCHED UINT64_C(0x5A5A5A5A5A5A5A5A)

static void check_duration(const char *text)
{
    uint64_t read_ns = UNTOUCHED;
    uint64_t again_ns = UNTOUCHED;
    char written[128];
    struct dd__text builder;
    if (!sim_duration_parse(text, &read_ns)) {
        FUZZ_MUST(read_ns == UNTOUCHED);
        return;
    }
    FUZZ_MUST(read_ns <= SIM_DURATION_MAX_NS);
    dd__text_init(&builder, written, sizeof(written));
    dd__text_duration(&builder, read_ns);
    FUZZ_MUST(!builder.is_cut);
    FUZZ_MUST(sim_duration_parse(written, &again_ns));
    FUZZ_MUST(again_ns == read_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_string(data, size);
    uint64_t bytes = UNTOUCHED;
    check_duration(text);
    if (sim_size_parse(text, &bytes)) {
        FUZZ_MUST(bytes <= SIM_SIZE_MAX_BYTES);
    } else {
        FUZZ_MUST(bytes == UNTOUCHED);
    }
    free(text);
    return 0;
}
