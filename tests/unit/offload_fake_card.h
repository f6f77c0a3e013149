/* SPDX-License-Identifier: Apache-2.0 */
/* A card behind the card seam that can fail in every way that offload must survive. It computes its
 * answers with the CPU backend and then does to them what `faults` and the dice say. */
#ifndef TESTS_UNIT_OFFLOAD_FAKE_CARD_H
#define TESTS_UNIT_OFFLOAD_FAKE_CARD_H

#include "host/base/clock.h"
#include "host/offload/card.h"

enum fake_fault {
    FAKE_DUPLICATE = 1 << 0,    /* an answer comes twice */
    FAKE_LOST = 1 << 1,         /* one never comes; the driver finds it overdue */
    FAKE_LOST_UNSEEN = 1 << 2,  /* one never comes and the driver does not notice */
    FAKE_STALE = 1 << 3,        /* an answer to something asked in an earlier life, or never */
    FAKE_ENGINE = 1 << 4,       /* from now on all answers are wrong, until the next life */
    FAKE_SINGLE_WRONG = 1 << 5, /* one answer is wrong */
    FAKE_HANG = 1 << 6,         /* nothing comes any more */
    FAKE_GONE = 1 << 7,         /* the same, and it has left the bus */
    FAKE_STATUS = 1 << 8,       /* an error status instead of an answer */
    FAKE_PUT = 1 << 9,          /* takes no more jobs */
    FAKE_LOST_STATUS = 1 << 10, /* the driver says SNAP_JOB_LOST */
    FAKE_REVIVE = 1 << 11,      /* does not come back at once */
    FAKE_ALL = (1 << 12) - 1,
};

#define FAKE_PENDING_MAX 1024u

struct fake_pending {
    struct card_answer answer;
    uint64_t ready_ns;
    bool submitted;
};

struct fake_card {
    /* Set by the test, at any time. */
    unsigned faults;       /* enum fake_fault */
    unsigned fault_one_in; /* jobs; 0: never by dice */
    unsigned supports;     /* bit map of kinds */
    uint64_t ns_per_unit;  /* time that a job takes, one after the other */
    bool in_order;         /* otherwise answers that are ready come in any order */
    bool hold;             /* nothing is ready while set */
    bool asked_back;       /* it answers, and the slow look says that it is to be given back */
    unsigned fail_next;    /* enum fake_fault: these happen with the next job */
    const struct clock *clock;
    struct digest_context *digests;
    uint64_t dice;

    /* What happened. */
    uint64_t revivals, jobs, closed, batches;
    unsigned batch_jobs; /* of the last submit */
    uint64_t slab_bytes[OFFLOAD_BATCHES];
    bool slab_overrun; /* a batch was given more than its slab takes */

    struct fake_pending pending[FAKE_PENDING_MAX];
    unsigned count, unsubmitted;
    uint64_t busy_until_ns, old_tag;
    bool wrong, hung, gone, overdue;
};

/* All kinds, no faults, in order. The fake is the test's memory; `clock` and `digests` must outlive
 * it. */
void fake_card_init(struct fake_card *fake, const struct clock *clock,
                    struct digest_context *digests, uint64_t seed);
struct offload_card fake_card_seam(struct fake_card *fake);

/* Uniform in [0, limit). The same numbers for the same seed. */
uint64_t dice_roll(uint64_t *state, uint64_t limit);

#endif
