// SPDX-License-Identifier: Apache-2.0
#include "peer.h"

#include <algorithm>
#include <cstring>

#include <secp256k1.h>

#include "snapcard_abi.h"
#include "tb.h"

#ifdef __x86_64__
#include <x86intrin.h>

static void verify(const secp256k1_context *library, const jobs::Job &job)
{
    bool compressed = job.flags & SNAP_FLAG_COMPRESSED;
    uint8_t key[65] = {SECP256K1_TAG_PUBKEY_UNCOMPRESSED};
    std::memcpy(key + 1, job.payload.data() + 96, 64);
    if (compressed)
        key[0] = uint8_t(SECP256K1_TAG_PUBKEY_EVEN + job.payload[159]);
    secp256k1_pubkey point;
    secp256k1_ecdsa_signature signature;
    TB_CHECK(secp256k1_ec_pubkey_parse(library, &point, key, compressed ? 33 : 65));
    TB_CHECK(secp256k1_ecdsa_signature_parse_compact(library, &signature, job.payload.data() + 32));
    TB_CHECK(secp256k1_ecdsa_verify(library, &signature, job.payload.data(), &point));
}

std::string peer_cycles(const std::vector<jobs::Job> &verifications)
{
    const secp256k1_context *library = secp256k1_context_create(SECP256K1_CONTEXT_VERIFY);
    uint64_t total = 0;
    for (const jobs::Job &job : verifications) {
        uint64_t least = ~uint64_t(0);
        for (int pass = 0; pass < 5; pass++) {
            uint64_t begin = __rdtsc();
            verify(library, job);
            least = std::min(least, uint64_t(__rdtsc() - begin));
        }
        total += least;
    }
    return std::to_string(total / verifications.size());
}
#else
std::string peer_cycles(const std::vector<jobs::Job> &)
{
    return "null";
}
#endif
