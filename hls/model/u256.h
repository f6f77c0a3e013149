/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of 256 bits and arithmetic modulo a prime, as the point engine computes them: every
 * result is the one canonical number, whatever way the hardware takes to it. Not constant-time: no
 * secrets here. */
#ifndef HLS_MODEL_U256_H
#define HLS_MODEL_U256_H
#include <stdbool.h>
#include <stdint.h>

struct snap_u256 {
    uint64_t limb[4]; /* lowest first */
};

/* An odd modulus, above 2^255 or below 2^63: those that have a fast reduction here. */
struct snap_modulus {
    struct snap_u256 m;
    struct snap_u256 fold; /* 2^256 - m if m is above 2^255 */
    bool small;            /* m is below 2^63 */
};

/* False if m is even, below 3 or in the gap that struct snap_modulus excludes. */
bool snap_modulus_init(struct snap_modulus *modulus, struct snap_u256 m);

struct snap_u256 snap_u256_small(uint64_t value);
struct snap_u256 snap_u256_from_be(const uint8_t bytes[32]);
struct snap_u256 snap_u256_from_le(const uint8_t bytes[32]);
void snap_u256_to_be(struct snap_u256 a, uint8_t bytes[32]);
/* Exactly 64 hexadecimal digits; false if `digits` holds anything else among them. */
bool snap_u256_from_hex(const char *digits, struct snap_u256 *value);

bool snap_u256_is_zero(struct snap_u256 a);
bool snap_u256_equal(struct snap_u256 a, struct snap_u256 b);
bool snap_u256_less(struct snap_u256 a, struct snap_u256 b);
/* Bit `index` of a; 0 beyond the last. */
unsigned snap_u256_bit(struct snap_u256 a, unsigned index);
/* Number of bits without leading zeros. */
unsigned snap_u256_bits(struct snap_u256 a);
struct snap_u256 snap_u256_shift_right(struct snap_u256 a, unsigned bits);

/* Modulo 2^256; the carry or borrow is returned. */
bool snap_u256_add(struct snap_u256 a, struct snap_u256 b, struct snap_u256 *sum);
bool snap_u256_sub(struct snap_u256 a, struct snap_u256 b, struct snap_u256 *difference);
void snap_u256_mul(struct snap_u256 a, struct snap_u256 b, struct snap_u256 *high,
                   struct snap_u256 *low);

/* (high 2^256 + low) mod m, for any high and low. */
struct snap_u256 snap_mod_reduce(const struct snap_modulus *modulus, struct snap_u256 high,
                                 struct snap_u256 low);
struct snap_u256 snap_mod_mul(const struct snap_modulus *modulus, struct snap_u256 a,
                              struct snap_u256 b);
/* 1 / a modulo the prime m; 0 for 0. */
struct snap_u256 snap_mod_inverse(const struct snap_modulus *modulus, struct snap_u256 a);
#endif
