// SPDX-License-Identifier: Apache-2.0
/* The microcode of the point engines: what is in place, and another one. */
#include <limits.h>
#include <string.h>

#include "driver/base/error.h"
#include "driver/card/card.h"

/* How long a load may take in wall time: generous, a simulation may be slow. */
#define WAIT_STALLS 6u
/* An image ends in its SHA-256. */
#define IMAGE_DIGEST_BYTES 32u

static bool length_valid(size_t bytes)
{
    static const struct {
        uint8_t opcode;
        size_t least, step, most;
    } rows[] = {
#define ROW(name, flags, least, step, most) {SNAP_OP_##name, least, step, most},
        SNAP_LENGTH_LIST(ROW)};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].opcode == SNAP_OP_MICROCODE_LOAD)
            return bytes >= rows[i].least && bytes <= rows[i].most &&
                   (bytes - rows[i].least) % rows[i].step == 0;
    }
    return false;
}

int snap_card_microcode(struct snap_card *card, struct snap_microcode *microcode,
                        struct snap_error *error)
{
    snap_card_lock(card);
    uint32_t image = snap_transport_read32(card->transport, SNAP_REG_MICROCODE);
    uint32_t checksum = snap_transport_read32(card->transport, SNAP_REG_MICROCODE_CHECKSUM);
    uint32_t faulty_jobs = snap_transport_read32(card->transport, SNAP_REG_ERR_ENGINE);
    uint32_t causes = snap_transport_read32(card->transport, SNAP_REG_ERR_ENGINE_CAUSE);
    int code = snap_card_present(card, error);
    snap_card_unlock(card);
    if (code != SNAP_OK)
        return code;
    *microcode = (struct snap_microcode){
        .version = (uint16_t)SNAP_FIELD(image, SNAP_MICROCODE_VERSION),
        .words = (uint16_t)SNAP_FIELD(image, SNAP_MICROCODE_WORDS),
        .faulty_jobs = faulty_jobs,
        .datapath_faults = (uint8_t)SNAP_FIELD(causes, SNAP_ERR_ENGINE_CAUSE_DATAPATH),
        .control_faults = (uint8_t)SNAP_FIELD(causes, SNAP_ERR_ENGINE_CAUSE_CONTROL),
        .watchdog_faults = (uint8_t)SNAP_FIELD(causes, SNAP_ERR_ENGINE_CAUSE_WATCHDOG)};
    for (unsigned i = 0; i < sizeof microcode->checksum; i++)
        microcode->checksum[i] = (uint8_t)(checksum >> 8 * i);
    return SNAP_OK;
}

static int run_load(struct snap_card *card, struct snap_queue *queue, struct snap_arena *arena,
                    size_t bytes, struct snap_error *error)
{
    struct snap_result result;
    unsigned stalls = INT_MAX / WAIT_STALLS;
    int timeout_ms = card->stall_ms < stalls ? (int)(card->stall_ms * WAIT_STALLS) : INT_MAX;
    if (!snap_queue_prepare_indirect(queue, SNAP_OP_MICROCODE_LOAD, 0, arena, 0, (uint32_t)bytes,
                                     0))
        return snap_fail(error, SNAP_E_PROTOCOL, "the queue takes no job");
    snap_queue_submit(queue);
    int code = snap_queue_wait(queue, timeout_ms, error);
    if (code != SNAP_OK)
        return code == SNAP_E_TIMEOUT ? SNAP_E_STALLED : code;
    if (snap_queue_reap(queue, &result, 1) != 1) {
        (void)snap_queue_check(queue, error);
        return SNAP_E_PROTOCOL;
    }
    if (result.status != SNAP_STATUS_OK)
        return snap_fail(error, SNAP_E_PROTOCOL,
                         "loading microcode ended in %s: load an image again before use",
                         snap_status_name(result.status));
    if (snap_result_verdict(&result) == SNAP_VERDICT_VALID)
        return SNAP_OK;
    return snap_fail(error, SNAP_E_ARGUMENT,
                     "the card refuses the image: it is damaged, or made for another engine. Its "
                     "point engine has no microcode now: load another image");
}

/* The card says which image it has: is it this one? */
static int confirm(struct snap_card *card, const uint8_t *digest, struct snap_error *error)
{
    struct snap_microcode microcode;
    int code = snap_card_microcode(card, &microcode, error);
    if (code != SNAP_OK)
        return code;
    if (microcode.words != 0 && memcmp(microcode.checksum, digest, sizeof microcode.checksum) == 0)
        return SNAP_OK;
    return snap_fail(error, SNAP_E_PROTOCOL,
                     "the card took the image and names another one: do not use it");
}

int snap_card_load_microcode(struct snap_card *card, const void *image, size_t bytes,
                             struct snap_error *error)
{
    const struct snap_queue_config config = {.entries = 2, .irq_count = 1};
    if (!length_valid(bytes))
        return snap_fail(error, SNAP_E_ARGUMENT, "no microcode image has %zu bytes", bytes);
    if (!snap_card_supports(card, SNAP_OP_MICROCODE_LOAD))
        return snap_fail(error, SNAP_E_UNSUPPORTED, "%.200s takes no microcode images",
                         card->info.address);
    struct snap_queue *queue;
    struct snap_arena *arena;
    int code = snap_queue_create(card, &config, &queue, error);
    if (code != SNAP_OK)
        return code;
    code = snap_arena_create(card, bytes, &arena, error);
    if (code == SNAP_OK) {
        memcpy(snap_arena_data(arena), image, bytes);
        code = run_load(card, queue, arena, bytes, error);
    } else {
        arena = NULL;
    }
    snap_queue_destroy(queue);
    (void)snap_arena_destroy(arena, NULL); /* its queue is gone, so no job refers to it */
    if (code != SNAP_OK)
        return code;
    return confirm(card, (const uint8_t *)image + bytes - IMAGE_DIGEST_BYTES, error);
}
