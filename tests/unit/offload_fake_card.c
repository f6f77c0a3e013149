// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/offload_fake_card.h"

#include <stdio.h>
#include <string.h>

#include "snapcard.h"

uint64_t dice_roll(uint64_t *state, uint64_t limit)
{
    *state += UINT64_C(0x9E3779B97F4A7C15); /* SplitMix64 */
    uint64_t z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (z ^ z >> 31) % limit;
}

static bool strikes(struct fake_card *fake, enum fake_fault fault)
{
    if ((fake->fail_next & fault) != 0) {
        fake->fail_next &= ~(unsigned)fault;
        return true;
    }
    return (fake->faults & fault) != 0 && fake->fault_one_in != 0 &&
           dice_roll(&fake->dice, fake->fault_one_in) == 0;
}

static bool fake_revive(void *context, char text[OFFLOAD_TEXT_SIZE])
{
    struct fake_card *fake = context;
    fake->revivals++;
    fake->count = fake->unsubmitted = 0;
    fake->wrong = fake->hung = fake->gone = fake->overdue = false;
    fake->busy_until_ns = 0;
    bool fails = (fake->fail_next & FAKE_REVIVE) != 0 ||
                 ((fake->faults & FAKE_REVIVE) != 0 && dice_roll(&fake->dice, 3) == 0);
    fake->fail_next &= ~(unsigned)FAKE_REVIVE;
    if (fails)
        snprintf(text, OFFLOAD_TEXT_SIZE, "the fake card does not come back");
    return !fails;
}

static bool fake_supports(void *context, enum offload_kind kind)
{
    const struct fake_card *fake = context;
    return (fake->supports >> kind & 1) != 0;
}

static void fake_begin(void *context, unsigned batch)
{
    struct fake_card *fake = context;
    fake->slab_bytes[batch] = 0;
}

/* The smallest lie: the verdict alone, or a bit of the result alone. */
static void falsify(enum offload_kind kind, struct card_answer *answer)
{
    unsigned bytes = offload_kind_info(kind)->result_bytes;
    if (bytes == 0)
        answer->answer.valid = !answer->answer.valid;
    else
        answer->answer.result[bytes - 1] ^= 0x10;
}

static void add_pending(struct fake_card *fake, const struct card_answer *answer, uint64_t ready_ns)
{
    if (fake->count == FAKE_PENDING_MAX)
        return;
    fake->pending[fake->count++] = (struct fake_pending){.answer = *answer, .ready_ns = ready_ns};
    fake->unsubmitted++;
}

static bool fake_put(void *context, unsigned batch, uint64_t tag, enum offload_kind kind,
                     const void *input, uint32_t bytes)
{
    struct fake_card *fake = context;
    fake->slab_bytes[batch] +=
        (bytes + OFFLOAD_INPUT_ALIGN_BYTES - 1) & ~(OFFLOAD_INPUT_ALIGN_BYTES - 1);
    if (fake->slab_bytes[batch] > OFFLOAD_BATCH_SLAB_BYTES)
        fake->slab_overrun = true;
    if (strikes(fake, FAKE_PUT))
        return false;
    fake->jobs++;
    struct card_answer answer = {.tag = tag, .status = SNAP_STATUS_OK};
    offload_cpu_answer(fake->digests, kind, input, bytes, &answer.answer);
    uint64_t units = offload_kind_units(kind, bytes);
    answer.engine_cycles = (uint32_t)(66 * units);
    uint64_t now_ns = clock_now(fake->clock);
    if (fake->busy_until_ns < now_ns)
        fake->busy_until_ns = now_ns;
    fake->busy_until_ns += units * fake->ns_per_unit;

    fake->wrong = fake->wrong || strikes(fake, FAKE_ENGINE);
    fake->hung = fake->hung || strikes(fake, FAKE_HANG);
    fake->gone = fake->gone || strikes(fake, FAKE_GONE);
    if (fake->wrong || strikes(fake, FAKE_SINGLE_WRONG))
        falsify(kind, &answer);
    if (strikes(fake, FAKE_STATUS))
        answer.status = SNAP_STATUS_DATA_UR;
    if (strikes(fake, FAKE_LOST_STATUS))
        answer.status = SNAP_JOB_LOST;
    if (strikes(fake, FAKE_STALE)) {
        struct card_answer stale = answer;
        stale.tag =
            dice_roll(&fake->dice, 2) == 0 ? fake->old_tag : dice_roll(&fake->dice, UINT64_MAX);
        add_pending(fake, &stale, fake->busy_until_ns);
    }
    if (strikes(fake, FAKE_DUPLICATE))
        add_pending(fake, &answer, fake->busy_until_ns);
    if (strikes(fake, FAKE_LOST))
        fake->overdue = true;
    else if (!strikes(fake, FAKE_LOST_UNSEEN))
        add_pending(fake, &answer, fake->busy_until_ns);
    fake->old_tag = tag;
    return true;
}

