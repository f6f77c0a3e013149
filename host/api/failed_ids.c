// SPDX-License-Identifier: Apache-2.0
#include "host/api/failed_ids.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 65536u

/* A ring of ids, each also in the list of its bucket. Places are counted from 1; 0: none. */
struct failed_ids {
    pthread_mutex_t lock;
    uint32_t oldest; /* the place that is taken next */
    uint32_t buckets[BUCKETS];
    uint32_t next[FAILED_IDS_MAX + 1];
    bool used[FAILED_IDS_MAX + 1];
    uint8_t ids[FAILED_IDS_MAX + 1][32];
};

struct failed_ids *failed_ids_create(void)
{
    struct failed_ids *failed = calloc(1, sizeof *failed);
    if (failed == NULL)
        return NULL;
    pthread_mutex_init(&failed->lock, NULL);
    failed->oldest = 1;
    return failed;
}

void failed_ids_destroy(struct failed_ids *failed)
{
    if (failed == NULL)
        return;
    pthread_mutex_destroy(&failed->lock);
    free(failed);
}

/* An id is a hash: any of its bits will do. */
static uint32_t *bucket_of(struct failed_ids *failed, const uint8_t id[32])
{
    return &failed->buckets[(uint32_t)id[30] << 8 | id[31]];
}
_Static_assert(BUCKETS == 1u << 16, "two bytes of the id choose the bucket");

static uint32_t find(struct failed_ids *failed, const uint8_t id[32])
{
    uint32_t place = *bucket_of(failed, id);
    while (place != 0 && memcmp(failed->ids[place], id, 32) != 0)
        place = failed->next[place];
    return place;
}

static void forget(struct failed_ids *failed, uint32_t place)
{
    uint32_t *link = bucket_of(failed, failed->ids[place]);
    while (*link != place)
        link = &failed->next[*link];
    *link = failed->next[place];
}

void failed_ids_add(struct failed_ids *failed, const uint8_t id[32])
{
    pthread_mutex_lock(&failed->lock);
    if (find(failed, id) == 0) {
        uint32_t place = failed->oldest;
        failed->oldest = place % FAILED_IDS_MAX + 1;
        if (failed->used[place])
            forget(failed, place);
        memcpy(failed->ids[place], id, 32);
        failed->used[place] = true;
        uint32_t *bucket = bucket_of(failed, id);
        failed->next[place] = *bucket;
        *bucket = place;
    }
    pthread_mutex_unlock(&failed->lock);
}

bool failed_ids_has(struct failed_ids *failed, const uint8_t id[32])
{
    pthread_mutex_lock(&failed->lock);
    bool has = find(failed, id) != 0;
    pthread_mutex_unlock(&failed->lock);
    return has;
}
