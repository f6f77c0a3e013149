// SPDX-License-Identifier: Apache-2.0
#include "host/wire/hash.h"

/* Deprecated since 3.0: see hash_sha256. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum function { SM3, RIPEMD160, FUNCTIONS };

static EVP_MD *functions[FUNCTIONS]; /* fetched once and never freed */
static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static pthread_key_t at_thread_end;

/* A context for each function: OpenSSL keeps a context's memory as long as its function stays the
 * same. */
static _Thread_local EVP_MD_CTX *contexts[FUNCTIONS];

static void must(int done)
{
    if (done == 1)
        return;
    fputs("hash: OpenSSL failed to compute a hash\n", stderr);
    abort();
}

static void free_contexts(void *thread_contexts)
{
    EVP_MD_CTX **owned = thread_contexts;
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        EVP_MD_CTX_free(owned[i]);
        owned[i] = NULL;
    }
}

static void fetch_functions(void)
{
    static const char *const names[FUNCTIONS] = {[SM3] = "SM3", [RIPEMD160] = "RIPEMD160"};
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        functions[i] = EVP_MD_fetch(NULL, names[i], NULL);
        must(functions[i] != NULL);
    }
    must(pthread_key_create(&at_thread_end, free_contexts) == 0);
}

static void open_context(enum function function)
{
    must(pthread_once(&fetched, fetch_functions) == 0);
    must(pthread_setspecific(at_thread_end, contexts) == 0);
    contexts[function] = EVP_MD_CTX_new();
    must(contexts[function] != NULL);
}

static void compute(enum function function, const struct bytes *parts, size_t count, uint8_t *out)
{
    if (contexts[function] == NULL)
        open_context(function);
    EVP_MD_CTX *context = contexts[function];
    must(EVP_DigestInit_ex2(context, functions[function], NULL));
    for (size_t i = 0; i < count; i++)
        must(EVP_DigestUpdate(context, parts[i].data, parts[i].size));
    must(EVP_DigestFinal_ex(context, out, NULL));
}

/* With the functions that EVP_* calls in the end: what is hashed here is short, a transfer takes
 * five hashes, and EVP would add a seventh to the time of each. */
void hash_sha256(const struct bytes *parts, size_t count, uint8_t out[HASH_BYTES])
{
    SHA256_CTX state;
    must(SHA256_Init(&state));
    for (size_t i = 0; i < count; i++)
        must(SHA256_Update(&state, parts[i].data, parts[i].size));
    must(SHA256_Final(out, &state));
}

void hash_sm3(const struct bytes *parts, size_t count, uint8_t out[HASH_BYTES])
{
    compute(SM3, parts, count, out);
}

void hash_ripemd160(const struct bytes *parts, size_t count, uint8_t out[HASH_RIPEMD160_BYTES])
{
    compute(RIPEMD160, parts, count, out);
}
