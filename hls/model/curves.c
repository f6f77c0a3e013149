/* SPDX-License-Identifier: Apache-2.0 */
/* The constants that the engine's hardware knows. */
#include "hls/model/model.h"
#include <assert.h>

static struct snap_u256 number(const char *digits)
{
    struct snap_u256 value;
    bool good = snap_u256_from_hex(digits, &value);
    assert(good);
    (void)good;
    return value;
}

static void set(struct snap_modulus *modulus, const char *digits)
{
    bool good = snap_modulus_init(modulus, number(digits));
    assert(good);
    (void)good;
}

void snap_model_standard_curves(struct snap_model_curves *curves)
{
    set(&curves->prime[0], "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f");
    set(&curves->order[0], "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    set(&curves->prime[1], "fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff");
    set(&curves->order[1], "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123");
    curves->generator[0] =
        number("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798");
    curves->generator[1] =
        number("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8");
    curves->streams = isa_streams;
    curves->half_bits = ISA_HALF_BITS;
}
