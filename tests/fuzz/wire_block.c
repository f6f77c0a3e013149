// SPDX-License-Identifier: Apache-2.0
/* Blocks, and authorities: any bytes end in one that is written as it was read, or in none. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/wire/authority.h"
#include "host/wire/block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static uint8_t written[BLOCK_BYTES_MAX];

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void try_block(struct bytes input)
{
    uint8_t digest[32];
    struct block *block = block_read(input);
    if (block == NULL)
        return;
    struct writer writer = writer_of(written, sizeof written);
    block_write(&writer, block);
    expect(!writer.failed && writer_size(&writer) == input.size &&
           block_size(block) == input.size && memcmp(written, input.data, input.size) == 0);
    for (unsigned i = 0; i < block->receipt_count; i++)
        receipt_digest(&block->receipts[i], digest);
    block_free(block);
}

static void try_authority(struct bytes input)
{
    struct authority authority, back;
    struct reader reader = reader_of(input.data, input.size);
    authority_read(&reader, &authority);
    if (!reader_done(&reader))
        return;
    struct writer writer = writer_of(written, AUTHORITY_BYTES_MAX);
    authority_write(&writer, &authority);
    expect(!writer.failed && writer_size(&writer) == input.size &&
           memcmp(written, input.data, input.size) == 0);
    json_t *json = authority_to_json(&authority, authority.threshold % 2 == 0);
    expect(authority_from_json(json, &back));
    expect(authority_valid(&back) == authority_valid(&authority));
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct bytes input = {data, bytes};
    try_block(input);
    try_authority(input);
    return 0;
}
