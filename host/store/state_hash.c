// SPDX-License-Identifier: Apache-2.0
#include "host/store/state_hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/wire/hash.h"

#define BLOCK_BYTES 16u
#define SUM_BYTES   (2u * STATE_HASH_LANES)
/* Rows up to this size are digested in one piece. */
#define ROW_BUFFER_BYTES 512u

_Static_assert(sizeof(struct state_sum) == SUM_BYTES, "lanes are packed");

/* What a thread needs to expand rows. OpenSSL keeps the memory of its contexts, so that nothing is
 * allocated after the first row. */
struct expander {
    EVP_CIPHER *aes;
    EVP_CIPHER_CTX *aes_state;
};

static _Thread_local struct expander *own_expander;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t expanders; /* frees a thread's expander when the thread ends */
/* What counter mode encrypts. Given to the cipher as they are, they spare it the handling of
 * initial values, which would be an eighth of all instructions of a row. */
static uint8_t counters[SUM_BYTES / BLOCK_BYTES][BLOCK_BYTES];

static void fail(const char *what)
{
    fprintf(stderr, "state hash: %s\n", what);
    abort();
}

static void free_expander(void *expander)
{
    struct expander *own = expander;
    EVP_CIPHER_CTX_free(own->aes_state);
    EVP_CIPHER_free(own->aes);
    free(own);
}

static void prepare(void)
{
    _Static_assert(SUM_BYTES / BLOCK_BYTES <= 256, "the last byte counts");
    for (unsigned i = 0; i < SUM_BYTES / BLOCK_BYTES; i++)
        counters[i][BLOCK_BYTES - 1] = (uint8_t)i;
    if (pthread_key_create(&expanders, free_expander) != 0)
        fail("no thread-specific data left");
}

static struct expander *make_expander(void)
{
    pthread_once(&once, prepare);
    struct expander *expander = calloc(1, sizeof *expander);
    if (expander == NULL)
        fail("out of memory");
    expander->aes = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
    expander->aes_state = EVP_CIPHER_CTX_new();
    if (expander->aes == NULL || expander->aes_state == NULL ||
        EVP_EncryptInit_ex2(expander->aes_state, expander->aes, NULL, NULL, NULL) != 1 ||
        pthread_setspecific(expanders, expander) != 0)
        fail("OpenSSL has no AES-256");
    own_expander = expander;
    return expander;
}

static struct expander *expander_of_thread(void)
{
    return own_expander != NULL ? own_expander : make_expander();
}

void state_row_seed(struct bytes key, struct bytes value, struct row_seed *seed)
{
    uint8_t buffer[ROW_BUFFER_BYTES];
    struct writer writer = writer_of(buffer, sizeof buffer);
    write_u32(&writer, (uint32_t)key.size);
    write_copy(&writer, key.data, key.size);
    bool whole = value.size <= sizeof buffer - writer_size(&writer);
    if (whole)
        write_copy(&writer, value.data, value.size);
    assert(!writer.failed);
    const struct bytes parts[] = {{buffer, writer_size(&writer)}, value};
    hash_sha256(parts, whole ? 1 : 2, seed->bytes);
}

static void expand(const struct row_seed *seed, struct state_sum *lanes)
{
    const struct expander *expander = expander_of_thread();
    int written = 0;
    if (EVP_EncryptInit_ex2(expander->aes_state, NULL, seed->bytes, NULL, NULL) != 1 ||
        EVP_EncryptUpdate(expander->aes_state, (unsigned char *)lanes->lanes, &written, counters[0],
                          (int)sizeof counters) != 1 ||
        written != (int)sizeof counters)
        fail("OpenSSL failed to encrypt");
}

/* Lanes as they are in memory and little-endian are the same here; a big-endian machine would have
 * to swap them. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "lanes are little-endian");

/* `restrict`, so that the compiler makes vectors of the lanes. */
static void add_lanes(uint16_t *restrict lanes, const uint16_t *restrict others)
{
    for (unsigned i = 0; i < STATE_HASH_LANES; i++)
        lanes[i] = (uint16_t)(lanes[i] + others[i]);
}

static void subtract_lanes(uint16_t *restrict lanes, const uint16_t *restrict others)
{
    for (unsigned i = 0; i < STATE_HASH_LANES; i++)
        lanes[i] = (uint16_t)(lanes[i] - others[i]);
}

void state_sum_join(struct state_sum *sum, const struct state_sum *part)
{
    assert(sum != part);
    add_lanes(sum->lanes, part->lanes);
}

void state_sum_add_seed(struct state_sum *sum, const struct row_seed *seed)
{
    struct state_sum lanes;
    expand(seed, &lanes);
    add_lanes(sum->lanes, lanes.lanes);
}

void state_sum_subtract_seed(struct state_sum *sum, const struct row_seed *seed)
{
    struct state_sum lanes;
    expand(seed, &lanes);
    subtract_lanes(sum->lanes, lanes.lanes);
}

void state_sum_add(struct state_sum *sum, struct bytes key, struct bytes value)
{
    struct row_seed seed;
    state_row_seed(key, value, &seed);
    state_sum_add_seed(sum, &seed);
}

void state_sum_subtract(struct state_sum *sum, struct bytes key, struct bytes value)
{
    struct row_seed seed;
    state_row_seed(key, value, &seed);
    state_sum_subtract_seed(sum, &seed);
}

void state_sum_hash(const struct state_sum *sum, uint8_t hash[32])
{
    const struct bytes whole = {(const uint8_t *)sum->lanes, sizeof sum->lanes};
    hash_sha256(&whole, 1, hash);
}
