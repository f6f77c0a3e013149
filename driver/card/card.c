// SPDX-License-Identifier: Apache-2.0
#include "driver/card/card.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "driver/base/error.h"

void snap_card_lock(struct snap_card *card)
{
    int locked = pthread_mutex_lock(&card->lock);
    assert(locked == 0);
    (void)locked;
}

void snap_card_unlock(struct snap_card *card)
{
    int unlocked = pthread_mutex_unlock(&card->lock);
    assert(unlocked == 0);
    (void)unlocked;
}

/* ------------------------------------------------------------------ is it there */

int snap_card_present(struct snap_card *card, struct snap_error *error)
{
    uint32_t magic = snap_transport_read32(card->transport, SNAP_REG_MAGIC);
    const char *failure = card->transport->ops->failure(card->transport);
    if (failure != NULL)
        return snap_fail(error, SNAP_E_GONE, "%.200s is gone: %.200s", card->info.address, failure);
    if (magic == SNAP_ABI_MAGIC)
        return SNAP_OK;
    if (magic == SNAP_ALL_ONES)
        return snap_fail(error, SNAP_E_GONE,
                         "%.200s is gone from the bus: its registers read as all ones",
                         card->info.address);
    return snap_fail(error, SNAP_E_GONE, "%.200s is no longer a SnapScale card: MAGIC reads %08x",
                     card->info.address, magic);
}

/* Reads one of the two counters: its low half latches the high one. */
static uint64_t read_counter(struct snap_card *card, uint32_t low_register)
{
    uint64_t low = snap_transport_read32(card->transport, low_register);
    uint64_t high = snap_transport_read32(card->transport, low_register + 4);
    return high << 32 | low;
}

int snap_card_cycles_locked(struct snap_card *card, uint64_t *cycles, struct snap_error *error)
{
    *cycles = read_counter(card, SNAP_REG_CYCLES_LO);
    /* The high half alone says it: the card may have gone between the two reads. */
    return *cycles >> 32 == SNAP_ALL_ONES ? snap_card_present(card, error) : SNAP_OK;
}

int snap_card_cycles(struct snap_card *card, uint64_t *cycles, uint64_t *engine_cycles,
                     struct snap_error *error)
{
    snap_card_lock(card);
    uint64_t now = read_counter(card, SNAP_REG_CYCLES_LO);
    uint64_t engine_now = read_counter(card, SNAP_REG_ENGINE_CYCLES_LO);
    int code = snap_card_present(card, error);
    snap_card_unlock(card);
    if (code != SNAP_OK)
        return code;
    if (cycles != NULL)
        *cycles = now;
    if (engine_cycles != NULL)
        *engine_cycles = engine_now;
    return SNAP_OK;
}

/* ------------------------------------------------------------------ reset */

static int wait_reset(struct snap_card *card, struct snap_error *error)
{
    struct snap_watch watch;
    int code = snap_watch_start(&watch, card, error);
    while (code == SNAP_OK) {
        uint32_t status = snap_transport_read32(card->transport, SNAP_REG_STATUS);
        if (status != SNAP_ALL_ONES && SNAP_FIELD(status, SNAP_STATUS_RESETTING) == 0)
            return SNAP_OK;
        code = snap_watch_look(&watch, SNAP_RESET_CYCLES, error);
    }
    if (code == SNAP_E_TIMEOUT)
        return snap_fail(error, SNAP_E_STALLED, "%.200s does not come out of its reset",
                         card->info.address);
    return code;
}

int snap_card_reset_soft(struct snap_card *card, struct snap_error *error)
{
    atomic_fetch_add(&card->epoch, 1);
    snap_transport_write32(card->transport, SNAP_REG_CONTROL, 1u << SNAP_CONTROL_RESET_SHIFT);
    return wait_reset(card, error);
}

static int reset_function(struct snap_card *card, struct snap_error *error)
{
    struct snap_transport *transport = card->transport;
    int code = transport->ops->reset(transport, error);
    bool by_register = code == SNAP_E_UNSUPPORTED;
    if (by_register)
        code = SNAP_OK;
    if (code == SNAP_OK)
        code = transport->ops->command(transport, SNAP_COMMAND_MEMORY, error);
    if (code == SNAP_OK)
        code = by_register ? snap_card_reset_soft(card, error) : wait_reset(card, error);
    if (code == SNAP_OK)
        code = transport->ops->irq_set(transport, card->eventfds, card->queues_usable, error);
    if (code == SNAP_OK)
        code = transport->ops->command(transport, SNAP_COMMAND_MEMORY | SNAP_COMMAND_BUS_MASTER,
                                       error);
    return code;
}

