/* SPDX-License-Identifier: Apache-2.0 */
/* The card as a C model: the registers, rings and results of the RTL, without its cycles. */
#ifndef SIM_CARD_MODEL_H
#define SIM_CARD_MODEL_H

#include <stdbool.h>

#include "sim/card/card.h"

/* Queue pairs and MSI-X vectors: the RTL's defaults. */
#define MODEL_QUEUES 4u

/* False: out of memory, or OpenSSL lacks an algorithm. `host` must outlive the card. */
bool model_create(struct host host, struct card *card);

#endif
