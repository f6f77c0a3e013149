/* SPDX-License-Identifier: Apache-2.0 */
/* Points and scalars of secp256k1 by libsecp256k1: the reference of the engine's tests. */
#ifndef TESTS_UNIT_ENGINE_POINTS_H
#define TESTS_UNIT_ENGINE_POINTS_H
#include "hls/model/u256.h"
#include <secp256k1.h>

/* A point; at infinity x and y are 0. */
struct point {
    struct snap_u256 x, y;
    bool infinity;
};

const secp256k1_context *points_context(void);
struct point points_second(void); /* second generator of commitments */
struct snap_u256 points_order(void);

/* Of scalars below the order. */
struct snap_u256 points_scalar_mul(struct snap_u256 a, struct snap_u256 b);
struct snap_u256 points_scalar_add(struct snap_u256 a, struct snap_u256 b);
struct snap_u256 points_scalar_negative(struct snap_u256 a);
struct snap_u256 points_scalar_inverse(struct snap_u256 a);
struct snap_u256 points_scalar_reduce(struct snap_u256 a);

struct point points_generator(struct snap_u256 scalar); /* scalar G; any scalar below the order */
struct point points_mul(struct point a, struct snap_u256 scalar);
struct point points_add(struct point a, struct point b);
struct point points_negative(struct point a);
bool points_equal(struct point a, struct point b);
/* The point with this x and an even y; false if there is none. */
bool points_lift(struct snap_u256 x, struct point *point);
/* x and y below the prime and on the curve. */
bool points_valid(struct snap_u256 x, struct snap_u256 y);
#endif
