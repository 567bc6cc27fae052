/* When removals begin: not before their time (S7), not later than they could, and
 * earliest deadline first (L1). Part of the oracle (oracle_state.h).
 *
 * What the time is follows from the last release, or from how often the image was
 * blocked; that a removal begins, ends and is blocked is the coordinator's word. */
#include "sim/oracle_state.h"

static struct oracle_image *image_of(struct sim_oracle *oracle, uint32_t index)
{
    return &oracle->image_at[index];
}

/* What its last removal came to is told as long as it is blocked. */
static void enter(struct oracle_image *image, enum oracle_phase phase)
{
    image->phase = phase;
    if (phase != ORACLE_BLOCKED) {
        image->failed = false;
        image->refused = false;
    }
}

void oracle_timing_held(struct sim_oracle *oracle, uint32_t index)
{
    struct oracle_image *image = image_of(oracle, index);
    enter(image, ORACLE_NONE);
    image->blocked_run = 0;
    image->untried = false;
    image->forgotten_now = false;
}

static void wait_delay(const struct sim_oracle *oracle, struct oracle_image *image)
{
    enter(image, ORACLE_WAITING);
    image->due_ns = oracle->now_ns + oracle->config.remove_delay_ns;
    image->latest_ns = image->due_ns;
    image->untried = oracle->draining;
}

/* What came of it in the very call that gave it back has been seen already. */
void oracle_timing_released(struct sim_oracle *oracle, uint32_t index)
{
    struct oracle_image *image = image_of(oracle, index);
    if (image->phase == ORACLE_NONE && !image->forgotten_now && oracle->config.cleanup &&
        oracle_image_is_ours(oracle, index)) {
        wait_delay(oracle, image);
    }
}

static void is_blocked(struct sim_oracle *oracle, struct oracle_image *image,
                       enum dd_conflict conflict)
{
    uint64_t max_ns = oracle->config.backoff_max_ns;
    uint64_t wait_ns = oracle->config.backoff_min_ns;
    for (unsigned i = 0; i < image->blocked_run && wait_ns < max_ns; i++) {
        wait_ns = wait_ns >= max_ns / 2 ? max_ns : 2 * wait_ns;
    }
    if (conflict == DD_CONFLICT_NAMES || wait_ns > max_ns) {
        wait_ns = max_ns;
    }
    uint64_t most_ns = wait_ns + wait_ns / 8;
    enter(image, ORACLE_BLOCKED);
    image->blocked_run++;
    image->due_ns = oracle->now_ns + wait_ns;
    image->latest_ns = oracle->now_ns + (most_ns < max_ns ? most_ns : max_ns);
}

/* --- whether one could begin -------------------------------------------------------- */

/* Since when nothing is in the way of it; UINT64_MAX: something is. */
static uint64_t free_since_ns(const struct sim_oracle *oracle, const struct oracle_image *image)
{
    uint64_t since_ns = image->latest_ns > image->since_ns ? image->latest_ns : image->since_ns;
    if (image->want_count > 0) {
        return UINT64_MAX;
    }
    for (uint32_t i = image->pairs; i != SIM_NONE; i = oracle->pair_at[i].next) {
        uint32_t name = oracle->pair_at[i].name;
        const struct oracle_name *repository = &oracle->name_at[oracle->name_at[name].repository];
        if (repository->busy_count > 0) {
            return UINT64_MAX;
        }
        since_ns = repository->quiet_ns > since_ns ? repository->quiet_ns : since_ns;
    }
    return since_ns;
}

/* Whether the coordinator must know it as its own. */
static bool is_surely_ours(const struct sim_oracle *oracle, const struct oracle_image *image)
{
    for (uint32_t i = image->names; i != SIM_NONE; i = oracle->name_at[i].next) {
        if (!oracle->name_at[i].by_digest &&
            oracle->name_at[i].succeeded > oracle->name_at[i].landed &&
            oracle_name_is_owed(oracle, i)) {
            return true;
        }
    }
    return false;
}

static void check_time(struct sim_oracle *oracle, uint32_t index)
{
    const struct oracle_image *image = image_of(oracle, index);
    const char *words = oracle_image_text(oracle, index);
    uint64_t free_ns = free_since_ns(oracle, image);
    free_ns = oracle->crowded_ns > free_ns ? oracle->crowded_ns : free_ns;
    if (oracle->now_ns < image->due_ns) {
        sim_oracle_object(oracle, "S7", words, "the removal of %s begins %llums before its time",
                          words, (unsigned long long)((image->due_ns - oracle->now_ns) / 1000000));
    } else if (oracle->now_ns > free_ns) {
        sim_oracle_object(oracle, "L1", words, "the removal of %s begins %llums after it could",
                          words, (unsigned long long)((oracle->now_ns - free_ns) / 1000000));
    }
}

