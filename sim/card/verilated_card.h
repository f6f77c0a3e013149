/* SPDX-License-Identifier: Apache-2.0 */
/* The card itself: the RTL as Verilator compiled it, behind a root complex, with clocks of its own.
 */
#ifndef SIM_CARD_VERILATED_CARD_H
#define SIM_CARD_VERILATED_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/card/card.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The RTL's default number of queue pairs, hence of vectors. */
#define VERILATED_CARD_VECTORS 4u

/* Powers a card on. `host` must outlive it. image: the folder with the microcode and tables that
 * the RTL reads at power-on, as the build makes it; there is no card without. trace: path of an FST
 * waveform to write, or NULL. The seed chooses the order and timing of completions. False with a
 * reason (a static text). For a process without threads: the current folder is another one while
 * the RTL reads. The process ends with a message when the card breaks the rules of the bus: nothing
 * that follows would mean anything. */
bool verilated_card_create(struct host host, const char *image, const char *trace, uint64_t seed,
                           struct card *card, const char **reason);

#ifdef __cplusplus
}
#endif

#endif
