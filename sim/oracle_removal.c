/* What may be removed, and when: S1, S7, S8. Part of the oracle (oracle_state.h). */
#include "sim/array.h"
#include "sim/oracle_state.h"

/* --- what is ours ------------------------------------------------------------------- */

void oracle_pair_record(struct sim_oracle *oracle, uint32_t name, uint32_t image)
{
    uint64_t key = oracle_key(name, image);
    uint32_t index = sim_map_find(&oracle->pairs, key);
    if (index == SIM_NONE) {
        oracle->pair_at = sim_array_grow(oracle->pair_at, &oracle->pair_capacity,
                                         oracle->pair_count + 1, sizeof(*oracle->pair_at));
        index = (uint32_t)oracle->pair_count++;
        sim_map_put(&oracle->pairs, key, index);
        oracle->pair_at[index] =
            (struct oracle_pair){ .name = name, .next = oracle->image_at[image].pairs };
        oracle->image_at[image].pairs = index;
    }
    oracle->pair_at[index].sequence = oracle->sequence;
    oracle->image_at[image].ours = oracle->sequence;
}

void oracle_pair_learned(struct sim_oracle *oracle, uint32_t name, uint32_t image)
{
    uint32_t index = sim_map_find(&oracle->pairs, oracle_key(name, image));
    if (index != SIM_NONE) {
        oracle->pair_at[index].learned = oracle->sequence;
    }
}

/* H38: the answer to a call takes away nothing that was bound after the call was sent. That
 * others removed such a pair meanwhile, and brought it back, nobody can see. */
void oracle_pairs_outlive(struct sim_oracle *oracle, uint32_t image, uint64_t sent_at)
{
    for (uint32_t i = oracle->image_at[image].pairs; i != SIM_NONE; i = oracle->pair_at[i].next) {
        const struct oracle_pair *pair = &oracle->pair_at[i];
        if (pair->learned > sent_at && oracle_pair_is_ours(oracle, pair->name, image)) {
            oracle_pair_record(oracle, pair->name, image);
        }
    }
}

bool oracle_pair_is_ours(const struct sim_oracle *oracle, uint32_t name, uint32_t image)
{
    uint32_t index = sim_map_find(&oracle->pairs, oracle_key(name, image));
    return index != SIM_NONE && oracle->pair_at[index].sequence > oracle->image_at[image].forgotten;
}

bool oracle_image_is_ours(const struct sim_oracle *oracle, uint32_t image)
{
    return oracle->image_at[image].ours > oracle->image_at[image].forgotten;
}

/* --- what is excused ---------------------------------------------------------------- */

/* Nothing of a removal of @image can be older than this. */
static uint64_t removal_floor_ns(const struct sim_oracle *oracle, const struct oracle_image *image)
{
    if (oracle->draining) {
        return 0;
    }
    uint64_t since_ns = image->released ? image->released_ns : image->made_ns;
    return since_ns + oracle->config.remove_delay_ns;
}

/* The engine has no compare-and-delete: between our inspect and our DELETE others
 * may have moved or added a name; and a DELETE may be executed after we had to
 * take it for lost. Without an inspect for this very removal nothing is excused. */
static bool is_excused(const struct sim_oracle *oracle, const struct oracle_call *call)
{
    if (call->late) {
        return true;
    }
    if (call->basis == 0) {
        return false;
    }
    uint64_t foreign = call->name != SIM_NONE ? oracle->name_at[call->name].foreign
                                              : oracle->image_at[call->image].foreign;
    return foreign > call->basis;
}

/* --- a DELETE is sent ----------------------------------------------------------------- */

static void check_no_holder(struct sim_oracle *oracle, const struct oracle_call *call,
                            uint32_t image)
{
    if (oracle->image_at[image].held_count > 0) {
        const char *words = oracle_image_text(oracle, image);
        sim_oracle_object(
            oracle, "S1", words, "the engine is asked to DELETE %s (%s), which %s holds",
            oracle_name_text(oracle, call->name), words, oracle_holder_text(oracle, image));
    }
}

static void check_delay(struct sim_oracle *oracle, const struct oracle_call *call, uint32_t image)
{
    const struct oracle_image *target = &oracle->image_at[image];
    uint64_t floor_ns = removal_floor_ns(oracle, target);
    if (oracle->now_ns < floor_ns) {
        const char *words = oracle_image_text(oracle, image);
        sim_oracle_object(oracle, "S7", words,
                          "the engine is asked to DELETE %s (%s) %llums before its delay is over",
                          oracle_name_text(oracle, call->name), words,
                          (unsigned long long)((floor_ns - oracle->now_ns) / 1000000));
    }
}

/* A DELETE by ID takes an image's only name with it, whoever made it. */
static void check_names_ours(struct sim_oracle *oracle, uint32_t image)
{
    for (uint32_t i = oracle->image_at[image].names; i != SIM_NONE; i = oracle->name_at[i].next) {
        if (!oracle_pair_is_ours(oracle, i, image)) {
            const char *words = oracle_image_text(oracle, image);
            sim_oracle_object(
                oracle, "S8", words,
                "the engine is asked to DELETE %s by its ID, which has the name %s of others",
                words, oracle_name_text(oracle, i));
            return;
        }
    }
}

