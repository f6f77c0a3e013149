/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys, private keys and signatures as they travel: a type byte, then the type's bytes.
 *
 *   type  public key                  signature
 *   K1 0  33: SEC 1 compressed        65: 27 + 4 + recovery id, r, s (32 each, big-endian)
 *   SM2 3 33: SEC 1 compressed        97: the signer's key (33), r, s: SM2 gives no key back
 *
 * K1 is secp256k1 over a SHA-256 digest, as Antelope has it; s must be low (canonical in the
 * family's sense). SM2 is GM/T 0003.2 over e = SM3(Z_A || digest) with the default identity
 * "1234567812345678", our extension.
 * Texts: EOS... (K1 keys, legacy), PUB_K1_, PVT_K1_, SIG_K1_, WIF (K1 private keys, legacy), and
 * PUB_SM2_, PVT_SM2_, SIG_SM2_: Base58 of bytes and a checksum, the first four bytes of
 * RIPEMD-160 over bytes and the type's name ("K1", "SM2"); without a name for EOS; of SHA-256d for
 * WIF. Types 1 (R1) and 2 (WA) of the family are known by number and refused. */
#ifndef HOST_WIRE_KEY_H
#define HOST_WIRE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/base/bytes.h"

enum key_type { KEY_K1 = 0, KEY_SM2 = 3 };

#define PUBLIC_KEY_BYTES    33u
#define SIGNATURE_K1_BYTES  65u
#define SIGNATURE_SM2_BYTES 97u
#define KEY_TEXT_SIZE       192u /* of any key or signature, with its terminator */

/* Comparable with memcmp: unused bytes are zero. */
struct public_key {
    uint8_t type; /* enum key_type */
    uint8_t bytes[PUBLIC_KEY_BYTES];
};

struct signature {
    uint8_t type;
    uint8_t bytes[SIGNATURE_SM2_BYTES]; /* the first SIGNATURE_K1_BYTES for K1; the rest zero */
};

/* Secret: wipe it. */
struct private_key {
    uint8_t type;
    uint8_t secret[32]; /* big-endian, 1 to n - 1 */
};

/* Packed form. A reader fails on an unknown type, and on a first byte of a compressed key that is
 * neither 2 nor 3; whether the point is on the curve is not looked at. */
void public_key_read(struct reader *reader, struct public_key *key);
void public_key_write(struct writer *writer, const struct public_key *key);
void signature_read(struct reader *reader, struct signature *signature);
void signature_write(struct writer *writer, const struct signature *signature);

/* Texts; public_key_text writes EOS... for K1 when `legacy`. */
bool public_key_parse(const char *text, size_t chars, struct public_key *key);
void public_key_text(const struct public_key *key, bool legacy, char text[KEY_TEXT_SIZE]);
bool signature_parse(const char *text, size_t chars, struct signature *signature);
void signature_text(const struct signature *signature, char text[KEY_TEXT_SIZE]);
/* WIF or PVT_; the number is checked against the group's order. Constant time in the secret but
 * for Base58, which is marked in the source. */
bool private_key_parse(const char *text, size_t chars, struct private_key *key);
void private_key_text(const struct private_key *key, bool legacy, char text[KEY_TEXT_SIZE]);

/* From the system's random generator. False when it has none to give. */
bool private_key_create(enum key_type type, struct private_key *key);
bool private_key_public(const struct private_key *key, struct public_key *public_key);
/* Signs a 32-byte digest; K1: RFC 6979, retried with more entropy until canonical (r and s below
 * 2^255, as the family's nodes ask). */
bool private_key_sign(const struct private_key *key, const uint8_t digest[32],
                      struct signature *signature);
void private_key_wipe(struct private_key *key);

/* Whether a K1 signature is canonical: recovery byte 31 to 34, r and s without a leading bit (the
 * family's is_canonical), s low. SM2: r and s not zero and below n. */
bool signature_canonical(const struct signature *signature);

/* The key that signed, on this machine's CPU: recovery for K1, verification of the key inside for
 * SM2. False when the signature is not canonical or no key's. Public inputs, variable time. */
bool signature_key_var(const struct signature *signature, const uint8_t digest[32],
                       struct public_key *key);

/* SM2's e for a digest signed by `key` (GM/T 0003.2, 5.5 and 6.1): what the card's SM2_VERIFY
 * takes. False when the key is no point. */
bool sm2_digest_var(const struct public_key *key, const uint8_t digest[32], uint8_t e[32]);

#endif
