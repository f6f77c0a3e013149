// SPDX-License-Identifier: Apache-2.0
#include "host/store/row_batch.h"

#include <stdlib.h>

static int compare_changes(const void *a, const void *b)
{
    const struct row_change *left = *(const struct row_change *const *)a;
    const struct row_change *right = *(const struct row_change *const *)b;
    int order = bytes_compare(left->key, right->key);
    /* The later of two changes of a row counts: they stay in their order. */
    return order != 0 ? order : (left > right) - (left < right);
}

const struct row_change **row_batch_sort(const struct row_change *changes, size_t *count)
{
    const struct row_change **order = malloc((*count + 1) * sizeof(const struct row_change *));
    bool sorted = true;
    if (order == NULL)
        return NULL;
    for (size_t i = 0; i < *count; i++) {
        order[i] = &changes[i];
        sorted = sorted && (i == 0 || bytes_compare(changes[i - 1].key, changes[i].key) < 0);
    }
    if (sorted) /* as checkpoints are */
        return order;
    qsort(order, *count, sizeof(const struct row_change *), compare_changes);
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (kept > 0 && bytes_compare(order[kept - 1]->key, order[i]->key) == 0)
            kept--;
        order[kept++] = order[i];
    }
    *count = kept;
    return order;
}
