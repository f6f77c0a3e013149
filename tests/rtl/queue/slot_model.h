/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a slot, and what the reference page makes of it. */
#ifndef TESTS_RTL_QUEUE_SLOT_MODEL_H
#define TESTS_RTL_QUEUE_SLOT_MODEL_H

#include <algorithm>
#include <bitset>
#include <cstdint>

#include "snapcard_abi.h"
#include "tb.h"

struct SlotHeader {
    uint8_t opcode = 0, flags = 0;
    uint16_t reserved0 = 0;
    uint32_t length = 0;
    uint64_t cookie = 0, address = 0, reserved1 = 0;
};
static_assert(sizeof(SlotHeader) == SNAP_JOB_HEADER_BYTES, "as the card reads it");

/* What the reference page says of the opcodes: flags, and for each form of a job (with ECHO, with
 * MESSAGE, without) its lengths. */
struct OpcodeRule {
    uint8_t opcode, flags;
};

constexpr uint8_t Point = SNAP_FLAG_INDIRECT, Message = SNAP_FLAG_INDIRECT | SNAP_FLAG_MESSAGE;

constexpr OpcodeRule OpcodeRules[] = {
    {SNAP_OP_NOOP, SNAP_FLAG_ECHO},
    {SNAP_OP_SHA256, SNAP_FLAG_INDIRECT},
    {SNAP_OP_SM3, SNAP_FLAG_INDIRECT},
    {SNAP_OP_MERKLE_SHA256, SNAP_FLAG_INDIRECT},
    {SNAP_OP_MERKLE_SHA256D, SNAP_FLAG_INDIRECT},
    {SNAP_OP_MERKLE_SM3, SNAP_FLAG_INDIRECT},
    {SNAP_OP_ECDSA_SECP256K1_VERIFY, Message | SNAP_FLAG_COMPRESSED | SNAP_FLAG_LOW_S},
    {SNAP_OP_ECDSA_SECP256K1_RECOVER, Message | SNAP_FLAG_LOW_S},
    {SNAP_OP_BIP340_VERIFY, Message},
    {SNAP_OP_SM2_VERIFY, Message},
    {SNAP_OP_PEDERSEN_COMMIT, Point},
    {SNAP_OP_PEDERSEN_SUM_ZERO, Point},
    {SNAP_OP_MSM, Point},
    {SNAP_OP_MICROCODE_LOAD, Point},
};

struct LengthRule {
    uint8_t opcode, form;
    uint32_t least, most, step;
};

constexpr uint32_t Long = SNAP_MESSAGE_BYTES_MAX;

constexpr LengthRule LengthRules[] = {
    {SNAP_OP_NOOP, 0, 0, Long, 1},
    {SNAP_OP_NOOP, SNAP_FLAG_ECHO, 1, Long, 1},
    {SNAP_OP_SHA256, 0, 0, Long, 1},
    {SNAP_OP_SM3, 0, 0, Long, 1},
    {SNAP_OP_MERKLE_SHA256, 0, 32, Long, 32},
    {SNAP_OP_MERKLE_SHA256D, 0, 32, Long, 32},
    {SNAP_OP_MERKLE_SM3, 0, 32, Long, 32},
    {SNAP_OP_ECDSA_SECP256K1_VERIFY, 0, 5 * 32, 5 * 32, 1},
    {SNAP_OP_ECDSA_SECP256K1_VERIFY, SNAP_FLAG_MESSAGE, 4 * 32, Long, 1},
    {SNAP_OP_ECDSA_SECP256K1_RECOVER, 0, 4 * 32, 4 * 32, 1},
    {SNAP_OP_ECDSA_SECP256K1_RECOVER, SNAP_FLAG_MESSAGE, 3 * 32, Long, 1},
    {SNAP_OP_BIP340_VERIFY, 0, 4 * 32, 4 * 32, 1},
    {SNAP_OP_BIP340_VERIFY, SNAP_FLAG_MESSAGE, 3 * 32, Long, 1},
    {SNAP_OP_SM2_VERIFY, 0, 5 * 32, 5 * 32, 1},
    {SNAP_OP_SM2_VERIFY, SNAP_FLAG_MESSAGE, 5 * 32, Long, 1},
    {SNAP_OP_PEDERSEN_COMMIT, 0, 2 * 32, 2 * 32, 1},
    {SNAP_OP_PEDERSEN_SUM_ZERO, 0, 96, 64 * 96, 96},
    {SNAP_OP_MSM, 0, 96, 64 * 96, 96},
    /* Head, entry points, constants, checksum; 1 to 1,024 instructions, two a word. */
    {SNAP_OP_MICROCODE_LOAD, 0, 16 + 32 + 1024 + 32 + 16, 16 + 32 + 1024 + 32 + 8192, 16},
};

