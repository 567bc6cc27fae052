/* The end: L1 and L2. Part of the oracle (oracle_state.h). */
#include "sim/oracle_state.h"

void sim_oracle_explained(struct sim_oracle *oracle, const struct dd_explained *explained)
{
    struct oracle_image *image = &oracle->image_at[oracle_image_of(oracle, explained->image)];
    image->explained = true;
    image->state = explained->state;
    image->lease_count = explained->lease_count;
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

/* Whether the coordinator accounts for this image: somebody holds it, or it says
 * why it cannot be removed. */
static bool is_accounted_for(const struct sim_oracle *oracle, const struct oracle_image *image)
{
    if (oracle->closing) {
        return image->left || image->held_count > 0;
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

/* Whether we owe the removal of what @name means: a pull of ours made it, not only
 * the digest of a tag that was there, and the coordinator could know: it asked
 * before, and the engine answers. */
static bool is_owed(const struct sim_oracle *oracle, const struct oracle_name *name)
{
    if (name->image == SIM_NONE || name->made_by == 0) {
        return false;
    }
    const struct oracle_call *pull = &oracle->call_at[name->made_by - 1];
    const struct oracle_name *pulled = pull->name != SIM_NONE ? &oracle->name_at[pull->name] : name;
    bool answers = pulled->inspect_status == 200 || pulled->inspect_status == 404;
    return pull->landed && pull->before_known && answers && !is_hidden(pull, pulled);
}

static void check_removed(struct sim_oracle *oracle)
{
    for (uint32_t i = 0; i < oracle->names.count; i++) {
        const struct oracle_name *name = &oracle->name_at[i];
        if (is_owed(oracle, name) && !is_accounted_for(oracle, &oracle->image_at[name->image])) {
            const char *words = oracle_image_text(oracle, name->image);
            sim_oracle_object(oracle, "L1", words,
                              "nothing moves any more, and %s (%s), which our pull made, is still "
                              "there: nobody holds it and nothing will remove it",
                              oracle_name_text(oracle, i), words);
            return;
        }
    }
}

void sim_oracle_settled(struct sim_oracle *oracle)
{
    check_answered(oracle);
    if (!oracle->closing) {
        for (uint32_t i = 0; i < oracle->image_ids.count; i++) {
            check_held(oracle, i);
        }
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
