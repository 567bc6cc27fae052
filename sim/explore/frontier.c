#include "sim/explore/frontier.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array.h"
#include "sim/explore/crew.h"

#define SEEN_PER_LINE 8
#define LINE_MAX_BYTES ((size_t)1 << 26)

void sim_frontier_release(struct sim_frontier *frontier)
{
    for (size_t i = 0; i < frontier->stack_count; i++) {
        fake_memory_free(frontier->stacks[i].way);
        fake_memory_free(frontier->stacks[i].left);
    }
    fake_memory_free(frontier->stacks);
    fake_memory_free(frontier->seen);
    fake_memory_free(frontier->path);
    *frontier = (struct sim_frontier){ .path = NULL };
}

void sim_frontier_add(struct sim_frontier *frontier, const struct sim_alternative *way,
                      const uint16_t *left, size_t count)
{
    while (count > 0 && left[count - 1] == SIM_LEFT_NOTHING) {
        count--;
    }
    if (count == 0) {
        return;
    }
    frontier->stacks = sim_array_grow(frontier->stacks, &frontier->stack_capacity,
                                      frontier->stack_count + 1, sizeof(*frontier->stacks));
    struct sim_stack *stack = &frontier->stacks[frontier->stack_count++];
    *stack = (struct sim_stack){ .count = count };
    stack->way = fake_memory_grow(NULL, count, sizeof(*stack->way));
    stack->left = fake_memory_grow(NULL, count, sizeof(*stack->left));
    memcpy(stack->way, way, count * sizeof(*way));
    memcpy(stack->left, left, count * sizeof(*left));
}

void sim_frontier_add_seen(struct sim_frontier *frontier, uint64_t fingerprint)
{
    frontier->seen = sim_array_grow(frontier->seen, &frontier->seen_capacity,
                                    frontier->seen_count + 1, sizeof(*frontier->seen));
    frontier->seen[frontier->seen_count++] = fingerprint;
}

/* --- writing ------------------------------------------------------------------------------- */

static void write_step(const struct sim_alternative *alternative, uint16_t left, FILE *out)
{
    if ((left & SIM_LEFT_ALL) != 0) {
        (void)fputs(" -", out);
    } else {
        (void)fprintf(out, " %u", alternative->move);
        for (size_t i = 0; i < alternative->answer_count; i++) {
            (void)fprintf(out, ":%u/%u", alternative->answers[i], alternative->counts[i]);
        }
    }
    if (left != SIM_LEFT_NOTHING) {
        (void)fprintf(out, "*%u", (unsigned)left & ~(unsigned)SIM_LEFT_ALL);
    }
}

void sim_frontier_write(const struct sim_frontier *frontier, FILE *out)
{
    (void)fprintf(out, "drydock frontier 1\nscenario %s\ndigest %016" PRIx64 "\nsymmetry %s\n",
                  frontier->path, frontier->digest, frontier->symmetry ? "yes" : "no");
    (void)fprintf(out, "counts %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                  frontier->state_count, frontier->transition_count, frontier->end_count,
                  frontier->completed_count);
    for (size_t i = 0; i < frontier->stack_count; i++) {
        const struct sim_stack *stack = &frontier->stacks[i];
        (void)fputs("stack", out);
        for (size_t k = 0; k < stack->count; k++) {
            write_step(&stack->way[k], stack->left[k], out);
        }
        (void)fputc('\n', out);
    }
    for (size_t i = 0; i < frontier->seen_count; i++) {
        const char *end = (i + 1) % SEEN_PER_LINE == 0 || i + 1 == frontier->seen_count ? "\n" : "";
        (void)fprintf(out, "%s %016" PRIx64 "%s", i % SEEN_PER_LINE == 0 ? "seen" : "",
                      frontier->seen[i], end);
    }
    (void)fputs("end\n", out);
}

/* --- reading ------------------------------------------------------------------------------- */

/* A number up to @max at *@at, which is moved behind it. */
static bool take_number(const char **at, int base, uint64_t max, uint64_t *out)
{
    char *end;
    const char *digits = base == 10 ? "0123456789" : "0123456789abcdef";
    if (strspn(*at, digits) == 0 || ((*at)[0] == '0' && (*at)[1] == 'x')) {
        return false;
    }
    errno = 0;
    *out = strtoull(*at, &end, base);
    *at = end;
    return errno == 0 && *out <= max;
}

static bool take_char(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    (*at)++;
    return true;
}

static bool take_answer(const char **at, struct sim_alternative *alternative)
{
    uint64_t answer;
    uint64_t count;
    if (alternative->answer_count == SIM_ANSWER_MAX || !take_number(at, 10, UINT8_MAX, &answer) ||
        !take_char(at, '/') || !take_number(at, 10, UINT8_MAX, &count) || answer >= count) {
        return false;
    }
    alternative->answers[alternative->answer_count] = (uint8_t)answer;
    alternative->counts[alternative->answer_count++] = (uint8_t)count;
    return true;
}

static bool take_step(const char **at, struct sim_alternative *alternative, uint16_t *left)
{
    uint64_t number;
    *alternative = (struct sim_alternative){ .move = 0 };
    *left = SIM_LEFT_NOTHING;
    if (take_char(at, '-')) {
        *left = SIM_LEFT_ALL;
    } else {
        if (!take_number(at, 10, SIM_MOVE_MAX - 1, &number)) {
            return false;
        }
        alternative->move = (uint16_t)number;
        while (take_char(at, ':')) {
            if (!take_answer(at, alternative)) {
                return false;
            }
        }
    }
    if (take_char(at, '*')) {
        if (!take_number(at, 10, SIM_MOVE_MAX, &number) || number <= alternative->move) {
            return false;
        }
        *left = (uint16_t)(*left | number);
    }
    return *left != SIM_LEFT_ALL;
}

