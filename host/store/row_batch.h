/* SPDX-License-Identifier: Apache-2.0 */
/* The changes of a batch, for engines that apply them in order. */
#ifndef HOST_STORE_ROW_BATCH_H
#define HOST_STORE_ROW_BATCH_H

#include "host/store/row_store.h"

/* Pointers to the changes in the order of their keys, the last one of each key only; *count of them
 * are left. To be freed; NULL: out of memory. */
const struct row_change **row_batch_sort(const struct row_change *changes, size_t *count);

#endif
