// SPDX-License-Identifier: Apache-2.0
#include "jobs.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
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
Job sm2_verify(tb::Random &random, const Bytes &e)
{
    Group group = curve(NID_sm2);
    const BIGNUM *n = EC_GROUP_get0_order(group.get());
    Number d = random_scalar(random, group.get()), k = random_scalar(random, group.get());
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

/* ---------------------------------------------------------------- messages, BIP 340's edges */

Bytes hashed(const EVP_MD *hash, std::initializer_list<Bytes> parts)
{
    Bytes all, digest(32);
    for (const Bytes &part : parts)
        append(all, part.data(), part.size());
    unsigned size = 0;
    TB_CHECK(EVP_Digest(all.data(), all.size(), digest.data(), &size, hash, nullptr) && size == 32);
    return digest;
}

Bytes random_key(tb::Random &random)
{
    for (;;) {
        Bytes key = random_bytes(random, 32);
        if (secp256k1_ec_seckey_verify(library(), key.data()))
            return key;
    }
}

Bytes random_message(tb::Random &random)
{
    return random_bytes(random, random.below(301));
}

Job with_message(uint8_t opcode, const Bytes &fixed, const Bytes &message)
{
    Job job;
    job.opcode = opcode;
    job.flags = SNAP_FLAG_MESSAGE;
    job.payload = fixed;
    append(job.payload, message.data(), message.size());
    return job;
}

Job ecdsa_message(tb::Random &random, bool recover)
{
    Bytes secret = random_key(random), message = random_message(random), fixed(64);
    Bytes digest = hashed(EVP_sha256(), {message});
    secp256k1_pubkey key;
    secp256k1_ecdsa_recoverable_signature signature;
    int id = 0;
    TB_CHECK(secp256k1_ec_pubkey_create(library(), &key, secret.data()) &&
             secp256k1_ecdsa_sign_recoverable(library(), &signature, digest.data(), secret.data(),
                                              nullptr, nullptr));
    secp256k1_ecdsa_recoverable_signature_serialize_compact(library(), fixed.data(), &id,
                                                            &signature);
    std::array<uint8_t, 65> bytes = uncompressed(key);
    if (recover) {
        fixed.resize(96, 0);
        fixed.back() = uint8_t(id);
    } else {
        append(fixed, bytes.data() + 1, 64);
    }
    Job job = with_message(
        recover ? SNAP_OP_ECDSA_SECP256K1_RECOVER : SNAP_OP_ECDSA_SECP256K1_VERIFY, fixed, message);
    if (recover)
        job.result.assign(bytes.begin() + 1, bytes.end());
    return job;
}

Job sm2_message(tb::Random &random)
{
    Bytes z = random_bytes(random, 32), message = random_message(random);
    Job job = sm2_verify(random, hashed(EVP_sm3(), {z, message}));
    std::copy(z.begin(), z.end(), job.payload.begin());
    return with_message(job.opcode, job.payload, message);
}

Bytes bip340_challenge(const Bytes &r, const Bytes &x, const Bytes &message)
{
    const std::string name = "BIP0340/challenge";
    Bytes tag = hashed(EVP_sha256(), {Bytes(name.begin(), name.end())});
    return hashed(EVP_sha256(), {tag, tag, r, x, message});
}

/* R = s G - e P with P = d G, d chosen for an even y: s = e d makes it infinity; s = k + e d makes
 * it k G, here with an odd y. */
Job bip340_wrong(tb::Random &random, bool infinity)
{
    Group group = curve(NID_secp256k1);
    const BIGNUM *n = EC_GROUP_get0_order(group.get());
    auto made = [&](bool odd, Bytes &x) {
        Number scalar = random_scalar(random, group.get());
        Bytes point = affine(group.get(), times(group.get(), scalar.get()).get());
        if ((point.back() & 1) != odd)
            TB_CHECK(BN_sub(scalar.get(), n, scalar.get()));
        x.assign(point.begin(), point.begin() + 32);
        return scalar;
    };
    Bytes x, r, message = random_message(random);
    Number d = made(false, x), k = made(true, r), s = number(bip340_challenge(r, x, message));
    TB_CHECK(BN_mod_mul(s.get(), s.get(), d.get(), n, scratch()));
    if (!infinity)
        TB_CHECK(BN_mod_add(s.get(), s.get(), k.get(), n, scratch()));
    Bytes fixed = r, bytes = bytes_of(s.get());
    append(fixed, bytes.data(), bytes.size());
    append(fixed, x.data(), x.size());
    Job job = with_message(SNAP_OP_BIP340_VERIFY, fixed, message);
    job.valid = false;
    return job;
}

Job bip340_message(tb::Random &random)
{
    Bytes message = random_message(random), fixed(64);
    secp256k1_keypair pair;
    TB_CHECK(secp256k1_keypair_create(library(), &pair, random_key(random).data()));
    TB_CHECK(secp256k1_schnorrsig_sign_custom(library(), fixed.data(), message.data(),
                                              message.size(), &pair, nullptr));
    secp256k1_xonly_pubkey key;
    uint8_t x[32];
    TB_CHECK(secp256k1_keypair_xonly_pub(library(), &key, nullptr, &pair));
    secp256k1_xonly_pubkey_serialize(library(), x, &key);
    append(fixed, x, sizeof x);
    return with_message(SNAP_OP_BIP340_VERIFY, fixed, message);
}

/* ---------------------------------------------------------------- many terms */

/* A point by its logarithm, so that one multiplication gives any sum of them. */
struct Term {
    Number factor, logarithm; /* factor: scalar, or of a sum to zero 0 plus, 1 minus */
};

Number small(unsigned value)
{
    Number n = number();
    TB_CHECK(BN_set_word(n.get(), value));
    return n;
}

/* The generator's multiple that the terms add up to. */
Number logarithm_of_sum(const std::vector<Term> &terms, bool msm, const BIGNUM *n)
{
    Number total = small(0), part = number();
    for (const Term &term : terms) {
        if (msm)
            TB_CHECK(BN_mod_mul(part.get(), term.factor.get(), term.logarithm.get(), n, scratch()));
        else
            BN_copy(part.get(), term.logarithm.get());
        bool minus = !msm && BN_is_one(term.factor.get());
        TB_CHECK(
            (minus ? BN_mod_sub : BN_mod_add)(total.get(), total.get(), part.get(), n, scratch()));
    }
    return total;
}

Job sum_of(const std::vector<Term> &terms, bool msm)
{
    Group group = curve(NID_secp256k1);
    Job job;
    job.opcode = msm ? SNAP_OP_MSM : SNAP_OP_PEDERSEN_SUM_ZERO;
    job.flags = SNAP_FLAG_INDIRECT;
    for (const Term &term : terms) {
        Bytes factor = bytes_of(term.factor.get());
        Bytes point = affine(group.get(), times(group.get(), term.logarithm.get()).get());
        append(job.payload, factor.data(), factor.size());
        append(job.payload, point.data(), point.size());
    }
    Number total = logarithm_of_sum(terms, msm, EC_GROUP_get0_order(group.get()));
    bool zero = BN_is_zero(total.get());
    job.infinity = msm && zero;
    job.valid = msm || zero;
    if (msm && !zero)
        job.result = affine(group.get(), times(group.get(), total.get()).get());
    return job;
}

std::vector<Term> random_terms(tb::Random &random, unsigned count, bool msm)
{
    Group group = curve(NID_secp256k1);
    std::vector<Term> terms;
    for (unsigned i = 0; i < count; i++)
        terms.push_back({msm ? random_scalar(random, group.get()) : small(random.below(2)),
                         random_scalar(random, group.get())});
    return terms;
}

Job msm(tb::Random &random)
{
    return sum_of(random_terms(random, MsmTerms, true), true);
}

/* Points G, 2 G, 3 G and their negatives, scalars 0, 1, 2, n - 1. */
std::vector<Term> meeting_terms(tb::Random &random, unsigned count, bool msm)
{
    Group group = curve(NID_secp256k1);
    std::vector<Term> terms;
    for (unsigned i = 0; i < count; i++) {
        Term term = {small(random.below(msm ? 4 : 2)), small(1 + random.below(3))};
        if (BN_is_word(term.factor.get(), 3))
            TB_CHECK(BN_sub(term.factor.get(), EC_GROUP_get0_order(group.get()), small(1).get()));
        if (random.chance(2))
            TB_CHECK(BN_sub(term.logarithm.get(), EC_GROUP_get0_order(group.get()),
                            term.logarithm.get()));
        terms.push_back(std::move(term));
    }
    return terms;
}

/* The last term takes back what the others add up to. */
void cancel(std::vector<Term> &terms, bool msm)
{
    Group group = curve(NID_secp256k1);
    const BIGNUM *n = EC_GROUP_get0_order(group.get());
    Term last = std::move(terms.back());
    terms.pop_back();
    Number total = logarithm_of_sum(terms, msm, n);
    if (!BN_is_zero(total.get())) {
        last.logarithm = std::move(total);
        last.factor = small(1);
        if (msm)
            TB_CHECK(BN_sub(last.factor.get(), n, small(1).get()));
    }
    terms.push_back(std::move(last));
}

/* A scalar or sign, an x, a y out of range, or a point off the curve; of some term. */
void spoil(Job &job, tb::Random &random)
{
    Group group = curve(NID_secp256k1);
    Number p = number();
    TB_CHECK(EC_GROUP_get_curve(group.get(), p.get(), nullptr, nullptr, scratch()));
    size_t word = 3 * random.below(uint32_t(job.payload.size() / 96)) + random.below(3);
    bool factor = word % 3 == 0;
    Bytes bad = bytes_of(factor ? EC_GROUP_get0_order(group.get()) : p.get());
    if (factor && job.opcode != SNAP_OP_MSM)
        bad = bytes_of(small(2).get());
    if (!factor && random.chance(2)) {
        bad.assign(job.payload.begin() + long(32 * word),
                   job.payload.begin() + long(32 * word + 32));
        bad[31] ^= 1; /* no longer on the curve: an x has y and -y, of different parity */
    }
    std::copy(bad.begin(), bad.end(), job.payload.begin() + long(32 * word));
    job.valid = job.infinity = false;
    job.spoiled = true;
    job.result.clear();
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
            made.push_back(sm2_verify(random, random_bytes(random, 32)));
        else if (operation == "pedersen_commit")
            made.push_back(pedersen_commit(random));
        else if (operation == "msm_term")
            made.push_back(msm(random));
        else
            tb::fail(__FILE__, __LINE__, "no such operation");
    }
    return made;
}

