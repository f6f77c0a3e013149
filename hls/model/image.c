/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/model/image.h"
#include <openssl/evp.h>
#include <string.h>

enum {
    ENTRIES_AT = 16,
    CONSTANTS_AT = ENTRIES_AT + 2 * (ISA_IMAGE_PROGRAMS + ISA_IMAGE_ROUTINES),
    WORDS_AT = CONSTANTS_AT + 32 * ISA_IMAGE_CONSTANTS,
    CHECKSUM_BYTES = 32,
    PARITY_DIGITS = 2,
    LINE_BYTES = PARITY_DIGITS + 64 + 1,
};
_Static_assert(WORDS_AT % 16 == 0, "the instructions begin at a beat of the engine's input");

static uint64_t little_endian(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = count; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static const char *check_header(const uint8_t *bytes)
{
    static const uint8_t cycles[8] = {ISA_PRODUCT_CYCLES, ISA_SUM_CYCLES, ISA_FLAG_CYCLES,
                                      ISA_FETCH_CYCLES, ISA_DISPATCH_CYCLES};
    if (little_endian(bytes, 4) != ISA_IMAGE_MAGIC)
        return "magic";
    if (little_endian(bytes + 4, 2) != ISA_IMAGE_VERSION)
        return "version";
    return memcmp(bytes + 8, cycles, sizeof cycles) ? "latencies" : NULL;
}

static const char *check_sum(const uint8_t *bytes, size_t size)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned digest_bytes = 0;
    if (!EVP_Digest(bytes, size - CHECKSUM_BYTES, digest, &digest_bytes, EVP_sha256(), NULL) ||
        digest_bytes != CHECKSUM_BYTES)
        return "SHA-256 could not be computed";
    return memcmp(bytes + size - CHECKSUM_BYTES, digest, CHECKSUM_BYTES) ? "checksum" : NULL;
}

static const char *parse_entries(struct snap_image *image, const uint8_t *bytes)
{
    for (unsigned i = 0; i < ISA_IMAGE_PROGRAMS + ISA_IMAGE_ROUTINES; i++) {
        uint16_t entry = (uint16_t)little_endian(bytes + 2 * i, 2);
        if (entry >= image->words)
            return "entry point beyond the instructions";
        if (i < ISA_IMAGE_PROGRAMS)
            image->program[i] = entry;
        else
            image->routine[i - ISA_IMAGE_PROGRAMS] = entry;
    }
    return NULL;
}

const char *snap_image_parse(struct snap_image *image, const uint8_t *bytes, size_t size)
{
    memset(image, 0, sizeof *image);
    if (size < WORDS_AT)
        return "too short";
    const char *why = check_header(bytes);
    if (why)
        return why;
    image->words = (unsigned)little_endian(bytes + 6, 2);
    if (image->words == 0 || image->words > ISA_IMAGE_WORDS_MAX)
        return "number of instructions";
    unsigned padded = (image->words + 1) & ~1u;
    if (size != WORDS_AT + 8 * (size_t)padded + CHECKSUM_BYTES)
        return "size does not fit the number of instructions";
    why = check_sum(bytes, size);
    if (!why)
        why = parse_entries(image, bytes + ENTRIES_AT);
    if (why)
        return why;
    for (unsigned i = 0; i < ISA_IMAGE_CONSTANTS; i++)
        image->constant[i] = snap_u256_from_le(bytes + CONSTANTS_AT + 32 * i);
    for (unsigned i = 0; i < image->words; i++)
        image->word[i] = little_endian(bytes + WORDS_AT + 8 * i, 8);
    if (padded != image->words && little_endian(bytes + WORDS_AT + 8 * image->words, 8) != 0)
        return "the word behind the last is not 0";
    return NULL;
}

static uint8_t limb_parity(struct snap_u256 word)
{
    uint8_t parity = 0;
    for (unsigned i = 0; i < 8; i++) {
        uint32_t limb = (uint32_t)(word.limb[i / 2] >> i % 2 * 32);
        parity |= (uint8_t)(__builtin_parity(limb) << i);
    }
    return parity;
}

const char *snap_fixed_parse(struct snap_u256 word[ISA_FIXED_WORDS], const char *text, size_t size)
{
    if (size != (size_t)LINE_BYTES * ISA_FIXED_WORDS)
        return "size";
    for (unsigned i = 0; i < ISA_FIXED_WORDS; i++) {
        const char *line = text + (size_t)LINE_BYTES * i;
        char parity_digits[64];
        struct snap_u256 parity;
        memset(parity_digits, '0', sizeof parity_digits);
        memcpy(parity_digits + sizeof parity_digits - PARITY_DIGITS, line, PARITY_DIGITS);
        if (line[LINE_BYTES - 1] != '\n' || !snap_u256_from_hex(parity_digits, &parity) ||
            !snap_u256_from_hex(line + PARITY_DIGITS, &word[i]))
            return "a line that is not 66 hexadecimal digits";
        if (parity.limb[0] != limb_parity(word[i]))
            return "parity";
    }
    return NULL;
}
