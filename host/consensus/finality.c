// SPDX-License-Identifier: Apache-2.0
#include "host/consensus/finality.h"

#include <assert.h>

void finality_init(struct finality *finality, unsigned voters, uint32_t final)
{
    assert(voters > 0);
    *finality = (struct finality){.voters = voters, .final = final};
}

uint32_t finality_own_vote(struct finality *finality, uint32_t height)
{
    /* More than two thirds decide: one vote alone does so only when it is the only one. */
    if (finality->voters == 1 && height > finality->final)
        finality->final = height;
    return finality->final;
}
