// SPDX-License-Identifier: Apache-2.0
#include "products.h"

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

extern "C" {
#include "hls/model/model.h"
}

#include <openssl/sha.h>

#include "snapcard_abi.h"
#include "tb.h"

namespace
{

std::string read(const char *path)
{
    std::ifstream file(path, std::ios::binary);
    TB_CHECK(file.good());
    return {std::istreambuf_iterator<char>(file), {}};
}

std::unique_ptr<snap_model> load()
{
    auto model = std::make_unique<snap_model>();
    snap_model_standard_curves(&model->curves);
    std::string image = read("build/engine/image.bin"), fixed = read("build/engine/fixed.hex");
    TB_CHECK(!snap_image_parse(&model->image, reinterpret_cast<const uint8_t *>(image.data()),
                               image.size()));
    TB_CHECK(!snap_fixed_parse(model->fixed, fixed.data(), fixed.size()));
    return model;
}

unsigned program_of(uint8_t opcode)
{
    switch (opcode) {
    case SNAP_OP_ECDSA_SECP256K1_VERIFY:
        return ISA_PROGRAM_ECDSA_VERIFY;
    case SNAP_OP_ECDSA_SECP256K1_RECOVER:
        return ISA_PROGRAM_ECDSA_RECOVER;
    case SNAP_OP_BIP340_VERIFY:
        return ISA_PROGRAM_BIP340_VERIFY;
    case SNAP_OP_SM2_VERIFY:
        return ISA_PROGRAM_SM2_VERIFY;
    case SNAP_OP_PEDERSEN_COMMIT:
        return ISA_PROGRAM_PEDERSEN_COMMIT;
    case SNAP_OP_MSM:
        return ISA_PROGRAM_MSM;
    default:
        tb::fail(__FILE__, __LINE__, "no program for this opcode");
    }
}

void sha256(const std::vector<uint8_t> &bytes, uint8_t digest[32])
{
    SHA256(bytes.data(), bytes.size(), digest);
}

/* The message of a BIP 340 job becomes the challenge, as the engine's loader hashes it. */
std::vector<uint8_t> with_challenge(const std::vector<uint8_t> &payload)
{
    std::vector<uint8_t> hashed(64);
    const std::string tag = "BIP0340/challenge";
    sha256({tag.begin(), tag.end()}, hashed.data());
    std::copy_n(hashed.begin(), 32, hashed.begin() + 32);
    hashed.insert(hashed.end(), payload.begin(), payload.begin() + 32);
    hashed.insert(hashed.end(), payload.begin() + 64, payload.end());
    std::vector<uint8_t> words(payload.begin(), payload.begin() + 96);
    words.resize(128);
    sha256(hashed, words.data() + 96);
    return words;
}

void count(void *total, const struct snap_model_step *step)
{
    const snap_u256 one = snap_u256_small(1);
    bool product = (step->word >> ISA_UNIT_LSB & 1) == ISA_UNIT_PRODUCT;
    if (product && !snap_u256_equal(step->a, one) && !snap_u256_equal(step->b, one))
        ++*static_cast<uint64_t *>(total);
}

} // namespace

uint64_t useful_products(const std::vector<jobs::Job> &made)
{
    static const std::unique_ptr<snap_model> model = load();
    uint64_t total = 0;
    for (const jobs::Job &job : made) {
        std::vector<uint8_t> payload =
            job.opcode == SNAP_OP_BIP340_VERIFY ? with_challenge(job.payload) : job.payload;
        std::vector<snap_u256> words;
        for (size_t i = 0; i < payload.size(); i += 32)
            words.push_back(snap_u256_from_be(&payload[i]));
        snap_model_job run = {};
        run.program = program_of(job.opcode);
        run.compressed = job.flags & SNAP_FLAG_COMPRESSED;
        run.terms = job.opcode == SNAP_OP_MSM ? unsigned(words.size() / 3) : 0;
        run.words = words.data();
        TB_CHECK(snap_model_words(run.program, run.terms) == words.size());
        snap_model_answer answer;
        TB_CHECK(snap_model_run(model.get(), &run, &answer, count, &total));
        TB_CHECK(answer.code == SNAP_MODEL_VALID || answer.code == SNAP_MODEL_RESULT);
    }
    return total;
}