static void fake_submit(void *context)
{
    struct fake_card *fake = context;
    for (unsigned i = 0; i < fake->count; i++)
        fake->pending[i].submitted = true;
    fake->batch_jobs = fake->unsubmitted;
    fake->unsubmitted = 0;
    fake->batches++;
}

static unsigned fake_reap(void *context, struct card_answer *answers, unsigned count)
{
    struct fake_card *fake = context;
    if (fake->hung || fake->gone || fake->hold)
        return 0;
    uint64_t now_ns = clock_now(fake->clock);
    unsigned got = 0;
    for (unsigned tries = 2 * fake->count; tries > 0 && got < count && fake->count > 0; tries--) {
        unsigned at = fake->in_order ? 0 : (unsigned)dice_roll(&fake->dice, fake->count);
        if (!fake->pending[at].submitted || fake->pending[at].ready_ns > now_ns)
            continue;
        answers[got++] = fake->pending[at].answer;
        fake->count--;
        memmove(&fake->pending[at], &fake->pending[at + 1],
                (fake->count - at) * sizeof fake->pending[0]);
    }
    return got;
}

static enum card_health fake_check(void *context, char text[OFFLOAD_TEXT_SIZE])
{
    const struct fake_card *fake = context;
    const char *reason = fake->asked_back ? "the kernel asks for the fake card"
                         : fake->gone     ? "the fake card has gone"
                         : fake->hung     ? "the fake card does not move"
                         : fake->overdue  ? "a fake job is overdue"
                                          : "";
    snprintf(text, OFFLOAD_TEXT_SIZE, "%s", reason);
    return fake->gone || fake->asked_back ? CARD_GONE
           : fake->hung                   ? CARD_STALLED
           : fake->overdue                ? CARD_OVERDUE
                                          : CARD_WELL;
}

static void fake_arm(void *context)
{
    (void)context;
}

static int fake_descriptor(void *context)
{
    (void)context;
    return -1;
}

static void fake_close(void *context)
{
    struct fake_card *fake = context;
    fake->closed++;
}

static const struct card_ops fake_ops = {
    .revive = fake_revive,
    .supports = fake_supports,
    .begin = fake_begin,
    .put = fake_put,
    .submit = fake_submit,
    .reap = fake_reap,
    .check = fake_check,
    .arm = fake_arm,
    .descriptor = fake_descriptor,
    .close = fake_close,
};

void fake_card_init(struct fake_card *fake, const struct clock *clock,
                    struct digest_context *digests, uint64_t seed)
{
    memset(fake, 0, sizeof *fake);
    fake->supports = (1u << OFFLOAD_KINDS) - 1;
    fake->in_order = true;
    fake->clock = clock;
    fake->digests = digests;
    fake->dice = seed;
    fake->ns_per_unit = 100;
}

struct offload_card fake_card_seam(struct fake_card *fake)
{
    return (struct offload_card){.ops = &fake_ops, .context = fake, .address = "fake"};
}
