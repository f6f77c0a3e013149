/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "snapcard_abi.h"

struct digest {
    EVP_MD *sha256, *sm3;
    EVP_MD_CTX *context;
};

struct digest *digest_create(void)
{
    struct digest *digest = calloc(1, sizeof *digest);
    if (digest == NULL)
        return NULL;
    digest->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    digest->sm3 = EVP_MD_fetch(NULL, "SM3", NULL);
    digest->context = EVP_MD_CTX_new();
    if (digest->sha256 == NULL || digest->sm3 == NULL || digest->context == NULL) {
        digest_destroy(digest);
        return NULL;
    }
    return digest;
}

void digest_destroy(struct digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_free(digest->sha256);
    EVP_MD_free(digest->sm3);
    EVP_MD_CTX_free(digest->context);
    free(digest);
}

void digest_pieces(struct digest *digest, enum digest_kind kind, const struct digest_piece *pieces,
                   unsigned count, uint8_t result[DIGEST_BYTES])
{
    unsigned length = 0;
    const EVP_MD *function = kind == DIGEST_SM3 ? digest->sm3 : digest->sha256;
    bool good = EVP_DigestInit_ex(digest->context, function, NULL);
    for (unsigned i = 0; i < count && good; i++)
        good = EVP_DigestUpdate(digest->context, pieces[i].data, pieces[i].bytes);
    if (!good || !EVP_DigestFinal_ex(digest->context, result, &length) || length != DIGEST_BYTES) {
        /* A model that answers wrongly is worse than none. */
        (void)fprintf(stderr, "snapcard-sim: OpenSSL failed to hash\n");
        abort();
    }
}

static uint64_t hash(struct digest *digest, enum digest_kind kind, const uint8_t *data,
                     size_t bytes, uint8_t result[DIGEST_BYTES])
{
    const struct digest_piece piece = {data, bytes};
    digest_pieces(digest, kind, &piece, 1, result);
    return (bytes + 9 + 63) / 64;
}

/* Level by level in place; the last node of an odd level is paired with itself. */
static uint64_t merkle(struct digest *digest, enum digest_kind kind, bool twice, uint8_t *nodes,
                       size_t count, uint8_t result[DIGEST_BYTES])
{
    uint64_t blocks = 0;
    assert(count >= 1);
    for (; count > 1; count = (count + 1) / 2) {
        for (size_t i = 0; i < count; i += 2) {
            uint8_t pair[2 * DIGEST_BYTES];
            size_t right = i + 1 < count ? i + 1 : i;
            memcpy(pair, nodes + i * DIGEST_BYTES, DIGEST_BYTES);
            memcpy(pair + DIGEST_BYTES, nodes + right * DIGEST_BYTES, DIGEST_BYTES);
            uint8_t *node = nodes + i / 2 * DIGEST_BYTES;
            blocks += hash(digest, kind, pair, sizeof pair, node);
            if (twice)
                blocks += hash(digest, kind, node, DIGEST_BYTES, node);
        }
    }
    memcpy(result, nodes, DIGEST_BYTES);
    return blocks;
}

uint64_t digest_execute(struct digest *digest, uint8_t opcode, uint8_t *data, size_t bytes,
                        uint8_t result[DIGEST_BYTES])
{
    size_t leaves = bytes / SNAP_MERKLE_LEAF_BYTES;
    switch (opcode) {
    case SNAP_OP_SHA256:
        return hash(digest, DIGEST_SHA256, data, bytes, result);
    case SNAP_OP_SM3:
        return hash(digest, DIGEST_SM3, data, bytes, result);
    case SNAP_OP_MERKLE_SHA256:
        return merkle(digest, DIGEST_SHA256, false, data, leaves, result);
    case SNAP_OP_MERKLE_SHA256D:
        return merkle(digest, DIGEST_SHA256, true, data, leaves, result);
    case SNAP_OP_MERKLE_SM3:
        return merkle(digest, DIGEST_SM3, false, data, leaves, result);
    default:
        assert(false);
        return 0;
    }
}
