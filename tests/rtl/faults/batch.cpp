// SPDX-License-Identifier: Apache-2.0
#include "batch.h"

#include <algorithm>
#include <cstring>
#include <string>

#include <secp256k1.h>
#include <secp256k1_extrakeys.h>

/* The host is C. */
#define _Static_assert static_assert
extern "C" {
#include "host/crypto/digest.h"
#include "host/crypto/ecdsa.h"
#include "host/offload/known.h"
}
#include "tests/rtl/engine/jobs.h"

namespace faults
{
namespace
{

constexpr unsigned BadJobs = 7; /* of ten */
constexpr unsigned NumberBytes = 32;

struct Host {
    digest_context *digest;
    known_answers known;
    uint64_t seed;
};

const Host &host()
{
    static Host *made = nullptr;
    if (made == nullptr) {
        made = new Host;
        made->digest = digest_context_create();
        made->seed = tb::seed();
        TB_CHECK(made->digest != nullptr && offload_cpu_selftest(made->digest) &&
                 known_answers_init(&made->known, made->digest, made->seed));
    }
    return *made;
}

const offload_kind offload_kinds[Kinds] = {
    OFFLOAD_ECDSA_SECP256K1_VERIFY,
    OFFLOAD_BIP340_VERIFY,
    OFFLOAD_SM2_VERIFY,
    OFFLOAD_ECDSA_SECP256K1_RECOVER,
};

Question ask(offload_kind kind, const uint8_t *input, uint32_t bytes, const offload_answer &answer,
             tb::Random &random)
{
    const struct offload_kind_info *info = offload_kind_info(kind);
    Question question = {};
    question.kind = info->name;
    question.opcode = info->opcode;
    if (kind == OFFLOAD_ECDSA_SECP256K1_VERIFY &&
        ecdsa_secp256k1_compressed(reinterpret_cast<const ecdsa_secp256k1_input *>(input)))
        question.flags = SNAP_FLAG_COMPRESSED;
    question.payload.assign(input, input + bytes);
    question.cookie = random.next();
    question.valid = answer.valid;
    question.wants_result = answer.valid && info->result_bytes != 0;
    std::memcpy(question.result.data(), answer.result, ResultBytes);
    return question;
}

Question ask(offload_kind kind, const std::vector<uint8_t> &input, tb::Random &random)
{
    offload_answer answer;
    offload_cpu_answer(host().digest, kind, input.data(), input.size(), &answer);
    return ask(kind, input.data(), uint32_t(input.size()), answer, random);
}

Question ask(const known_answer &known, tb::Random &random)
{
    Question question = ask(known.kind, known.input, known.bytes, known.answer, random);
    question.known = true;
    return question;
}

/* One bit of a number that is chosen first: of digest, r, s and key alike. */
std::vector<uint8_t> flip_bit(std::vector<uint8_t> input, bool compressed, tb::Random &random)
{
    unsigned numbers = unsigned(input.size() / NumberBytes);
    unsigned number = random.below(numbers);
    unsigned bit = random.below(8 * NumberBytes);
    if (compressed && number == numbers - 1)
        bit = 8 * (NumberBytes - 1); /* of a compressed key's y one bit counts */
    input[number * NumberBytes + bit / 8] ^= uint8_t(1u << (bit % 8));
    return input;
}

/* The signature that was, with a flipped bit. Where a key comes out, another one is as bad. */
Question ask_bad(offload_kind kind, const Question &good, tb::Random &random)
{
    for (;;) {
        Question bad =
            ask(kind, flip_bit(good.payload, good.flags & SNAP_FLAG_COMPRESSED, random), random);
        if (!bad.valid || (bad.wants_result && bad.result != good.result))
            return bad;
    }
}

secp256k1_context *library()
{
    static secp256k1_context *context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    return context;
}

/* A secret key whose point has a y of this parity; its x. */
std::vector<uint8_t> make_secret(bool odd, uint8_t x[NumberBytes], tb::Random &random)
{
    std::vector<uint8_t> secret(NumberBytes);
    for (uint8_t &byte : secret)
        byte = uint8_t(random.next() >> 32);
    secp256k1_pubkey point;
    uint8_t serial[1 + NumberBytes];
    size_t bytes = sizeof serial;
    TB_CHECK(
        secp256k1_ec_pubkey_create(library(), &point, secret.data()) &&
        secp256k1_ec_pubkey_serialize(library(), serial, &bytes, &point, SECP256K1_EC_COMPRESSED));
    if ((serial[0] == SECP256K1_TAG_PUBKEY_ODD) != odd)
        TB_CHECK(secp256k1_ec_seckey_negate(library(), secret.data()));
    std::memcpy(x, serial + 1, NumberBytes);
    return secret;
}

/* s = k + e d, as BIP 340 says, but with the wrong one of k and -k. */
Question sign_odd(tb::Random &random)
{
    static const char tag[] = "BIP0340/challenge";
    snap_bip340_verify_payload job;
    std::vector<uint8_t> key = make_secret(false, job.x, random);
    std::vector<uint8_t> nonce = make_secret(true, job.r, random);
    for (uint8_t &byte : job.message)
        byte = uint8_t(random.next() >> 32);
    std::vector<uint8_t> hashed(job.r, job.r + NumberBytes);
    hashed.insert(hashed.end(), job.x, job.x + NumberBytes);
    hashed.insert(hashed.end(), job.message, job.message + sizeof job.message);
    uint8_t challenge[NumberBytes];
    TB_CHECK(secp256k1_tagged_sha256(library(), challenge, reinterpret_cast<const uint8_t *>(tag),
                                     sizeof tag - 1, hashed.data(), hashed.size()) &&
             secp256k1_ec_seckey_tweak_mul(library(), key.data(), challenge) &&
             secp256k1_ec_seckey_tweak_add(library(), nonce.data(), key.data()));
    std::memcpy(job.s, nonce.data(), NumberBytes);
    const uint8_t *bytes = reinterpret_cast<const uint8_t *>(&job);
    Question bad = ask(OFFLOAD_BIP340_VERIFY, {bytes, bytes + sizeof job}, random);
    TB_CHECK(!bad.valid);
    return bad;
}

/* The greater of s and n - s, and the flag that forbids it. */
Question raise_s(Question good)
{
    uint8_t *s = good.payload.data() + 2 * NumberBytes;
    if (ecdsa_secp256k1_s_is_low(s))
        TB_CHECK(secp256k1_ec_seckey_negate(library(), s));
    good.flags |= SNAP_FLAG_LOW_S;
    good.valid = false;
    return good;
}

void put_words(Batch &batch)
{
    for (unsigned tag = 0; tag < BatchJobs; tag++) {
        const Question &job = batch.jobs[tag];
        batch.first_word[tag] = unsigned(batch.words.size());
        size_t count = (job.payload.size() + 15) / 16;
        batch.words.push_back(
            {{tag << 16 | unsigned(job.flags) << 8 | job.opcode, uint32_t(job.payload.size()),
              uint32_t(job.cookie), uint32_t(job.cookie >> 32)},
             false});
        for (size_t i = 0; i < count; i++) {
            Word word = {{}, i + 1 == count};
            std::memcpy(word.data.data(), job.payload.data() + 16 * i,
                        std::min<size_t>(16, job.payload.size() - 16 * i));
            batch.words.push_back(word);
        }
    }
}

} // namespace

Batch make_batch(unsigned kind, unsigned number, tb::Random &random)
{
    static const char *const operations[Kinds] = {"ecdsa_verify", "bip340_verify", "sm2_verify",
                                                  "ecdsa_recover"};
    constexpr unsigned Asked = BatchJobs - 2;
    offload_kind of = offload_kinds[kind];
    unsigned pair = number % KNOWN_PAIRS;
    std::string operation = operations[kind];
    std::vector<jobs::Job> made;
    for (unsigned i = 0; i < Asked; i++) {
        /* Both forms of keys in a batch, as they come. */
        bool compressed = kind == 0 && random.chance(50);
        made.push_back(jobs::make(compressed ? operation + "_compressed" : operation, 1,
                                  random.next(), number * Asked + i)[0]);
    }
    std::array<bool, Asked> is_bad;
    for (unsigned i = 0; i < Asked; i++)
        is_bad[i] = i < BadJobs;
    for (unsigned i = Asked - 1; i > 0; i--)
        std::swap(is_bad[i], is_bad[random.below(i + 1)]);

    Batch batch;
    batch.jobs[0] = ask(host().known.good[of][pair], random);
    batch.jobs[BatchJobs - 1] = ask(host().known.bad[of][pair], random);
    for (unsigned i = 0; i < Asked; i++) {
        Question good = ask(of, made[i].payload, random);
        TB_CHECK(good.valid);
        batch.jobs[1 + i] = is_bad[i] ? ask_bad(of, good, random) : good;
    }
    put_words(batch);
    return batch;
}

Batch make_near_misses(unsigned kind, unsigned number, tb::Random &random)
{
    Batch batch = make_batch(kind, number, random);
    batch.words.clear();
    for (Question &job : batch.jobs) {
        if (job.known)
            continue;
        if (kind == 1 && !job.valid)
            job = sign_odd(random);
        else if (kind == 0 && job.valid)
            job = raise_s(job);
    }
    put_words(batch);
    return batch;
}

} // namespace faults
