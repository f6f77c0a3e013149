/* SPDX-License-Identifier: Apache-2.0 */
/* TLPs as the tests see them: header DWords as the PCIe specification draws them, payload as
 * DWords. */
#ifndef TESTS_RTL_PCIE_TLP_H
#define TESTS_RTL_PCIE_TLP_H

#include <array>
#include <cstdint>
#include <vector>

namespace pcie
{

constexpr uint32_t FMT_DATA = 2u << 29, FMT_4DW = 1u << 29;
constexpr uint32_t TYPE_MEM = 0, TYPE_CPL = 0x0Au << 24, TYPE_CPL_LOCKED = 0x0Bu << 24;
constexpr unsigned STATUS_SC = 0, STATUS_UR = 1, STATUS_CRS = 2, STATUS_CA = 4;

struct Tlp {
    std::array<uint32_t, 4> dw{};
    std::vector<uint32_t> payload;
    int beats_delta = 0; /* beats to send more or fewer than the payload has: broken framing */

    bool has_data() const
    {
        return dw[0] & FMT_DATA;
    }
    bool four_dw() const
    {
        return dw[0] & FMT_4DW;
    }
    unsigned length() const
    {
        return dw[0] & 0x3FF;
    }
    uint64_t address() const
    {
        return four_dw() ? uint64_t(dw[2]) << 32 | dw[3] : dw[2];
    }
    uint8_t tag() const
    {
        return uint8_t(dw[1] >> 8);
    } /* of a request */
};

/* The host's memory: every byte differs from its neighbours and from the same place elsewhere. */
inline uint32_t memory_dw(uint64_t address)
{
    uint64_t x = (address >> 2) * 0x9E3779B97F4A7C15u;
    x ^= x >> 29;
    return uint32_t(x * 0xBF58476D1CE4E5B9u >> 32);
}

inline Tlp completion(uint16_t requester, uint8_t tag, unsigned status, unsigned byte_count,
                      uint64_t address, unsigned bytes)
{
    Tlp tlp;
    tlp.dw[0] = TYPE_CPL | (bytes ? FMT_DATA | bytes / 4 : 0);
    tlp.dw[1] = 0x00A0u << 16 | status << 13 | (byte_count & 0xFFF);
    tlp.dw[2] = uint32_t(requester) << 16 | uint32_t(tag) << 8 | (address & 0x7F);
    for (unsigned i = 0; i < bytes; i += 4)
        tlp.payload.push_back(memory_dw(address + i));
    return tlp;
}

/* Memory request of one DWord to BAR0. */
inline Tlp request(bool write, uint64_t address, uint32_t value, uint8_t tag)
{
    Tlp tlp;
    tlp.dw[0] = (write ? FMT_DATA : 0) | (address >> 32 ? FMT_4DW : 0) | 1;
    tlp.dw[1] = 0x0042u << 16 | uint32_t(tag) << 8 | 0x0F;
    tlp.dw[2] = address >> 32 ? uint32_t(address >> 32) : uint32_t(address);
    tlp.dw[3] = address >> 32 ? uint32_t(address) : 0;
    if (write)
        tlp.payload.push_back(value);
    return tlp;
}

} // namespace pcie

#endif
