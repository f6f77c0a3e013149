// SPDX-License-Identifier: Apache-2.0
#include "host/crypto/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A state for each function: OpenSSL keeps the state's memory as long as the function stays the
 * same, so nothing is allocated after the first digest. */
struct digest_function_state {
    EVP_MD *md;
    EVP_MD_CTX *state;
};

struct digest_context {
    struct digest_function_state sha256, sm3;
};

static bool digest_once(struct digest_function_state *function, const void *data, size_t bytes,
                        uint8_t out[DIGEST_BYTES])
{
    unsigned written = 0;
    return EVP_DigestInit_ex2(function->state, function->md, NULL) == 1 &&
           EVP_DigestUpdate(function->state, data, bytes) == 1 &&
           EVP_DigestFinal_ex(function->state, out, &written) == 1 && written == DIGEST_BYTES;
}

/* Computes one digest too, so that what can fail has failed here. */
static bool open_function(struct digest_function_state *function, const char *name)
{
    uint8_t probe[DIGEST_BYTES];
    function->md = EVP_MD_fetch(NULL, name, NULL);
    function->state = EVP_MD_CTX_new();
    return function->md != NULL && function->state != NULL && digest_once(function, "", 0, probe);
}

static void close_function(struct digest_function_state *function)
{
    EVP_MD_CTX_free(function->state);
    EVP_MD_free(function->md);
}

struct digest_context *digest_context_create(void)
{
    struct digest_context *context = calloc(1, sizeof *context);
    if (context == NULL)
        return NULL;
    if (!open_function(&context->sha256, "SHA256") || !open_function(&context->sm3, "SM3")) {
        digest_context_destroy(context);
        return NULL;
    }
    return context;
}

void digest_context_destroy(struct digest_context *context)
{
    if (context == NULL)
        return;
    close_function(&context->sha256);
    close_function(&context->sm3);
    free(context);
}

static void digest_or_abort(struct digest_function_state *function, const void *data, size_t bytes,
                            uint8_t out[DIGEST_BYTES])
{
    if (digest_once(function, data, bytes, out))
        return;
    /* It worked when the context was made; going on would mean a digest of nothing. */
    fputs("digest: OpenSSL failed to compute a digest\n", stderr);
    abort();
}

void digest_compute(struct digest_context *context, enum digest_function function, const void *data,
                    size_t bytes, uint8_t out[DIGEST_BYTES])
{
    digest_or_abort(function == DIGEST_SM3 ? &context->sm3 : &context->sha256, data, bytes, out);
    if (function == DIGEST_SHA256D)
        digest_or_abort(&context->sha256, out, DIGEST_BYTES, out);
}

static void merkle_node(struct digest_context *context, enum digest_function function,
                        const uint8_t left[DIGEST_BYTES], const uint8_t right[DIGEST_BYTES],
                        uint8_t out[DIGEST_BYTES])
{
    uint8_t pair[2 * DIGEST_BYTES];
    memcpy(pair, left, DIGEST_BYTES);
    memcpy(pair + DIGEST_BYTES, right, DIGEST_BYTES);
    digest_compute(context, function, pair, sizeof pair, out);
}

/* Leaves are taken one by one into a binary counter: `whole[l]` is a complete subtree of 2^l
 * leaves, there exactly when bit l of the number of leaves taken is set. Memory does not grow with
 * the list. */
void digest_merkle_root(struct digest_context *context, enum digest_function function,
                        const uint8_t *leaves, size_t count, uint8_t out[DIGEST_BYTES])
{
    assert(count >= 1 && count <= UINT64_C(1) << (MERKLE_LEVELS_MAX - 1));
    uint8_t whole[MERKLE_LEVELS_MAX][DIGEST_BYTES];
    for (size_t i = 0; i < count; i++) {
        uint8_t node[DIGEST_BYTES];
        memcpy(node, leaves + i * MERKLE_LEAF_BYTES, sizeof node);
        unsigned level = 0;
        for (; (i >> level & 1) != 0; level++)
            merkle_node(context, function, whole[level], node, node);
        memcpy(whole[level], node, sizeof node);
    }
    /* Then upwards: `carry` is the last node of a level when that node is not whole. */
    uint8_t carry[DIGEST_BYTES];
    bool has_carry = false;
    unsigned level = 0;
    for (size_t width = count; width > 1; width = (width + 1) / 2, level++) {
        bool has_whole = (count >> level & 1) != 0;
        if (has_whole && has_carry)
            merkle_node(context, function, whole[level], carry, carry);
        else if (has_whole)
            merkle_node(context, function, whole[level], whole[level], carry);
        else if (has_carry)
            merkle_node(context, function, carry, carry, carry);
        has_carry = has_carry || has_whole;
    }
    memcpy(out, has_carry ? carry : whole[level], DIGEST_BYTES);
}
