/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of transactions that failed lately, a bounded number of them: a block does not say that a
 * transaction failed, but who sent it asks. Any thread. */
#ifndef HOST_API_FAILED_IDS_H
#define HOST_API_FAILED_IDS_H

#include <stdbool.h>
#include <stdint.h>

#define FAILED_IDS_MAX 32768u

struct failed_ids;

struct failed_ids *failed_ids_create(void); /* NULL: no memory */
void failed_ids_destroy(struct failed_ids *failed);
/* The oldest is forgotten for it. */
void failed_ids_add(struct failed_ids *failed, const uint8_t id[32]);
bool failed_ids_has(struct failed_ids *failed, const uint8_t id[32]);

#endif
