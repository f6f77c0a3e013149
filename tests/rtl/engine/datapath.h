/* SPDX-License-Identifier: Apache-2.0 */
/* A reference of the point engine's datapath: every word of its memories with the cycles from which
 * its values may be read, what each instruction makes of them, and when it is due. Big integers are
 * OpenSSL's. */
#ifndef TESTS_RTL_ENGINE_DATAPATH_H
#define TESTS_RTL_ENGINE_DATAPATH_H

#include <bitset>
#include <deque>
#include <fstream>
#include <string>

#include "../field/field.h"
#include "snap_isa.h"

namespace datapath
{

using field::Big;
using field::Element;

constexpr unsigned ProductCycles = ISA_PRODUCT_CYCLES;
constexpr unsigned SumCycles = ISA_SUM_CYCLES;
/* From a word's acceptance at the load port to the first grant that may read it. */
constexpr unsigned LoadCycles = 2;
/* A load and a sum share bank S's write port; the port looks ahead this far. */
constexpr unsigned LoadAheadCycles = SumCycles - LoadCycles;
constexpr unsigned DstTable = 32;
constexpr unsigned DstNone = 16;

inline uint8_t parity_of(const Element &value)
{
    uint8_t parity = 0;
    for (unsigned limb = 0; limb < 8; limb++)
        parity |= uint8_t(__builtin_parity(value[limb]) << limb);
    return parity;
}

/* An image line: parity of each limb above the word. */
inline void write_hex(const std::string &path, const std::vector<Element> &words)
{
    std::ofstream file(path);
    for (const Element &word : words) {
        char line[80];
        int length = std::snprintf(line, sizeof line, "%02x", parity_of(word));
        for (int limb = 7; limb >= 0; limb--)
            length +=
                std::snprintf(line + length, sizeof line - size_t(length), "%08x", word[limb]);
        file << line << "\n";
    }
    file.close();
    TB_CHECK(!file.fail());
}

/* A line of constants: slices of 66 bits, the parity of its two limbs above each, the last slice
 * first. */
inline void write_sliced_hex(const std::string &path, const std::vector<Element> &words)
{
    std::ofstream file(path);
    for (const Element &word : words) {
        std::string bits;
        for (int slice = 3; slice >= 0; slice--) {
            bits += std::bitset<2>(parity_of(word) >> 2 * slice).to_string();
            for (int limb = 2 * slice + 1; limb >= 2 * slice; limb--)
                bits += std::bitset<32>(word[size_t(limb)]).to_string();
        }
        for (size_t digit = 0; digit < bits.size() / 4; digit++)
            file << std::hex << std::bitset<4>(bits, 4 * digit, 4).to_ulong();
        file << "\n";
    }
    file.close();
    TB_CHECK(!file.fail());
}

struct Product {
    unsigned thread, partner, op, a, b, b_kind, dst, test, flag;
    bool addend_fixed, sm2;
    unsigned addend;
};
struct Sum {
    unsigned thread, partner, op, a, b, b_kind, dst, test, flag, send, arg;
    bool swap, order, sm2;
};
struct Load {
    unsigned thread, reg;
    Element data;
    bool wrong = false;
};
/* What the ports must say when an instruction is done. */
struct Done {
    uint64_t at;
    unsigned thread, test, flag;
    bool value, fault;
    Element data;
    Sum sum;
};

/* The values that a word has had lately, by the cycle from which grants may read them. */
class Word
{
  public:
    void write(const Element &value, uint64_t ready)
    {
        size_t place = versions_.size();
        while (place > 0 && versions_[place - 1].ready > ready)
            place--;
        TB_CHECK(place == 0 || versions_[place - 1].ready < ready);
        versions_.insert(versions_.begin() + long(place), {value, ready});
    }
    /* What a grant in this cycle reads; nothing if undefined: never written, or just being written.
     */
    const Element *read(uint64_t cycle)
    {
        while (versions_.size() > 1 && versions_[1].ready <= cycle)
            versions_.pop_front();
        for (const Version &version : versions_)
            if (version.ready == cycle + 1)
                return nullptr;
        return versions_.empty() || versions_[0].ready > cycle ? nullptr : &versions_[0].value;
    }

