/* SPDX-License-Identifier: Apache-2.0 */
/* What a hash job must come to: OpenSSL's digests, and the Merkle tree written level by level,
 * which is not how the engine does it. */
#ifndef TESTS_RTL_HASH_REFERENCE_H
#define TESTS_RTL_HASH_REFERENCE_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace reference
{

using Bytes = std::vector<uint8_t>;
using Digest = std::array<uint8_t, 32>;

Digest sha256(const uint8_t *data, size_t bytes);
Digest sm3(const uint8_t *data, size_t bytes);

/* Result of a job with one of the hash opcodes of snapcard_abi.h; length as the opcode demands. */
Digest job(unsigned opcode, const Bytes &payload);

/* Hexadecimal digits, two a byte; ends the program on anything else. */
Bytes unhex(const std::string &text);

/* The leaves of the Bitcoin block in tests/vectors, 32 bytes each; ends the program without the
 * file. */
Bytes bitcoin_leaves();

} // namespace reference

#endif
