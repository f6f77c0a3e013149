/* SPDX-License-Identifier: Apache-2.0 */
/* The card as a C model: the registers, rings and results of the RTL, without its cycles. */
#ifndef SIM_CARD_MODEL_H
#define SIM_CARD_MODEL_H

#include <stdbool.h>

#include "sim/card/card.h"

/* Queue pairs and MSI-X vectors: the RTL's defaults. */
#define MODEL_QUEUES 4u

/* `image` is the folder with the point engine's image.bin and fixed.hex; NULL: a card without that
 * engine. False with a reason (a static text). `host` must outlive the card. */
bool model_create(struct host host, const char *image, struct card *card, const char **reason);

#endif
