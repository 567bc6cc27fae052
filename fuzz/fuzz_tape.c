/* Tapes: whatever the bytes, a tape or one line that says what is wrong; what is read is
 * written and read again as what it was. */
#include "fakes/memory.h"
#include "fuzz/target.h"
#include "sim/explore/tape.h"

static char *written(const struct sim_way_tape *tape, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    FUZZ_MUST(out != NULL);
    sim_way_tape_write(tape, out);
    FUZZ_MUST(fclose(out) == 0);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char message[SIM_TAPE_MESSAGE_SIZE] = "";
    struct sim_way_tape tape;
    struct sim_way_tape again;
    if (!sim_way_tape_parse("x.tape", (const char *)data, size, &tape, message)) {
        FUZZ_MUST(strncmp(message, "x.tape:", 7) == 0 && strchr(message, '\n') == NULL);
        return 0;
    }
    size_t once_size;
    size_t twice_size;
    char *once = written(&tape, &once_size);
    FUZZ_MUST(sim_way_tape_parse("x.tape", once, once_size, &again, message));
    char *twice = written(&again, &twice_size);
    FUZZ_MUST(once_size == twice_size && memcmp(once, twice, once_size) == 0);
    FUZZ_MUST(tape.count == again.count && tape.finished == again.finished);
    free(once);
    free(twice);
    sim_way_tape_release(&tape);
    sim_way_tape_release(&again);
    return 0;
}
