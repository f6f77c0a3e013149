// SPDX-License-Identifier: Apache-2.0
/* Jobs of the point engines: their payloads, their verdicts, sums of many terms. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "driver/base/error.h"
#include "driver/queue/queue.h"

#define JOB_BYTES  (SNAP_POINT_TERMS_MAX * sizeof(struct snap_msm_term))
#define REAP_COUNT 32u
_Static_assert(JOB_BYTES % SNAP_MESSAGE_ALIGN_BYTES == 0, "jobs stand side by side in the arena");

/* ------------------------------------------------------------------ one job */

static bool prepare(struct snap_queue *queue, uint8_t opcode, uint8_t flags, uint8_t allowed,
                    const void *payload, uint32_t bytes, uint64_t user)
{
    if ((flags & ~allowed) != 0)
        return false;
    void *slot = snap_queue_prepare(queue, opcode, flags, bytes, user);
    if (slot != NULL)
        memcpy(slot, payload, bytes);
    return slot != NULL;
}

bool snap_prepare_ecdsa_verify(struct snap_queue *queue,
                               const struct snap_ecdsa_verify_payload *payload, uint8_t flags,
                               uint64_t user)
{
    return prepare(queue, SNAP_OP_ECDSA_SECP256K1_VERIFY, flags,
                   SNAP_FLAG_COMPRESSED | SNAP_FLAG_LOW_S, payload, sizeof *payload, user);
}

bool snap_prepare_ecdsa_recover(struct snap_queue *queue,
                                const struct snap_ecdsa_recover_payload *payload, uint8_t flags,
                                uint64_t user)
{
    return prepare(queue, SNAP_OP_ECDSA_SECP256K1_RECOVER, flags, SNAP_FLAG_LOW_S, payload,
                   sizeof *payload, user);
}

bool snap_prepare_bip340_verify(struct snap_queue *queue,
                                const struct snap_bip340_verify_payload *payload, uint64_t user)
{
    return prepare(queue, SNAP_OP_BIP340_VERIFY, 0, 0, payload, sizeof *payload, user);
}

bool snap_prepare_sm2_verify(struct snap_queue *queue,
                             const struct snap_sm2_verify_payload *payload, uint64_t user)
{
    return prepare(queue, SNAP_OP_SM2_VERIFY, 0, 0, payload, sizeof *payload, user);
}

bool snap_prepare_pedersen_commit(struct snap_queue *queue,
                                  const struct snap_pedersen_commit_payload *payload, uint64_t user)
{
    return prepare(queue, SNAP_OP_PEDERSEN_COMMIT, 0, 0, payload, sizeof *payload, user);
}

static bool prepare_terms(struct snap_queue *queue, uint8_t opcode, const void *terms,
                          unsigned count, struct snap_arena *arena, size_t offset, uint64_t user)
{
    if (count < 1 || count > SNAP_POINT_TERMS_MAX)
        return false;
    uint32_t bytes = count * (uint32_t)sizeof(struct snap_msm_term);
    size_t room = snap_arena_bytes(arena);
    if (offset > room || bytes > room - offset)
        return false;
    memcpy((uint8_t *)snap_arena_data(arena) + offset, terms, bytes);
    return snap_queue_prepare_indirect(queue, opcode, 0, arena, offset, bytes, user);
}

bool snap_prepare_sum_zero(struct snap_queue *queue, const struct snap_sum_zero_term *terms,
                           unsigned count, struct snap_arena *arena, size_t offset, uint64_t user)
{
    _Static_assert(sizeof *terms == sizeof(struct snap_msm_term), "one length of terms");
    return prepare_terms(queue, SNAP_OP_PEDERSEN_SUM_ZERO, terms, count, arena, offset, user);
}

bool snap_prepare_msm(struct snap_queue *queue, const struct snap_msm_term *terms, unsigned count,
                      struct snap_arena *arena, size_t offset, uint64_t user)
{
    return prepare_terms(queue, SNAP_OP_MSM, terms, count, arena, offset, user);
}

