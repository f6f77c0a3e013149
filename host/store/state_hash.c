// SPDX-License-Identifier: Apache-2.0
#include "host/store/state_hash.h"

#include <assert.h>

#include "host/wire/hash.h"

/* Rows up to this size are digested in one piece. */
#define ROW_BUFFER_BYTES 512u

_Static_assert(sizeof(struct state_sum) == 2 * STATE_HASH_LANES, "lanes are packed");

void state_row_seed(struct bytes key, struct bytes value, struct row_seed *seed)
{
    uint8_t buffer[ROW_BUFFER_BYTES];
    struct writer writer = writer_of(buffer, sizeof buffer);
    write_u32(&writer, (uint32_t)key.size);
    write_copy(&writer, key.data, key.size);
    bool whole = value.size <= sizeof buffer - writer_size(&writer);
    if (whole)
        write_copy(&writer, value.data, value.size);
    assert(!writer.failed);
    const struct bytes parts[] = {{buffer, writer_size(&writer)}, value};
    hash_sha256(parts, whole ? 1 : 2, seed->bytes);
}

/* `restrict`, so that the compiler makes vectors of the lanes. */
static void add_lanes(uint16_t *restrict lanes, const uint16_t *restrict others)
{
    for (unsigned i = 0; i < STATE_HASH_LANES; i++)
        lanes[i] = (uint16_t)(lanes[i] + others[i]);
}

void state_sum_join(struct state_sum *sum, const struct state_sum *part)
{
    assert(sum != part);
    add_lanes(sum->lanes, part->lanes);
}

void state_sum_add_seed(struct state_sum *sum, const struct row_seed *seed)
{
    row_expand(seed->bytes, false, sum->lanes);
}

void state_sum_subtract_seed(struct state_sum *sum, const struct row_seed *seed)
{
    row_expand(seed->bytes, true, sum->lanes);
}

void state_sum_add(struct state_sum *sum, struct bytes key, struct bytes value)
{
    struct row_seed seed;
    state_row_seed(key, value, &seed);
    state_sum_add_seed(sum, &seed);
}

void state_sum_subtract(struct state_sum *sum, struct bytes key, struct bytes value)
{
    struct row_seed seed;
    state_row_seed(key, value, &seed);
    state_sum_subtract_seed(sum, &seed);
}

void state_sum_hash(const struct state_sum *sum, uint8_t hash[32])
{
    const struct bytes whole = {(const uint8_t *)sum->lanes, sizeof sum->lanes};
    hash_sha256(&whole, 1, hash);
}
