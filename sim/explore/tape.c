#include "sim/explore/tape.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/array.h"
#include "sim/story.h"

#define LINE_MAX_BYTES 1024
#define MOVES_MAX 1000000 /* of a tape */

static void move_release(struct sim_tape_move *move)
{
    fake_memory_free(move->name);
    for (size_t i = 0; i < move->choice_count; i++) {
        fake_memory_free(move->choices[i].label);
    }
}

void sim_way_tape_release(struct sim_way_tape *tape)
{
    for (size_t i = 0; i < tape->count; i++) {
        move_release(&tape->moves[i]);
    }
    fake_memory_free(tape->moves);
    fake_memory_free(tape->path);
    *tape = (struct sim_way_tape){ .path = NULL };
}

static struct sim_tape_move *tape_add(struct sim_way_tape *tape, const char *name, unsigned nth)
{
    tape->moves =
        sim_array_grow(tape->moves, &tape->capacity, tape->count + 1, sizeof(*tape->moves));
    struct sim_tape_move *move = &tape->moves[tape->count++];
    *move = (struct sim_tape_move){ .name = fake_memory_copy(name), .nth = nth };
    return move;
}

static void move_add_choice(struct sim_tape_move *move, const char *label, uint64_t answer)
{
    assert(move->choice_count < SIM_ANSWER_MAX);
    move->choices[move->choice_count++] =
        (struct sim_tape_choice){ .label = fake_memory_copy(label), .answer = answer };
}

static void label_text(struct fake_label label, char out[SIM_MOVE_NAME_SIZE])
{
    (void)snprintf(out, SIM_MOVE_NAME_SIZE, "%s %s", label.kind,
                   label.identity != NULL ? label.identity : "");
}

/* --- recording ---------------------------------------------------------------------- */

static void record_choice(void *ctx, struct fake_label label, uint64_t count, uint64_t answer)
{
    struct sim_tape_move *move = ctx;
    const struct fake_memory_source *source = fake_memory_set_source(NULL);
    char text[SIM_MOVE_NAME_SIZE];
    (void)count;
    if (answer != 0) {
        label_text(label, text);
        move_add_choice(move, text, answer);
    }
    (void)fake_memory_set_source(source);
}

static unsigned nth_called(struct sim_world *world, const struct sim_move *moves, size_t index,
                           const char *name)
{
    char other[SIM_MOVE_NAME_SIZE];
    unsigned nth = 1;
    for (size_t i = 0; i < index; i++) {
        sim_move_name(world, moves[i], other);
        nth += strcmp(other, name) == 0 ? 1 : 0;
    }
    return nth;
}

void sim_way_tape_record(const struct sim_scenario *scenario, const struct sim_way *way,
                         struct sim_way_tape *out)
{
    const struct sim_stepper_options options = { .fill = 0xAA };
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_stepper stepper;
    char name[SIM_MOVE_NAME_SIZE];
    *out = (struct sim_way_tape){ .path = fake_memory_copy(scenario->path),
                                  .finished = way->finished };
    sim_stepper_open(&stepper, scenario, &options);
    stepper.answers.chosen = record_choice;
    for (size_t i = 0; i < way->count; i++) {
        struct sim_alternative alternative = way->at[i];
        size_t count = sim_stepper_moves(&stepper, moves);
        assert(alternative.move < count);
        sim_move_name(stepper.world, moves[alternative.move], name);
        stepper.answers.ctx =
            tape_add(out, name, nth_called(stepper.world, moves, alternative.move, name));
        sim_stepper_make(&stepper, moves, &alternative);
    }
    sim_stepper_close(&stepper);
}

/* --- files ----------------------------------------------------------------------------- */

void sim_way_tape_write(const struct sim_way_tape *tape, FILE *out)
{
    (void)fprintf(out, "drydock tape 1\nscenario %s\n", tape->path);
    for (size_t i = 0; i < tape->count; i++) {
        const struct sim_tape_move *move = &tape->moves[i];
        (void)fprintf(out, "move %s", move->name);
        if (move->nth > 1) {
            (void)fprintf(out, " #%u", move->nth);
        }
        (void)fputc('\n', out);
        for (size_t k = 0; k < move->choice_count; k++) {
            (void)fprintf(out, "choose %s %" PRIu64 "\n", move->choices[k].label,
                          move->choices[k].answer);
        }
    }
    (void)fputs(tape->finished ? "finish\n" : "stop\n", out);
}

static bool begins(const char *line, const char *word, const char **rest)
{
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0) {
        return false;
    }
    *rest = line + length;
    return true;
}