uint32_t snap_result_verdict(const struct snap_result *result)
{
    if (result->status != SNAP_STATUS_OK)
        return 0;
    switch (result->opcode) {
#define GIVES(name, engine, kind, slot, announced)                                                 \
    case SNAP_OP_##name:                                                                           \
        return (kind) == SNAP_VALUE_VERDICT || (kind) == SNAP_VALUE_SUM ? (uint32_t)result->value  \
                                                                        : 0;
        SNAP_ANSWER_LIST(GIVES)
    default:
        return 0;
    }
}

/* ------------------------------------------------------------------ many terms */

/* One level of the tree: every SNAP_POINT_TERMS_MAX terms become one term of the next level. */
struct level {
    struct snap_queue *queue;
    struct snap_arena *arena;
    const struct snap_msm_term *terms;
    size_t count;
    struct snap_msm_term *sums; /* may be `terms`: what is overwritten has been prepared */
    size_t jobs, prepared, done;
    unsigned places; /* jobs that the arena has room for; ... */
    size_t *place;   /* ... and which job is in each, or SIZE_MAX */
    bool invalid;
    uint8_t failed; /* status of a job that ended in none of its own, or 0 */
};

/* A sum that is infinity stays a term, of no weight: the generator times 0. */
static const uint8_t generator_x[32] = {
    0x79, 0xBE, 0x66, 0x7E, 0xF9, 0xDC, 0xBB, 0xAC, 0x55, 0xA0, 0x62, 0x95, 0xCE, 0x87, 0x0B, 0x07,
    0x02, 0x9B, 0xFC, 0xDB, 0x2D, 0xCE, 0x28, 0xD9, 0x59, 0xF2, 0x81, 0x5B, 0x16, 0xF8, 0x17, 0x98};
static const uint8_t generator_y[32] = {
    0x48, 0x3A, 0xDA, 0x77, 0x26, 0xA3, 0xC4, 0x65, 0x5D, 0xA4, 0xFB, 0xFC, 0x0E, 0x11, 0x08, 0xA8,
    0xFD, 0x17, 0xB4, 0x48, 0xA6, 0x85, 0x54, 0x19, 0x9C, 0x47, 0xD0, 0x8F, 0xFB, 0x10, 0xD4, 0xB8};

static void prepare_level(struct level *level)
{
    for (unsigned place = 0; place < level->places && level->prepared < level->jobs; place++) {
        if (level->place[place] != SIZE_MAX)
            continue;
        size_t first = level->prepared * SNAP_POINT_TERMS_MAX;
        size_t left = level->count - first;
        unsigned count = left < SNAP_POINT_TERMS_MAX ? (unsigned)left : SNAP_POINT_TERMS_MAX;
        if (!snap_prepare_msm(level->queue, &level->terms[first], count, level->arena,
                              place * JOB_BYTES, place))
            break;
        level->place[place] = level->prepared++;
    }
    snap_queue_submit(level->queue);
}

static void take_sum(struct level *level, const struct snap_result *result)
{
    assert(result->user < level->places && level->place[result->user] != SIZE_MAX);
    struct snap_msm_term *sum = &level->sums[level->place[result->user]];
    level->place[result->user] = SIZE_MAX;
    level->done++;
    *sum = (struct snap_msm_term){.scalar = {0}};
    switch (snap_result_verdict(result)) {
    case SNAP_VERDICT_VALID:
        sum->scalar[sizeof sum->scalar - 1] = 1;
        memcpy(sum->x, result->data, sizeof sum->x);
        memcpy(sum->y, (const uint8_t *)result->data + sizeof sum->x, sizeof sum->y);
        break;
    case SNAP_VERDICT_INFINITY:
        memcpy(sum->x, generator_x, sizeof sum->x);
        memcpy(sum->y, generator_y, sizeof sum->y);
        break;
    case SNAP_VERDICT_INVALID:
        level->invalid = true;
        break;
    default:
        level->failed = result->status;
        break;
    }
}

