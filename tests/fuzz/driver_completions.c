// SPDX-License-Identifier: Apache-2.0
/* A card that writes any bytes as completions: nothing may be reaped twice, nothing reached that is
 * not mapped, and a reset brings the queue back with every job accounted for.
 *
 * Input: a byte of jobs to submit, then 32-byte completions. In each, 0xFF bytes at the start of
 * the cookie, slot and generation fields stand for the values that an honest card would write, so
 * that the fuzzer need not guess them. */
#include "tests/unit/check.h"
#include "tests/unit/driver_fake.h"

#define ENTRIES 8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_plausible(struct fake_card *fake, struct snap_completion *completion,
                           uint16_t index)
{
    struct snap_completion honest = *completion;
    if (honest.slot >= 0xFF00)
        honest.slot = (uint16_t)(honest.slot & 0xFF);
    if ((completion->cookie & 0xFF) == 0xFF)
        honest.cookie = fake_slot(fake, 0, honest.slot)->cookie;
    if ((completion->generation & 0xFF) == 0xFF)
        honest.generation =
            (uint16_t)(fake->registers[(SNAP_QUEUE_PAGE_OFFSET + SNAP_REG_QUEUE_CONFIG) / 4] >>
                       SNAP_QUEUE_CONFIG_GENERATION_SHIFT);
    if ((completion->sq_head & 0xFF) == 0xFF)
        honest.sq_head = fake->fetched[0];
    if ((completion->phase & 0x7E) == 0x7E)
        honest.phase = (uint8_t)((~(index / ENTRIES) & 1) << 7 | (completion->phase & 1));
    /* The last byte of the result chooses a verdict. */
    static const uint32_t verdicts[] = {SNAP_VERDICT_VALID, SNAP_VERDICT_INVALID,
                                        SNAP_VERDICT_INFINITY};
    unsigned choice = 0xFF - (completion->result & 0xFF);
    if (choice < sizeof verdicts / sizeof verdicts[0])
        honest.result = (verdicts[choice] | (uint64_t)~verdicts[choice] << 32) ^ honest.cookie;
    *completion = honest;
}

static void write_completion(struct fake_card *fake, struct snap_queue *queue, const uint8_t *bytes)
{
    uint16_t index = fake->completed[0]++;
    uint8_t *at = fake_reach(fake, queue->completion_memory.address + index % ENTRIES * 32, 32,
                             SNAP_DMA_WRITE);
    CHECK(at != NULL);
    memcpy(at, bytes, SNAP_COMPLETION_BYTES);
    make_plausible(fake, (struct snap_completion *)(void *)at, index);
}

/* Every result names a job in flight, once; data lies within the result ring. */
static unsigned take(struct snap_queue *queue, bool *in_flight)
{
    struct snap_result results[ENTRIES];
    unsigned count = snap_queue_reap(queue, results, ENTRIES);
    for (unsigned i = 0; i < count; i++) {
        CHECK(results[i].user < 256 && in_flight[results[i].user]);
        in_flight[results[i].user] = false;
        uint32_t verdict = snap_result_verdict(&results[i]);
        bool decided = results[i].status == SNAP_STATUS_OK &&
                       (results[i].opcode == SNAP_OP_MSM ||
                        results[i].opcode == SNAP_OP_ECDSA_SECP256K1_VERIFY);
        CHECK((verdict == SNAP_VERDICT_VALID || verdict == SNAP_VERDICT_INVALID ||
               (verdict == SNAP_VERDICT_INFINITY && results[i].opcode == SNAP_OP_MSM)) == decided);
        CHECK(results[i].data == NULL ||
              ((const uint8_t *)results[i].data >= queue->results &&
               (const uint8_t *)results[i].data < queue->results + ENTRIES * SNAP_RESULT_BYTES));
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool in_flight[256] = {false};
    unsigned submitted = 0, taken = 0;
    if (size < 1 || size > 64 * SNAP_COMPLETION_BYTES)
        return 0;
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    const struct snap_queue_config config = {.entries = ENTRIES};
    struct snap_queue *queue;
    CHECK_EQ(snap_queue_create(card, &config, &queue, NULL), SNAP_OK);
    for (size_t at = 1; size - at >= SNAP_COMPLETION_BYTES; at += SNAP_COMPLETION_BYTES) {
        while (submitted < 256 && submitted - taken < 1 + data[0] % ENTRIES) {
            static const uint8_t opcodes[] = {SNAP_OP_NOOP, SNAP_OP_SHA256,
                                              SNAP_OP_ECDSA_SECP256K1_VERIFY, SNAP_OP_MSM};
            if (snap_queue_prepare(queue, opcodes[submitted % 4], 0, 1, submitted) == NULL)
                break;
            in_flight[submitted++] = true;
        }
        snap_queue_submit(queue);
        write_completion(fake, queue, data + at);
        taken += take(queue, in_flight);
        (void)snap_queue_check(queue, NULL);
    }
    CHECK_EQ(snap_queue_reset(queue, NULL), SNAP_OK);
    taken += take(queue, in_flight);
    CHECK_EQ(taken, submitted);
    CHECK_EQ(snap_queue_room(queue), ENTRIES);
    snap_card_close(card);
    return 0;
}
