// SPDX-License-Identifier: Apache-2.0
#include "host/node/merkle.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/crypto/digest.h"

#define LEAVES_MAX (OFFLOAD_INPUT_BYTES_MAX / MERKLE_LEAF_BYTES)

struct merkle {
    struct offload *offload;
    uint64_t wait_ns;
    struct digest_context *digest; /* of the one thread that asks */
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool busy;              /* the job is offload's; under the lock */
    struct offload_job job; /* and its answer, once it is not */
    uint8_t *leaves;        /* of the job: a caller's may be gone when it is answered */
};

static void on_done(struct offload_job *job)
{
    struct merkle *merkle = job->user;
    pthread_mutex_lock(&merkle->lock);
    merkle->busy = false;
    pthread_cond_signal(&merkle->answered);
    pthread_mutex_unlock(&merkle->lock);
}

struct merkle *merkle_create(struct offload *offload, uint64_t wait_ns)
{
    struct merkle *merkle = calloc(1, sizeof *merkle);
    if (merkle == NULL)
        return NULL;
    merkle->offload = offload;
    merkle->wait_ns = wait_ns;
    merkle->digest = digest_context_create();
    merkle->leaves = malloc(OFFLOAD_INPUT_BYTES_MAX);
    bool made = merkle->digest != NULL && merkle->leaves != NULL &&
                pthread_mutex_init(&merkle->lock, NULL) == 0;
    if (made && pthread_cond_init(&merkle->answered, NULL) == 0)
        return merkle;
    if (made)
        pthread_mutex_destroy(&merkle->lock);
    free(merkle->leaves);
    digest_context_destroy(merkle->digest);
    free(merkle);
    return NULL;
}

void merkle_destroy(struct merkle *merkle)
{
    if (merkle == NULL)
        return;
    pthread_cond_destroy(&merkle->answered);
    pthread_mutex_destroy(&merkle->lock);
    free(merkle->leaves);
    digest_context_destroy(merkle->digest);
    free(merkle);
}

/* The lock is held. */
static bool wait_for_answer(struct merkle *merkle)
{
    struct clock clock = clock_monotonic();
    uint64_t until_ns = clock_now(&clock) + merkle->wait_ns;
    struct timespec until = {.tv_sec = (time_t)(until_ns / CLOCK_NS_PER_S),
                             .tv_nsec = (long)(until_ns % CLOCK_NS_PER_S)};
    int code = 0;
    while (merkle->busy && code == 0)
        code = pthread_cond_clockwait(&merkle->answered, &merkle->lock, CLOCK_MONOTONIC, &until);
    return !merkle->busy;
}

/* False: it is for this thread to compute. */
static bool ask(struct merkle *merkle, const uint8_t *leaves, size_t count, uint8_t root[32])
{
    pthread_mutex_lock(&merkle->lock);
    bool free_now = !merkle->busy;
    merkle->busy = true;
    pthread_mutex_unlock(&merkle->lock);
    if (!free_now)
        return false;
    memcpy(merkle->leaves, leaves, count * MERKLE_LEAF_BYTES);
    merkle->job = (struct offload_job){.kind = OFFLOAD_MERKLE_SHA256,
                                       .bytes = (uint32_t)(count * MERKLE_LEAF_BYTES),
                                       .input = merkle->leaves,
                                       .done = on_done,
                                       .user = merkle};
    bool sent = offload_submit(merkle->offload, &merkle->job) == OFFLOAD_OK;
    pthread_mutex_lock(&merkle->lock);
    if (!sent)
        merkle->busy = false;
    bool answered = sent && wait_for_answer(merkle);
    if (answered)
        memcpy(root, merkle->job.result, DIGEST_BYTES);
    pthread_mutex_unlock(&merkle->lock);
    return answered;
}

void merkle_root(void *context, const uint8_t *leaves, size_t count, uint8_t root[32])
{
    struct merkle *merkle = context;
    if (count < MERKLE_LEAVES_MIN || count > LEAVES_MAX || !ask(merkle, leaves, count, root))
        digest_merkle_root(merkle->digest, DIGEST_SHA256, leaves, count, root);
}