  private:
    struct Version {
        Element value;
        uint64_t ready;
    };
    std::deque<Version> versions_;
};

class Memory
{
  public:
    explicit Memory(tb::Random &random) : fixed_(ISA_FIXED_WORDS), constants_(ISA_IMAGE_CONSTANTS)
    {
        std::vector<Element> edges = field::edge_elements();
        for (Element &word : fixed_)
            word = field::random_number<8>(random);
        for (Element &word : constants_)
            word = edges[random.below(uint32_t(edges.size()))];
        constants_[0] = Element{};
        constants_[1] = Element{1};
    }
    /* Where $readmemh finds them; the ECP5's F is in three parts. */
    void write_image(const std::string &folder) const
    {
        auto range = [&](size_t from, size_t to) {
            return std::vector<Element>(fixed_.begin() + long(from), fixed_.begin() + long(to));
        };
        write_sliced_hex(folder + "/constants.hex", constants_);
        write_hex(folder + "/fixed.hex", fixed_);
        write_hex(folder + "/fixed_0.hex", range(0, 2048));
        write_hex(folder + "/fixed_2048.hex", range(2048, 3072));
        write_hex(folder + "/fixed_3072.hex", range(3072, ISA_FIXED_WORDS));
    }
    /* number: as in instructions, 16 and more are bank S */
    Word &reg(unsigned thread, unsigned number)
    {
        return registers_[thread][number];
    }
    Word &table(unsigned thread, unsigned word)
    {
        return table_[thread][word];
    }
    const Element &fixed(unsigned word) const
    {
        return fixed_.at(word);
    }
    Element &constant(unsigned word)
    {
        return constants_.at(word);
    }

  private:
    Word registers_[ISA_THREADS][2 * ISA_REGISTERS];
    Word table_[ISA_THREADS][ISA_TABLE_WORDS];
    std::vector<Element> fixed_, constants_;
};

inline const Big &modulus(bool sm2, bool order)
{
    static const Big moduli[4] = {Big(field::Secp256k1.p), Big(field::Secp256k1.n),
                                  Big(field::Sm2.p), Big(field::Sm2.n)};
    return moduli[2 * sm2 + order];
}

inline Element multiply(unsigned op, bool sm2, const Element &a, const Element &b)
{
    Big product = field::multiply(Big(a), Big(b));
    if (op == ISA_PRODUCT_OP_MUL)
        return field::reduce(product, modulus(sm2, false)).number<8>();
    field::Product words = product.number<16>();
    Element half;
    for (size_t i = 0; i < 8; i++)
        half[i] = words[i + (op == ISA_PRODUCT_OP_HIGH ? 8 : 0)];
    return half;
}

/* Whether docs/microcode.md defines the sum of these operands; a, b: 0 where not read. */
inline bool defined(unsigned op, const Big &m, const Element &a, const Element &b)
{
    Big limit = field::power_of_two(256), x(a), y(b), sum;
    switch (op) {
    case ISA_SUM_OP_ADD:
        TB_CHECK(BN_add(limit.get(), limit.get(), m.get()) && BN_add(sum.get(), x.get(), y.get()));
        return BN_cmp(sum.get(), limit.get()) < 0;
    case ISA_SUM_OP_HALF:
        return BN_cmp(x.get(), m.get()) < 0;
    case ISA_SUM_OP_NEG:
        return BN_cmp(y.get(), m.get()) <= 0;
    default:
        return true;
    }
}

struct SumResult {
    Element value;
    bool wrap;
};

/* docs/microcode.md, word by word. */
inline SumResult sum(unsigned op, const Big &m, const Element &a, const Element &b)
{
    Big x(a), y(b), result, word = field::power_of_two(256);
    bool wrap = false;
    switch (op) {
    case ISA_SUM_OP_ADD:
    case ISA_SUM_OP_COPY:
        TB_CHECK(op == ISA_SUM_OP_ADD ? BN_add(result.get(), x.get(), y.get())
                                      : BN_copy(result.get(), y.get()) != nullptr);
        wrap = BN_cmp(result.get(), m.get()) >= 0;
        if (wrap)
            TB_CHECK(BN_sub(result.get(), result.get(), m.get()));
        break;
    case ISA_SUM_OP_SUB:
        wrap = BN_cmp(x.get(), y.get()) < 0;
        TB_CHECK(BN_sub(result.get(), x.get(), y.get()));
        if (wrap)
            TB_CHECK(BN_add(result.get(), result.get(), m.get()));
        TB_CHECK(BN_nnmod(result.get(), result.get(), word.get(), field::scratch()));
        break;
    case ISA_SUM_OP_HALF:
        if (BN_is_odd(x.get()))
            TB_CHECK(BN_add(x.get(), x.get(), m.get()));
        TB_CHECK(BN_rshift1(result.get(), x.get()));
        break;
    default:
        TB_CHECK(op == ISA_SUM_OP_NEG);
        TB_CHECK(BN_mod_sub(result.get(), result.get(), y.get(), m.get(), field::scratch()));
        break;
    }
    return {result.number<8>(), wrap};
}

inline bool test_value(unsigned test, const Element &value, bool wrap)
{
    switch (test) {
    case ISA_TEST_ZERO:
        return value == Element{};
    case ISA_TEST_ODD:
        return value[0] & 1;
    case ISA_TEST_WRAP:
        return wrap;
    default:
        return false;
    }
}

} // namespace datapath

#endif
