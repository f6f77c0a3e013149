/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the field arithmetic share: numbers as the modules' ports have them, OpenSSL's
 * big integers as the independent reference, operands at the edges. */
#ifndef TESTS_RTL_FIELD_FIELD_H
#define TESTS_RTL_FIELD_FIELD_H

#include <array>
#include <cstring>
#include <vector>

#include <openssl/bn.h>

#include "tb.h"

namespace field
{

/* Little-endian words of 32 bits, as in the ports. */
template <size_t Words> using Number = std::array<uint32_t, Words>;
using Element = Number<8>;
using Product = Number<16>;

/* A big integer that frees itself. */
class Big
{
  public:
    Big() : value_(BN_new())
    {
        TB_CHECK(value_);
    }
    explicit Big(const char *hex) : Big()
    {
        TB_CHECK(BN_hex2bn(&value_, hex) == int(std::strlen(hex)));
    }
    template <size_t Words> explicit Big(const Number<Words> &number) : Big()
    {
        unsigned char bytes[4 * Words];
        for (size_t i = 0; i < 4 * Words; i++)
            bytes[i] = (unsigned char)(number[i / 4] >> (8 * (i % 4)));
        TB_CHECK(BN_lebin2bn(bytes, int(sizeof bytes), value_));
    }
    Big(const Big &other) : value_(BN_dup(other.value_))
    {
        TB_CHECK(value_);
    }
    Big &operator=(const Big &) = delete;
    ~Big()
    {
        BN_free(value_);
    }
    BIGNUM *get() const
    {
        return value_;
    }
    template <size_t Words> Number<Words> number() const
    {
        unsigned char bytes[4 * Words];
        TB_CHECK(!BN_is_negative(value_));
        TB_CHECK(BN_bn2lebinpad(value_, bytes, int(sizeof bytes)) == int(sizeof bytes));
        Number<Words> result{};
        for (size_t i = 0; i < 4 * Words; i++)
            result[i / 4] |= uint32_t(bytes[i]) << (8 * (i % 4));
        return result;
    }
    Big plus(long addend) const
    {
        Big sum(*this);
        BN_ULONG magnitude = static_cast<BN_ULONG>(addend < 0 ? -addend : addend);
        TB_CHECK(addend < 0 ? BN_sub_word(sum.value_, magnitude)
                            : BN_add_word(sum.value_, magnitude));
        return sum;
    }

  private:
    BIGNUM *value_;
};

inline BN_CTX *scratch()
{
    static BN_CTX *context = BN_CTX_new();
    return context;
}

inline Big multiply(const Big &a, const Big &b)
{
    Big result;
    TB_CHECK(BN_mul(result.get(), a.get(), b.get(), scratch()));
    return result;
}

inline Big reduce(const Big &a, const Big &modulus)
{
    Big result;
    TB_CHECK(BN_nnmod(result.get(), a.get(), modulus.get(), scratch()));
    return result;
}

inline Big power_of_two(int exponent)
{
    Big result;
    TB_CHECK(BN_set_bit(result.get(), exponent));
    return result;
}

struct Curve {
    const char *name, *p, *n;
};
constexpr Curve Secp256k1 = {"secp256k1",
                             "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F",
                             "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141"};
constexpr Curve Sm2 = {"SM2", "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF",
                       "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123"};

/* Random, or of long runs of ones and zeros, or with few words that are not: carries go far there.
 */
template <size_t Words> Number<Words> random_number(tb::Random &random)
{
    Number<Words> number{};
    unsigned shape = random.below(4);
    unsigned bit = 0;
    while (shape == 3 && bit < 32 * Words) {
        unsigned run = 1 + random.below(80);
        bool ones = random.chance(50);
        for (; run > 0 && bit < 32 * Words; run--, bit++)
            number[bit / 32] |= uint32_t(ones) << bit % 32;
    }
    for (uint32_t &word : number) {
        if (shape < 2)
            word = uint32_t(random.next() >> 16);
        else if (shape == 2)
            word =
                random.chance(60) ? (random.chance(50) ? ~0u : 0u) : uint32_t(random.next() >> 16);
    }
    return number;
}

/* 0, small, both moduli and orders with neighbours, powers of two with neighbours, all ones. */
inline std::vector<Element> edge_elements()
{
    std::vector<Element> edges;
    for (long small = 0; small < 4; small++)
        edges.push_back(Big("0").plus(small).number<8>());
    for (const Curve &curve : {Secp256k1, Sm2})
        for (const char *modulus : {curve.p, curve.n})
            for (long offset = -2; offset <= 2; offset++)
                edges.push_back(Big(modulus).plus(offset).number<8>());
    for (int exponent = 16; exponent <= 256; exponent += 16)
        for (long offset = -1; offset <= 1; offset++)
            if (exponent < 256 || offset < 0)
                edges.push_back(power_of_two(exponent).plus(offset).number<8>());
    return edges;
}

template <class Port, size_t Words> void drive(Port &port, const Number<Words> &number)
{
    for (size_t i = 0; i < Words; i++)
        port[i] = number[i];
}

template <size_t Words, class Port> Number<Words> sample(const Port &port)
{
    Number<Words> number;
    for (size_t i = 0; i < Words; i++)
        number[i] = port[i];
    return number;
}

} // namespace field

#endif
