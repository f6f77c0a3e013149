// SPDX-License-Identifier: Apache-2.0
#include "host/base/base58.h"

#include <assert.h>
#include <string.h>

static const char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/* -1: not a digit. */
static int digit_value(char digit)
{
    const char *place = digit != '\0' ? strchr(alphabet, digit) : NULL;
    return place != NULL ? (int)(place - alphabet) : -1;
}

/* The digits of a text below 58^175 fit: 175 log2(58) < 33 * 32. */
#define LIMBS_MAX        33u
#define DIGITS_AT_A_TIME 5u /* 58^5 < 2^32 */

/* The number as limbs of 32 bits, the lowest first. Returns how many, the highest not zero; -1: a
 * character is no digit. */
static int decode_limbs(const char *text, size_t chars, uint32_t limbs[LIMBS_MAX])
{
    unsigned used = 0;
    for (size_t i = 0; i < chars;) {
        uint32_t factor = 1, value = 0;
        for (unsigned k = 0; k < DIGITS_AT_A_TIME && i < chars; k++, i++) {
            int digit = digit_value(text[i]);
            if (digit < 0)
                return -1;
            value = value * 58 + (uint32_t)digit;
            factor *= 58;
        }
        uint64_t carry = value;
        for (unsigned place = 0; place < used; place++) {
            carry += (uint64_t)limbs[place] * factor;
            limbs[place] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry == 0)
            continue;
        assert(used < LIMBS_MAX);
        limbs[used++] = (uint32_t)carry;
    }
    return (int)used;
}

bool base58_decode_var(const char *text, size_t chars, uint8_t *out, size_t bytes)
{
    assert(bytes <= BASE58_BYTES_MAX);
    if (chars >= BASE58_TEXT_SIZE)
        return false;
    size_t zeros = 0;
    while (zeros < chars && text[zeros] == alphabet[0])
        zeros++;
    uint32_t limbs[LIMBS_MAX];
    int used = decode_limbs(text + zeros, chars - zeros, limbs);
    size_t significant = used > 0 ? (size_t)used * 4 : 0;
    if (used > 0)
        significant -= (size_t)__builtin_clz(limbs[used - 1]) / 8;
    bool fits = used >= 0 && zeros + significant == bytes;
    if (fits) {
        memset(out, 0, zeros);
        for (size_t place = 0; place < significant; place++)
            out[bytes - 1 - place] = (uint8_t)(limbs[place / 4] >> 8 * (place % 4));
    }
    explicit_bzero(limbs, sizeof limbs); /* may have been a private key */
    return fits;
}

void base58_encode_var(const uint8_t *data, size_t bytes, char out[BASE58_TEXT_SIZE])
{
    assert(bytes <= BASE58_BYTES_MAX);
    uint8_t digits[BASE58_TEXT_SIZE]; /* the lowest first */
    size_t count = 0, zeros = 0;
    while (zeros < bytes && data[zeros] == 0)
        zeros++;
    for (size_t i = zeros; i < bytes; i++) {
        unsigned carry = data[i];
        for (size_t place = 0; place < count; place++) {
            carry += (unsigned)digits[place] << 8;
            digits[place] = (uint8_t)(carry % 58);
            carry /= 58;
        }
        for (; carry != 0; carry /= 58)
            digits[count++] = (uint8_t)(carry % 58);
    }
    memset(out, alphabet[0], zeros);
    for (size_t i = 0; i < count; i++)
        out[zeros + i] = alphabet[digits[count - 1 - i]];
    out[zeros + count] = '\0';
    explicit_bzero(digits, sizeof digits); /* may have been a private key */
}
