// SPDX-License-Identifier: Apache-2.0
/* Transactions: any bytes end in a transaction that is written as it was read, or in an error. The
 * input is tried as a bare transaction, as a zipped one, and as one with signatures. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/wire/transaction.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static uint8_t written[TRANSACTION_BYTES_MAX + 4096];

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void try_bare(struct bytes input)
{
    static struct transaction transaction;
    if (transaction_parse(input, &transaction) != TRANSACTION_OK)
        return;
    struct writer writer = writer_of(written, sizeof written);
    transaction_write(&writer, &transaction);
    expect(!writer.failed && writer_size(&writer) == input.size &&
           memcmp(written, input.data, input.size) == 0);
}

static void try_zipped(struct bytes input)
{
    enum transaction_error error;
    struct signed_transaction *made =
        signed_transaction_create(NULL, 0, true, input, (struct bytes){NULL, 0}, &error);
    expect((made != NULL) == (error == TRANSACTION_OK));
    if (made != NULL)
        try_bare(made->transaction.packed);
    signed_transaction_release(made);
}

static void try_signed(struct bytes input)
{
    enum transaction_error error;
    struct reader reader = reader_of(input.data, input.size);
    struct signed_transaction *made = signed_transaction_read(&reader, &error);
    expect((made != NULL) == !reader.failed);
    if (made == NULL)
        return;
    struct writer writer = writer_of(written, sizeof written);
    signed_transaction_write(&writer, made);
    expect(!writer.failed && writer_size(&writer) == signed_transaction_size(made));
    expect(writer_size(&writer) == input.size - reader_left(&reader) &&
           memcmp(written, input.data, writer_size(&writer)) == 0);
    signed_transaction_release(made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct bytes input = {data, bytes};
    try_bare(input);
    try_zipped(input);
    try_signed(input);
    return 0;
}
