// SPDX-License-Identifier: Apache-2.0
#include "host/offload/driver_card.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/crypto/ecdsa.h"
#include "snapcard.h"

/* Room for all batches at once, so that a batch always fits. */
#define RING_ENTRIES 512u
_Static_assert(OFFLOAD_BATCHES *OFFLOAD_BATCH_ENTRIES <= RING_ENTRIES, "a ring holds all batches");
_Static_assert(OFFLOAD_INPUT_ALIGN_BYTES == SNAP_MESSAGE_ALIGN_BYTES, "the card's alignment");
#define REAP_COUNT 32u

struct driver_card {
    char address[OFFLOAD_TEXT_SIZE];
    struct driver_card_options options;
    struct snap_card *card; /* NULL: not open */
    struct snap_queue *queue;
    struct snap_arena *arena;
    size_t used_bytes[OFFLOAD_BATCHES]; /* of each batch's slab */
};

static void shut(struct driver_card *self)
{
    if (self->card != NULL)
        snap_card_close(self->card); /* its queue and arena too */
    self->card = NULL;
    self->queue = NULL;
    self->arena = NULL;
}

static int open_card(struct driver_card *self, struct snap_error *error)
{
    struct snap_card_options options = {.stall_ms = self->options.stall_ms};
    struct snap_queue_config config = {.entries = RING_ENTRIES,
                                       .deadline_cycles = self->options.deadline_cycles};
    int code = snap_card_open(self->address, &options, &self->card, error);
    if (code != 0) {
        self->card = NULL;
        return code;
    }
    uint32_t longest = snap_card_info(self->card)->message_bytes_max;
    if (longest < OFFLOAD_INPUT_BYTES_MAX) {
        error->code = code = SNAP_E_UNSUPPORTED;
        snprintf(error->text, sizeof error->text,
                 "the card takes messages of %u bytes only; offload needs %u", longest,
                 OFFLOAD_INPUT_BYTES_MAX);
    }
    if (code == 0)
        code = snap_queue_create(self->card, &config, &self->queue, error);
    if (code == 0)
        code = snap_arena_create(self->card, (size_t)OFFLOAD_BATCHES * OFFLOAD_BATCH_SLAB_BYTES,
                                 &self->arena, error);
    if (code != 0)
        shut(self);
    return code;
}

/* Makes the open card forget what it was asked. */
static int forget(struct driver_card *self, struct snap_error *error)
{
    int code = snap_card_reset(self->card, error);
    if (code == 0)
        code = snap_queue_reset(self->queue, error);
    if (code != 0)
        return code;
    struct snap_result lost[REAP_COUNT];
    while (snap_queue_reap(self->queue, lost, REAP_COUNT) > 0)
        ; /* offload took these jobs back when it took the card out */
    if (snap_queue_outstanding(self->queue) == 0)
        return 0;
    error->code = SNAP_E_PROTOCOL;
    snprintf(error->text, sizeof error->text, "jobs are left in the queue after its reset");
    return error->code;
}

static bool revive(void *context, char text[OFFLOAD_TEXT_SIZE])
{
    struct driver_card *self = context;
    struct snap_error error = {0};
    if (self->card != NULL && forget(self, &error) != 0)
        shut(self); /* what a reset does not cure, a new start may */
    int code = self->card != NULL ? 0 : open_card(self, &error);
    if (code == 0)
        code = snap_card_selftest(self->card, &error);
    if (code == 0)
        return true;
    snprintf(text, OFFLOAD_TEXT_SIZE, "%.*s", (int)OFFLOAD_TEXT_SIZE - 1, error.text);
    return false;
}

static bool supports(void *context, enum offload_kind kind)
{
    const struct driver_card *self = context;
    const struct offload_kind_info *info = offload_kind_info(kind);
    return snap_card_supports(self->card, info->opcode);
}

static void begin(void *context, unsigned batch)
{
    struct driver_card *self = context;
    assert(batch < OFFLOAD_BATCHES);
    self->used_bytes[batch] = 0;
}

/* Copies a long input into the batch's slab; its place in the arena. */
static size_t place_input(struct driver_card *self, unsigned batch, const void *input,
                          uint32_t bytes)
{
    size_t offset = (size_t)batch * OFFLOAD_BATCH_SLAB_BYTES + self->used_bytes[batch];
    size_t padded =
        ((size_t)bytes + OFFLOAD_INPUT_ALIGN_BYTES - 1) & ~(size_t)(OFFLOAD_INPUT_ALIGN_BYTES - 1);
    assert(self->used_bytes[batch] + padded <= OFFLOAD_BATCH_SLAB_BYTES);
    memcpy((char *)snap_arena_data(self->arena) + offset, input, bytes);
    self->used_bytes[batch] += padded;
    return offset;
}

