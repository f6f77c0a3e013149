/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/function.h"

#include <assert.h>
#include <string.h>

#include "snapcard_abi.h"

/* An MSI-X table entry: address low and high, data, vector control with the mask in bit 0. */
#define MSIX_ENTRY_BYTES  16u
#define MSIX_ENTRY_MASKED 1u
#define MSIX_TABLE_WINDOW (2 * 0x1000u) /* table and pending bits, one page each */

static void configure(struct function *function)
{
    struct card_config config = {0};
    config_space_card(&function->config, &config);
    config.msix_enable = interrupts_any(&function->memory->interrupts);
    function->memory->bus_master = config.bus_master;
    function->card.ops->configure(function->card.context, &config);
}

void function_init(struct function *function, struct host_memory *memory, struct card card)
{
    function->memory = memory;
    function->card = card;
    config_space_init(&function->config, memory->interrupts.count);
    configure(function);
    function_interrupts_changed(function);
}

static bool present(const struct function *function)
{
    return function->card.ops->present(function->card.context);
}

/* ------------------------------------------------------------------ interrupts */

static void bar_write_word(struct function *function, unsigned offset, uint32_t value)
{
    function->card.ops->write(function->card.context, offset, 4, value);
}

void function_interrupts_changed(struct function *function)
{
    const struct interrupts *interrupts = &function->memory->interrupts;
    for (unsigned vector = 0; vector < interrupts->count; vector++) {
        unsigned entry = SNAP_MSIX_TABLE_OFFSET + vector * MSIX_ENTRY_BYTES;
        bar_write_word(function, entry, HOST_MSI_ADDRESS);
        bar_write_word(function, entry + 4, 0);
        bar_write_word(function, entry + 8, vector);
        bar_write_word(function, entry + 12,
                       interrupts->events[vector] >= 0 ? 0 : MSIX_ENTRY_MASKED);
    }
    configure(function);
}

/* ------------------------------------------------------------------ configuration space */

void function_config_read(struct function *function, unsigned offset, void *data, unsigned count)
{
    if (present(function))
        config_space_read(&function->config, offset, data, count);
    else
        memset(data, 0xFF, count);
}

void function_config_write(struct function *function, unsigned offset, const void *data,
                           unsigned count)
{
    if (!present(function))
        return;
    if (config_space_write(&function->config, offset, data, count)) {
        /* The card may still write what it has accepted, so bus mastering ends behind its reset. A
         * card that does not come back shows it itself. */
        (void)function->card.ops->reset(function->card.context);
        config_space_reset(&function->config);
        function_interrupts_changed(function);
    }
    configure(function);
}

/* ------------------------------------------------------------------ BAR0 */

/* Largest naturally aligned piece of `count` bytes at `offset`. */
static unsigned piece_bytes(unsigned offset, unsigned count)
{
    unsigned bytes = 8;
    while (bytes > count || offset % bytes != 0)
        bytes /= 2;
    return bytes;
}

void function_bar_read(struct function *function, unsigned offset, void *data, unsigned count)
{
    assert(offset <= SNAP_BAR0_BYTES && count <= SNAP_BAR0_BYTES - offset);
    uint8_t *to = data;
    while (count > 0) {
        unsigned bytes = piece_bytes(offset, count);
        uint64_t value = UINT64_MAX;
        if (!present(function) ||
            !function->card.ops->read(function->card.context, offset, bytes, &value))
            value = UINT64_MAX;
        memcpy(to, &value, bytes);
        to += bytes;
        offset += bytes;
        count -= bytes;
    }
}

void function_bar_write(struct function *function, unsigned offset, const void *data,
                        unsigned count)
{
    assert(offset <= SNAP_BAR0_BYTES && count <= SNAP_BAR0_BYTES - offset);
    const uint8_t *from = data;
    while (count > 0 && present(function)) {
        unsigned bytes = piece_bytes(offset, count);
        uint64_t value = 0;
        memcpy(&value, from, bytes);
        if (offset - SNAP_MSIX_TABLE_OFFSET >= MSIX_TABLE_WINDOW)
            function->card.ops->write(function->card.context, offset, bytes, value);
        from += bytes;
        offset += bytes;
        count -= bytes;
    }
}

/* ------------------------------------------------------------------ resets */

bool function_reset(struct function *function)
{
    if (!present(function) || !function->card.ops->reset(function->card.context))
        return false;
    function_interrupts_changed(function);
    return true;
}

void function_disconnect(struct function *function)
{
    host_memory_clear(function->memory);
    /* With bus mastering still on: what the card has accepted leaves, and goes nowhere. */
    (void)function->card.ops->reset(function->card.context);
    config_space_init(&function->config, function->memory->interrupts.count);
    function_interrupts_changed(function);
}
