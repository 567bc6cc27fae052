/* Writing down a way by going it once more, in a process of its own: its last move may be
 * one that does not come back. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/attempt.h"

struct body {
    const struct sim_scenario *scenario;
    const struct sim_way *way;
    FILE *file;
};

struct writing {
    FILE *file;
    size_t zero_count; /* default answers in this move, which are not written yet */
    char zeros[SIM_ANSWER_MAX][SIM_MOVE_NAME_SIZE];
};

/* Default answers are written only where one of the same label that is not follows. */
static void write_answer(struct writing *writing, const char *label, uint64_t answer)
{
    if (answer == 0 && writing->zero_count < SIM_ANSWER_MAX) {
        memcpy(writing->zeros[writing->zero_count++], label, SIM_MOVE_NAME_SIZE);
        return;
    }
    for (size_t i = 0; i < writing->zero_count; i++) {
        if (strcmp(writing->zeros[i], label) == 0) {
            (void)fprintf(writing->file, "choose %s 0\n", label);
        }
    }
    writing->zero_count = 0;
    (void)fprintf(writing->file, "choose %s %llu\n", label, (unsigned long long)answer);
    (void)fflush(writing->file); /* what comes next may be the end of the process */
}

static void write_choice(void *ctx, struct fake_label label, uint64_t count, uint64_t answer)
{
    const struct fake_memory_source *source = fake_memory_set_source(NULL);
    char text[SIM_MOVE_NAME_SIZE] = "";
    (void)count;
    sim_tape_label(label, text);
    write_answer(ctx, text, answer);
    (void)fake_memory_set_source(source);
}

static void record_body(void *arg, struct sim_attempted *out)
{
    const struct body *body = arg;
    const struct sim_stepper_options options = { .fill = 0xAA };
    struct sim_move moves[SIM_MOVE_MAX];
    struct sim_stepper stepper;
    struct writing writing = { .file = body->file };
    char name[SIM_MOVE_NAME_SIZE];
    (void)out;
    sim_stepper_open(&stepper, body->scenario, &options);
    stepper.answers.chosen = write_choice;
    stepper.answers.ctx = &writing;
    for (size_t i = 0; i < body->way->count; i++) {
        struct sim_alternative alternative = body->way->at[i];
        size_t count = sim_stepper_moves(&stepper, moves);
        assert(alternative.move < count);
        sim_move_name(stepper.world, moves[alternative.move], name);
        (void)fprintf(body->file, "move %s #%u\n", name,
                      sim_tape_nth(stepper.world, moves, alternative.move, name));
        (void)fflush(body->file);
        writing.zero_count = 0;
        sim_stepper_make(&stepper, moves, &alternative);
    }
    sim_stepper_close(&stepper);
}

static void read_back(FILE *file, struct sim_way_tape *out)
{
    char message[SIM_TAPE_MESSAGE_SIZE];
    long size = ftell(file);
    char *bytes = fake_memory_alloc((size_t)size + 1);
    rewind(file);
    size_t got = fread(bytes, 1, (size_t)size, file);
    bool fine = got == (size_t)size && sim_way_tape_parse("", bytes, got, out, message);
    assert(fine);
    (void)fine;
    fake_memory_free(bytes);
}

void sim_way_tape_record(const struct sim_scenario *scenario, const struct sim_way *way,
                         struct sim_way_tape *out)
{
    struct body body = { scenario, way, tmpfile() };
    struct sim_attempted attempted;
    const struct sim_way_tape head = { .path = (char *)(uintptr_t)scenario->path,
                                       .digest = sim_scenario_digest(scenario) };
    if (body.file == NULL) {
        perror("drydock: there can be no file for a tape");
        abort();
    }
    sim_way_tape_write(&head, body.file);
    /* The end that was written is overwritten. */
    if (fseek(body.file, -(long)strlen("stop\n"), SEEK_CUR) != 0) {
        abort();
    }
    (void)fflush(body.file);
    sim_attempt(record_body, &body, &attempted);
    (void)fseek(body.file, 0, SEEK_END);
    (void)fputs(way->finished ? "finish\n" : "stop\n", body.file);
    (void)fflush(body.file);
    read_back(body.file, out);
    (void)fclose(body.file);
}