/* What the card must be told that offload says in the input itself. */
static uint8_t flags_of(enum offload_kind kind, const void *input)
{
    bool compressed = kind == OFFLOAD_ECDSA_SECP256K1_VERIFY && ecdsa_secp256k1_compressed(input);
    return compressed ? SNAP_FLAG_COMPRESSED : 0;
}

static bool put(void *context, unsigned batch, uint64_t tag, enum offload_kind kind,
                const void *input, uint32_t bytes)
{
    struct driver_card *self = context;
    uint8_t opcode = offload_kind_info(kind)->opcode;
    uint8_t flags = flags_of(kind, input);
    if (bytes > snap_queue_payload_bytes(self->queue)) {
        size_t offset = place_input(self, batch, input, bytes);
        return snap_queue_prepare_indirect(self->queue, opcode, flags, self->arena, offset, bytes,
                                           tag);
    }
    void *payload = snap_queue_prepare(self->queue, opcode, flags, bytes, tag);
    if (payload == NULL)
        return false;
    if (bytes > 0)
        memcpy(payload, input, bytes);
    return true;
}

static void submit(void *context)
{
    struct driver_card *self = context;
    snap_queue_submit(self->queue);
}

/* The driver lets through only the code words of verdicts. INFINITY is an answer like any other
 * point; a digest has no verdict. */
static void read_answer(const struct snap_result *result, struct offload_answer *answer)
{
    uint32_t verdict = snap_result_verdict(result);
    answer->valid = verdict == SNAP_VERDICT_VALID || verdict == SNAP_VERDICT_INFINITY ||
                    (verdict == 0 && result->status == SNAP_STATUS_OK && result->data != NULL);
    if (result->data != NULL)
        memcpy(answer->result, result->data, sizeof answer->result);
}

static unsigned reap(void *context, struct card_answer *answers, unsigned count)
{
    struct driver_card *self = context;
    struct snap_result results[REAP_COUNT];
    unsigned got = snap_queue_reap(self->queue, results, count < REAP_COUNT ? count : REAP_COUNT);
    for (unsigned i = 0; i < got; i++) {
        const struct snap_result *result = &results[i];
        answers[i] = (struct card_answer){
            .tag = result->user, .status = result->status, .engine_cycles = result->engine_cycles};
        read_answer(result, &answers[i].answer);
    }
    return got;
}

static enum card_health check(void *context, char text[OFFLOAD_TEXT_SIZE])
{
    struct driver_card *self = context;
    struct snap_error error = {0};
    enum snap_queue_state state = snap_queue_check(self->queue, &error);
    if (state != SNAP_QUEUE_RUNNING)
        snprintf(text, OFFLOAD_TEXT_SIZE, "%.*s", (int)OFFLOAD_TEXT_SIZE - 1,
                 error.text[0] != '\0' ? error.text : snap_queue_state_name(state));
    switch (state) {
    case SNAP_QUEUE_RUNNING:
        return CARD_WELL;
    case SNAP_QUEUE_OVERDUE:
        return CARD_OVERDUE;
    case SNAP_QUEUE_STALLED:
        return CARD_STALLED;
    case SNAP_QUEUE_REFUSED:
        return CARD_REFUSED;
    case SNAP_QUEUE_GONE:
        return CARD_GONE;
    case SNAP_QUEUE_BROKEN:
        break;
    }
    return CARD_BROKEN;
}

static void arm(void *context)
{
    struct driver_card *self = context;
    snap_queue_arm(self->queue);
}

static int descriptor(void *context)
{
    const struct driver_card *self = context;
    return snap_queue_eventfd(self->queue);
}

static void close_card(void *context)
{
    struct driver_card *self = context;
    shut(self);
    free(self);
}

static const struct card_ops driver_card_ops = {
    .revive = revive,
    .supports = supports,
    .begin = begin,
    .put = put,
    .submit = submit,
    .reap = reap,
    .check = check,
    .arm = arm,
    .descriptor = descriptor,
    .close = close_card,
};

int driver_card_create(const char *address, const struct driver_card_options *options,
                       struct offload_card *card)
{
    if (strlen(address) >= OFFLOAD_TEXT_SIZE)
        return -1;
    struct driver_card *self = calloc(1, sizeof *self);
    if (self == NULL)
        return -1;
    if (options != NULL)
        self->options = *options;
    if (self->options.deadline_cycles == 0)
        self->options.deadline_cycles = DRIVER_CARD_DEADLINE_CYCLES;
    snprintf(self->address, sizeof self->address, "%s", address);
    *card = (struct offload_card){.ops = &driver_card_ops, .context = self};
    snprintf(card->address, sizeof card->address, "%s", address);
    return 0;
}
