// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>

#include "driver/base/clock.h"
#include "driver/base/error.h"
#include "driver/card/card.h"

#define LOOK_PAUSE_US 20

int snap_watch_start(struct snap_watch *watch, struct snap_card *card, struct snap_error *error)
{
    uint64_t cycles;
    int code = snap_card_cycles_locked(card, &cycles, error);
    if (code != SNAP_OK)
        return code;
    *watch = (struct snap_watch){
        .card = card, .start_cycles = cycles, .mark_cycles = cycles, .mark_ms = snap_clock_ms()};
    return SNAP_OK;
}

bool snap_stands_still(const struct snap_card *card, uint64_t cycles, uint64_t ms)
{
    return cycles < SNAP_STALL_CYCLES &&
           (ms >= card->stall_ms || (cycles == 0 && ms >= SNAP_STOPPED_MS));
}

int snap_watch_look(struct snap_watch *watch, uint64_t limit_cycles, struct snap_error *error)
{
    uint64_t cycles;
    snap_clock_sleep_us(LOOK_PAUSE_US);
    int code = snap_card_cycles_locked(watch->card, &cycles, error);
    if (code != SNAP_OK)
        return code;
    if (cycles - watch->start_cycles > limit_cycles)
        return snap_fail(error, SNAP_E_TIMEOUT, "not done in %" PRIu64 " card cycles",
                         limit_cycles);
    uint64_t now_ms = snap_clock_ms();
    if (cycles - watch->mark_cycles >= SNAP_STALL_CYCLES) {
        watch->mark_cycles = cycles;
        watch->mark_ms = now_ms;
    } else if (snap_stands_still(watch->card, cycles - watch->mark_cycles,
                                 now_ms - watch->mark_ms)) {
        return snap_fail(
            error, SNAP_E_STALLED, "%.200s stands still: %" PRIu64 " cycles in %" PRIu64 " ms",
            watch->card->info.address, cycles - watch->mark_cycles, now_ms - watch->mark_ms);
    }
    return SNAP_OK;
}