int snap_card_reset_hard(struct snap_card *card, struct snap_error *error)
{
    atomic_fetch_add(&card->epoch, 1);
    int code = reset_function(card, error);
    card->usable = code == SNAP_OK;
    if (code != SNAP_OK && code != SNAP_E_GONE) /* whatever it still does, it reaches nothing */
        (void)card->transport->ops->command(card->transport, SNAP_COMMAND_MEMORY, NULL);
    return code;
}

int snap_card_reset(struct snap_card *card, struct snap_error *error)
{
    snap_card_lock(card);
    /* The kernel waits a minute for the reset of a function that has gone. */
    int code = snap_card_present(card, error);
    if (code == SNAP_OK)
        code = snap_card_reset_hard(card, error);
    if (code == SNAP_OK)
        code = snap_card_present(card, error);
    snap_card_unlock(card);
    return code;
}

/* ------------------------------------------------------------------ opening */

static bool in_range(uint32_t value, uint32_t least, uint32_t most)
{
    return value >= least && value <= most;
}

/* Reads the capabilities and believes nothing that the interface does not allow. */
static int read_info(struct snap_card *card, struct snap_error *error)
{
    struct snap_card_info *info = &card->info;
    struct snap_transport *transport = card->transport;
    uint32_t version = snap_transport_read32(transport, SNAP_REG_ABI_VERSION);
    info->abi_major = (uint16_t)SNAP_FIELD(version, SNAP_ABI_VERSION_MAJOR);
    info->abi_minor = (uint16_t)SNAP_FIELD(version, SNAP_ABI_VERSION_MINOR);
    if (info->abi_major != SNAP_ABI_MAJOR)
        return snap_fail(
            error, SNAP_E_VERSION,
            "%.200s has interface version %u.%u, this driver needs %u.x: update the %s",
            info->address, info->abi_major, info->abi_minor, SNAP_ABI_MAJOR,
            info->abi_major < SNAP_ABI_MAJOR ? "card's bitstream" : "driver");
    info->build_id = snap_transport_read32(transport, SNAP_REG_BUILD_ID);
    uint32_t layout = snap_transport_read32(transport, SNAP_REG_LAYOUT);
    info->queues = SNAP_FIELD(layout, SNAP_LAYOUT_QUEUES);
    info->vectors = SNAP_FIELD(layout, SNAP_LAYOUT_VECTORS);
    info->data_bytes = SNAP_FIELD(layout, SNAP_LAYOUT_DATA_BYTES);
    info->entries_log2_max = SNAP_FIELD(layout, SNAP_LAYOUT_ENTRIES_LOG2_MAX);
    info->read_tags = snap_transport_read32(transport, SNAP_REG_READ_TAGS);
    info->message_bytes_max = snap_transport_read32(transport, SNAP_REG_MESSAGE_BYTES_MAX);
    uint32_t engines = snap_transport_read32(transport, SNAP_REG_ENGINES);
    info->engines_sha256 = SNAP_FIELD(engines, SNAP_ENGINES_SHA256);
    info->engines_sm3 = SNAP_FIELD(engines, SNAP_ENGINES_SM3);
    info->engines_point = SNAP_FIELD(engines, SNAP_ENGINES_POINT);
    for (uint32_t i = 0; i < sizeof info->opcodes / sizeof info->opcodes[0]; i++)
        info->opcodes[i] = snap_transport_read32(transport, SNAP_REG_OPCODES + 4 * i);
    if (!in_range(info->queues, 1, SNAP_QUEUES_MAX) ||
        !in_range(info->vectors, 1, SNAP_VECTORS_MAX) ||
        !in_range(info->entries_log2_max, SNAP_ENTRIES_LOG2_MIN, SNAP_ENTRIES_LOG2_MAX) ||
        !in_range(info->message_bytes_max, SNAP_MESSAGE_ALIGN_BYTES, SNAP_MESSAGE_BYTES_MAX))
        return snap_fail(error, SNAP_E_PROTOCOL,
                         "%.200s describes itself outside the interface: LAYOUT %08x, "
                         "MESSAGE_BYTES_MAX %08x",
                         info->address, layout, info->message_bytes_max);
    return SNAP_OK;
}

static int identify(struct snap_card *card, struct snap_error *error)
{
    uint32_t magic = snap_transport_read32(card->transport, SNAP_REG_MAGIC);
    if (magic == SNAP_ABI_MAGIC)
        return SNAP_OK;
    if (magic == SNAP_ALL_ONES)
        return snap_card_present(card, error);
    return snap_fail(error, SNAP_E_NO_CARD,
                     "%.200s (%04x:%04x) is not a SnapScale card: MAGIC reads %08x instead of %08x",
                     card->info.address, card->info.vendor_id, card->info.device_id, magic,
                     SNAP_ABI_MAGIC);
}

