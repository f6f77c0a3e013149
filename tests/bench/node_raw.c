// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/node_raw.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "host/crypto/ecdsa.h"
#include "tests/unit/check.h"

#define SECONDS   2
#define CORES_MAX 256u

struct work {
    const struct signature *signatures;
    uint64_t count;
};

static atomic_bool over;

static double now_s(clockid_t clock)
{
    struct timespec now;
    CHECK(clock_gettime(clock, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void *recover(void *argument)
{
    struct work *work = argument;
    struct snap_ecdsa_recover_payload payload = {0};
    struct snap_point point;
    for (; !atomic_load_explicit(&over, memory_order_relaxed); work->count++) {
        const struct signature *signature = &work->signatures[work->count % RAW_SIGNATURES];
        memset(payload.digest, (int)work->count, sizeof payload.digest); /* any digest has a key */
        memcpy(payload.r, signature->bytes + 1, 32);
        memcpy(payload.s, signature->bytes + 33, 32);
        payload.id[31] = (uint8_t)(signature->bytes[0] - 31);
        CHECK(ecdsa_secp256k1_recover_var(&payload, &point));
    }
    return NULL;
}

struct raw_rate raw_measure(const struct signature signatures[RAW_SIGNATURES], unsigned cores)
{
    pthread_t threads[CORES_MAX];
    struct work works[CORES_MAX];
    uint64_t total = 0;
    CHECK(cores <= CORES_MAX);
    double wall_s = now_s(CLOCK_MONOTONIC), cpu_s = now_s(CLOCK_PROCESS_CPUTIME_ID);
    atomic_store(&over, false);
    for (unsigned i = 0; i < cores; i++) {
        works[i] = (struct work){signatures, 0};
        CHECK(pthread_create(&threads[i], NULL, recover, &works[i]) == 0);
    }
    (void)sleep(SECONDS);
    atomic_store(&over, true);
    for (unsigned i = 0; i < cores; i++) {
        CHECK(pthread_join(threads[i], NULL) == 0);
        total += works[i].count;
    }
    wall_s = now_s(CLOCK_MONOTONIC) - wall_s;
    cpu_s = now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu_s;
    return (struct raw_rate){(double)total / wall_s, cpu_s * 1e6 / (double)total};
}
