/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/model/u256.h"

typedef unsigned __int128 wide;

struct snap_u256 snap_u256_small(uint64_t value)
{
    return (struct snap_u256){{value, 0, 0, 0}};
}

struct snap_u256 snap_u256_from_be(const uint8_t bytes[32])
{
    struct snap_u256 value = {{0}};
    for (unsigned i = 0; i < 32; i++)
        value.limb[3 - i / 8] = value.limb[3 - i / 8] << 8 | bytes[i];
    return value;
}

struct snap_u256 snap_u256_from_le(const uint8_t bytes[32])
{
    struct snap_u256 value = {{0}};
    for (unsigned i = 0; i < 32; i++)
        value.limb[i / 8] |= (uint64_t)bytes[i] << i % 8 * 8;
    return value;
}

void snap_u256_to_be(struct snap_u256 a, uint8_t bytes[32])
{
    for (unsigned i = 0; i < 32; i++)
        bytes[i] = (uint8_t)(a.limb[3 - i / 8] >> (7 - i % 8) * 8);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool snap_u256_from_hex(const char *digits, struct snap_u256 *value)
{
    *value = snap_u256_small(0);
    for (unsigned i = 0; i < 64; i++) {
        int digit = hex_digit(digits[i]);
        if (digit < 0)
            return false;
        value->limb[3 - i / 16] = value->limb[3 - i / 16] << 4 | (unsigned)digit;
    }
    return true;
}

bool snap_u256_is_zero(struct snap_u256 a)
{
    return (a.limb[0] | a.limb[1] | a.limb[2] | a.limb[3]) == 0;
}

bool snap_u256_equal(struct snap_u256 a, struct snap_u256 b)
{
    return ((a.limb[0] ^ b.limb[0]) | (a.limb[1] ^ b.limb[1]) | (a.limb[2] ^ b.limb[2]) |
            (a.limb[3] ^ b.limb[3])) == 0;
}

bool snap_u256_less(struct snap_u256 a, struct snap_u256 b)
{
    struct snap_u256 ignored;
    return snap_u256_sub(a, b, &ignored);
}

unsigned snap_u256_bit(struct snap_u256 a, unsigned index)
{
    return index < 256 ? a.limb[index / 64] >> index % 64 & 1 : 0;
}

unsigned snap_u256_bits(struct snap_u256 a)
{
    for (unsigned i = 4; i-- > 0;) {
        if (a.limb[i])
            return i * 64 + 64 - (unsigned)__builtin_clzll(a.limb[i]);
    }
    return 0;
}

struct snap_u256 snap_u256_shift_right(struct snap_u256 a, unsigned bits)
{
    struct snap_u256 result = {{0}};
    for (unsigned i = 0; i + bits / 64 < 4; i++) {
        unsigned from = i + bits / 64;
        result.limb[i] = a.limb[from] >> bits % 64;
        if (bits % 64 && from < 3)
            result.limb[i] |= a.limb[from + 1] << (64 - bits % 64);
    }
    return result;
}

bool snap_u256_add(struct snap_u256 a, struct snap_u256 b, struct snap_u256 *sum)
{
    wide carry = 0;
    for (unsigned i = 0; i < 4; i++) {
        carry += (wide)a.limb[i] + b.limb[i];
        sum->limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return carry != 0;
}

bool snap_u256_sub(struct snap_u256 a, struct snap_u256 b, struct snap_u256 *difference)
{
    unsigned borrow = 0;
    for (unsigned i = 0; i < 4; i++) {
        wide d = (wide)a.limb[i] - b.limb[i] - borrow;
        difference->limb[i] = (uint64_t)d;
        borrow = (unsigned)(d >> 64) & 1;
    }
    return borrow != 0;
}

void snap_u256_mul(struct snap_u256 a, struct snap_u256 b, struct snap_u256 *high,
                   struct snap_u256 *low)
{
    uint64_t product[8] = {0};
    for (unsigned i = 0; i < 4; i++) {
        wide carry = 0;
        for (unsigned j = 0; j < 4; j++) {
            carry += (wide)a.limb[i] * b.limb[j] + product[i + j];
            product[i + j] = (uint64_t)carry;
            carry >>= 64;
        }
        product[i + 4] = (uint64_t)carry;
    }
    for (unsigned i = 0; i < 4; i++) {
        low->limb[i] = product[i];
        high->limb[i] = product[i + 4];
    }
}

bool snap_modulus_init(struct snap_modulus *modulus, struct snap_u256 m)
{
    modulus->m = m;
    modulus->small = snap_u256_bits(m) < 64;
    if (modulus->small && m.limb[0] < 3)
        return false;
    snap_u256_sub(snap_u256_small(0), m, &modulus->fold);
    return snap_u256_bit(m, 0) && (modulus->small || snap_u256_bit(m, 255));
}

static struct snap_u256 reduce_small(uint64_t m, struct snap_u256 high, struct snap_u256 low)
{
    uint64_t rest = 0;
    for (unsigned i = 4; i-- > 0;)
        rest = (uint64_t)(((wide)rest << 64 | high.limb[i]) % m);
    for (unsigned i = 4; i-- > 0;)
        rest = (uint64_t)(((wide)rest << 64 | low.limb[i]) % m);
    return snap_u256_small(rest);
}

struct snap_u256 snap_mod_reduce(const struct snap_modulus *modulus, struct snap_u256 high,
                                 struct snap_u256 low)
{
    if (modulus->small)
        return reduce_small(modulus->m.limb[0], high, low);
    /* 2^256 is `fold` modulo m, and fold is below 2^255, so the upper half shrinks each time. */
    while (!snap_u256_is_zero(high)) {
        struct snap_u256 product;
        snap_u256_mul(high, modulus->fold, &high, &product);
        if (snap_u256_add(low, product, &low))
            snap_u256_add(high, snap_u256_small(1), &high);
    }
    if (!snap_u256_less(low, modulus->m))
        snap_u256_sub(low, modulus->m, &low);
    return low;
}

struct snap_u256 snap_mod_mul(const struct snap_modulus *modulus, struct snap_u256 a,
                              struct snap_u256 b)
{
    struct snap_u256 high, low;
    snap_u256_mul(a, b, &high, &low);
    return snap_mod_reduce(modulus, high, low);
}

/* By Fermat: a^(m - 2), which is 0 for 0 as the hardware's inverter answers. */
struct snap_u256 snap_mod_inverse(const struct snap_modulus *modulus, struct snap_u256 a)
{
    struct snap_u256 exponent, result = snap_u256_small(1);
    snap_u256_sub(modulus->m, snap_u256_small(2), &exponent);
    for (unsigned i = snap_u256_bits(exponent); i-- > 0;) {
        result = snap_mod_mul(modulus, result, result);
        if (snap_u256_bit(exponent, i))
            result = snap_mod_mul(modulus, result, a);
    }
    return result;
}
