#include "sim/explore/steps_told.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/facts.h"
#include "sim/explore/tape_replay.h"

#define LISTED_MAX 6 /* of the moves that there are, where one is missing */

struct telling {
    const struct sim_telling_steps *wanted;
    FILE *out;
    char name[SIM_MOVE_NAME_SIZE]; /* of the move */
    struct sim_facts facts;        /* before it */
    bool begun;
    bool diverged;
    /* With `around`: the last few moves that were not told, and how many to tell. */
    char *kept[SIM_AROUND];
    size_t tell_count;
    bool skipped;
};

/* --- which moves --------------------------------------------------------------------------- */

/* @text, taken, is told if it is near a move of interest. */
static void tell(struct telling *telling, char *text, bool interesting)
{
    if (telling->wanted->around != NULL && interesting) {
        if (telling->skipped) {
            (void)fputs("        ...\n", telling->out);
        }
        for (size_t i = 0; i < SIM_AROUND; i++) {
            if (telling->kept[i] != NULL) {
                (void)fputs(telling->kept[i], telling->out);
                fake_memory_free(telling->kept[i]);
                telling->kept[i] = NULL;
            }
        }
        telling->skipped = false;
        telling->tell_count = SIM_AROUND + 1;
    }
    if (telling->wanted->around == NULL || telling->tell_count > 0) {
        (void)fputs(text, telling->out);
        (void)fflush(telling->out);
        fake_memory_free(text);
        telling->tell_count -= telling->tell_count > 0 ? 1 : 0;
        return;
    }
    telling->skipped = telling->skipped || telling->kept[0] != NULL;
    fake_memory_free(telling->kept[0]);
    memmove(telling->kept, telling->kept + 1, (SIM_AROUND - 1) * sizeof(telling->kept[0]));
    telling->kept[SIM_AROUND - 1] = text;
}

/* --- each move ------------------------------------------------------------------------------ */

static bool is_traced(void)
{
    char line[256];
    bool traced = false;
    FILE *status = fopen("/proc/self/status", "r");
    while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
        if (strncmp(line, "TracerPid:", 10) == 0) {
            traced = strtoul(line + 10, NULL, 10) != 0;
        }
    }
    if (status != NULL) {
        (void)fclose(status);
    }
    return traced;
}

/* The move is next: sim_stepper_make makes it. */
static void break_here(struct telling *telling, const struct sim_going *going)
{
    if (is_traced()) {
        (void)fprintf(telling->out, "        next: %zu  %s\n", going->number, telling->name);
        (void)fflush(telling->out);
        (void)raise(SIGTRAP);
    } else {
        (void)fprintf(telling->out,
                      "        no debugger is attached, and so nothing stops before %zu  %s "
                      "(gdb --args drydock replay ...)\n",
                      going->number, telling->name);
    }
}

static void write_name(const struct telling *telling, const struct sim_going *going, FILE *file)
{
    (void)fprintf(file, "  %4zu  %s%s\n", going->number, telling->name,
                  going->wanted == NULL ? "  (by default)" : "");
}

static void before_move(void *ctx, const struct sim_going *going)
{
    struct telling *telling = ctx;
    if (!telling->begun) {
        telling->begun = true;
        telling->facts = sim_facts_of(going->stepper);
    }
    sim_move_name(going->stepper->world, going->moves[going->move], telling->name);
    if (telling->wanted->break_at == going->number) {
        break_here(telling, going);
    }
    if (telling->wanted->around == NULL) {
        write_name(telling, going, telling->out);
        (void)fflush(telling->out); /* the move may be the end of the process */
    }
}

static void after_move(void *ctx, const struct sim_going *going)
{
    struct telling *telling = ctx;
    struct sim_facts now = sim_facts_of(going->stepper);
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) {
        (void)fputs("drydock: the simulation is out of memory\n", stderr);
        abort();
    }
    const char *around = telling->wanted->around;
    if (around != NULL) {
        write_name(telling, going, file);
    }
    sim_facts_write_changes(&telling->facts, &now, file);
    (void)fclose(file);
    tell(telling, text, around != NULL && strstr(telling->name, around) != NULL);
    sim_facts_release(&telling->facts);
    telling->facts = now;
}

static void ended(void *ctx, struct sim_stepper *stepper)
{
    struct telling *telling = ctx;
    if (!telling->begun) {
        telling->begun = true;
        telling->facts = sim_facts_of(stepper);
    }
}

static void finished(void *ctx, struct sim_stepper *stepper)
{
    struct telling *telling = ctx;
    struct sim_facts now = sim_facts_of(stepper);
    (void)fputs("        from here by default to the end\n", telling->out);
    sim_facts_write_changes(&telling->facts, &now, telling->out);
    sim_facts_release(&now);
}

static void missed(void *ctx, const struct sim_going *going)
{
    struct telling *telling = ctx;
    char name[SIM_MOVE_NAME_SIZE];
    if (telling->diverged) {
        return;
    }
    telling->diverged = true;
    (void)fprintf(telling->out, "        diverged before move %zu: the tape says \"%s\"",
                  going->number, going->wanted->name);
    for (size_t i = 0; i < going->move_count && i < LISTED_MAX; i++) {
        sim_move_name(going->stepper->world, going->moves[i], name);
        (void)fprintf(telling->out, "%s\"%s\"", i == 0 ? "; there is " : ", ", name);
    }
    (void)fprintf(telling->out, "%s\n",
                  going->move_count == 0           ? "; there is nothing that can happen"
                  : going->move_count > LISTED_MAX ? ", ..."
                                                   : "");
}

/* --- all of it ---------------------------------------------------------------------------------
 */

struct body {
    const struct sim_scenario *scenario;
    const struct sim_way_tape *tape;
    const struct sim_telling_steps *wanted;
};

static void tell_body(void *arg, FILE *file, struct sim_attempted *out)
{
    const struct body *body = arg;
    struct telling telling = { .wanted = body->wanted, .out = file };
    const struct sim_replay replay = { .until = body->wanted->until,
                                       .before = before_move,
                                       .after = after_move,
                                       .missed = missed,
                                       .ended = ended,
                                       .finished = finished,
                                       .ctx = &telling };
    struct sim_replayed replayed;
    sim_way_tape_replay(body->scenario, body->tape, &replay, &replayed);
    sim_failure_of(&replayed.violation, &out->failure);
    out->made_count = replayed.made_count;
    out->missing_count = replayed.missing_count;
    for (size_t i = 0; i < SIM_AROUND; i++) {
        fake_memory_free(telling.kept[i]);
    }
    sim_facts_release(&telling.facts);
}

void sim_steps_tell(const struct sim_scenario *scenario, const struct sim_way_tape *tape,
                    const struct sim_telling_steps *telling, FILE *out,
                    struct sim_attempted *attempted)
{
    struct body body = { scenario, tape, telling };
    if (telling->break_at > 0) {
        memset(attempted, 0, sizeof(*attempted));
        tell_body(&body, out, attempted);
    } else {
        sim_attempt_telling(tell_body, &body, out, attempted);
    }
}
