/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers share. */
#ifndef HOST_API_API_H
#define HOST_API_API_H

#include <pthread.h>
#include <stdatomic.h>

#include "host/api/abi_cache.h"
#include "host/api/connections.h"
#include "host/api/failed_ids.h"
#include "host/api/feed.h"
#include "host/api/request.h"
#include "host/api/router.h"
#include "host/api/server.h"
#include "host/api/trace_out.h"

/* Since the start; informs only. */
struct api_counters {
    _Atomic uint64_t requests;
    _Atomic uint64_t answers[6];   /* by the status' first digit */
    _Atomic uint64_t transactions; /* pushed */
    _Atomic uint64_t waiting;      /* requests that wait for intake, now */
};

struct api {
    struct api_options options; /* without zeros; texts are the API's */
    struct MHD_Daemon *daemon;  /* NULL before api_start */
    uint16_t port;
    pthread_rwlock_t gate; /* handlers hold it for reading while they may use intake */
    bool stopping;         /* under the gate */
    struct connections *connections;
    struct abi_cache *abis;
    struct failed_ids *failed;
    struct feed *feed;
    _Atomic size_t in_flight_bytes; /* of bodies */
    _Atomic size_t answer_bytes;    /* of answers that are not read yet */
    struct api_counters counters;
};

int64_t api_unix_ms(const struct api *api);

#endif
