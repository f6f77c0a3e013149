/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of points of secp256k1, with the same meaning as the card's opcodes of the same names.
 * Variable time: not for secrets. A Pedersen commitment's blinding is one; who makes commitments to
 * secret values makes them elsewhere. */
#ifndef HOST_CRYPTO_POINT_H
#define HOST_CRYPTO_POINT_H

#include <stdbool.h>
#include <stddef.h>

#include "snapcard_abi.h"

enum point_sum {
    POINT_INVALID,  /* a number is out of its range, or a point not on the curve */
    POINT_FINITE,   /* *sum is filled */
    POINT_INFINITY, /* the sum is the point at infinity */
};

/* v H + r G, for v below 2^64 and r below n. */
enum point_sum point_commit_var(const struct snap_pedersen_commit_payload *input,
                                struct snap_point *sum);
/* The sum of 1 to SNAP_POINT_TERMS_MAX terms, scalar times point. */
enum point_sum point_msm_var(const struct snap_msm_term *terms, size_t count,
                             struct snap_point *sum);
/* True when 1 to SNAP_POINT_TERMS_MAX points, added or subtracted, sum up to infinity. */
bool point_sum_is_zero_var(const struct snap_sum_zero_term *terms, size_t count);

#endif
