/* Retelling: each line of a recording becomes the moves that it stands for. */
#include <stdio.h>
#include <string.h>

#include "sim/explore/stepper.h"
#include "sim/soak/request.h"
#include "sim/soak/retell.h"
#include "sim/world_state.h"

struct playing {
    struct sim_retold *retold;
    struct sim_stepper stepper;
    size_t line;
    size_t next_step;
    struct sim_tape_move *move;                            /* that is being made */
    void (*seen)(void *ctx, const struct dd_event *event); /* the world's own */
    void *seen_ctx;
};

/* --- what is decided ------------------------------------------------------------------- */

/* As the recording's names are called: by nicknames. */
static void call(struct sim_world *world, const char *name, char out[SIM_RETOLD_NAME_SIZE])
{
    const char *digest = name != NULL ? strchr(name, '@') : NULL;
    const char *id = digest != NULL ? digest + 1 : name;
    const char *nickname = id != NULL ? fake_engine_nickname(world->engine, id) : NULL;
    if (nickname != NULL && digest != NULL) {
        (void)snprintf(out, SIM_RETOLD_NAME_SIZE, "%.*s@%s", (int)(digest - name), name, nickname);
    } else {
        (void)snprintf(out, SIM_RETOLD_NAME_SIZE, "%.500s",
                       nickname != NULL ? nickname : (name != NULL ? name : ""));
    }
}

static void on_event(void *ctx, const struct dd_event *event)
{
    struct playing *playing = ctx;
    const char *word = dd_event_word(event->kind);
    if (sim_is_decision(word)) {
        const struct fake_memory_source *source = fake_memory_set_source(NULL);
        char reference[SIM_RETOLD_NAME_SIZE];
        char image[SIM_RETOLD_NAME_SIZE];
        char text[3 * SIM_RETOLD_NAME_SIZE];
        call(playing->stepper.world, event->reference, reference);
        call(playing->stepper.world, event->image, image);
        (void)snprintf(text, sizeof(text), "%s %s %s %s", word, reference, image,
                       event->caller != NULL ? event->caller : "");
        sim_decide(&playing->retold->simulated, image[0] != '\0' ? image : reference, text,
                   playing->line);
        (void)fake_memory_set_source(source);
    }
    playing->seen(playing->seen_ctx, event);
}

/* --- moves --------------------------------------------------------------------------------- */

static void differs(struct playing *playing, const char *what)
{
    struct sim_retold *retold = playing->retold;
    if (retold->difference[0] == '\0') {
        (void)snprintf(retold->difference, sizeof(retold->difference), "line %zu: %.450s",
                       playing->line, what);
    }
}

/* Whether an aborted pull of @reference lands, which its look afterwards finds out. */
static bool will_land(const struct playing *playing, const char *reference)
{
    for (size_t i = playing->line; i < playing->retold->line_count; i++) {
        const struct sim_entry *entry = &playing->retold->lines[i];
        if (entry->kind == SIM_ENTRY_EVENT && entry->reference != NULL &&
            strcmp(entry->reference, reference) == 0) {
            if (strcmp(entry->text, "pull-orphan") == 0) {
                return true;
            }
            if (strcmp(entry->text, "pull-started") == 0) {
                return false;
            }
        }
    }
    return false;
}

static uint64_t choose(void *ctx, uint64_t count, struct fake_label label)
{
    struct playing *playing = ctx;
    (void)count;
    if (strcmp(label.kind, "aborted-pull-lands") != 0 || label.identity == NULL ||
        !will_land(playing, label.identity)) {
        return 0;
    }
    const struct fake_memory_source *source = fake_memory_set_source(NULL);
    char text[SIM_MOVE_NAME_SIZE];
    sim_tape_label(label, text);
    sim_tape_move_choose(playing->move, text, 1);
    (void)fake_memory_set_source(source);
    return 1;
}

/* False: it cannot be made now. */
static bool make(struct playing *playing, const char *name)
{
    struct sim_stepper *stepper = &playing->stepper;
    struct sim_move moves[SIM_MOVE_MAX];
    size_t count = sim_stepper_moves(stepper, moves);
    char other[SIM_MOVE_NAME_SIZE];
    for (size_t i = 0; i < count; i++) {
        sim_move_name(stepper->world, moves[i], other);
        if (strcmp(other, name) == 0) {
            struct sim_alternative alternative = { .move = (uint16_t)i };
            playing->move = sim_way_tape_add(&playing->retold->tape, name,
                                             sim_tape_nth(stepper->world, moves, i, name));
            sim_stepper_make(stepper, moves, &alternative);
            return true;
        }
    }
    return false;
}

/* What there is instead, as far as there is room. */
static void must_make(struct playing *playing, const char *name)
{
    struct sim_stepper *stepper = &playing->stepper;
    struct sim_move moves[SIM_MOVE_MAX];
    char other[SIM_MOVE_NAME_SIZE];
    char text[450];
    if (make(playing, name)) {
        return;
    }
    size_t count = sim_stepper_moves(stepper, moves);
    int used = snprintf(text, sizeof(text), "in simulation there is no \"%.150s\" then, but", name);
    for (size_t i = 0; i < count && used > 0 && (size_t)used < sizeof(text); i++) {
        sim_move_name(stepper->world, moves[i], other);
        if (strncmp(other, "step ", 5) != 0) {
            used += snprintf(text + used, sizeof(text) - (size_t)used, " \"%s\"", other);
        }
    }
    differs(playing, text);
}

