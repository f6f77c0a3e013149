// SPDX-License-Identifier: Apache-2.0
#include "host/crypto/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct digest_context {
    EVP_MD *sha256;
    EVP_MD *sm3;
    EVP_MD_CTX *state;
};

struct digest_context *digest_context_create(void)
{
    struct digest_context *context = calloc(1, sizeof *context);
    if (context == NULL)
        return NULL;
    context->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    context->sm3 = EVP_MD_fetch(NULL, "SM3", NULL);
    context->state = EVP_MD_CTX_new();
    uint8_t probe[DIGEST_BYTES];
    /* The first use of a function allocates its state; done here, it cannot fail later. */
    bool usable = context->sha256 != NULL && context->sm3 != NULL && context->state != NULL &&
                  EVP_Digest("", 0, probe, NULL, context->sha256, NULL) == 1 &&
                  EVP_Digest("", 0, probe, NULL, context->sm3, NULL) == 1;
    if (!usable) {
        digest_context_destroy(context);
        return NULL;
    }
    return context;
}

void digest_context_destroy(struct digest_context *context)
{
    if (context == NULL)
        return;
    EVP_MD_CTX_free(context->state);
    EVP_MD_free(context->sm3);
    EVP_MD_free(context->sha256);
    free(context);
}

static void digest_once(struct digest_context *context, const EVP_MD *md, const void *data,
                        size_t bytes, uint8_t out[DIGEST_BYTES])
{
    unsigned written = 0;
    if (EVP_DigestInit_ex2(context->state, md, NULL) != 1 ||
        EVP_DigestUpdate(context->state, data, bytes) != 1 ||
        EVP_DigestFinal_ex(context->state, out, &written) != 1 || written != DIGEST_BYTES) {
        /* Both functions worked when the context was made; going on would mean a digest of nothing.
         */
        fputs("digest: OpenSSL failed to compute a digest\n", stderr);
        abort();
    }
}

void digest_compute(struct digest_context *context, enum digest_function function, const void *data,
                    size_t bytes, uint8_t out[DIGEST_BYTES])
{
    digest_once(context, function == DIGEST_SM3 ? context->sm3 : context->sha256, data, bytes, out);
    if (function == DIGEST_SHA256D)
        digest_once(context, context->sha256, out, DIGEST_BYTES, out);
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
