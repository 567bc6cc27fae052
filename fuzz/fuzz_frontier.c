/* Frontiers: whatever the bytes, a frontier or one line that says what is wrong; what is
 * read is written and read again as what it was. */
#include "fakes/memory.h"
#include "fuzz/target.h"
#include "sim/explore/frontier.h"

static bool taken(const char *text, size_t size, struct sim_frontier *out,
                  char message[SIM_FRONTIER_MESSAGE_SIZE])
{
    FILE *in = fmemopen((void *)(uintptr_t)text, size, "r");
    FUZZ_MUST(in != NULL);
    bool fine = sim_frontier_take(in, "x.frontier", out, message);
    FUZZ_MUST(fclose(in) == 0);
    return fine;
}

static char *written(const struct sim_frontier *frontier, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    FUZZ_MUST(out != NULL);
    sim_frontier_write(frontier, out);
    FUZZ_MUST(fclose(out) == 0);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char message[SIM_FRONTIER_MESSAGE_SIZE] = "";
    struct sim_frontier frontier;
    struct sim_frontier again;
    if (size == 0) {
        return 0; /* fmemopen opens nothing of no size */
    }
    if (!taken((const char *)data, size, &frontier, message)) {
        FUZZ_MUST(strncmp(message, "x.frontier:", 11) == 0 && strchr(message, '\n') == NULL);
        FUZZ_MUST(frontier.path == NULL && frontier.stacks == NULL && frontier.seen == NULL);
        return 0;
    }
    size_t once_size;
    size_t twice_size;
    char *once = written(&frontier, &once_size);
    FUZZ_MUST(taken(once, once_size, &again, message));
    char *twice = written(&again, &twice_size);
    FUZZ_MUST(once_size == twice_size && memcmp(once, twice, once_size) == 0);
    FUZZ_MUST(frontier.stack_count == again.stack_count && frontier.seen_count == again.seen_count);
    free(once);
    free(twice);
    sim_frontier_release(&frontier);
    sim_frontier_release(&again);
    return 0;
}
