#include "fakes/entropy.h"

/* Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014,
 * with the constants of its usual 64-bit form. */
static uint64_t entropy_next(void *ctx)
{
    struct fake_entropy *entropy = ctx;
    if (entropy->is_fixed) {
        return 0;
    }
    entropy->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t bits = entropy->state;
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
    return bits ^ (bits >> 31);
}

static const struct dd_entropy_ops entropy_ops = { .next = entropy_next };

void fake_entropy_init(struct fake_entropy *entropy, uint64_t seed)
{
    *entropy = (struct fake_entropy){ .state = seed };
}

struct dd_entropy fake_entropy_interface(struct fake_entropy *entropy)
{
    return (struct dd_entropy){ .ops = &entropy_ops, .ctx = entropy };
}
