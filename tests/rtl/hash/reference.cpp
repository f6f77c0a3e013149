// SPDX-License-Identifier: Apache-2.0
#include "tests/rtl/hash/reference.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include <openssl/evp.h>

#include "snapcard_abi.h"

namespace reference
{

[[noreturn]] static void die(const char *what)
{
    std::fprintf(stderr, "error: %s\n", what);
    std::exit(2);
}

static Digest digest(const EVP_MD *method, const uint8_t *data, size_t bytes)
{
    Digest result;
    unsigned length = 0;
    if (EVP_Digest(data, bytes, result.data(), &length, method, nullptr) != 1 ||
        length != result.size())
        die("OpenSSL cannot compute this digest");
    return result;
}

Digest sha256(const uint8_t *data, size_t bytes)
{
    return digest(EVP_sha256(), data, bytes);
}

Digest sm3(const uint8_t *data, size_t bytes)
{
    return digest(EVP_sm3(), data, bytes);
}

static Digest node(unsigned opcode, const Digest &left, const Digest &right)
{
    uint8_t both[64];
    std::memcpy(both, left.data(), 32);
    std::memcpy(both + 32, right.data(), 32);
    if (opcode == SNAP_OP_MERKLE_SM3)
        return sm3(both, sizeof both);
    Digest once = sha256(both, sizeof both);
    return opcode == SNAP_OP_MERKLE_SHA256D ? sha256(once.data(), once.size()) : once;
}

static Digest merkle(unsigned opcode, const Bytes &leaves)
{
    std::vector<Digest> level(leaves.size() / 32);
    std::memcpy(level.data(), leaves.data(), leaves.size());
    while (level.size() > 1) {
        if (level.size() % 2 != 0)
            level.push_back(level.back());
        for (size_t i = 0; i < level.size() / 2; i++)
            level[i] = node(opcode, level[2 * i], level[2 * i + 1]);
        level.resize(level.size() / 2);
    }
    return level[0];
}

Digest job(unsigned opcode, const Bytes &payload)
{
    switch (opcode) {
    case SNAP_OP_SHA256:
        return sha256(payload.data(), payload.size());
    case SNAP_OP_SM3:
        return sm3(payload.data(), payload.size());
    case SNAP_OP_MERKLE_SHA256:
    case SNAP_OP_MERKLE_SHA256D:
    case SNAP_OP_MERKLE_SM3:
        if (payload.empty() || payload.size() % 32 != 0)
            die("a Merkle job takes whole leaves");
        return merkle(opcode, payload);
    default:
        die("not a hash opcode");
    }
}

Bytes unhex(const std::string &text)
{
    Bytes bytes;
    if (text.size() % 2 != 0)
        die("odd number of hexadecimal digits");
    for (size_t i = 0; i < text.size(); i += 2) {
        char *end = nullptr;
        std::string digits = text.substr(i, 2);
        bytes.push_back(uint8_t(std::strtoul(digits.c_str(), &end, 16)));
        if (*end != '\0')
            die("not a hexadecimal digit");
    }
    return bytes;
}

Bytes bitcoin_leaves()
{
    std::ifstream file("tests/vectors/bitcoin-413567-txids.csv");
    std::string line;
    if (!std::getline(file, line))
        die("cannot read tests/vectors/bitcoin-413567-txids.csv");
    Bytes leaves;
    while (std::getline(file, line)) {
        Bytes leaf = unhex(line);
        if (leaf.size() != 32)
            die("a transaction id has 32 bytes");
        leaves.insert(leaves.end(), leaf.begin(), leaf.end());
    }
    return leaves;
}

} // namespace reference
