// SPDX-License-Identifier: Apache-2.0
#include "jobs.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <secp256k1.h>
#include <secp256k1_extrakeys.h>
#include <secp256k1_recovery.h>
#include <secp256k1_schnorrsig.h>

#include "snapcard_abi.h"
#include "tb.h"

namespace jobs
{
namespace
{

using Bytes = std::vector<uint8_t>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;
using Point = std::unique_ptr<EC_POINT, decltype(&EC_POINT_free)>;
using Group = std::unique_ptr<EC_GROUP, decltype(&EC_GROUP_free)>;

constexpr unsigned MsmTerms = 64;
/* The second generator of the commitments: hls/tables says where it comes from. */
constexpr char GeneratorH[] = "0450929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"
                              "31d3c6863973926e049e637cb1b5f40a36dac28af1766968c30c2313f3a38904";

secp256k1_context *library()
{
    static secp256k1_context *context =
        secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
    return context;
}

BN_CTX *scratch()
{
    static BN_CTX *context = BN_CTX_new();
    return context;
}

/* ---------------------------------------------------------------- bytes, numbers, points */

Bytes random_bytes(tb::Random &random, unsigned count)
{
    Bytes bytes(count);
    for (uint8_t &byte : bytes)
        byte = uint8_t(random.next() >> 32);
    return bytes;
}

void append(Bytes &to, const uint8_t *bytes, size_t count)
{
    to.insert(to.end(), bytes, bytes + count);
}

Bytes from_hex(const std::string &text)
{
    TB_CHECK(text.size() % 2 == 0);
    Bytes bytes;
    for (size_t i = 0; i < text.size(); i += 2)
        bytes.push_back(uint8_t(std::stoul(text.substr(i, 2), nullptr, 16)));
    return bytes;
}

Number number(const Bytes &bytes)
{
    return Number(BN_bin2bn(bytes.data(), int(bytes.size()), nullptr), BN_free);
}

Number number()
{
    return Number(BN_new(), BN_free);
}

Bytes bytes_of(const BIGNUM *value, int count = 32)
{
    Bytes bytes(static_cast<size_t>(count));
    TB_CHECK(BN_bn2binpad(value, bytes.data(), count) == count);
    return bytes;
}

/* Above 0 and below the order. */
Number random_scalar(tb::Random &random, const EC_GROUP *group)
{
    Number value = number(random_bytes(random, 32));
    Number less = number();
    BN_copy(less.get(), EC_GROUP_get0_order(group));
    BN_sub_word(less.get(), 1);
    TB_CHECK(BN_nnmod(value.get(), value.get(), less.get(), scratch()));
    BN_add_word(value.get(), 1);
    return value;
}

Group curve(int nid)
{
    return Group(EC_GROUP_new_by_curve_name(nid), EC_GROUP_free);
}

/* x, y: 64 bytes. */
Bytes affine(const EC_GROUP *group, const EC_POINT *point)
{
    Number x = number(), y = number();
    TB_CHECK(EC_POINT_get_affine_coordinates(group, point, x.get(), y.get(), scratch()));
    Bytes both = bytes_of(x.get()), second = bytes_of(y.get());
    append(both, second.data(), second.size());
    return both;
}

Point times(const EC_GROUP *group, const BIGNUM *g, const EC_POINT *q = nullptr,
            const BIGNUM *factor = nullptr)
{
    Point sum(EC_POINT_new(group), EC_POINT_free);
    TB_CHECK(EC_POINT_mul(group, sum.get(), g, q, factor, scratch()));
    return sum;
}

/* ---------------------------------------------------------------- Bitcoin's rows */

struct Row {
    Bytes digest, rs, key;
};

const std::vector<Row> &rows()
{
    static const std::vector<Row> all = [] {
        std::vector<Row> read;
        std::ifstream file("tests/vectors/bitcoin-413567-p2pkh-signatures.csv");
        std::string line;
        TB_CHECK(std::getline(file, line) && line == "digest,rs,pubkey");
        while (std::getline(file, line)) {
            size_t rs = line.find(','), key = line.rfind(',');
            TB_CHECK(rs == 64 && key == 64 + 1 + 128);
            read.push_back({from_hex(line.substr(0, rs)), from_hex(line.substr(rs + 1, 128)),
                            from_hex(line.substr(key + 1))});
        }
        return read;
    }();
    return all;
}

secp256k1_pubkey parsed_key(const Row &row)
{
    secp256k1_pubkey key;
    TB_CHECK(secp256k1_ec_pubkey_parse(library(), &key, row.key.data(), row.key.size()));
    return key;
}

std::array<uint8_t, 65> uncompressed(const secp256k1_pubkey &key)
{
    std::array<uint8_t, 65> bytes;
    size_t size = bytes.size();
    secp256k1_ec_pubkey_serialize(library(), bytes.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED);
    return bytes;
}

Job ecdsa_verify(const Row &row, bool compressed)
{
    Job job;
    job.opcode = SNAP_OP_ECDSA_SECP256K1_VERIFY;
    job.flags = compressed ? SNAP_FLAG_COMPRESSED : 0;
    job.payload = row.digest;
    append(job.payload, row.rs.data(), row.rs.size());
    std::array<uint8_t, 65> key = uncompressed(parsed_key(row));
    append(job.payload, key.data() + 1, compressed ? 32 : 64);
    if (compressed) {
        job.payload.resize(160, 0);
        job.payload.back() = key.back() & 1;
    }
    return job;
}

bool ecdsa_valid(const Bytes &payload, bool compressed)
{
    uint8_t key[65];
    key[0] = compressed ? uint8_t(SECP256K1_TAG_PUBKEY_EVEN + payload[159])
                        : uint8_t(SECP256K1_TAG_PUBKEY_UNCOMPRESSED);
    std::memcpy(key + 1, payload.data() + 96, 64);
    secp256k1_pubkey point;
    secp256k1_ecdsa_signature signature, low;
    if (!secp256k1_ec_pubkey_parse(library(), &point, key, compressed ? 33 : 65) ||
        !secp256k1_ecdsa_signature_parse_compact(library(), &signature, payload.data() + 32))
        return false;
    secp256k1_ecdsa_signature_normalize(library(), &low, &signature);
    return secp256k1_ecdsa_verify(library(), &low, payload.data(), &point);
}

Job ecdsa_recover(const Row &row)
{
    Job job;
    job.opcode = SNAP_OP_ECDSA_SECP256K1_RECOVER;
    std::array<uint8_t, 65> key = uncompressed(parsed_key(row));
    job.result.assign(key.begin() + 1, key.end());
    for (int id = 0; id < 4; id++) {
        secp256k1_ecdsa_recoverable_signature signature;
        secp256k1_pubkey recovered;
        if (!secp256k1_ecdsa_recoverable_signature_parse_compact(library(), &signature,
                                                                 row.rs.data(), id) ||
            !secp256k1_ecdsa_recover(library(), &recovered, &signature, row.digest.data()) ||
            uncompressed(recovered) != key)
            continue;
        job.payload = row.digest;
        append(job.payload, row.rs.data(), row.rs.size());
        job.payload.resize(128, 0);
        job.payload.back() = uint8_t(id); /* a big-endian word, as the others */
        return job;
    }
    tb::fail(__FILE__, __LINE__, "no recovery id gives the row's key");
}

/* ---------------------------------------------------------------- made jobs */

Job bip340_verify(tb::Random &random)
{
    Job job;
    job.opcode = SNAP_OP_BIP340_VERIFY;
    secp256k1_keypair pair;
    while (!secp256k1_keypair_create(library(), &pair, random_bytes(random, 32).data()))
        ;
    Bytes message = random_bytes(random, 32), auxiliary = random_bytes(random, 32);
    job.payload.resize(64);
    TB_CHECK(secp256k1_schnorrsig_sign32(library(), job.payload.data(), message.data(), &pair,
                                         auxiliary.data()));
    secp256k1_xonly_pubkey key;
    uint8_t x[32];
    TB_CHECK(secp256k1_keypair_xonly_pub(library(), &key, nullptr, &pair));
    secp256k1_xonly_pubkey_serialize(library(), x, &key);
    append(job.payload, x, sizeof x);
    append(job.payload, message.data(), message.size());
    return job;
}

/* GB/T 32918.2, section 6: r = e + x1, s = (k - r d) / (1 + d). */
Job sm2_verify(tb::Random &random)
{
    Group group = curve(NID_sm2);
    const BIGNUM *n = EC_GROUP_get0_order(group.get());
    Number d = random_scalar(random, group.get()), k = random_scalar(random, group.get());
    Bytes e = random_bytes(random, 32);
    Bytes kg = affine(group.get(), times(group.get(), k.get()).get());
    Number r = number(e), s = number(), inverse = number();
    Number x1 = number(Bytes(kg.begin(), kg.begin() + 32));
    TB_CHECK(BN_mod_add(r.get(), r.get(), x1.get(), n, scratch()));
    BN_copy(inverse.get(), d.get());
    BN_add_word(inverse.get(), 1);
    TB_CHECK(BN_mod_inverse(inverse.get(), inverse.get(), n, scratch()));
    TB_CHECK(BN_mod_mul(s.get(), r.get(), d.get(), n, scratch()) &&
             BN_mod_sub(s.get(), k.get(), s.get(), n, scratch()) &&
             BN_mod_mul(s.get(), s.get(), inverse.get(), n, scratch()));
    Job job;
    job.opcode = SNAP_OP_SM2_VERIFY;
    job.payload = e;
    for (const BIGNUM *part : {r.get(), s.get()}) {
        Bytes bytes = bytes_of(part);
        append(job.payload, bytes.data(), bytes.size());
    }
    Bytes key = affine(group.get(), times(group.get(), d.get()).get());
    append(job.payload, key.data(), key.size());
    return job;
}

Job pedersen_commit(tb::Random &random)
{
    Group group = curve(NID_secp256k1);
    Point h(EC_POINT_new(group.get()), EC_POINT_free);
    Bytes encoded = from_hex(GeneratorH);
    TB_CHECK(EC_POINT_oct2point(group.get(), h.get(), encoded.data(), encoded.size(), scratch()));
    Bytes v = random_bytes(random, 8);
    Number blinding = random_scalar(random, group.get()), value = number(v);
    Job job;
    job.opcode = SNAP_OP_PEDERSEN_COMMIT;
    job.payload.assign(24, 0);
    append(job.payload, v.data(), v.size());
    Bytes r = bytes_of(blinding.get());
    append(job.payload, r.data(), r.size());
    job.result =
        affine(group.get(), times(group.get(), blinding.get(), h.get(), value.get()).get());
    return job;
}

/* The points are known multiples of the generator, so one multiplication gives the sum. */
Job msm(tb::Random &random)
{
    Group group = curve(NID_secp256k1);
    const BIGNUM *n = EC_GROUP_get0_order(group.get());
    Number total = number(), part = number();
    BN_zero(total.get());
    Job job;
    job.opcode = SNAP_OP_MSM;
    job.flags = SNAP_FLAG_INDIRECT;
    for (unsigned term = 0; term < MsmTerms; term++) {
        Number scalar = random_scalar(random, group.get());
        Number logarithm = random_scalar(random, group.get());
        TB_CHECK(BN_mod_mul(part.get(), scalar.get(), logarithm.get(), n, scratch()) &&
                 BN_mod_add(total.get(), total.get(), part.get(), n, scratch()));
        Bytes k = bytes_of(scalar.get());
        Bytes point = affine(group.get(), times(group.get(), logarithm.get()).get());
        append(job.payload, k.data(), k.size());
        append(job.payload, point.data(), point.size());
    }
    job.result = affine(group.get(), times(group.get(), total.get()).get());
    return job;
}

} // namespace

const std::vector<std::string> &operations()
{
    static const std::vector<std::string> names = {
        "ecdsa_verify", "ecdsa_verify_compressed", "ecdsa_recover", "bip340_verify",
        "sm2_verify",   "pedersen_commit",         "msm_term",
    };
    return names;
}

std::vector<Job> make(const std::string &operation, unsigned count, uint64_t seed, unsigned first)
{
    tb::Random random(seed);
    std::vector<Job> made;
    for (unsigned i = 0; i < count; i++) {
        const Row &row = rows()[(first + i) % rows().size()];
        if (operation == "ecdsa_verify" || operation == "ecdsa_verify_compressed")
            made.push_back(ecdsa_verify(row, operation != "ecdsa_verify"));
        else if (operation == "ecdsa_recover")
            made.push_back(ecdsa_recover(row));
        else if (operation == "bip340_verify")
            made.push_back(bip340_verify(random));
        else if (operation == "sm2_verify")
            made.push_back(sm2_verify(random));
        else if (operation == "pedersen_commit")
            made.push_back(pedersen_commit(random));
        else if (operation == "msm_term")
            made.push_back(msm(random));
        else
            tb::fail(__FILE__, __LINE__, "no such operation");
    }
    return made;
}

Job flipped(const Job &job, tb::Random &random)
{
    TB_CHECK(job.opcode == SNAP_OP_ECDSA_SECP256K1_VERIFY);
    bool compressed = job.flags & SNAP_FLAG_COMPRESSED;
    Job bad = job;
    /* Of a compressed key's y one bit counts. */
    unsigned bit = random.below(compressed ? 4 * 256 + 1 : 5 * 256);
    bad.payload[bit == 1024 && compressed ? 159 : bit / 8] ^= uint8_t(1u << (bit % 8));
    bad.valid = ecdsa_valid(bad.payload, compressed);
    return bad;
}

} // namespace jobs
