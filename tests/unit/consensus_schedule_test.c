// SPDX-License-Identifier: Apache-2.0
/* The seams of a consortium: schedule and finality. */
#include "host/consensus/finality.h"
#include "host/consensus/schedule.h"

#include "tests/unit/check.h"

static struct private_key key_of(uint8_t number)
{
    struct private_key key = {.type = KEY_K1};
    key.secret[31] = number;
    return key;
}

static struct public_key public_of(uint8_t number)
{
    struct private_key key = key_of(number);
    struct public_key public_key;
    CHECK(private_key_public(&key, &public_key));
    return public_key;
}

static struct schedule make(unsigned count)
{
    struct schedule schedule = {.version = 3, .count = count};
    for (unsigned i = 0; i < count; i++)
        schedule.producers[i] = (struct schedule_producer){.name = name_of("producer1") + i,
                                                           .key = public_of((uint8_t)(i + 1))};
    return schedule;
}

static void test_one_has_every_slot(void)
{
    struct public_key key = public_of(1);
    struct schedule schedule;
    uint32_t next;
    schedule_single(&schedule, name_of("eosio"), &key);
    for (uint32_t slot = 0; slot < 100; slot++) {
        CHECK_EQ(schedule_at(&schedule, slot)->name, name_of("eosio"));
        CHECK(schedule_next(&schedule, name_of("eosio"), slot, &next));
        CHECK_EQ(next, slot);
    }
    CHECK(!schedule_next(&schedule, name_of("other"), 5, &next));
}

static void test_turns_of_twelve(void)
{
    struct schedule schedule = make(3);
    uint32_t next;
    for (uint32_t slot = 0; slot < 144; slot++)
        CHECK_EQ(schedule_at(&schedule, slot)->name, schedule.producers[slot / 12 % 3].name);
    CHECK(schedule_next(&schedule, schedule.producers[2].name, 5, &next));
    CHECK_EQ(next, 24);
    CHECK(schedule_next(&schedule, schedule.producers[2].name, 35, &next));
    CHECK_EQ(next, 35);
    CHECK(schedule_next(&schedule, schedule.producers[2].name, 36, &next));
    CHECK_EQ(next, 60);
    CHECK(schedule_next(&schedule, schedule.producers[0].name, 11, &next));
    CHECK_EQ(next, 11);
}

static void sign_block(struct block *block, uint8_t key_number)
{
    struct private_key key = key_of(key_number);
    uint8_t digest[32];
    block_header_digest(&block->header, digest);
    CHECK(private_key_sign(&key, digest, &block->signature));
}

static void test_a_block_is_its_producers(void)
{
    struct schedule schedule = make(3);
    struct ledger_error error;
    struct block block = {
        .header = {.slot = 13, .producer = schedule.producers[1].name, .schedule_version = 3}};
    sign_block(&block, 2);
    CHECK(schedule_block_valid(&schedule, &block, &error));

    block.header.confirmed++; /* signed, and changed */
    CHECK(!schedule_block_valid(&schedule, &block, &error));
    CHECK_EQ(error.code, LEDGER_BLOCK_VALIDATE);
    sign_block(&block, 1); /* of another producer */
    CHECK(!schedule_block_valid(&schedule, &block, &error));
    block.header.slot = 24; /* another's slot */
    sign_block(&block, 2);
    CHECK(!schedule_block_valid(&schedule, &block, &error));
    block.header.slot = 13;
    block.header.schedule_version = 2;
    sign_block(&block, 2);
    CHECK(!schedule_block_valid(&schedule, &block, &error));
    memset(&block.signature.bytes, 0, sizeof block.signature.bytes); /* nobody's */
    block.header.schedule_version = 3;
    CHECK(!schedule_block_valid(&schedule, &block, &error));
}

static void test_the_only_vote_decides(void)
{
    struct finality finality;
    finality_init(&finality, 1, 10);
    CHECK_EQ(finality_own_vote(&finality, 12), 12);
    CHECK_EQ(finality_own_vote(&finality, 11), 12); /* never back */
    finality_init(&finality, 4, 10);
    CHECK_EQ(finality_own_vote(&finality, 12), 10);
}

int main(void)
{
    RUN(test_one_has_every_slot);
    RUN(test_turns_of_twelve);
    RUN(test_a_block_is_its_producers);
    RUN(test_the_only_vote_decides);
    return 0;
}
