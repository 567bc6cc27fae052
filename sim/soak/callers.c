#include "sim/soak/callers.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "fakes/memory.h"
#include "sim/hash.h"
#include "sim/progress.h"

#define NS_PER_MS UINT64_C(1000000)
#define REST_MAX_MS 600  /* between giving back and asking again */
#define HOLD_MAX_MS 1500 /* from the telling to what comes next */
#define LEAVE_MAX_MS 100 /* from the asking to leaving */
#define DEADLINE_MAX_MS 3000
#define CALLER_SIZE 32

enum caller_state { CALLER_FREE, CALLER_ASKING, CALLER_HOLDING };

struct caller {
    struct sim_callers *callers;
    char name[CALLER_SIZE];
    enum caller_state state;
    uint64_t due_ns; /* when something happens next; UINT64_MAX: when it is told */
    bool leaves;     /* it leaves then, instead of waiting to be told */
    bool has_more;   /* it asked again without giving back */
    bool gave_up;    /* it has given back all, whatever it is told yet */
    uint64_t number; /* of its operation, in the recording */
    struct dd_operation operation;
    const char *reference;
    char image[DD_IMAGE_ID_MAX + 1]; /* that it was last told; "" */
    uint64_t lease;
};

struct sim_callers {
    struct sim_callers_options options;
    pthread_mutex_t lock;
    uint64_t random;
    uint64_t next_operation;
    bool stopped;
    unsigned waiting;
    struct caller *at;
};

/* splitmix64 */
uint64_t sim_soak_draw(uint64_t *random, uint64_t count)
{
    *random += UINT64_C(0x9e3779b97f4a7c15);
    return sim_hash_finish(*random) % count;
}

static bool chance(struct sim_callers *callers, unsigned percent)
{
    return sim_soak_draw(&callers->random, 100) < percent;
}

static uint64_t soon(struct sim_callers *callers, uint64_t max_ms)
{
    return sim_wall_ns() + sim_soak_draw(&callers->random, max_ms * NS_PER_MS);
}

/* Before the agent is closed there is nothing that it could refuse. */
static void must(enum dd_status status)
{
    assert(status == DD_OK);
    (void)status;
}

static void record_release(struct caller *caller, const char *form)
{
    bool all = strcmp(form, "caller") == 0;
    sim_recording_write(
        caller->callers->options.recording,
        &(struct sim_entry){ .kind = SIM_ENTRY_RELEASE,
                             .text = form,
                             .caller = caller->name,
                             .image = all ? NULL : caller->image,
                             .lease = strcmp(form, "lease") == 0 ? caller->lease : 0 });
}

static void release_caller(struct caller *caller)
{
    record_release(caller, "caller");
    caller->gave_up = caller->state == CALLER_ASKING;
    must(dd_agent_release_caller(caller->callers->options.agent, caller->name, NULL, NULL));
}

/* --- told ------------------------------------------------------------------------------- */

static void caller_told(void *arg, const struct dd_result *result)
{
    struct caller *caller = arg;
    struct sim_callers *callers = caller->callers;
    bool granted = result->status == DD_OK;
    (void)pthread_mutex_lock(&callers->lock);
    sim_recording_write(callers->options.recording,
                        &(struct sim_entry){ .kind = SIM_ENTRY_TOLD,
                                             .number = caller->number,
                                             .caller = caller->name,
                                             .reference = caller->reference,
                                             .status = (unsigned)result->status,
                                             .image = granted ? result->lease.image : NULL,
                                             .lease = granted ? result->lease.number : 0,
                                             .text = granted ? NULL : result->text });
    callers->waiting--;
    if (granted) {
        (void)snprintf(caller->image, sizeof(caller->image), "%s", result->lease.image);
        caller->lease = result->lease.number;
    }
    if (granted && caller->gave_up) {
        record_release(caller, "caller"); /* the telling was on its way, the release behind it */
    }
    bool holds = (granted || caller->has_more) && !caller->gave_up;
    caller->state = holds ? CALLER_HOLDING : CALLER_FREE;
    caller->due_ns = soon(callers, holds ? HOLD_MAX_MS : REST_MAX_MS);
    (void)pthread_mutex_unlock(&callers->lock);
}