static void check_order(struct sim_oracle *oracle, uint32_t index)
{
    const struct oracle_image *image = image_of(oracle, index);
    for (uint32_t i = 0; i < oracle->image_ids.count; i++) {
        const struct oracle_image *other = &oracle->image_at[i];
        if (other->phase == ORACLE_WAITING && other->due_ns < image->due_ns &&
            other->held_count == 0 && is_surely_ours(oracle, other) &&
            free_since_ns(oracle, other) <= oracle->now_ns) {
            const char *words = oracle_image_text(oracle, i);
            sim_oracle_object(oracle, "L1", words,
                              "the removal of %s begins before that of %s, whose time came first",
                              oracle_image_text(oracle, index), words);
            return;
        }
    }
}

static void begins(struct sim_oracle *oracle, uint32_t index)
{
    struct oracle_image *image = image_of(oracle, index);
    if (!oracle->closing && !oracle->timeless &&
        (image->phase == ORACLE_WAITING || image->phase == ORACLE_BLOCKED)) {
        check_time(oracle, index);
        check_order(oracle, index);
    }
    enter(image, ORACLE_REMOVING);
    image->begun = oracle->sequence;
    image->untried = false;
}

/* --- what is seen -------------------------------------------------------------------- */

void oracle_timing_saw(struct sim_oracle *oracle, const struct dd_event *event)
{
    uint32_t index = oracle_image_of(oracle, event->image);
    struct oracle_image *image = image_of(oracle, index);
    switch (event->kind) {
    case DD_EVENT_REMOVAL_STARTED:
        begins(oracle, index);
        break;
    case DD_EVENT_RESCUED: /* its time stands */
        enter(image, image->held_count == 0 ? ORACLE_WAITING : ORACLE_NONE);
        image->since_ns = oracle->now_ns;
        break;
    case DD_EVENT_BLOCKED:
        is_blocked(oracle, image, event->conflict);
        break;
    case DD_EVENT_PULL_ORPHAN: /* as if it had been released now */
        if (oracle->config.cleanup && image->held_count == 0 &&
            (image->phase == ORACLE_NONE || image->phase == ORACLE_BLOCKED)) {
            wait_delay(oracle, image);
        }
        break;
    case DD_EVENT_ATTEMPT_FAILED: /* of a call that was refused nobody else tells */
        oracle->refused_count -= oracle->refused_count > 0 ? 1 : 0;
        oracle->crowded_ns = oracle->now_ns;
        break;
    case DD_EVENT_FORGOTTEN:
        image->forgotten_now = true;
        enter(image, ORACLE_NONE);
        break;
    case DD_EVENT_REMOVED:
    case DD_EVENT_NOT_THERE:
        enter(image, ORACLE_NONE);
        image->blocked_run = 0;
        break;
    default:
        break;
    }
}

void oracle_timing_closing(struct sim_oracle *oracle)
{
    for (uint32_t i = 0; i < oracle->image_ids.count; i++) {
        struct oracle_image *image = &oracle->image_at[i];
        image->untried = oracle->draining && image->held_count == 0 &&
                         (image->phase == ORACLE_WAITING || image->phase == ORACLE_BLOCKED);
    }
}

/* A close that has time left has awaited the DELETEs, and, draining, tried everything. */
void oracle_timing_closed(struct sim_oracle *oracle)
{
    oracle->closed_late = oracle->now_ns >= oracle->closing_until_ns;
    if (oracle->closed_late) {
        return;
    }
    uint32_t doubtful = oracle_gate_doubtful(oracle);
    if (doubtful != SIM_NONE) {
        const char *words = oracle_image_text(oracle, doubtful);
        sim_oracle_object(oracle, "L1", words,
                          "the close is over before the DELETE of %s is, with time left", words);
    }
    for (uint32_t i = 0; i < oracle->image_ids.count; i++) {
        const struct oracle_image *image = &oracle->image_at[i];
        if (image->untried && image->held_count == 0 &&
            (image->phase == ORACLE_BLOCKED || is_surely_ours(oracle, image))) {
            const char *words = oracle_image_text(oracle, i);
            sim_oracle_object(oracle, "L1", words,
                              "the draining close is over, and never tried to remove %s", words);
        }
    }
}

void oracle_timing_settled(struct sim_oracle *oracle, bool asleep)
{
    for (uint32_t i = 0; i < oracle->image_ids.count; i++) {
        const struct oracle_image *image = &oracle->image_at[i];
        if (image->explained && image->state == DD_IMAGE_BLOCKED &&
            (asleep || (image->phase == ORACLE_BLOCKED && oracle->removal_count == 0 &&
                        oracle->now_ns > free_since_ns(oracle, image)))) {
            const char *words = oracle_image_text(oracle, i);
            sim_oracle_object(oracle, "L1", words,
                              "%s is blocked, and nothing will try to remove it again", words);
        }
    }
}
