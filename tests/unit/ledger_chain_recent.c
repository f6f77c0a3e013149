// SPDX-License-Identifier: Apache-2.0
/* The index of recent transactions against a model: blocks of random sizes that come and go at both
 * ends. */
#include "host/ledger/recent.h"
#include "tests/unit/check.h"

#define STEPS      3000u
#define BLOCKS_MAX 200u
#define IDS_MAX    40u

/* Ids of a block follow from its height and a version, which a block at the same height of another
 * fork has anew. */
struct model_block {
    uint32_t height, version;
    unsigned count;
};
static struct model_block model[BLOCKS_MAX];
static unsigned model_count;
static uint64_t random_state;

static uint32_t next_random(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(random_state >> 33) % below;
}

static void make_id(const struct model_block *block, unsigned index, uint8_t id[RECENT_ID_BYTES])
{
    uint32_t words[RECENT_ID_BYTES / 4] = {0};
    words[3] = index; /* ids that differ in few bits, and not in the first ones */
    words[5] = block->height;
    words[6] = block->version;
    memcpy(id, words, RECENT_ID_BYTES);
}

static void check_block(const struct recent *recent, const struct model_block *block)
{
    const struct recent_block *found = recent_block(recent, block->height);
    CHECK(found != NULL && found->count == block->count);
    for (unsigned i = 0; i < block->count; i++) {
        uint8_t id[RECENT_ID_BYTES];
        uint32_t height;
        make_id(block, i, id);
        CHECK(recent_find(recent, id, &height) && height == block->height);
        CHECK_MEM(found->ids + i * RECENT_ID_BYTES, id, RECENT_ID_BYTES);
        id[31] ^= 1;
        CHECK(!recent_find(recent, id, &height));
    }
}

static void append(struct recent *recent, uint32_t version)
{
    struct model_block *block = &model[model_count];
    *block = (struct model_block){.height = model_count != 0 ? block[-1].height + 1 : 1 + version,
                                  .version = version,
                                  .count = next_random(3) == 0 ? 0 : next_random(IDS_MAX)};
    recent_append_block(recent, block->height);
    for (unsigned i = 0; i < block->count; i++) {
        uint8_t id[RECENT_ID_BYTES];
        make_id(block, i, id);
        recent_add(recent, id, 100 + i);
    }
    const struct recent_block *last = recent_last(recent);
    CHECK_EQ(last->latest_expiration, block->count != 0 ? 99 + block->count : 0);
    model_count++;
}

static void drop(struct recent *recent, bool first)
{
    struct model_block gone = model[first ? 0 : model_count - 1];
    uint8_t id[RECENT_ID_BYTES];
    uint32_t height;
    if (first) {
        recent_drop_first(recent);
        memmove(model, model + 1, (model_count - 1) * sizeof *model);
    } else {
        recent_drop_last(recent);
    }
    model_count--;
    for (unsigned i = 0; i < gone.count; i++) {
        make_id(&gone, i, id);
        CHECK(!recent_find(recent, id, &height));
    }
    CHECK(recent_block(recent, gone.height) == NULL);
}

static void test_random_history(void)
{
    struct recent recent;
    CHECK(recent_init(&recent));
    CHECK(recent_first(&recent) == NULL && recent_last(&recent) == NULL);
    for (uint32_t step = 1; step <= STEPS; step++) {
        unsigned choice = next_random(10);
        if (model_count == 0 || (choice < 5 && model_count < BLOCKS_MAX))
            append(&recent, step);
        else
            drop(&recent, choice < 8);
        if (step % 16 == 0) {
            for (unsigned i = 0; i < model_count; i++)
                check_block(&recent, &model[i]);
        }
    }
    while (model_count != 0)
        drop(&recent, true);
    CHECK_EQ(recent.id_count, 0);
    recent_free(&recent);
}

int main(void)
{
    RUN(test_random_history);
    return 0;
}