/* --- asking ------------------------------------------------------------------------------- */

static const char *policy_word(enum dd_policy policy)
{
    return policy == DD_PULL_ALWAYS ? "always" : policy == DD_PULL_NEVER ? "never" : "if missing";
}

static void begin_operation(struct caller *caller, const struct sim_entry *asked)
{
    struct sim_callers *callers = caller->callers;
    sim_recording_write(callers->options.recording, asked);
    caller->state = CALLER_ASKING;
    caller->leaves = chance(callers, 25);
    caller->due_ns = caller->leaves ? soon(callers, LEAVE_MAX_MS) : UINT64_MAX;
    callers->waiting++;
}

/* The agent took it not: it is told here, so that the recording has an end of it. */
static void refused(struct caller *caller, enum dd_status status)
{
    struct sim_callers *callers = caller->callers;
    sim_recording_write(callers->options.recording, &(struct sim_entry){ .kind = SIM_ENTRY_TOLD,
                                                                         .number = caller->number,
                                                                         .caller = caller->name,
                                                                         .status = (unsigned)status,
                                                                         .text = "refused" });
    callers->waiting--;
    caller->state = caller->has_more ? CALLER_HOLDING : CALLER_FREE;
    caller->due_ns = soon(callers, REST_MAX_MS);
}

static void ask_pull(struct caller *caller)
{
    static const enum dd_policy policies[] = { DD_PULL_ALWAYS, DD_PULL_ALWAYS, DD_PULL_IF_MISSING,
                                               DD_PULL_IF_MISSING, DD_PULL_NEVER };
    struct sim_callers *callers = caller->callers;
    uint64_t deadline_ns = sim_soak_draw(&callers->random, DEADLINE_MAX_MS * NS_PER_MS);
    const struct dd_pull pull = {
        .reference = caller->reference,
        .caller = caller->name,
        .policy = policies[sim_soak_draw(&callers->random, 5)],
        .deadline_ns = chance(callers, 10) ? deadline_ns + NS_PER_MS : 0,
        .done = caller_told,
        .arg = caller,
    };
    begin_operation(caller, &(struct sim_entry){ .kind = SIM_ENTRY_PULL,
                                                 .number = caller->number,
                                                 .caller = caller->name,
                                                 .reference = caller->reference,
                                                 .text = policy_word(pull.policy) });
    enum dd_status status = dd_agent_pull(callers->options.agent, &pull, &caller->operation);
    if (status != DD_OK) {
        refused(caller, status);
    }
}

/* An image that somebody holds now, or NULL. */
static const char *held_image(struct sim_callers *callers)
{
    uint64_t first = sim_soak_draw(&callers->random, callers->options.caller_count);
    for (unsigned i = 0; i < callers->options.caller_count; i++) {
        struct caller *other = &callers->at[(first + i) % callers->options.caller_count];
        if (other->state == CALLER_HOLDING && other->image[0] != '\0') {
            return other->image;
        }
    }
    return NULL;
}

static void ask_retain(struct caller *caller, const char *image)
{
    struct sim_callers *callers = caller->callers;
    const struct dd_retain retain = {
        .image = image, .caller = caller->name, .done = caller_told, .arg = caller
    };
    begin_operation(caller, &(struct sim_entry){ .kind = SIM_ENTRY_RETAIN,
                                                 .number = caller->number,
                                                 .caller = caller->name,
                                                 .image = image });
    enum dd_status status = dd_agent_retain(callers->options.agent, &retain, &caller->operation);
    if (status != DD_OK) {
        refused(caller, status);
    }
}

static void ask(struct caller *caller, bool again)
{
    struct sim_callers *callers = caller->callers;
    const char *image = !again && chance(callers, 8) ? held_image(callers) : NULL;
    caller->has_more = again;
    caller->gave_up = false;
    caller->number = callers->next_operation++;
    if (!again) {
        caller->image[0] = '\0';
        caller->reference =
            callers->options
                .references[sim_soak_draw(&callers->random, callers->options.reference_count)];
    }
    if (image != NULL) {
        caller->reference = NULL;
        ask_retain(caller, image);
    } else {
        ask_pull(caller);
    }
}

