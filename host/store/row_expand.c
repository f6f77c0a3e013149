// SPDX-License-Identifier: Apache-2.0
#include "host/store/row_expand.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __x86_64__
#include <wmmintrin.h>
#endif

#define BLOCK_BYTES 16u
#define LANES_BYTES (2u * ROW_LANES)
#define BLOCKS      (LANES_BYTES / BLOCK_BYTES)

/* Lanes as they are in memory and little-endian are the same here; a big-endian machine would have
 * to swap them. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "lanes are little-endian");

/* ------------------------------------------------------------------ by the library */

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
static uint8_t counters[BLOCKS][BLOCK_BYTES];

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
    _Static_assert(BLOCKS <= 256, "the last byte counts");
    for (unsigned i = 0; i < BLOCKS; i++)
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

/* `restrict`, so that the compiler makes vectors of the lanes. */
static void add(uint16_t *restrict lanes, const uint16_t *restrict others)
{
    for (unsigned i = 0; i < ROW_LANES; i++)
        lanes[i] = (uint16_t)(lanes[i] + others[i]);
}

static void take_away(uint16_t *restrict lanes, const uint16_t *restrict others)
{
    for (unsigned i = 0; i < ROW_LANES; i++)
        lanes[i] = (uint16_t)(lanes[i] - others[i]);
}

void row_expand_portable(const uint8_t seed[32], bool subtract, uint16_t lanes[ROW_LANES])
{
    const struct expander *expander = expander_of_thread();
    uint16_t made[ROW_LANES];
    int written = 0;
    if (EVP_EncryptInit_ex2(expander->aes_state, NULL, seed, NULL, NULL) != 1 ||
        EVP_EncryptUpdate(expander->aes_state, (unsigned char *)made, &written, counters[0],
                          (int)sizeof counters) != 1 ||
        written != (int)sizeof counters)
        fail("OpenSSL failed to encrypt");
    if (subtract)
        take_away(lanes, made);
    else
        add(lanes, made);
}

/* ------------------------------------------------------------------ by the processor */

#ifdef __x86_64__
#define ROUNDS 14u
/* Encrypted side by side: an instruction takes several cycles, but one can begin in each. */
#define ABREAST 8u
#define TARGET  __attribute__((target("aes,avx")))

struct schedule {
    __m128i keys[ROUNDS + 1];
};

/* Each word with those below it added (FIPS 197, 5.2: a word is the sum of the one before it and of
 * the one a key's length before). */
TARGET static inline __m128i running_sum(__m128i words)
{
    words = _mm_xor_si128(words, _mm_slli_si128(words, 4));
    return _mm_xor_si128(words, _mm_slli_si128(words, 8));
}

/* Round keys 2i and 2i + 1; the instruction wants its constant as a constant. */
#define NEXT_PAIR(keys, i, constant)                                                               \
    do {                                                                                           \
        __m128i turned = _mm_aeskeygenassist_si128((keys)[2 * (i)-1], constant);                   \
        (keys)[2 * (i)] =                                                                          \
            _mm_xor_si128(running_sum((keys)[2 * (i)-2]), _mm_shuffle_epi32(turned, 0xFF));        \
        if (2 * (i) == ROUNDS)                                                                     \
            break;                                                                                 \
        __m128i plain = _mm_aeskeygenassist_si128((keys)[2 * (i)], 0);                             \
        (keys)[2 * (i) + 1] =                                                                      \
            _mm_xor_si128(running_sum((keys)[2 * (i)-1]), _mm_shuffle_epi32(plain, 0xAA));         \
    } while (0)

TARGET static void make_schedule(const uint8_t seed[32], struct schedule *schedule)
{
    __m128i *keys = schedule->keys;
    keys[0] = _mm_loadu_si128((const __m128i *)seed);
    keys[1] = _mm_loadu_si128((const __m128i *)seed + 1);
    NEXT_PAIR(keys, 1, 0x01);
    NEXT_PAIR(keys, 2, 0x02);
    NEXT_PAIR(keys, 3, 0x04);
    NEXT_PAIR(keys, 4, 0x08);
    NEXT_PAIR(keys, 5, 0x10);
    NEXT_PAIR(keys, 6, 0x20);
    NEXT_PAIR(keys, 7, 0x40);
}

TARGET static void row_expand_aes(const uint8_t seed[32], bool subtract, uint16_t lanes[ROW_LANES])
{
    struct schedule schedule;
    const __m128i *keys = schedule.keys;
    const __m128i one = _mm_set_epi64x(INT64_C(1) << 56, 0); /* in the block's last byte */
    __m128i counter = _mm_setzero_si128(), *sums = (__m128i *)lanes;
    make_schedule(seed, &schedule);
    for (unsigned i = 0; i < BLOCKS; i += ABREAST, sums += ABREAST) {
        __m128i blocks[ABREAST];
#pragma GCC unroll 8
        for (unsigned j = 0; j < ABREAST; j++) {
            blocks[j] = _mm_xor_si128(counter, keys[0]);
            counter = _mm_add_epi64(counter, one);
        }
#pragma GCC unroll 16
        for (unsigned round = 1; round < ROUNDS; round++)
#pragma GCC unroll 8
            for (unsigned j = 0; j < ABREAST; j++)
                blocks[j] = _mm_aesenc_si128(blocks[j], keys[round]);
#pragma GCC unroll 8
        for (unsigned j = 0; j < ABREAST; j++) {
            __m128i made = _mm_aesenclast_si128(blocks[j], keys[ROUNDS]);
            __m128i sum = _mm_loadu_si128(&sums[j]);
            sum = subtract ? _mm_sub_epi16(sum, made) : _mm_add_epi16(sum, made);
            _mm_storeu_si128(&sums[j], sum);
        }
    }
}
#endif

void row_expand(const uint8_t seed[32], bool subtract, uint16_t lanes[ROW_LANES])
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("aes") && __builtin_cpu_supports("avx")) {
        row_expand_aes(seed, subtract, lanes);
        return;
    }
#endif
    row_expand_portable(seed, subtract, lanes);
}
