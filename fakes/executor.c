#include "fakes/executor.h"

#include <assert.h>

static void executor_post(void *ctx, struct dd_task *task)
{
    struct fake_executor *executor = ctx;
    assert(task->run != NULL);
    assert(task != executor->last);
    task->next = NULL;
    if (executor->last != NULL) {
        executor->last->next = task;
    } else {
        executor->first = task;
    }
    executor->last = task;
    executor->pending_count++;
}

static const struct dd_executor_ops executor_ops = { .post = executor_post };

void fake_executor_init(struct fake_executor *executor)
{
    *executor = (struct fake_executor){ .first = NULL };
}

struct dd_executor fake_executor_interface(struct fake_executor *executor)
{
    return (struct dd_executor){ .ops = &executor_ops, .ctx = executor };
}

bool fake_executor_step(struct fake_executor *executor)
{
    struct dd_task *task = executor->first;
    if (task == NULL) {
        return false;
    }
    executor->first = task->next;
    if (executor->first == NULL) {
        executor->last = NULL;
    }
    assert(executor->pending_count > 0);
    executor->pending_count--;
    /* From here on the task is its owner's again, who may free it or post it. */
    task->next = NULL;
    task->run(task);
    return true;
}

void fake_executor_forget(struct fake_executor *executor)
{
    fake_executor_init(executor);
}
