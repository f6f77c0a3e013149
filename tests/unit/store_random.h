/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers that a seed determines: splitmix64. */
#ifndef TESTS_UNIT_STORE_RANDOM_H
#define TESTS_UNIT_STORE_RANDOM_H

#include <stdint.h>

struct store_random {
    uint64_t state; /* the seed, to begin with */
};

static inline uint64_t random_u64(struct store_random *random)
{
    random->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = random->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline unsigned random_below(struct store_random *random, unsigned limit)
{
    return (unsigned)((random_u64(random) >> 32) * limit >> 32);
}

#endif
