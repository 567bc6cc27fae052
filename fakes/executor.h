/**
 * The strand's queue, simulated: a list of tasks, first in first out, which runs
 * one at a time when the world says so.
 */
#ifndef FAKE_EXECUTOR_H
#define FAKE_EXECUTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "drydock/env.h"

struct fake_executor {
    struct dd_task *first;
    struct dd_task *last;
    size_t pending_count;
};

void fake_executor_init(struct fake_executor *executor);

/** The interface to give to a coordinator; @executor must outlive it. */
struct dd_executor fake_executor_interface(struct fake_executor *executor);

/** Run the task that was posted first. False if there is none. */
bool fake_executor_step(struct fake_executor *executor);

/** Forget all that was posted, as when an agent dies. */
void fake_executor_forget(struct fake_executor *executor);

#endif