/* What the fake engine calls it: an ID or digest is another one there. */
static void fake_name(const struct sim_retold *retold, const char *name,
                      char out[SIM_RETOLD_NAME_SIZE])
{
    size_t image = sim_retold_image(retold, name);
    const char *digest = strchr(name, '@');
    char nickname[32];
    char id[72];
    (void)snprintf(out, SIM_RETOLD_NAME_SIZE, "%.500s", name);
    (void)snprintf(nickname, sizeof(nickname), "image-%zu", image + 1);
    if (image == SIM_NO_IMAGE) {
        return;
    }
    if (digest != NULL) {
        fake_manifest_digest(nickname, id);
        (void)snprintf(out, SIM_RETOLD_NAME_SIZE, "%.*s@%s", (int)(digest - name), name, id);
    } else if (strncmp(name, "sha256:", 7) == 0) {
        fake_image_id(nickname, id);
        (void)snprintf(out, SIM_RETOLD_NAME_SIZE, "%s", id);
    }
}

static const struct sim_entry *request_of(const struct playing *playing, uint64_t number)
{
    for (size_t i = 0; i < playing->retold->line_count; i++) {
        const struct sim_entry *entry = &playing->retold->lines[i];
        if (entry->kind == SIM_ENTRY_REQUEST && entry->number == number) {
            return entry;
        }
    }
    return NULL;
}

/* The client left, and hears of the end of its call; of a pull an event tells that sooner. */
static void play_cancelled(struct playing *playing, const char *name)
{
    char fake[SIM_RETOLD_NAME_SIZE];
    char move[SIM_MOVE_NAME_SIZE];
    fake_name(playing->retold, name, fake);
    (void)snprintf(move, sizeof(move), "cancelled %.400s", fake);
    (void)make(playing, move);
}

static void play_hung_up(struct playing *playing, const struct sim_entry *entry)
{
    const struct sim_entry *asked = request_of(playing, entry->number);
    if (asked != NULL && asked->method != NULL && asked->path != NULL) {
        struct sim_request request = sim_request_read(asked->method, asked->path);
        play_cancelled(playing, request.name);
    }
}

/* It is carried out when it is answered: nobody saw when that was. */
static void play_answer(struct playing *playing, const struct sim_entry *answer)
{
    const struct sim_entry *asked = request_of(playing, answer->number);
    char name[SIM_RETOLD_NAME_SIZE];
    char move[SIM_MOVE_NAME_SIZE];
    if (asked == NULL || asked->method == NULL || asked->path == NULL) {
        return;
    }
    struct sim_request request = sim_request_read(asked->method, asked->path);
    if (request.kind != SIM_REQUEST_PULL && request.kind != SIM_REQUEST_INSPECT &&
        request.kind != SIM_REQUEST_REMOVE) {
        return;
    }
    fake_name(playing->retold, request.name, name);
    (void)snprintf(move, sizeof(move), "%s-executed %.400s", sim_request_word(request.kind), name);
    must_make(playing, move);
    if (request.kind == SIM_REQUEST_PULL) {
        char stream[SIM_MOVE_NAME_SIZE];
        (void)snprintf(stream, sizeof(stream), "pull-stream %.400s", name);
        while (make(playing, stream)) {
            /* stage by stage */
        }
    }
    (void)snprintf(move, sizeof(move), "%s-answered %.400s", sim_request_word(request.kind), name);
    must_make(playing, move);
}

static void play_event(struct playing *playing, const struct sim_entry *event)
{
    char name[SIM_RETOLD_NAME_SIZE];
    char move[SIM_MOVE_NAME_SIZE];
    if (strcmp(event->text, "removal-started") == 0 && event->image != NULL) {
        sim_retold_call(playing->retold, event->image, name);
        (void)snprintf(move, sizeof(move), "delay-over %.400s", name);
        must_make(playing, move);
    } else if (strcmp(event->text, "pull-ended") == 0 && event->reference != NULL) {
        play_cancelled(playing, event->reference);
    } else if (strcmp(event->text, "pull-settled") == 0 && event->reference != NULL) {
        (void)snprintf(move, sizeof(move), "pull-late %.400s", event->reference);
        (void)make(playing, move); /* if it lands, it has by now */
        (void)snprintf(move, sizeof(move), "pull-settled %.400s", event->reference);
        (void)make(playing, move); /* or its look was owed without any time between */
    }
}

static void play_line(struct playing *playing, const struct sim_entry *entry)
{
    char move[64];
    switch (entry->kind) {
    case SIM_ENTRY_PULL:
    case SIM_ENTRY_RETAIN:
    case SIM_ENTRY_CANCEL:
    case SIM_ENTRY_RELEASE:
        (void)snprintf(move, sizeof(move), "step %zu", playing->next_step++);
        must_make(playing, move);
        break;
    case SIM_ENTRY_ANSWER:
        play_answer(playing, entry);
        break;
    case SIM_ENTRY_HUNG_UP:
        play_hung_up(playing, entry);
        break;
    case SIM_ENTRY_EVENT:
        play_event(playing, entry);
        break;
    default:
        break;
    }
}

void sim_retold_play(struct sim_retold *retold)
{
    const struct sim_stepper_options options = { .fill = 0xAA };
    struct playing playing = { .retold = retold };
    sim_stepper_open(&playing.stepper, retold->scenario, &options);
    playing.stepper.answers.choose = choose;
    playing.stepper.answers.ctx = &playing;
    struct fake_observer *observer = &playing.stepper.world->observer;
    playing.seen = observer->seen;
    playing.seen_ctx = observer->ctx;
    observer->seen = on_event;
    observer->ctx = &playing;
    for (size_t i = 0; i < retold->end && retold->difference[0] == '\0'; i++) {
        playing.line = i + 1;
        play_line(&playing, &retold->lines[i]);
        const struct sim_violation *violation = sim_stepper_violation(&playing.stepper);
        if (violation != NULL) {
            differs(&playing, violation->message);
        }
    }
    sim_stepper_close(&playing.stepper);
}
