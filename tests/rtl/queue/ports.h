/* SPDX-License-Identifier: Apache-2.0 */
/* Ports of any width, as Verilator has them, by the bit. */
#ifndef TESTS_RTL_QUEUE_PORTS_H
#define TESTS_RTL_QUEUE_PORTS_H

#include <cstdint>

/* Sets `bits` bits from bit `at` on. */
template <class Port> void put(Port &port, unsigned at, unsigned bits, uint64_t value)
{
    auto *bytes = reinterpret_cast<uint8_t *>(&port);
    for (unsigned bit = 0; bit < bits; bit++) {
        uint8_t mask = uint8_t(1u << (at + bit) % 8);
        uint8_t &byte = bytes[(at + bit) / 8];
        byte = uint8_t((value >> bit & 1) ? byte | mask : byte & ~mask);
    }
}

template <class Port> uint64_t get(const Port &port, unsigned at, unsigned bits)
{
    auto *bytes = reinterpret_cast<const uint8_t *>(&port);
    uint64_t value = 0;
    for (unsigned bit = 0; bit < bits; bit++)
        value |= uint64_t(bytes[(at + bit) / 8] >> (at + bit) % 8 & 1) << bit;
    return value;
}

#endif
