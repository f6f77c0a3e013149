// SPDX-License-Identifier: Apache-2.0
/* Known answers. A card that always says yes fails at the known-bad jobs; one that always gives the
 * same digest fails because near-misses of each message have digests of their own. */
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "driver/base/error.h"
#include "driver/card/card.h"
#include "driver/card/known_point.h"

/* How long a self-test may take in wall time between two completions: generous, a simulation may be
 * slow. */
#define WAIT_STALLS  6u
#define INLINE_BYTES 200u
#define DIGEST_BYTES 32u
#define REAP_COUNT   32u
/* All point jobs at once: alone, each takes tens of thousands of cycles. */
#define QUEUE_ENTRIES 64u
#define ARENA_BYTES   (QUEUE_ENTRIES * SNAP_KNOWN_POINT_BYTES_MAX)

enum payload { ABC, ABB, NOTHING, COUNTING, LEAVES };

struct known_answer {
    uint8_t opcode;
    uint8_t status;
    enum payload payload;
    uint32_t length;
    const char *digest; /* hexadecimal; NULL: no result */
};

#define GOOD(opcode, payload, length, digest)                                                      \
    {                                                                                              \
        SNAP_OP_##opcode, SNAP_STATUS_OK, payload, length, digest                                  \
    }
#define BAD(opcode, status, length)                                                                \
    {                                                                                              \
        SNAP_OP_##opcode, SNAP_STATUS_##status, COUNTING, length, NULL                             \
    }

