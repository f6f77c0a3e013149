// SPDX-License-Identifier: Apache-2.0
#include "host/consensus/schedule.h"

#include <assert.h>
#include <string.h>

/* A producer's turn, as in the family. */
#define SLOTS_IN_A_ROW 12u

void schedule_single(struct schedule *schedule, name_t name, const struct public_key *key)
{
    *schedule = (struct schedule){.count = 1, .producers = {{.name = name, .key = *key}}};
}

const struct schedule_producer *schedule_at(const struct schedule *schedule, uint32_t slot)
{
    assert(schedule->count > 0 && schedule->count <= SCHEDULE_PRODUCERS_MAX);
    return &schedule->producers[slot / SLOTS_IN_A_ROW % schedule->count];
}

bool schedule_next(const struct schedule *schedule, name_t name, uint32_t slot, uint32_t *next)
{
    for (unsigned turns = 0; turns <= schedule->count; turns++) {
        if (schedule_at(schedule, slot)->name == name) {
            *next = slot;
            return true;
        }
        slot += SLOTS_IN_A_ROW - slot % SLOTS_IN_A_ROW; /* the next one's turn */
    }
    return false;
}

bool schedule_block_valid(const struct schedule *schedule, const struct block *block,
                          struct ledger_error *error)
{
    const struct block_header *header = &block->header;
    const struct schedule_producer *producer = schedule_at(schedule, header->slot);
    struct public_key key;
    uint8_t digest[32];
    if (header->schedule_version != schedule->version)
        return ledger_fail(error, LEDGER_BLOCK_VALIDATE,
                           "the block is of schedule %u, which is not the current one, %u",
                           header->schedule_version, schedule->version);
    if (header->producer != producer->name) {
        char is[NAME_TEXT_SIZE], should[NAME_TEXT_SIZE];
        name_text(header->producer, is);
        name_text(producer->name, should);
        return ledger_fail(error, LEDGER_BLOCK_VALIDATE, "slot %u is %s's, the block is %s's",
                           header->slot, should, is);
    }
    block_header_digest(header, digest);
    if (!signature_key_var(&block->signature, digest, &key) ||
        memcmp(&key, &producer->key, sizeof key) != 0)
        return ledger_fail(error, LEDGER_BLOCK_VALIDATE,
                           "the block's signature is not its producer's");
    return true;
}
