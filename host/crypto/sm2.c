// SPDX-License-Identifier: Apache-2.0
/* OpenSSL's points and numbers; the equations are those of GM/T 0003.2-2012. */
#include "host/crypto/sm2.h"

#include <assert.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBER_BYTES 32

static EC_GROUP *group; /* never freed; not changed once it is there */
static pthread_once_t group_once = PTHREAD_ONCE_INIT;

static void open_group(void)
{
    group = EC_GROUP_new_by_curve_name(NID_sm2);
}

bool sm2_ready(void)
{
    return pthread_once(&group_once, open_group) == 0 && group != NULL;
}

/* The numbers of one computation. */
struct scratch {
    BN_CTX *context;
    EC_POINT *key, *sum;
    BIGNUM *r, *s, *t, *e, *x, *y;
};

/* What can fail here is memory; an answer without it would be a guess. */
static void *must(void *pointer)
{
    if (pointer != NULL)
        return pointer;
    fputs("sm2: out of memory\n", stderr);
    abort();
}

static void must_be(int done)
{
    (void)must(done == 1 ? group : NULL);
}

static void open_scratch(struct scratch *scratch)
{
    bool ready = sm2_ready();
    assert(ready);
    (void)ready;
    scratch->context = must(BN_CTX_new());
    scratch->key = must(EC_POINT_new(group));
    scratch->sum = must(EC_POINT_new(group));
    BN_CTX_start(scratch->context);
    BIGNUM **const numbers[] = {&scratch->r, &scratch->s, &scratch->t,
                                &scratch->e, &scratch->x, &scratch->y};
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        *numbers[i] = must(BN_CTX_get(scratch->context));
}

static void close_scratch(struct scratch *scratch)
{
    BN_CTX_end(scratch->context);
    EC_POINT_free(scratch->key);
    EC_POINT_free(scratch->sum);
    BN_CTX_free(scratch->context);
}

static void read_number(const uint8_t bytes[NUMBER_BYTES], BIGNUM *number)
{
    (void)must(BN_bin2bn(bytes, NUMBER_BYTES, number));
}

static void write_number(const BIGNUM *number, uint8_t bytes[NUMBER_BYTES])
{
    must_be(BN_bn2binpad(number, bytes, NUMBER_BYTES) == NUMBER_BYTES);
}

static bool in_range(const BIGNUM *number)
{
    return !BN_is_zero(number) && BN_cmp(number, EC_GROUP_get0_order(group)) < 0;
}

/* x of s G + t P, in scratch->x; false when that is infinity. */
static bool sum_x(struct scratch *scratch)
{
    must_be(
        EC_POINT_mul(group, scratch->sum, scratch->s, scratch->key, scratch->t, scratch->context));
    if (EC_POINT_is_at_infinity(group, scratch->sum) == 1)
        return false;
    must_be(
        EC_POINT_get_affine_coordinates(group, scratch->sum, scratch->x, NULL, scratch->context));
    return true;
}

static bool verify(struct scratch *scratch, const struct snap_sm2_verify_payload *input)
{
    const BIGNUM *order = EC_GROUP_get0_order(group);
    read_number(input->r, scratch->r);
    read_number(input->s, scratch->s);
    if (!in_range(scratch->r) || !in_range(scratch->s))
        return false;
    must_be(BN_mod_add(scratch->t, scratch->r, scratch->s, order, scratch->context));
    if (BN_is_zero(scratch->t))
        return false;
    read_number(input->x, scratch->x);
    read_number(input->y, scratch->y);
    /* Refuses coordinates that are not below p and points that are not on the curve. */
    if (EC_POINT_set_affine_coordinates(group, scratch->key, scratch->x, scratch->y,
                                        scratch->context) != 1)
        return false;
    if (!sum_x(scratch))
        return false;
    read_number(input->e, scratch->e);
    must_be(BN_mod_add(scratch->e, scratch->e, scratch->x, order, scratch->context));
    return BN_cmp(scratch->e, scratch->r) == 0;
}

bool sm2_verify_var(const struct snap_sm2_verify_payload *input)
{
    struct scratch scratch;
    open_scratch(&scratch);
    bool valid = verify(&scratch, input);
    close_scratch(&scratch);
    return valid;
}

static bool make_valid(struct scratch *scratch, const uint8_t secret[32], const uint8_t s[32],
                       const uint8_t t[32], struct snap_sm2_verify_payload *out)
{
    const BIGNUM *order = EC_GROUP_get0_order(group);
    read_number(secret, scratch->e);
    read_number(s, scratch->s);
    read_number(t, scratch->t);
    if (!in_range(scratch->e) || !in_range(scratch->s) || !in_range(scratch->t))
        return false;
    must_be(EC_POINT_mul(group, scratch->key, scratch->e, NULL, NULL, scratch->context));
    must_be(EC_POINT_get_affine_coordinates(group, scratch->key, scratch->x, scratch->y,
                                            scratch->context));
    write_number(scratch->x, out->x);
    write_number(scratch->y, out->y);
    must_be(BN_mod_sub(scratch->r, scratch->t, scratch->s, order, scratch->context));
    if (!in_range(scratch->r) || !sum_x(scratch))
        return false;
    must_be(BN_mod_sub(scratch->e, scratch->r, scratch->x, order, scratch->context));
    write_number(scratch->r, out->r);
    write_number(scratch->s, out->s);
    write_number(scratch->e, out->e);
    return true;
}

bool sm2_make_valid(const uint8_t secret[32], const uint8_t s[32], const uint8_t t[32],
                    struct snap_sm2_verify_payload *out)
{
    struct scratch scratch;
    open_scratch(&scratch);
    bool made = make_valid(&scratch, secret, s, t, out);
    close_scratch(&scratch);
    return made;
}
