// SPDX-License-Identifier: Apache-2.0
#include "dice.h"

uint64_t dice_state;

void dice_seed(uint32_t seed)
{
    dice_state = 0x9E3779B97F4A7C15ULL ^ ((uint64_t)seed << 32 | 1);
}
