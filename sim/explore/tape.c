#include "sim/explore/tape.h"

#include <assert.h>
#include <string.h>

#include "sim/array.h"

void sim_tape_move_release(struct sim_tape_move *move)
{
    fake_memory_free(move->name);
    for (size_t i = 0; i < move->choice_count; i++) {
        fake_memory_free(move->choices[i].label);
    }
}

void sim_way_tape_release(struct sim_way_tape *tape)
{
    for (size_t i = 0; i < tape->count; i++) {
        sim_tape_move_release(&tape->moves[i]);
    }
    fake_memory_free(tape->moves);
    fake_memory_free(tape->path);
    fake_memory_free(tape->text);
    *tape = (struct sim_way_tape){ .path = NULL };
}

struct sim_tape_move *sim_way_tape_add(struct sim_way_tape *tape, const char *name, unsigned nth)
{
    tape->moves =
        sim_array_grow(tape->moves, &tape->capacity, tape->count + 1, sizeof(*tape->moves));
    struct sim_tape_move *move = &tape->moves[tape->count++];
    *move = (struct sim_tape_move){ .name = fake_memory_copy(name), .nth = nth };
    return move;
}

void sim_tape_move_choose(struct sim_tape_move *move, const char *label, uint64_t answer)
{
    assert(move->choice_count < SIM_ANSWER_MAX);
    move->choices[move->choice_count++] =
        (struct sim_tape_choice){ .label = fake_memory_copy(label), .answer = answer };
}

_Static_assert(SIM_WAY_CHOICES_MAX == SIM_ANSWER_MAX, "as many as a move has");
_Static_assert(SIM_WAY_NTH_MAX == SIM_MOVE_MAX, "as many as there are at a time");

void sim_way_tape_add_line(struct sim_way_tape *tape, const struct sim_way_line *line)
{
    if (line->is_choice) {
        sim_tape_move_choose(&tape->moves[tape->count - 1], line->name, line->number);
    } else {
        (void)sim_way_tape_add(tape, line->name, (unsigned)line->number);
    }
}

void sim_way_tape_of(const struct sim_scenario *scenario, struct sim_way_tape *out)
{
    struct sim_way_reading reading = { .move_count = 0 };
    *out = (struct sim_way_tape){ .path = fake_memory_copy(scenario->path), .finished = true };
    for (size_t i = 0; i < scenario->way.count; i++) {
        struct sim_way_line line;
        char *text = fake_memory_copy(scenario->way.at[i]);
        const char *wrong = sim_way_line_read(&reading, text, &line);
        assert(wrong == NULL); /* or it would not have been read */
        (void)wrong;
        sim_way_tape_add_line(out, &line);
        fake_memory_free(text);
    }
}

struct sim_way_tape sim_way_tape_copy(const struct sim_way_tape *tape)
{
    struct sim_way_tape copy = { .path = fake_memory_copy(tape->path),
                                 .digest = tape->digest,
                                 .text = fake_memory_copy(tape->text),
                                 .finished = tape->finished };
    for (size_t i = 0; i < tape->count; i++) {
        const struct sim_tape_move *from = &tape->moves[i];
        struct sim_tape_move *to = sim_way_tape_add(&copy, from->name, from->nth);
        to->left_out = from->left_out;
        for (size_t k = 0; k < from->choice_count; k++) {
            sim_tape_move_choose(to, from->choices[k].label, from->choices[k].answer);
        }
    }
    return copy;
}

void sim_way_tape_compact(struct sim_way_tape *tape)
{
    size_t kept = 0;
    for (size_t i = 0; i < tape->count; i++) {
        if (tape->moves[i].left_out) {
            sim_tape_move_release(&tape->moves[i]);
        } else {
            tape->moves[kept++] = tape->moves[i];
        }
    }
    tape->count = kept;
}

void sim_tape_label(struct fake_label label, char out[SIM_MOVE_NAME_SIZE])
{
    (void)snprintf(out, SIM_MOVE_NAME_SIZE, "%s %s", label.kind,
                   label.identity != NULL ? label.identity : "");
}

unsigned sim_tape_nth(struct sim_world *world, const struct sim_move *moves, size_t index,
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