std::vector<Job> make_sums(unsigned count, unsigned most_terms, uint64_t seed)
{
    tb::Random random(seed);
    std::vector<Job> made;
    for (unsigned i = 0; i < count; i++) {
        bool msm = i % 2 == 0;
        unsigned number_of_terms = 1 + random.below(most_terms);
        std::vector<Term> terms = i % 4 < 2 ? random_terms(random, number_of_terms, msm)
                                            : meeting_terms(random, number_of_terms, msm);
        if (i % 3 == 0)
            cancel(terms, msm);
        made.push_back(sum_of(terms, msm));
        if (i % 5 == 0)
            spoil(made.back(), random);
    }
    return made;
}

std::vector<Job> make_messages(unsigned count, uint64_t seed)
{
    tb::Random random(seed);
    std::vector<Job> made;
    for (unsigned i = 0; i < count; i++)
        for (const Job &job : {ecdsa_message(random, false), ecdsa_message(random, true),
                               sm2_message(random), bip340_message(random)})
            made.push_back(job);
    return made;
}

std::vector<Job> bip340_vectors()
{
    std::ifstream file("tests/vectors/bip340-vectors.csv");
    std::string line;
    TB_CHECK(std::getline(file, line) && line.rfind("index,", 0) == 0);
    std::vector<Job> made;
    while (std::getline(file, line)) {
        std::vector<std::string> column;
        std::istringstream columns(line);
        for (std::string text; std::getline(columns, text, ',');)
            column.push_back(text);
        TB_CHECK(column.size() >= 7);
        Bytes fixed = from_hex(column[5]), x = from_hex(column[2]);
        append(fixed, x.data(), x.size());
        made.push_back(with_message(SNAP_OP_BIP340_VERIFY, fixed, from_hex(column[4])));
        made.back().valid = column[6] == "TRUE";
    }
    return made;
}

std::vector<Job> bip340_crafted(unsigned count, uint64_t seed)
{
    tb::Random random(seed);
    std::vector<Job> made;
    for (unsigned i = 0; i < count; i++)
        made.push_back(bip340_wrong(random, i % 2 == 0));
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
