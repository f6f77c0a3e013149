/* SPDX-License-Identifier: Apache-2.0 */
/* The card seam: what offload asks of a card. One implementation drives a real one through
 * libsnapcard (host/offload/driver_card.h), tests put in one that lies. Offload trusts nothing that
 * comes through here: it checks tags, and answers count only between known answers. All functions
 * are called by one thread at a time. Texts are without a newline. */
#ifndef HOST_OFFLOAD_CARD_H
#define HOST_OFFLOAD_CARD_H

#include "host/offload/cpu.h"

#define OFFLOAD_TEXT_SIZE      256u
#define OFFLOAD_BATCHES        4u  /* of a card, in flight at once */
#define OFFLOAD_BATCH_JOBS_MAX 64u /* without the two known answers */
#define OFFLOAD_BATCH_ENTRIES  (OFFLOAD_BATCH_JOBS_MAX + 2u)
/* Payload of a batch that goes by address: a message of full length, and both known answers. */
#define OFFLOAD_BATCH_SLAB_BYTES  (OFFLOAD_INPUT_BYTES_MAX + 4096u)
#define OFFLOAD_INPUT_ALIGN_BYTES 64u

/* What one job came to on the card. */
struct card_answer {
    uint64_t tag;   /* as given to put */
    uint8_t status; /* enum snap_status; anything but SNAP_STATUS_OK is not an answer */
    uint32_t engine_cycles;
    struct offload_answer answer;
};

enum card_health {
    CARD_WELL,
    CARD_OVERDUE, /* a job passed its deadline */
    CARD_STALLED, /* nothing moves */
    CARD_REFUSED, /* the card stopped the queue */
    CARD_BROKEN,  /* it broke the interface: a completion that is wrong in itself */
    CARD_GONE,    /* it has left the bus */
};

struct card_ops {
    /* Brings the card to a state in which it answers nothing asked before: opens or resets it and
     * runs its self-test. All inputs given before are forgotten. False with a reason in `text`. */
    bool (*revive)(void *context, char text[OFFLOAD_TEXT_SIZE]);
    /* Whether the revived card executes this kind. */
    bool (*supports)(void *context, enum offload_kind kind);
    /* Starts batch number `batch`: its slab is free again. */
    void (*begin)(void *context, unsigned batch);
    /* Copies an input and prepares a job that will come back as `tag`. Offload keeps within
     * OFFLOAD_BATCHES, OFFLOAD_BATCH_ENTRIES and OFFLOAD_BATCH_SLAB_BYTES, so false means that the
     * card is not usable. */
    bool (*put)(void *context, unsigned batch, uint64_t tag, enum offload_kind kind,
                const void *input, uint32_t bytes);
    /* Hands over what was put. */
    void (*submit)(void *context);
    /* Takes up to `count` answers. */
    unsigned (*reap)(void *context, struct card_answer *answers, unsigned count);
    /* The slow look, when nothing came for a while. A text unless CARD_WELL. */
    enum card_health (*check)(void *context, char text[OFFLOAD_TEXT_SIZE]);
    /* Makes descriptor() readable when the next answer comes, also when it is there already. */
    void (*arm)(void *context);
    /* For poll(); -1: none, poll by time. */
    int (*descriptor)(void *context);
    /* Gives the card back; frees the context. */
    void (*close)(void *context);
};

struct offload_card {
    const struct card_ops *ops;
    void *context;
    char address[OFFLOAD_TEXT_SIZE]; /* for reports */
};

#endif
