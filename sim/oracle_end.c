/* The end: L1 and L2. Part of the oracle (oracle_state.h). */
#include "sim/oracle_state.h"

void sim_oracle_explained(struct sim_oracle *oracle, const struct dd_explained *explained)
{
    struct oracle_image *image = oracle_known_image(oracle, explained->image);
    image->explained = true;
    image->state = explained->state;
    image->status = explained->status;
    image->conflict = explained->conflict;
    image->lease_count = explained->lease_count;
}

void sim_oracle_engine(struct sim_oracle *oracle, bool is_up)
{
    oracle->engine_is_down = !is_up;
}

void sim_oracle_image(struct sim_oracle *oracle, const struct fake_image_view *view)
{
    struct oracle_image *image = oracle_known_image(oracle, view->id);
    image->container_count = view->container_count;
    image->child_count = view->child_count;
}

static void check_answered(struct sim_oracle *oracle)
{
    for (size_t i = 0; i < oracle->operation_count; i++) {
        const struct oracle_operation *operation = &oracle->operation_at[i];
        if (!operation->told && !operation->refused) {
            sim_oracle_object(oracle, "L1", oracle_name_text(oracle, operation->reference),
                              "nothing moves any more, and %s was never told about %s",
                              oracle_caller_text(oracle, operation->caller),
                              oracle_name_text(oracle, operation->reference));
            return;
        }
    }
}

/* HELD is for images that somebody holds, by the oracle's own count. */
static void check_held(struct sim_oracle *oracle, uint32_t index)
{
    const struct oracle_image *image = &oracle->image_at[index];
    const char *words = oracle_image_text(oracle, index);
    uint64_t counted = image->explained ? image->lease_count : 0;
    if (counted == image->held_count) {
        return;
    }
    sim_oracle_object(oracle, "L1", words,
                      "nothing moves any more, and the coordinator counts %llu lease%s on %s, "
                      "where %u caller%s one%s%s",
                      (unsigned long long)counted, counted == 1 ? "" : "s", words,
                      image->held_count, image->held_count == 1 ? " holds" : "s hold",
                      image->held_count > 0 ? ": " : "", oracle_holder_text(oracle, index));
}

/* Whether it is the engine that owes something: the answer to a DELETE, which has no
 * deadline of ours, or, while it is down, to what became of a lost one (H32). */
static bool engine_owes(const struct sim_oracle *oracle, uint32_t index)
{
    for (size_t i = 0; i < oracle->delete_count; i++) {
        if (oracle->call_at[oracle->deletes[i] - 1].image == index) {
            return true;
        }
    }
    return oracle->engine_is_down && oracle->image_at[index].doubtful;
}

/* Whether the coordinator accounts for this image: somebody holds it, it says why it
 * cannot be removed, or it waits for the engine. */
static bool is_accounted_for(const struct sim_oracle *oracle, uint32_t index)
{
    const struct oracle_image *image = &oracle->image_at[index];
    if (oracle->closing) {
        return image->left || image->held_count > 0;
    }
    if (image->explained && image->state == DD_IMAGE_REMOVING) {
        return engine_owes(oracle, index);
    }
    return image->explained && (image->state == DD_IMAGE_HELD || image->state == DD_IMAGE_BLOCKED);
}

/* Whether others have hidden what @pull did to the name it pulled: by a change after
 * it that no inspect came before; or by one between the inspect before the pull and
 * its end, when the pull did not end in success, so that there is nothing to tell
 * its doing from what was there. */
static bool is_hidden(const struct oracle_call *pull, const struct oracle_name *pulled)
{
    if (pulled->foreign > pulled->landed) {
        return pulled->confirmed < pulled->landed;
    }
    return pulled->foreign > pull->before && pulled->succeeded < pulled->landed;
}

/* A pull of ours made it, not only the digest of a tag that was there, and the
 * coordinator could know: it asked before, and the engine answers. */
bool oracle_name_is_owed(const struct sim_oracle *oracle, uint32_t index)
{
    const struct oracle_name *name = &oracle->name_at[index];
    if (name->image == SIM_NONE || name->made_by == 0) {
        return false;
    }
    const struct oracle_call *pull = &oracle->call_at[name->made_by - 1];
    const struct oracle_name *pulled = pull->name != SIM_NONE ? &oracle->name_at[pull->name] : name;
    if (oracle->closed_late && pulled->owed_count > 0) {
        return false; /* a close had no time left to look */
    }
    return pull->landed && pull->before_known && pulled->is_known && !is_hidden(pull, pulled);
}