static bool read_stack(struct sim_frontier *frontier, const char *at)
{
    struct sim_alternative *way = NULL;
    uint16_t *left = NULL;
    size_t way_capacity = 0;
    size_t left_capacity = 0;
    size_t count = 0;
    bool fine = true;
    while (fine && take_char(&at, ' ')) {
        way = sim_array_grow(way, &way_capacity, count + 1, sizeof(*way));
        left = sim_array_grow(left, &left_capacity, count + 1, sizeof(*left));
        fine = count < SIM_WAY_MAX && take_step(&at, &way[count], &left[count]) &&
               (*at != ' ' || (left[count] & SIM_LEFT_ALL) == 0);
        count++;
    }
    fine = fine && *at == '\0' && count > 0 && left[count - 1] != SIM_LEFT_NOTHING;
    if (fine) {
        sim_frontier_add(frontier, way, left, count);
    }
    fake_memory_free(way);
    fake_memory_free(left);
    return fine;
}

static bool read_seen(struct sim_frontier *frontier, const char *at)
{
    uint64_t fingerprint;
    while (take_char(&at, ' ')) {
        if (!take_number(&at, 16, UINT64_MAX, &fingerprint) || fingerprint == 0) {
            return false;
        }
        sim_frontier_add_seen(frontier, fingerprint);
    }
    return *at == '\0';
}

static bool read_counts(struct sim_frontier *frontier, const char *at)
{
    uint64_t *const counts[] = { &frontier->state_count, &frontier->transition_count,
                                 &frontier->end_count, &frontier->completed_count };
    for (size_t i = 0; i < 4; i++) {
        if (!take_char(&at, ' ') || !take_number(&at, 10, UINT64_MAX, counts[i])) {
            return false;
        }
    }
    return *at == '\0';
}

static const char *behind(const char *line, const char *word)
{
    size_t length = strlen(word);
    return strncmp(line, word, length) == 0 ? line + length : NULL;
}

/* NULL, or what was expected in line @number. */
static const char *read_line(struct sim_frontier *frontier, const char *line, unsigned number)
{
    static const char *const first[] = { "\"drydock frontier 1\": a frontier of this version",
                                         "\"scenario\" and the path of its file",
                                         "\"digest\" and 16 digits", "\"symmetry\" yes or no",
                                         "\"counts\" and four numbers" };
    const char *at;
    bool fine = false;
    switch (number) {
    case 1:
        fine = strcmp(line, "drydock frontier 1") == 0;
        break;
    case 2:
        at = behind(line, "scenario ");
        fine = at != NULL && *at != '\0';
        frontier->path = fine ? fake_memory_copy(at) : NULL;
        break;
    case 3:
        at = behind(line, "digest ");
        fine = at != NULL && take_number(&at, 16, UINT64_MAX, &frontier->digest) && *at == '\0';
        break;
    case 4:
        frontier->symmetry = strcmp(line, "symmetry yes") == 0;
        fine = frontier->symmetry || strcmp(line, "symmetry no") == 0;
        break;
    case 5:
        at = behind(line, "counts");
        fine = at != NULL && read_counts(frontier, at);
        break;
    default:
        if ((at = behind(line, "stack")) != NULL) {
            return read_stack(frontier, at) ? NULL : "\"stack\" and a way";
        }
        if ((at = behind(line, "seen")) != NULL) {
            return read_seen(frontier, at) ? NULL : "\"seen\" and fingerprints of 16 digits";
        }
        frontier->whole = strcmp(line, "end") == 0;
        return frontier->whole ? NULL : "\"stack\", \"seen\" or \"end\"";
    }
    return fine ? NULL : first[number - 1];
}

bool sim_frontier_take(FILE *in, const char *path, struct sim_frontier *out,
                       char message[SIM_FRONTIER_MESSAGE_SIZE])
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    unsigned number = 0;
    const char *expected = NULL;
    *out = (struct sim_frontier){ .path = NULL };
    while (expected == NULL && (length = getline(&line, &capacity, in)) > 0) {
        number++;
        bool ends = line[length - 1] == '\n' && (size_t)length <= LINE_MAX_BYTES;
        bool is_text = memchr(line, '\0', (size_t)length) == NULL;
        line[length - 1] = '\0';
        expected = out->whole ? "nothing after the end"
                   : !is_text ? "a line of text"
                   : ends     ? read_line(out, line, number)
                              : "a line that ends";
    }
    if (expected == NULL && !out->whole) {
        number++;
        expected = "\"end\" at its end: it is cut off";
    }
    free(line);
    if (expected != NULL) {
        (void)snprintf(message, SIM_FRONTIER_MESSAGE_SIZE, "%.300s:%u: expected %s", path, number,
                       expected);
        sim_frontier_release(out);
    }
    return expected == NULL;
}

bool sim_frontier_read(const char *path, struct sim_frontier *out,
                       char message[SIM_FRONTIER_MESSAGE_SIZE])
{
    FILE *file = fopen(path, "r");
    *out = (struct sim_frontier){ .path = NULL };
    if (file == NULL) {
        (void)snprintf(message, SIM_FRONTIER_MESSAGE_SIZE, "%.300s: cannot be opened: %s", path,
                       strerror(errno));
        return false;
    }
    bool fine = sim_frontier_take(file, path, out, message);
    (void)fclose(file);
    return fine;
}