inline const LengthRule &length_rule(uint8_t opcode, uint8_t flags)
{
    uint8_t form = flags & (SNAP_FLAG_ECHO | SNAP_FLAG_MESSAGE);
    for (const LengthRule &rule : LengthRules)
        if (rule.opcode == opcode && rule.form == form)
            return rule;
    tb::fail(__FILE__, __LINE__, "no rule for a form that is allowed");
}

using OpcodeMap = std::bitset<256>;

inline OpcodeMap all_opcodes()
{
    OpcodeMap map;
    for (const OpcodeRule &rule : OpcodeRules)
        map[rule.opcode] = true;
    return map;
}

inline uint8_t judge_slot(const SlotHeader &header, bool slot_512, const OpcodeMap &opcodes)
{
    const OpcodeRule *rule = nullptr;
    for (const OpcodeRule &candidate : OpcodeRules)
        if (candidate.opcode == header.opcode && opcodes[header.opcode])
            rule = &candidate;
    if (rule == nullptr)
        return SNAP_STATUS_BAD_OPCODE;
    bool indirect = header.flags & SNAP_FLAG_INDIRECT;
    if ((header.flags | rule->flags) != rule->flags || header.reserved0 || header.reserved1 ||
        (header.address && !indirect))
        return SNAP_STATUS_BAD_FLAGS;
    const LengthRule &lengths = length_rule(header.opcode, header.flags);
    uint32_t room = (slot_512 ? 512 : 256) - SNAP_JOB_HEADER_BYTES;
    if (header.length < lengths.least || header.length > lengths.most ||
        (header.length - lengths.least) % lengths.step != 0 ||
        (indirect ? header.length == 0 : header.length > room))
        return SNAP_STATUS_BAD_LENGTH;
    /* Its last byte must have an address; length is positive here when there is an address. */
    if (indirect && (header.address % SNAP_MESSAGE_ALIGN_BYTES != 0 ||
                     header.address + (header.length - 1) < header.address))
        return SNAP_STATUS_BAD_ADDRESS;
    return SNAP_STATUS_OK;
}

/* Headers of which most are good and the others wrong in one field or two. */
inline SlotHeader random_header(tb::Random &random, bool slot_512)
{
    const OpcodeRule &rule = OpcodeRules[random.below(sizeof OpcodeRules / sizeof OpcodeRules[0])];
    SlotHeader header;
    header.opcode = rule.opcode;
    header.flags = rule.flags & uint8_t(random.next());
    header.cookie = random.next();
    bool indirect = header.flags & SNAP_FLAG_INDIRECT;
    const LengthRule &lengths = length_rule(header.opcode, header.flags);
    uint32_t longest =
        indirect ? lengths.most : std::min(lengths.most, (slot_512 ? 512u : 256u) - 32u);
    header.length = lengths.least;
    if (longest > lengths.least) {
        uint32_t steps = (longest - lengths.least) / lengths.step;
        header.length += lengths.step * (random.chance(10) ? steps : random.below(steps + 1));
    }
    if (indirect) {
        header.address = random.next() & ~63ull;
        if (random.chance(20))
            header.address |= ~0ull << (12 + random.below(12)); /* near the end of everything */
        header.address &= ~63ull;
    }
    switch (random.below(16)) {
    case 0:
        header.opcode = uint8_t(random.next());
        break;
    case 1:
        header.flags ^= uint8_t(1u << random.below(8));
        break;
    case 2:
        header.length += random.below(65) - 32;
        break;
    case 3:
        header.address ^= 1ull << random.below(64);
        break;
    case 4:
        header.reserved0 = uint16_t(1u << random.below(16));
        break;
    case 5:
        header.reserved1 = 1ull << random.below(64);
        break;
    case 6:
        header.length = 0;
        break;
    case 7:
        header.length ^= 1u << random.below(32);
        break;
    default:
        break;
    }
    return header;
}

#endif