static const struct known_answer answers[] = {
    GOOD(NOOP, NOTHING, 0, NULL),
    GOOD(NOOP, COUNTING, 200, NULL),
    GOOD(SHA256, ABC, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    GOOD(SHA256, ABB, 3, "715edf8ba8729420cd4d1ce85ed61954a9f531f8c548df728c407effe839296d"),
    GOOD(SHA256, NOTHING, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    GOOD(SHA256, COUNTING, 200, "1901da1c9f699b48f6b2636e65cbf73abf99d0441ef67f5c540a42f7051dec6f"),
    GOOD(SM3, ABC, 3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    GOOD(SM3, ABB, 3, "5cd03c54bff1b20c15b1b7c2f6cf077a6b1f7ff98ee799967383c0dbf1011677"),
    GOOD(SM3, NOTHING, 0, "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"),
    GOOD(SM3, COUNTING, 200, "137c8be9a568df1f999ea75e042359e582990c708027d61f20489a368bf5ced5"),
    GOOD(MERKLE_SHA256, LEAVES, 96,
         "831e18b32b5392c031f24c715086821d7532fcb6cac0bb815a1a647990cff261"),
    GOOD(MERKLE_SHA256D, LEAVES, 96,
         "223e023fadf1f053df26988871f893c821c28edf77d64a955e6c2a02d547bdac"),
    GOOD(MERKLE_SM3, LEAVES, 96,
         "039a5550fdb83d5f467de8aa787a273edb5d7cf35874a21600afb7bf21e698e0"),
    BAD(MERKLE_SHA256, BAD_LENGTH, 31),
    BAD(MERKLE_SHA256D, BAD_LENGTH, 0),
    BAD(MERKLE_SM3, BAD_LENGTH, 33),
};

static void fill_payload(enum payload payload, uint8_t *out)
{
    for (unsigned i = 0; i < INLINE_BYTES; i++)
        out[i] = payload == LEAVES ? (uint8_t)(i / SNAP_MERKLE_LEAF_BYTES + 1) : (uint8_t)i;
    if (payload == ABC)
        memcpy(out, "abc", 3);
    if (payload == ABB)
        memcpy(out, "abb", 3);
}

static void to_hex(const uint8_t *data, unsigned bytes, char *out)
{
    for (unsigned i = 0; i < bytes; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", data[i]);
}

/* Waits for one or more results and takes up to `count`. */
static int take_results(struct snap_queue *queue, unsigned stall_ms, struct snap_result *results,
                        unsigned count, unsigned *taken, struct snap_error *error)
{
    int timeout_ms = stall_ms < INT_MAX / WAIT_STALLS ? (int)(stall_ms * WAIT_STALLS) : INT_MAX;
    int code = snap_queue_wait(queue, timeout_ms, error);
    if (code != SNAP_OK)
        return code == SNAP_E_TIMEOUT ? SNAP_E_STALLED : code;
    *taken = snap_queue_reap(queue, results, count);
    if (*taken > 0)
        return SNAP_OK;
    (void)snap_queue_check(queue, error);
    return SNAP_E_PROTOCOL;
}

static int run_job(struct snap_queue *queue, unsigned stall_ms, struct snap_result *result,
                   struct snap_error *error)
{
    unsigned taken;
    snap_queue_submit(queue);
    return take_results(queue, stall_ms, result, 1, &taken, error);
}

static int compare(const struct known_answer *answer, const struct snap_result *result,
                   struct snap_error *error)
{
    const char *name = snap_opcode_name(answer->opcode);
    if (result->status != answer->status)
        return snap_fail(
            error, SNAP_E_PROTOCOL,
            "self-test: %s of %u bytes ended in %s instead of %s: do not use this card", name,
            answer->length, snap_status_name(result->status), snap_status_name(answer->status));
    uint64_t value = answer->opcode == SNAP_OP_NOOP ? answer->length : 0;
    if (result->status == SNAP_STATUS_OK && result->value != value)
        return snap_fail(
            error, SNAP_E_PROTOCOL,
            "self-test: %s of %u bytes gave %llu instead of %llu: do not use this card", name,
            answer->length, (unsigned long long)result->value, (unsigned long long)value);
    if (answer->digest == NULL)
        return SNAP_OK;
    char digest[2 * DIGEST_BYTES + 1];
    to_hex(result->data, DIGEST_BYTES, digest);
    if (strcmp(digest, answer->digest) == 0)
        return SNAP_OK;
    return snap_fail(error, SNAP_E_PROTOCOL,
                     "self-test: %s of %u bytes gave %s instead of %s: do not use this card", name,
                     answer->length, digest, answer->digest);
}

static int test_inline(struct snap_queue *queue, const struct known_answer *answer,
                       unsigned stall_ms, struct snap_error *error)
{
    struct snap_result result;
    uint8_t *payload = snap_queue_prepare(queue, answer->opcode, 0, answer->length, 0);
    if (payload == NULL)
        return snap_fail(error, SNAP_E_PROTOCOL, "self-test: the queue takes no job");
    fill_payload(answer->payload, payload);
    int code = run_job(queue, stall_ms, &result, error);
    return code == SNAP_OK ? compare(answer, &result, error) : code;
}

static int test_by_address(struct snap_queue *queue, const struct known_answer *answer,
                           struct snap_arena *arena, unsigned stall_ms, struct snap_error *error)
{
    struct snap_result result;
    fill_payload(answer->payload, snap_arena_data(arena));
    if (!snap_queue_prepare_indirect(queue, answer->opcode, 0, arena, 0, answer->length, 0))
        return snap_fail(error, SNAP_E_PROTOCOL, "self-test: the queue takes no job");
    int code = run_job(queue, stall_ms, &result, error);
    return code == SNAP_OK ? compare(answer, &result, error) : code;
}

/* An opcode that the card does not announce must be refused. */
static int test_unknown(struct snap_card *card, struct snap_queue *queue, struct snap_error *error)
{
    struct known_answer refused = {.status = SNAP_STATUS_BAD_OPCODE, .payload = COUNTING};
    while (snap_card_supports(card, refused.opcode)) {
        if (refused.opcode == UINT8_MAX)
            return SNAP_OK;
        refused.opcode++;
    }
    return test_inline(queue, &refused, card->stall_ms, error);
}

/* ------------------------------------------------------------------ point engines */

static const char *verdict_name(uint32_t verdict)
{
    return verdict == SNAP_VERDICT_VALID      ? "valid"
           : verdict == SNAP_VERDICT_INVALID  ? "invalid"
           : verdict == SNAP_VERDICT_INFINITY ? "infinity"
                                              : "no verdict";
}

static int compare_point(size_t number, const struct snap_result *result, struct snap_error *error)
{
    const struct snap_known_point *known = &snap_known_points[number];
    const char *name = snap_opcode_name(known->opcode);
    if (result->status != SNAP_STATUS_OK)
        return snap_fail(error, SNAP_E_PROTOCOL,
                         "self-test: %s (known answer %zu) ended in %s: do not use this card", name,
                         number, snap_status_name(result->status));
    uint32_t verdict = snap_result_verdict(result);
    if (verdict != known->verdict)
        return snap_fail(error, SNAP_E_PROTOCOL,
                         "self-test: %s (known answer %zu) gave %s instead of %s: do not use this "
                         "card",
                         name, number, verdict_name(verdict), verdict_name(known->verdict));
    if (known->point == NULL)
        return SNAP_OK;
    char point[2 * sizeof(struct snap_point) + 1];
    to_hex(result->data, sizeof(struct snap_point), point);
    if (strcmp(point, known->point) == 0)
        return SNAP_OK;
    return snap_fail(error, SNAP_E_PROTOCOL,
                     "self-test: %s (known answer %zu) gave the point %.64s, not %.64s: do not use "
                     "this card",
                     name, number, point, known->point);
}

/* A payload that the slot has no room for goes by address; so does every other one. */
static bool prepare_point(struct snap_queue *queue, size_t number, struct snap_arena *arena)
{
    const struct snap_known_point *known = &snap_known_points[number];
    size_t offset = number * SNAP_KNOWN_POINT_BYTES_MAX;
    assert(known->bytes <= SNAP_KNOWN_POINT_BYTES_MAX && number < QUEUE_ENTRIES);
    if (number % 2 == 1 || known->bytes > snap_queue_payload_bytes(queue)) {
        snap_known_from_hex(known->payload, (uint8_t *)snap_arena_data(arena) + offset,
                            known->bytes);
        return snap_queue_prepare_indirect(queue, known->opcode, known->flags, arena, offset,
                                           known->bytes, number);
    }
    uint8_t *payload = snap_queue_prepare(queue, known->opcode, known->flags, known->bytes, number);
    if (payload != NULL)
        snap_known_from_hex(known->payload, payload, known->bytes);
    return payload != NULL;
}

static int test_points(struct snap_card *card, struct snap_queue *queue, struct snap_arena *arena,
                       struct snap_error *error)
{
    unsigned waiting = 0;
    for (size_t i = 0; i < snap_known_point_count; i++) {
        if (!snap_card_supports(card, snap_known_points[i].opcode))
            continue;
        if (!prepare_point(queue, i, arena))
            return snap_fail(error, SNAP_E_PROTOCOL, "self-test: the queue takes no job");
        waiting++;
    }
    snap_queue_submit(queue);
    int code = SNAP_OK;
    while (waiting > 0 && code == SNAP_OK) {
        struct snap_result results[REAP_COUNT];
        unsigned taken = 0;
        code = take_results(queue, card->stall_ms, results, REAP_COUNT, &taken, error);
        for (unsigned i = 0; i < taken && code == SNAP_OK; i++)
            code = compare_point((size_t)results[i].user, &results[i], error);
        waiting -= taken;
    }
    return code;
}

/* ------------------------------------------------------------------ all of them */

static int run_all(struct snap_card *card, struct snap_queue *queue, struct snap_arena *arena,
                   struct snap_error *error)
{
    int code = test_unknown(card, queue, error);
    for (size_t i = 0; i < sizeof answers / sizeof answers[0] && code == SNAP_OK; i++) {
        const struct known_answer *answer = &answers[i];
        if (!snap_card_supports(card, answer->opcode))
            continue;
        code = test_inline(queue, answer, card->stall_ms, error);
        if (code == SNAP_OK && answer->digest != NULL && answer->length != 0)
            code = test_by_address(queue, answer, arena, card->stall_ms, error);
    }
    return code == SNAP_OK ? test_points(card, queue, arena, error) : code;
}

int snap_card_selftest(struct snap_card *card, struct snap_error *error)
{
    const struct snap_queue_config config = {.entries = QUEUE_ENTRIES, .irq_count = 1};
    struct snap_queue *queue;
    struct snap_arena *arena;
    int code = snap_queue_create(card, &config, &queue, error);
    if (code != SNAP_OK)
        return code;
    code = snap_arena_create(card, ARENA_BYTES, &arena, error);
    if (code == SNAP_OK)
        code = run_all(card, queue, arena, error);
    else
        arena = NULL;
    snap_queue_destroy(queue);
    int freed = snap_arena_destroy(arena, code == SNAP_OK ? error : NULL);
    return code == SNAP_OK ? freed : code;
}