/* --- leaving and giving back ------------------------------------------------------------------ */

/* In the midst of waiting: the task ends, or the operation alone is cancelled. */
static void leave(struct caller *caller)
{
    struct sim_callers *callers = caller->callers;
    caller->due_ns = UINT64_MAX;
    if (chance(callers, 30)) {
        release_caller(caller);
        return;
    }
    sim_recording_write(callers->options.recording,
                        &(struct sim_entry){ .kind = SIM_ENTRY_CANCEL, .number = caller->number });
    enum dd_status status = dd_agent_cancel(callers->options.agent, caller->operation);
    assert(status == DD_OK || status == DD_EALREADY);
    (void)status;
}

static void give_back(struct caller *caller)
{
    struct sim_callers *callers = caller->callers;
    struct dd_agent *agent = callers->options.agent;
    uint64_t way = sim_soak_draw(&callers->random, 10);
    const struct dd_lease lease = { .image = caller->image,
                                    .caller = caller->name,
                                    .number = caller->lease };
    if (caller->has_more || way == 0) { /* perhaps on two images: the tag may have moved */
        release_caller(caller);
    } else if (way == 1) {
        record_release(caller, "image");
        must(dd_agent_release_image(agent, caller->image, caller->name, NULL, NULL));
    } else {
        record_release(caller, "lease");
        must(dd_agent_release(agent, lease, NULL, NULL));
    }
    caller->has_more = false;
    caller->state = CALLER_FREE;
    caller->due_ns = soon(callers, REST_MAX_MS);
}

static void step(struct caller *caller)
{
    switch (caller->state) {
    case CALLER_FREE:
        ask(caller, false);
        break;
    case CALLER_ASKING:
        leave(caller);
        break;
    case CALLER_HOLDING:
        if (!caller->has_more && caller->reference != NULL && chance(caller->callers, 20)) {
            ask(caller, true);
        } else {
            give_back(caller);
        }
        break;
    }
}

/* --- all of them --------------------------------------------------------------------------------
 */

struct sim_callers *sim_callers_create(const struct sim_callers_options *options)
{
    struct sim_callers *callers = fake_memory_alloc(sizeof(*callers));
    callers->options = *options;
    callers->random = options->seed;
    callers->next_operation = options->first_operation;
    callers->at = fake_memory_alloc(options->caller_count * sizeof(*callers->at));
    (void)pthread_mutex_init(&callers->lock, NULL);
    for (unsigned i = 0; i < options->caller_count; i++) {
        callers->at[i].callers = callers;
        callers->at[i].due_ns = soon(callers, REST_MAX_MS);
        (void)snprintf(callers->at[i].name, CALLER_SIZE, "task-%u", i + 1);
    }
    return callers;
}

void sim_callers_destroy(struct sim_callers *callers)
{
    (void)pthread_mutex_destroy(&callers->lock);
    fake_memory_free(callers->at);
    fake_memory_free(callers);
}

void sim_callers_step(struct sim_callers *callers, uint64_t now_ns)
{
    (void)pthread_mutex_lock(&callers->lock);
    for (unsigned i = 0; i < callers->options.caller_count && !callers->stopped; i++) {
        if (callers->at[i].due_ns <= now_ns) {
            step(&callers->at[i]);
        }
    }
    (void)pthread_mutex_unlock(&callers->lock);
}

void sim_callers_stop(struct sim_callers *callers)
{
    (void)pthread_mutex_lock(&callers->lock);
    callers->stopped = true;
    for (unsigned i = 0; i < callers->options.caller_count; i++) {
        if (callers->at[i].state != CALLER_FREE) {
            release_caller(&callers->at[i]);
        }
    }
    (void)pthread_mutex_unlock(&callers->lock);
}

unsigned sim_callers_waiting(struct sim_callers *callers)
{
    (void)pthread_mutex_lock(&callers->lock);
    unsigned waiting = callers->waiting;
    (void)pthread_mutex_unlock(&callers->lock);
    return waiting;
}
