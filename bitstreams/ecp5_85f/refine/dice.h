// SPDX-License-Identifier: Apache-2.0
/* Numbers drawn at random, the same for the same seed on any machine (xorshift64*, Vigna 2016). */
#ifndef SNAP_REFINE_DICE_H
#define SNAP_REFINE_DICE_H

#include <stdint.h>

extern uint64_t dice_state;

void dice_seed(uint32_t seed);
static inline uint32_t dice_32(void)
{
    dice_state ^= dice_state >> 12;
    dice_state ^= dice_state << 25;
    dice_state ^= dice_state >> 27;
    return (uint32_t)((dice_state * 0x2545F4914F6CDD1DULL) >> 32);
}
static inline int dice_below(int n)
{
    return (int)(((uint64_t)dice_32() * (uint64_t)n) >> 32);
}

#endif
