/* The loop as an executor: the strand's queue. */
#include <assert.h>

#include "coord/backend/loop_internal.h"

void dd__loop_post(struct dd_loop *loop, struct dd_task *task)
{
    assert(task->run != NULL && task != loop->last);
    task->next = NULL;
    if (loop->last != NULL) {
        loop->last->next = task;
    } else {
        loop->first = task;
        if (!loop->is_dispatching) {
            dd__loop_signal(loop);
        }
    }
    loop->last = task;
}

static void executor_post(void *ctx, struct dd_task *task)
{
    dd__loop_post(ctx, task);
}

static const struct dd_executor_ops executor_ops = { .post = executor_post };

struct dd_executor dd_loop_executor(struct dd_loop *loop)
{
    return (struct dd_executor){ .ops = &executor_ops, .ctx = loop };
}

void dd__loop_run_posted(struct dd_loop *loop)
{
    for (unsigned i = 0; i < DD__LOOP_TASK_MAX && loop->first != NULL; i++) {
        struct dd_task *task = loop->first;

        loop->first = task->next;
        if (loop->first == NULL) {
            loop->last = NULL;
        }
        /* From here on the task is its owner's again, who may free it or post it. */
        task->next = NULL;
        loop->counts.task_count++;
        task->run(task);
    }
}
