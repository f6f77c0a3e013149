// SPDX-License-Identifier: Apache-2.0
#include "host/intake/recovery.h"

#include <openssl/ec.h>
#include <openssl/objects.h>
#include <pthread.h>
#include <string.h>

#define NUMBER_BYTES     32u
#define POINT_BYTES      (1 + 2 * NUMBER_BYTES) /* SEC 1, uncompressed */
#define K1_RECOVERY_BASE 31u                    /* 27 for a key, 4 for a compressed one */

static EC_GROUP *sm2_group; /* never freed; not changed once it is there */
static pthread_once_t sm2_once = PTHREAD_ONCE_INIT;

static void open_sm2(void)
{
    sm2_group = EC_GROUP_new_by_curve_name(NID_sm2);
}

/* The card takes x and y, the signature brings x and a parity. */
static bool open_sm2_key_var(const uint8_t key[PUBLIC_KEY_BYTES], uint8_t point[POINT_BYTES])
{
    if (pthread_once(&sm2_once, open_sm2) != 0 || sm2_group == NULL)
        return false;
    EC_POINT *opened = EC_POINT_new(sm2_group);
    bool done = opened != NULL &&
                EC_POINT_oct2point(sm2_group, opened, key, PUBLIC_KEY_BYTES, NULL) == 1 &&
                EC_POINT_point2oct(sm2_group, opened, POINT_CONVERSION_UNCOMPRESSED, point,
                                   POINT_BYTES, NULL) == POINT_BYTES;
    EC_POINT_free(opened);
    return done;
}

static bool prepare_k1(struct recovery *recovery, const struct signature *signature,
                       const uint8_t digest[32])
{
    struct snap_ecdsa_recover_payload *payload = &recovery->payload.k1;
    memcpy(payload->digest, digest, NUMBER_BYTES);
    memcpy(payload->r, signature->bytes + 1, NUMBER_BYTES);
    memcpy(payload->s, signature->bytes + 1 + NUMBER_BYTES, NUMBER_BYTES);
    memset(payload->id, 0, sizeof payload->id);
    payload->id[sizeof payload->id - 1] = (uint8_t)(signature->bytes[0] - K1_RECOVERY_BASE);
    recovery->job.kind = OFFLOAD_ECDSA_SECP256K1_RECOVER;
    recovery->job.bytes = sizeof *payload;
    return true;
}

static bool prepare_sm2_var(struct recovery *recovery, const struct signature *signature,
                            const uint8_t digest[32])
{
    struct snap_sm2_verify_payload *payload = &recovery->payload.sm2;
    struct public_key key = {.type = KEY_SM2};
    uint8_t point[POINT_BYTES];
    memcpy(key.bytes, signature->bytes, PUBLIC_KEY_BYTES);
    if (!sm2_digest_var(&key, digest, payload->e) || !open_sm2_key_var(key.bytes, point))
        return false;
    memcpy(payload->r, signature->bytes + PUBLIC_KEY_BYTES, NUMBER_BYTES);
    memcpy(payload->s, signature->bytes + PUBLIC_KEY_BYTES + NUMBER_BYTES, NUMBER_BYTES);
    memcpy(payload->x, point + 1, NUMBER_BYTES);
    memcpy(payload->y, point + 1 + NUMBER_BYTES, NUMBER_BYTES);
    recovery->job.kind = OFFLOAD_SM2_VERIFY;
    recovery->job.bytes = sizeof *payload;
    return true;
}

bool recovery_prepare_var(struct recovery *recovery, const struct signature *signature,
                          const uint8_t digest[32])
{
    recovery->job = (struct offload_job){.input = &recovery->payload};
    return signature->type == KEY_SM2 ? prepare_sm2_var(recovery, signature, digest)
                                      : prepare_k1(recovery, signature, digest);
}

bool recovery_key(const struct recovery *recovery, const struct signature *signature,
                  struct public_key *key)
{
    *key = (struct public_key){.type = signature->type};
    if (recovery->job.verdict != OFFLOAD_VALID)
        return false;
    if (signature->type == KEY_SM2) {
        memcpy(key->bytes, signature->bytes, PUBLIC_KEY_BYTES);
        return true;
    }
    const uint8_t *x = recovery->job.result, *y = x + NUMBER_BYTES;
    key->bytes[0] = (uint8_t)(2 | (y[NUMBER_BYTES - 1] & 1));
    memcpy(key->bytes + 1, x, NUMBER_BYTES);
    return true;
}
