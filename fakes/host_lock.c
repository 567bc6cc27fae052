#include "fakes/host_lock.h"

#include <assert.h>
#include <string.h>

static void copy_cut(char *out, size_t size, const char *text)
{
    if (size == 0) {
        return;
    }
    size_t length = strlen(text);
    if (length >= size) {
        length = size - 1;
    }
    memcpy(out, text, length);
    out[length] = '\0';
}

static enum dd_status host_lock_take(void *ctx, const char *engine_id, char *holder,
                                     size_t holder_size)
{
    struct fake_host_lock *lock = ctx;
    if (lock->refuse != DD_OK) {
        return lock->refuse;
    }
    const char *other = fake_host_locks_holder(lock->locks, engine_id);
    if (other != NULL) {
        copy_cut(holder, holder_size, other);
        return DD_EBUSY;
    }
    assert(!lock->taken);
    assert(strlen(engine_id) < sizeof(lock->engine_id));
    copy_cut(lock->engine_id, sizeof(lock->engine_id), engine_id);
    lock->taken = true;
    lock->next = lock->locks->first;
    lock->locks->first = lock;
    return DD_OK;
}

static void host_lock_let_go(void *ctx, const char *engine_id)
{
    struct fake_host_lock *lock = ctx;
    assert(lock->taken);
    assert(strcmp(lock->engine_id, engine_id) == 0);
    fake_host_lock_release(lock);
}

static const struct dd_host_lock_ops host_lock_ops = {
    .take = host_lock_take,
    .let_go = host_lock_let_go,
};

void fake_host_locks_init(struct fake_host_locks *locks)
{
    locks->first = NULL;
}

const char *fake_host_locks_holder(const struct fake_host_locks *locks, const char *engine_id)
{
    for (const struct fake_host_lock *lock = locks->first; lock != NULL; lock = lock->next) {
        if (strcmp(lock->engine_id, engine_id) == 0) {
            return lock->holder;
        }
    }
    return NULL;
}

void fake_host_lock_init(struct fake_host_lock *lock, struct fake_host_locks *locks,
                         const char *holder)
{
    *lock = (struct fake_host_lock){ .locks = locks, .holder = holder, .refuse = DD_OK };
}

void fake_host_lock_release(struct fake_host_lock *lock)
{
    if (!lock->taken) {
        return;
    }
    struct fake_host_lock **link = &lock->locks->first;
    while (*link != lock) {
        assert(*link != NULL);
        link = &(*link)->next;
    }
    *link = lock->next;
    lock->next = NULL;
    lock->taken = false;
}

struct dd_host_lock fake_host_lock_interface(struct fake_host_lock *lock)
{
    return (struct dd_host_lock){ .ops = &host_lock_ops, .ctx = lock };
}
