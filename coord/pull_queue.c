#include "coord/pull_queue.h"

#include <assert.h>

void dd__pull_queue_add(struct dd__pull *pull, struct dd__reference *reference)
{
    struct dd_coord *coord = pull->coord;

    assert(pull->phase == DD__PULL_QUEUED && pull->reference == NULL);
    pull->reference = reference;
    reference->user_count++;
    pull->user_count++;
    dd__list_remove(&pull->in_reference);
    dd__list_add_last(&reference->pulls, &pull->in_reference);
    dd__list_add_last(&coord->all_pulls, &pull->all);
    dd__list_add_last(&coord->pull_queue, &pull->in_queue);
}

/* H36: one engine pull a reference; H08: none while a DELETE in its repository is
 * unanswered. */
static bool can_start(const struct dd__pull *pull)
{
    return pull->reference->running == NULL && pull->reference->repository->unanswered_count == 0;
}

void dd__pull_queue_start(struct dd_coord *coord)
{
    struct dd__list *link;
    struct dd__list *after;

    DD__LIST_EACH_SAFE (link, after, &coord->pull_queue) {
        struct dd__pull *pull = DD__CONTAINER(link, struct dd__pull, in_queue);

        if (coord->pulls_running >= coord->config.parallel_pull_max) {
            return;
        }
        if (can_start(pull)) {
            dd__list_remove(&pull->in_queue);
            coord->pulls_running++;
            pull->has_slot = true;
            pull->reference->running = pull;
            dd__pull_start(pull);
        }
    }
}

void dd__pull_slot_free(struct dd__pull *pull)
{
    if (pull->has_slot) {
        assert(pull->coord->pulls_running > 0);
        pull->has_slot = false;
        pull->coord->pulls_running--;
    }
}