/* Nothing more is asked once the answer is known, but everything asked is waited for. */
static bool level_ended(const struct level *level)
{
    bool stopped = level->invalid || level->failed != 0;
    return level->done == level->prepared && (stopped || level->prepared == level->jobs);
}

static int run_level(struct level *level, int timeout_ms, struct snap_error *error)
{
    while (!level_ended(level)) {
        struct snap_result results[REAP_COUNT];
        if (!level->invalid && level->failed == 0)
            prepare_level(level);
        unsigned taken = snap_queue_reap(level->queue, results, REAP_COUNT);
        for (unsigned i = 0; i < taken; i++)
            take_sum(level, &results[i]);
        int code = taken == 0 ? snap_queue_wait(level->queue, timeout_ms, error) : SNAP_OK;
        if (code != SNAP_OK)
            return code;
    }
    if (level->failed == 0)
        return SNAP_OK;
    return snap_fail(error, SNAP_E_PROTOCOL, "an MSM job ended in %s: it has no sum",
                     snap_status_name(level->failed));
}

static void read_sum(const struct level *level, struct snap_point *sum, uint32_t *verdict)
{
    const struct snap_msm_term *last = &level->sums[0];
    bool infinity = last->scalar[sizeof last->scalar - 1] == 0;
    *verdict = level->invalid ? SNAP_VERDICT_INVALID
               : infinity     ? SNAP_VERDICT_INFINITY
                              : SNAP_VERDICT_VALID;
    if (*verdict != SNAP_VERDICT_VALID)
        return;
    memcpy(sum->x, last->x, sizeof sum->x);
    memcpy(sum->y, last->y, sizeof sum->y);
}

static int run_levels(struct level *level, int timeout_ms, struct snap_point *sum,
                      uint32_t *verdict, struct snap_error *error)
{
    for (;;) {
        level->jobs = (level->count + SNAP_POINT_TERMS_MAX - 1) / SNAP_POINT_TERMS_MAX;
        level->prepared = level->done = 0;
        int code = run_level(level, timeout_ms, error);
        if (code != SNAP_OK)
            return code;
        if (level->invalid || level->jobs == 1)
            break;
        level->terms = level->sums;
        level->count = level->jobs;
    }
    read_sum(level, sum, verdict);
    return SNAP_OK;
}

int snap_msm(struct snap_queue *queue, struct snap_arena *arena, const struct snap_msm_term *terms,
             size_t count, int timeout_ms, struct snap_point *sum, uint32_t *verdict,
             struct snap_error *error)
{
    if (count < 1 || count > SNAP_MSM_TERMS_MAX)
        return snap_fail(error, SNAP_E_ARGUMENT, "an MSM has 1 to %u terms, not %zu",
                         SNAP_MSM_TERMS_MAX, count);
    size_t places = snap_arena_bytes(arena) / JOB_BYTES;
    if (places == 0)
        return snap_fail(error, SNAP_E_ARGUMENT, "the arena has no room for %u terms of an MSM",
                         SNAP_POINT_TERMS_MAX);
    if (snap_queue_room(queue) != snap_queue_entries(queue))
        return snap_fail(error, SNAP_E_BUSY, "the queue has jobs; an MSM needs it for itself");
    if (places > snap_queue_entries(queue))
        places = snap_queue_entries(queue);
    struct level level = {.queue = queue,
                          .arena = arena,
                          .terms = terms,
                          .count = count,
                          .places = (unsigned)places,
                          .sums =
                              calloc((count - 1) / SNAP_POINT_TERMS_MAX + 1, sizeof *level.sums),
                          .place = malloc(places * sizeof *level.place)};
    int code = SNAP_E_MEMORY;
    if (level.sums == NULL || level.place == NULL) {
        code = snap_fail(error, SNAP_E_MEMORY, "out of memory");
    } else {
        for (size_t i = 0; i < places; i++)
            level.place[i] = SIZE_MAX;
        code = run_levels(&level, timeout_ms, sum, verdict, error);
    }
    free(level.sums);
    free(level.place);
    return code;
}
