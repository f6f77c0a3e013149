/* SPDX-License-Identifier: Apache-2.0 */
/* The function's configuration space: what it says of itself, and which bits the host may change.
 */
#ifndef SIM_CARD_CONFIG_SPACE_H
#define SIM_CARD_CONFIG_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/card/card.h"

#define CONFIG_SPACE_BYTES 4096u

/* Where the capabilities are. */
#define CONFIG_PM      0x40u
#define CONFIG_MSIX    0x50u
#define CONFIG_EXPRESS 0x60u

struct config_space {
    uint8_t value[CONFIG_SPACE_BYTES];
    uint8_t writable[CONFIG_SPACE_BYTES]; /* a bit that is set takes what is written */
};

/* Power-on state of a function with `vectors` MSI-X vectors (1 to 2048). */
void config_space_init(struct config_space *space, unsigned vectors);
/* What a function-level reset does: power-on values but for Max_Payload_Size, which belongs to the
 * link. */
void config_space_reset(struct config_space *space);
/* [offset, offset + count) must be within CONFIG_SPACE_BYTES. */
void config_space_read(const struct config_space *space, unsigned offset, void *data,
                       unsigned count);
/* Returns true when the write asks for a function-level reset; the other bits have been written
 * then. */
bool config_space_write(struct config_space *space, unsigned offset, const void *data,
                        unsigned count);

bool config_space_bus_master(const struct config_space *space);
/* Fills what Device Control and the command register say; MSI-X is the caller's (the client may arm
 * vectors without writing the capability). */
void config_space_card(const struct config_space *space, struct card_config *config);

#endif