static int create_eventfds(struct snap_card *card, struct snap_error *error)
{
    unsigned vectors = card->info.vectors;
    if (vectors > card->transport->vectors)
        vectors = card->transport->vectors;
    card->queues_usable = card->info.queues < vectors ? card->info.queues : vectors;
    for (unsigned i = 0; i < card->queues_usable; i++) {
        card->eventfds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (card->eventfds[i] < 0)
            return snap_fail(error, SNAP_E_MEMORY, "eventfd: %s", strerror(errno));
    }
    return SNAP_OK;
}

static void release(struct snap_card *card)
{
    for (unsigned i = 0; i < SNAP_QUEUES_MAX; i++) {
        if (card->eventfds[i] >= 0)
            (void)close(card->eventfds[i]);
    }
    card->transport->ops->close(card->transport);
    (void)pthread_mutex_destroy(&card->lock);
    free(card);
}

static int start(struct snap_card *card, struct snap_error *error)
{
    int code = card->transport->ops->command(card->transport, SNAP_COMMAND_MEMORY, error);
    if (code == SNAP_OK)
        code = identify(card, error);
    if (code == SNAP_OK)
        code = read_info(card, error);
    if (code == SNAP_OK)
        code = create_eventfds(card, error);
    if (code == SNAP_OK)
        code = snap_card_reset_hard(card, error);
    return code;
}

int snap_card_open_transport(struct snap_transport *transport, const char *address,
                             const struct snap_card_options *options, struct snap_card **card_out,
                             struct snap_error *error)
{
    struct snap_card *card = calloc(1, sizeof *card);
    if (card == NULL || pthread_mutex_init(&card->lock, NULL) != 0) {
        free(card);
        transport->ops->close(transport);
        return snap_fail(error, SNAP_E_MEMORY, "out of memory");
    }
    card->transport = transport;
    for (unsigned i = 0; i < SNAP_QUEUES_MAX; i++)
        card->eventfds[i] = -1;
    card->stall_ms =
        options != NULL && options->stall_ms != 0 ? options->stall_ms : SNAP_STALL_MS_DEFAULT;
    card->info.vendor_id = transport->vendor_id;
    card->info.device_id = transport->device_id;
    (void)snprintf(card->info.address, sizeof card->info.address, "%s", address);
    int code = start(card, error);
    if (code != SNAP_OK) {
        release(card);
        return code;
    }
    *card_out = card;
    return SNAP_OK;
}

int snap_card_open(const char *address, const struct snap_card_options *options,
                   struct snap_card **card, struct snap_error *error)
{
    if (address == NULL || card == NULL)
        return snap_fail(error, SNAP_E_ARGUMENT, "snap_card_open: NULL argument");
    if (strlen(address) >= sizeof(((struct snap_card_info *)NULL)->address))
        return snap_fail(error, SNAP_E_ARGUMENT, "the card's address is longer than %zu characters",
                         sizeof(((struct snap_card_info *)NULL)->address) - 1);
    unsigned stall_ms = options != NULL ? options->stall_ms : 0;
    struct snap_transport *transport;
    int code = snap_transport_open(address, stall_ms != 0 ? stall_ms : SNAP_STALL_MS_DEFAULT,
                                   &transport, error);
    if (code != SNAP_OK)
        return code;
    return snap_card_open_transport(transport, address, options, card, error);
}

void snap_card_close(struct snap_card *card)
{
    if (card == NULL)
        return;
    for (unsigned i = 0; i < SNAP_QUEUES_MAX; i++) {
        if (card->queues[i] != NULL)
            snap_queue_destroy(card->queues[i]);
    }
    while (card->arenas != NULL) {
        int code = snap_arena_destroy(card->arenas, NULL);
        assert(code == SNAP_OK); /* without queues there are no jobs */
        (void)code;
    }
    /* A card that is gone cannot be reset, and the attempt takes the kernel seconds. */
    if (snap_card_present(card, NULL) == SNAP_OK &&
        card->transport->ops->reset(card->transport, NULL) == SNAP_OK)
        (void)card->transport->ops->command(card->transport, 0, NULL);
    release(card);
}

/* ------------------------------------------------------------------ questions */

const struct snap_card_info *snap_card_info(const struct snap_card *card)
{
    return &card->info;
}

bool snap_card_supports(const struct snap_card *card, unsigned opcode)
{
    return opcode < 256 && (card->info.opcodes[opcode / 32] >> opcode % 32 & 1) != 0;
}
