/* The loop as a source of unpredictable bits: SipHash of a counter, keyed once by
 * the system, so that nothing can fail later. */
#include <sys/random.h>

#include "coord/backend/loop_internal.h"

enum dd_status dd__loop_entropy_init(struct dd_loop *loop)
{
    ssize_t size = getrandom(&loop->entropy_key, sizeof loop->entropy_key, 0);

    return size == (ssize_t)sizeof loop->entropy_key ? DD_OK : DD_ENOMEM;
}

static uint64_t entropy_next(void *ctx)
{
    struct dd_loop *loop = ctx;
    uint64_t counter = loop->entropy_counter++;

    return dd__siphash128(&loop->entropy_key, &counter, sizeof counter).lo;
}

static const struct dd_entropy_ops entropy_ops = { .next = entropy_next };

struct dd_entropy dd_loop_entropy(struct dd_loop *loop)
{
    return (struct dd_entropy){ .ops = &entropy_ops, .ctx = loop };
}
