/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a slot, and what the reference page makes of it. */
#ifndef TESTS_RTL_QUEUE_SLOT_MODEL_H
#define TESTS_RTL_QUEUE_SLOT_MODEL_H

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

/* The rules of one opcode, a row of the reference page's table. */
struct OpcodeRule {
    uint8_t opcode, flags;
    bool may_be_empty; /* inline */
    uint32_t multiple; /* of which the length is one */
};

constexpr OpcodeRule OpcodeRules[] = {
    {SNAP_OP_NOOP, SNAP_FLAG_ECHO, true, 1},
    {SNAP_OP_SHA256, SNAP_FLAG_INDIRECT, true, 1},
    {SNAP_OP_SM3, SNAP_FLAG_INDIRECT, true, 1},
    {SNAP_OP_MERKLE_SHA256, SNAP_FLAG_INDIRECT, false, SNAP_MERKLE_LEAF_BYTES},
    {SNAP_OP_MERKLE_SHA256D, SNAP_FLAG_INDIRECT, false, SNAP_MERKLE_LEAF_BYTES},
    {SNAP_OP_MERKLE_SM3, SNAP_FLAG_INDIRECT, false, SNAP_MERKLE_LEAF_BYTES},
};

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
    bool indirect = header.flags & SNAP_FLAG_INDIRECT, echo = header.flags & SNAP_FLAG_ECHO;
    if ((header.flags | rule->flags) != rule->flags || header.reserved0 || header.reserved1 ||
        (header.address && !indirect))
        return SNAP_STATUS_BAD_FLAGS;
    uint32_t room = (slot_512 ? 512 : 256) - SNAP_JOB_HEADER_BYTES;
    if (header.length > (indirect ? SNAP_MESSAGE_BYTES_MAX : room) ||
        header.length % rule->multiple != 0)
        return SNAP_STATUS_BAD_LENGTH;
    if (header.length == 0 && (!rule->may_be_empty || indirect || echo))
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
    header.flags = random.chance(50) ? rule.flags : uint8_t(0);
    header.cookie = random.next();
    bool indirect = header.flags & SNAP_FLAG_INDIRECT;
    uint32_t longest = indirect ? SNAP_MESSAGE_BYTES_MAX : (slot_512 ? 512u : 256u) - 32u;
    header.length = random.chance(10) ? longest : random.below(longest + 1);
    header.length -= header.length % rule.multiple;
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
