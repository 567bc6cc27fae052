/**
 * The coordinator's unpredictable bits, simulated: splitmix64 from a seed, which
 * is part of what makes a run what it is.
 */
#ifndef FAKE_ENTROPY_H
#define FAKE_ENTROPY_H

#include <stdbool.h>
#include <stdint.h>

#include "drydock/env.h"

struct fake_entropy {
    uint64_t state;
    bool is_fixed; /* exploring: nothing by chance, only zeros */
};

void fake_entropy_init(struct fake_entropy *entropy, uint64_t seed);

/** The interface to give to a coordinator; @entropy must outlive it. */
struct dd_entropy fake_entropy_interface(struct fake_entropy *entropy);

#endif
