/* SPDX-License-Identifier: Apache-2.0 */
/* The state's hash: a homomorphic hash of the set of rows (LtHash, Bellare and Micciancio 1997;
 * lthash16 with 1,024 lanes as in Lewi, Kim, Maykov, Weis 2019), so that it depends on the rows
 * alone, not on how they came about, and a row is added or taken away at the same cost whatever the
 * size of the state.
 *
 * A row (key, value) becomes SHA-256(u32 length of key || key || value); that seeds AES-256 in
 * counter mode from zero, whose first 2,048 bytes are 1,024 little-endian lanes of 16 bits, added
 * to the sum lane by lane modulo 2^16. The hash that a block header carries is SHA-256 of the sum.
 */
#ifndef HOST_STORE_STATE_HASH_H
#define HOST_STORE_STATE_HASH_H

#include "host/base/bytes.h"
#include "host/store/row_expand.h"

#define STATE_HASH_LANES ROW_LANES

struct state_sum {
    uint16_t lanes[STATE_HASH_LANES];
};

/* What a row's lanes are expanded from. A row that is added and taken away again needs it twice. */
struct row_seed {
    uint8_t bytes[32];
};
void state_row_seed(struct bytes key, struct bytes value, struct row_seed *seed);

/* Starts as all zeros: the empty state. Aborts only when the crypto library has no AES. */
void state_sum_add(struct state_sum *sum, struct bytes key, struct bytes value);
void state_sum_subtract(struct state_sum *sum, struct bytes key, struct bytes value);
void state_sum_add_seed(struct state_sum *sum, const struct row_seed *seed);
void state_sum_subtract_seed(struct state_sum *sum, const struct row_seed *seed);
/* Sums of disjoint parts; two different ones. */
void state_sum_join(struct state_sum *sum, const struct state_sum *part);
void state_sum_hash(const struct state_sum *sum, uint8_t hash[32]);

#endif