static void check_removed(struct sim_oracle *oracle)
{
    for (uint32_t i = 0; i < oracle->names.count; i++) {
        const struct oracle_name *name = &oracle->name_at[i];
        if (oracle_name_is_owed(oracle, i) && !is_accounted_for(oracle, name->image)) {
            const char *words = oracle_image_text(oracle, name->image);
            sim_oracle_object(oracle, "L1", words,
                              "nothing moves any more, and %s (%s), which our pull made, is still "
                              "there: nobody holds it and nothing will remove it",
                              oracle_name_text(oracle, i), words);
            return;
        }
    }
}

/* --- why it is blocked ------------------------------------------------------------- */

/* Whether a name of it may belong to others. */
static bool has_names_of_others(const struct sim_oracle *oracle, const struct oracle_image *image)
{
    for (uint32_t i = image->names; i != SIM_NONE; i = oracle->name_at[i].next) {
        if (!oracle_name_is_owed(oracle, i)) {
            return true;
        }
    }
    return false;
}

/* Whether an inspect of its ID or a DELETE failed, or the last inspect of a name of ours. */
static bool has_failed(const struct sim_oracle *oracle, const struct oracle_image *image)
{
    bool failed = image->failed;
    for (uint32_t i = image->pairs; !failed && i != SIM_NONE; i = oracle->pair_at[i].next) {
        failed = oracle->name_at[oracle->pair_at[i].name].is_unknown;
    }
    return failed;
}

/* Whether the engine's truth bears out the reason, or the engine itself gave it. */
static bool is_borne_out(const struct sim_oracle *oracle, const struct oracle_image *image)
{
    if (image->status != DD_ECONFLICT) {
        return has_failed(oracle, image);
    }
    switch (image->conflict) {
    case DD_CONFLICT_CONTAINER:
        return image->container_count > 0 || image->refused;
    case DD_CONFLICT_CHILDREN:
        return image->child_count > 0 || image->refused;
    case DD_CONFLICT_NAMES:
        return has_names_of_others(oracle, image) || image->refused;
    default:
        return image->refused;
    }
}

static void check_blocked(struct sim_oracle *oracle, uint32_t index)
{
    const struct oracle_image *image = &oracle->image_at[index];
    if (image->explained && image->state == DD_IMAGE_BLOCKED && !is_borne_out(oracle, image)) {
        const char *words = oracle_image_text(oracle, index);
        sim_oracle_object(
            oracle, "L1", words,
            "nothing moves any more, and %s is said to be blocked by \"%s%s%s\", "
            "which it is not",
            words, dd_status_text(image->status), image->conflict != DD_CONFLICT_NONE ? ": " : "",
            image->conflict != DD_CONFLICT_NONE ? dd_conflict_text(image->conflict) : "");
    }
}

void sim_oracle_settled(struct sim_oracle *oracle, bool asleep)
{
    check_answered(oracle);
    if (!oracle->closing) {
        for (uint32_t i = 0; i < oracle->image_ids.count; i++) {
            check_held(oracle, i);
            check_blocked(oracle, i);
        }
        oracle_timing_settled(oracle, asleep);
    }
    if (oracle->config.cleanup && (!oracle->closing || oracle->draining)) {
        check_removed(oracle);
    }
}

void sim_oracle_left(struct sim_oracle *oracle, const struct sim_leftovers *leftovers)
{
    if (leftovers->live_bytes > 0) {
        sim_oracle_object(oracle, "L2", "", "after the close %llu bytes of memory are left",
                          (unsigned long long)leftovers->live_bytes);
    } else if (leftovers->task_count > 0) {
        sim_oracle_object(oracle, "L2", "", "after the close posted work is left");
    } else if (leftovers->alarm_count > 0) {
        sim_oracle_object(oracle, "L2", "", "after the close an alarm is left");
    } else if (leftovers->call_count > 0) {
        sim_oracle_object(oracle, "L2", "", "after the close %llu engine call%s in flight",
                          (unsigned long long)leftovers->call_count,
                          leftovers->call_count == 1 ? " is" : "s are");
    } else if (leftovers->locked) {
        sim_oracle_object(oracle, "L2", "", "after the close the host lock is still taken");
    }
}