/* A number at the end of @text behind @mark, which is cut off. False: there is none. */
static bool cut_number(char *text, char mark, uint64_t *number)
{
    char *at = strrchr(text, mark);
    if (at == NULL || at[1] < '0' || at[1] > '9') {
        return false;
    }
    char *end;
    errno = 0;
    *number = strtoull(at + 1, &end, 10);
    if (errno != 0 || *end != '\0') {
        return false;
    }
    *at = '\0';
    return true;
}

/* NULL, or what is wrong with the line. */
static const char *read_line(struct sim_way_tape *tape, char *line, unsigned number, bool *ended)
{
    const char *rest;
    uint64_t value = 1;
    if (number == 1) {
        return strcmp(line, "drydock tape 1") == 0 ? NULL
                                                   : "expected \"drydock tape 1\": a tape of this "
                                                     "version";
    }
    if (number == 2) {
        if (!begins(line, "scenario ", &rest) || *rest == '\0') {
            return "expected \"scenario\" and the path of its file";
        }
        tape->path = fake_memory_copy(rest);
        return NULL;
    }
    if (*ended) {
        return "expected nothing after the end";
    }
    if (begins(line, "move ", &rest) && *rest != '\0' && tape->count < MOVES_MAX) {
        char *name = line + (rest - line);
        if (cut_number(name, '#', &value)) {
            name[strlen(name) - 1] = '\0'; /* the space before it */
        }
        (void)tape_add(tape, name, value <= UINT32_MAX ? (unsigned)value : 1);
        return NULL;
    }
    if (begins(line, "choose ", &rest) && tape->count > 0) {
        struct sim_tape_move *move = &tape->moves[tape->count - 1];
        char *label = line + (rest - line);
        if (move->choice_count == SIM_ANSWER_MAX || !cut_number(label, ' ', &value)) {
            return "expected \"choose\", a label and a number";
        }
        move_add_choice(move, label, value);
        return NULL;
    }
    *ended = strcmp(line, "finish") == 0 || strcmp(line, "stop") == 0;
    tape->finished = strcmp(line, "finish") == 0;
    return *ended ? NULL : "expected \"move\", \"choose\", \"finish\" or \"stop\"";
}

bool sim_way_tape_read(const char *path, struct sim_way_tape *out, char message[512])
{
    char line[LINE_MAX_BYTES];
    const char *wrong = NULL;
    bool ended = false;
    unsigned number = 0;
    *out = (struct sim_way_tape){ .path = NULL };
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)snprintf(message, 512, "%.300s: cannot be opened: %s", path, strerror(errno));
        return false;
    }
    while (wrong == NULL && fgets(line, sizeof(line), file) != NULL) {
        size_t length = strcspn(line, "\n");
        number++;
        if (line[length] != '\n') {
            wrong = "the line does not end";
        } else {
            line[length] = '\0';
            wrong = read_line(out, line, number, &ended);
        }
    }
    (void)fclose(file);
    if (wrong == NULL && !ended) {
        number++;
        wrong = "the tape is cut off: expected \"finish\" or \"stop\" at its end";
    }
    if (wrong != NULL) {
        (void)snprintf(message, 512, "%.300s:%u: %s", path, number, wrong);
        sim_way_tape_release(out);
        return false;
    }
    return true;
}

/* --- replaying ----------------------------------------------------------------------------- */

/* The choices of the move that is being made. */
struct given {
    const struct sim_tape_move *move; /* NULL: all by default */
    size_t next;
};

static uint64_t choose_given(void *ctx, uint64_t count, struct fake_label label)
{
    struct given *given = ctx;
    char text[SIM_MOVE_NAME_SIZE];
    if (given->move == NULL) {
        return 0;
    }
    label_text(label, text);
    for (size_t i = given->next; i < given->move->choice_count; i++) {
        const struct sim_tape_choice *choice = &given->move->choices[i];
        if (strcmp(choice->label, text) == 0) {
            given->next = i + 1;
            return choice->answer < count ? choice->answer : count - 1;
        }
    }
    return 0;
}

/* The index of the move that @wanted is, or @count. */
static size_t find_move(struct sim_world *world, const struct sim_move *moves, size_t count,
                        const struct sim_tape_move *wanted)
{
    char name[SIM_MOVE_NAME_SIZE];
    size_t last = count;
    unsigned nth = 0;
    for (size_t i = 0; i < count; i++) {
        sim_move_name(world, moves[i], name);
        if (strcmp(name, wanted->name) == 0) {
            last = i;
            if (++nth == wanted->nth) {
                break;
            }
        }
    }
    return last;
}