static void check_ours(struct sim_oracle *oracle, const struct oracle_call *call, uint32_t image)
{
    const char *words = oracle_image_text(oracle, image);
    if (call->name != SIM_NONE) {
        if (!oracle_pair_is_ours(oracle, call->name, image)) {
            sim_oracle_object(oracle, "S8", words,
                              "the engine is asked to DELETE %s, which means %s: no pull of ours "
                              "made that so",
                              oracle_name_text(oracle, call->name), words);
        }
    } else if (!oracle_image_is_ours(oracle, image)) {
        sim_oracle_object(oracle, "S8", words,
                          "the engine is asked to DELETE %s by its ID, which is not ours", words);
    } else {
        check_names_ours(oracle, image);
    }
}

/* An inspect that this very removal of the image made. */
bool oracle_inspected_counts(const struct sim_oracle *oracle,
                             const struct oracle_inspected *inspected)
{
    if (inspected->sequence == 0 || inspected->image == SIM_NONE) {
        return false;
    }
    const struct oracle_image *image = &oracle->image_at[inspected->image];
    return image->phase == ORACLE_REMOVING && inspected->sent > image->begun;
}

void oracle_delete_sent(struct sim_oracle *oracle, struct oracle_call *call)
{
    const struct oracle_inspected *inspected;
    if (call->name != SIM_NONE) {
        inspected = &oracle->name_at[call->name].inspected;
        call->image = oracle->name_at[call->name].image;
    } else {
        inspected = &oracle->image_at[call->image].inspected;
    }
    call->aim = call->image;
    if (oracle_inspected_counts(oracle, inspected)) {
        call->aim = inspected->image;
        call->basis = inspected->sequence;
    }
    if (call->aim == SIM_NONE) {
        return; /* it means nothing and never did: 404 */
    }
    check_no_holder(oracle, call, call->aim);
    check_delay(oracle, call, call->aim);
    if (call->image != SIM_NONE && oracle->image_at[call->image].exists &&
        !is_excused(oracle, call)) {
        check_no_holder(oracle, call, call->image);
        check_delay(oracle, call, call->image);
        check_ours(oracle, call, call->image);
    }
}

/* --- and executed ------------------------------------------------------------------------ */

void oracle_delete_unnamed(struct sim_oracle *oracle, const struct oracle_call *call, uint32_t name,
                           uint32_t was)
{
    if (was == SIM_NONE || call->kind != FAKE_CALL_REMOVE || is_excused(oracle, call) ||
        oracle_pair_is_ours(oracle, name, was)) {
        return;
    }
    /* The engine drops a repository's digest with the repository's last tag. */
    if (call->name != SIM_NONE && oracle->name_at[name].by_digest &&
        oracle->name_at[name].repository == oracle->name_at[call->name].repository) {
        return;
    }
    sim_oracle_object(oracle, "S8", oracle_image_text(oracle, was),
                      "our DELETE of %s removes the name %s of %s, which is not ours",
                      oracle_name_text(oracle, call->name), oracle_name_text(oracle, name),
                      oracle_image_text(oracle, was));
}

void oracle_delete_deleted(struct sim_oracle *oracle, struct oracle_call *call, uint32_t image)
{
    struct oracle_image *target = &oracle->image_at[image];
    const char *words = oracle_image_text(oracle, image);
    call->deleted = image;
    call->deleted_at = oracle->sequence;
    if (is_excused(oracle, call)) {
        target->gone_excused = true;
        return;
    }
    if (target->held_count > 0) {
        sim_oracle_object(oracle, "S1", words, "our DELETE of %s removes %s while %s holds it",
                          oracle_name_text(oracle, call->name), words,
                          oracle_holder_text(oracle, image));
    } else if (!oracle_image_is_ours(oracle, image)) {
        sim_oracle_object(oracle, "S8", words, "our DELETE of %s removes %s, which is not ours",
                          oracle_name_text(oracle, call->name), words);
    }
}

/* --- a lease begins ------------------------------------------------------------------------ */

/* Whether @call is a call to remove @image: it was sent for it, or would hit it now. */
static bool is_aimed_at(const struct sim_oracle *oracle, const struct oracle_call *call,
                        uint32_t image)
{
    if (call->aim == image || call->image == image) {
        return true;
    }
    return !call->executed && call->name != SIM_NONE && oracle->name_at[call->name].image == image;
}

void oracle_delete_granted(struct sim_oracle *oracle, uint32_t image, uint32_t caller)
{
    for (size_t i = 0; i < oracle->delete_count; i++) {
        const struct oracle_call *call = &oracle->call_at[oracle->deletes[i] - 1];
        if (is_aimed_at(oracle, call, image) && !is_excused(oracle, call)) {
            const char *words = oracle_image_text(oracle, image);
            sim_oracle_object(oracle, "S1", words,
                              "%s is granted %s while a call to remove it is in flight: DELETE %s",
                              oracle_caller_text(oracle, caller), words,
                              call->name != SIM_NONE ? oracle_name_text(oracle, call->name)
                                                     : words);
        }
    }
}
