// SPDX-License-Identifier: Apache-2.0
#include "host/crypto/point.h"

#include <assert.h>
#include <secp256k1.h>
#include <string.h>

#define NUMBER_BYTES 32u
#define VALUE_BYTES  8u
#define SERIAL_BYTES (1 + 2 * NUMBER_BYTES)

/* The generators, uncompressed: G, and H, whose x is the SHA-256 of G. */
static const uint8_t g_serial[SERIAL_BYTES] = {
    0x04, 0x79, 0xBE, 0x66, 0x7E, 0xF9, 0xDC, 0xBB, 0xAC, 0x55, 0xA0, 0x62, 0x95,
    0xCE, 0x87, 0x0B, 0x07, 0x02, 0x9B, 0xFC, 0xDB, 0x2D, 0xCE, 0x28, 0xD9, 0x59,
    0xF2, 0x81, 0x5B, 0x16, 0xF8, 0x17, 0x98, 0x48, 0x3A, 0xDA, 0x77, 0x26, 0xA3,
    0xC4, 0x65, 0x5D, 0xA4, 0xFB, 0xFC, 0x0E, 0x11, 0x08, 0xA8, 0xFD, 0x17, 0xB4,
    0x48, 0xA6, 0x85, 0x54, 0x19, 0x9C, 0x47, 0xD0, 0x8F, 0xFB, 0x10, 0xD4, 0xB8};
static const uint8_t h_serial[SERIAL_BYTES] = {
    0x04, 0x50, 0x92, 0x9B, 0x74, 0xC1, 0xA0, 0x49, 0x54, 0xB7, 0x8B, 0x4B, 0x60,
    0x35, 0xE9, 0x7A, 0x5E, 0x07, 0x8A, 0x5A, 0x0F, 0x28, 0xEC, 0x96, 0xD5, 0x47,
    0xBF, 0xEE, 0x9A, 0xCE, 0x80, 0x3A, 0xC0, 0x31, 0xD3, 0xC6, 0x86, 0x39, 0x73,
    0x92, 0x6E, 0x04, 0x9E, 0x63, 0x7C, 0xB1, 0xB5, 0xF4, 0x0A, 0x36, 0xDA, 0xC2,
    0x8A, 0xF1, 0x76, 0x69, 0x68, 0xC3, 0x0C, 0x23, 0x13, 0xF3, 0xA3, 0x89, 0x04};

/* Terms that are not infinity, before they are summed up. */
struct summands {
    secp256k1_pubkey points[SNAP_POINT_TERMS_MAX];
    size_t count;
};

static bool is_zero(const uint8_t *number, size_t bytes)
{
    uint8_t any = 0;
    for (size_t i = 0; i < bytes; i++)
        any |= number[i];
    return any == 0;
}

/* Adds scalar times point; false when the scalar is not below n. */
static bool add_product(struct summands *summands, const secp256k1_pubkey *point,
                        const uint8_t scalar[NUMBER_BYTES])
{
    assert(summands->count < SNAP_POINT_TERMS_MAX);
    if (is_zero(scalar, NUMBER_BYTES))
        return true;
    secp256k1_pubkey *product = &summands->points[summands->count];
    *product = *point;
    if (secp256k1_ec_pubkey_tweak_mul(secp256k1_context_static, product, scalar) != 1)
        return false;
    summands->count++;
    return true;
}

static bool parse(secp256k1_pubkey *point, const uint8_t x[NUMBER_BYTES],
                  const uint8_t y[NUMBER_BYTES])
{
    uint8_t serial[SERIAL_BYTES] = {4};
    memcpy(serial + 1, x, NUMBER_BYTES);
    memcpy(serial + 1 + NUMBER_BYTES, y, NUMBER_BYTES);
    return secp256k1_ec_pubkey_parse(secp256k1_context_static, point, serial, sizeof serial) == 1;
}

static enum point_sum sum_up(const struct summands *summands, struct snap_point *sum)
{
    const secp256k1_pubkey *list[SNAP_POINT_TERMS_MAX];
    secp256k1_pubkey total;
    uint8_t serial[SERIAL_BYTES];
    size_t bytes = sizeof serial;
    if (summands->count == 0)
        return POINT_INFINITY;
    for (size_t i = 0; i < summands->count; i++)
        list[i] = &summands->points[i];
    if (secp256k1_ec_pubkey_combine(secp256k1_context_static, &total, list, summands->count) != 1)
        return POINT_INFINITY;
    int written = secp256k1_ec_pubkey_serialize(secp256k1_context_static, serial, &bytes, &total,
                                                SECP256K1_EC_UNCOMPRESSED);
    assert(written == 1 && bytes == sizeof serial);
    (void)written;
    memcpy(sum->x, serial + 1, NUMBER_BYTES);
    memcpy(sum->y, serial + 1 + NUMBER_BYTES, NUMBER_BYTES);
    return POINT_FINITE;
}

enum point_sum point_commit_var(const struct snap_pedersen_commit_payload *input,
                                struct snap_point *sum)
{
    struct summands summands = {.count = 0};
    secp256k1_pubkey g, h;
    if (!is_zero(input->value, NUMBER_BYTES - VALUE_BYTES))
        return POINT_INVALID;
    int parsed =
        secp256k1_ec_pubkey_parse(secp256k1_context_static, &g, g_serial, sizeof g_serial) +
        secp256k1_ec_pubkey_parse(secp256k1_context_static, &h, h_serial, sizeof h_serial);
    assert(parsed == 2);
    (void)parsed;
    if (!add_product(&summands, &h, input->value) || !add_product(&summands, &g, input->blinding))
        return POINT_INVALID;
    return sum_up(&summands, sum);
}

enum point_sum point_msm_var(const struct snap_msm_term *terms, size_t count,
                             struct snap_point *sum)
{
    struct summands summands = {.count = 0};
    assert(count >= 1 && count <= SNAP_POINT_TERMS_MAX);
    for (size_t i = 0; i < count; i++) {
        secp256k1_pubkey point;
        if (!parse(&point, terms[i].x, terms[i].y) ||
            !add_product(&summands, &point, terms[i].scalar))
            return POINT_INVALID;
    }
    return sum_up(&summands, sum);
}

bool point_sum_is_zero_var(const struct snap_sum_zero_term *terms, size_t count)
{
    struct summands summands = {.count = 0};
    struct snap_point sum;
    assert(count >= 1 && count <= SNAP_POINT_TERMS_MAX);
    for (size_t i = 0; i < count; i++) {
        secp256k1_pubkey *point = &summands.points[summands.count++];
        uint8_t sign = terms[i].sign[NUMBER_BYTES - 1];
        if (!is_zero(terms[i].sign, NUMBER_BYTES - 1) || sign > 1 ||
            !parse(point, terms[i].x, terms[i].y))
            return false;
        if (sign == 1 && secp256k1_ec_pubkey_negate(secp256k1_context_static, point) != 1)
            return false;
    }
    return sum_up(&summands, &sum) == POINT_INFINITY;
}