static void replay_moves(struct sim_stepper *stepper, const struct sim_way_tape *tape,
                         const struct sim_replay *replay, struct sim_replayed *out)
{
    struct sim_move moves[SIM_MOVE_MAX];
    struct given given = { .move = NULL };
    stepper->answers.choose = choose_given;
    stepper->answers.ctx = &given;
    for (size_t i = 0; i < tape->count && sim_stepper_violation(stepper) == NULL; i++) {
        const struct sim_tape_move *wanted = &tape->moves[i];
        if (wanted->left_out) {
            continue;
        }
        if (replay->until > 0 && out->made_count == replay->until) {
            break;
        }
        size_t count = sim_stepper_moves(stepper, moves);
        size_t found = find_move(stepper->world, moves, count, wanted);
        if (found == count) {
            out->first_missing = out->missing_count++ == 0 ? i : out->first_missing;
            continue;
        }
        if (replay->before != NULL) {
            replay->before(replay->ctx, i, wanted->name, stepper->world);
        }
        struct sim_alternative alternative = { .move = (uint16_t)found };
        given = (struct given){ .move = wanted };
        sim_stepper_make(stepper, moves, &alternative);
        given.move = NULL;
        out->made_count++;
    }
    stepper->answers.choose = NULL;
    stepper->answers.ctx = NULL;
}

void sim_way_tape_replay(const struct sim_scenario *scenario, const struct sim_way_tape *tape,
                         const struct sim_replay *replay, struct sim_replayed *out)
{
    const struct sim_stepper_options options = { .keep = replay->keep, .fill = 0xAA };
    struct sim_stepper stepper;
    *out = (struct sim_replayed){ .made_count = 0 };
    sim_stepper_open(&stepper, scenario, &options);
    replay_moves(&stepper, tape, replay, out);
    bool stopped = replay->until > 0 && out->made_count == replay->until;
    if (sim_stepper_violation(&stepper) == NULL && (tape->finished || replay->finish) && !stopped) {
        sim_stepper_finish(&stepper);
    }
    if (sim_stepper_violation(&stepper) != NULL) {
        out->violation = *sim_stepper_violation(&stepper);
    }
    if (replay->keep) {
        out->story = sim_story_tell(sim_world_trace(stepper.world), out->violation.subject);
    }
    sim_stepper_close(&stepper);
}

/* --- shrinking -------------------------------------------------------------------------------- */

static bool still_fails(const struct sim_scenario *scenario, const struct sim_way_tape *tape,
                        const char *invariant)
{
    const struct sim_replay replay = { .finish = true };
    struct sim_replayed out;
    sim_way_tape_replay(scenario, tape, &replay, &out);
    return strcmp(out.violation.invariant, invariant) == 0;
}

static void leave_out(struct sim_way_tape *tape, size_t from, size_t count, bool left_out)
{
    for (size_t i = from; i < tape->count && i < from + count; i++) {
        tape->moves[i].left_out = left_out;
    }
}

static void compact(struct sim_way_tape *tape)
{
    size_t kept = 0;
    for (size_t i = 0; i < tape->count; i++) {
        if (tape->moves[i].left_out) {
            move_release(&tape->moves[i]);
        } else {
            tape->moves[kept++] = tape->moves[i];
        }
    }
    tape->count = kept;
}

/* Also answers: each choice that can as well be the default one is. */
static size_t shrink_choices(const struct sim_scenario *scenario, struct sim_way_tape *tape,
                             const char *invariant)
{
    size_t replays = 0;
    for (size_t i = 0; i < tape->count; i++) {
        for (size_t k = 0; k < tape->moves[i].choice_count; k++) {
            struct sim_tape_choice *choice = &tape->moves[i].choices[k];
            uint64_t answer = choice->answer;
            choice->answer = 0;
            replays++;
            if (answer == 0 || still_fails(scenario, tape, invariant)) {
                continue;
            }
            choice->answer = answer;
        }
    }
    return replays;
}

size_t sim_way_tape_shrink(const struct sim_scenario *scenario, struct sim_way_tape *tape,
                           const char *invariant)
{
    size_t replays = 0;
    tape->finished = true;
    size_t chunk = tape->count > 0 ? tape->count : 1;
    bool any = true;
    while (chunk > 1 || any) {
        chunk = chunk > 1 ? (chunk + 1) / 2 : 1;
        any = false;
        for (size_t from = 0; from < tape->count;) {
            leave_out(tape, from, chunk, true);
            replays++;
            if (still_fails(scenario, tape, invariant)) {
                compact(tape);
                any = true;
            } else {
                leave_out(tape, from, chunk, false);
                from += chunk;
            }
        }
    }
    return replays + shrink_choices(scenario, tape, invariant);
}
