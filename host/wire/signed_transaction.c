// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <string.h>

#include "host/base/piece.h"
#include "host/wire/hash.h"
#include "host/wire/transaction.h"
#include "host/wire/zip.h"

_Static_assert(UNZIP_BYTES_MAX == TRANSACTION_BYTES_MAX, "what may be unzipped may be parsed");

static enum transaction_error unzip_error(enum unzip_result result)
{
    return result == UNZIP_OK          ? TRANSACTION_OK
           : result == UNZIP_NO_MEMORY ? TRANSACTION_NO_MEMORY
                                       : TRANSACTION_BAD_ZIP;
}

/* Nothing, or a packed list of nothing; zipped or not. */
static enum transaction_error check_no_context_free_data(bool compressed, struct bytes cfd)
{
    if (compressed && cfd.size != 0) {
        enum transaction_error error = unzip_error(unzip(cfd, &cfd));
        if (error != TRANSACTION_OK)
            return error;
    }
    bool none = cfd.size == 0 || (cfd.size == 1 && cfd.data[0] == 0);
    return none ? TRANSACTION_OK : TRANSACTION_CONTEXT_FREE;
}

/* A copy of the actions of `from` whose data are views into `to->packed`, a copy of
 * `from->packed`. */
static void copy_actions(struct transaction *to, const struct transaction *from)
{
    for (unsigned i = 0; i < from->action_count; i++) {
        const struct action *action = &from->actions[i];
        struct action *copy = &to->actions[i];
        action_copy(copy, action);
        copy->data.data = to->packed.data + (action->data.data - from->packed.data);
    }
}

static struct bytes copy_bytes(uint8_t *to, struct bytes from)
{
    memcpy(to, from.data, from.size);
    return (struct bytes){to, from.size};
}

/* Everything into one piece of memory, in this order: the struct as far as there are actions,
 * signatures, packed_trx as it came, and decompressed if that is something else. */
static struct signed_transaction *assemble(const struct signature *signatures, unsigned count,
                                           struct bytes wire, const struct transaction *parsed)
{
    unsigned last = parsed->action_count - 1; /* there is one at least */
    size_t head_bytes = offsetof(struct signed_transaction, transaction.actions) +
                        last * sizeof parsed->actions[0] + action_bytes(&parsed->actions[last]);
    size_t signatures_bytes = count * sizeof *signatures;
    bool compressed = wire.data != parsed->packed.data;
    struct signed_transaction *made = piece_take(head_bytes + signatures_bytes + wire.size +
                                                 (compressed ? parsed->packed.size : 0));
    if (made == NULL)
        return NULL;
    uint8_t *behind = (uint8_t *)made + head_bytes;
    if (count != 0)
        memcpy(behind, signatures, signatures_bytes);
    made->signatures = (const struct signature *)behind;
    made->signature_count = count;
    behind += signatures_bytes;
    made->compressed = compressed;
    made->wire = copy_bytes(behind, wire);
    memcpy(&made->transaction, parsed, offsetof(struct transaction, actions));
    made->transaction.packed =
        compressed ? copy_bytes(behind + wire.size, parsed->packed) : made->wire;
    copy_actions(&made->transaction, parsed);
    hash_sha256(&made->transaction.packed, 1, made->id);
    made->references = 1;
    return made;
}

struct signed_transaction *signed_transaction_create(const struct signature *signatures,
                                                     unsigned signature_count, bool compressed,
                                                     struct bytes packed, struct bytes cfd,
                                                     enum transaction_error *error)
{
    struct transaction parsed;
    struct bytes open = packed;
    if (signature_count > TRANSACTION_SIGNATURES_MAX || packed.size > TRANSACTION_BYTES_MAX) {
        *error = TRANSACTION_TOO_LARGE;
        return NULL;
    }
    *error = check_no_context_free_data(compressed, cfd);
    if (*error == TRANSACTION_OK && compressed)
        *error = unzip_error(unzip(packed, &open));
    if (*error == TRANSACTION_OK)
        *error = transaction_parse(open, &parsed);
    if (*error != TRANSACTION_OK)
        return NULL;
    struct signed_transaction *made = assemble(signatures, signature_count, packed, &parsed);
    *error = made != NULL ? TRANSACTION_OK : TRANSACTION_NO_MEMORY;
    return made;
}

struct signed_transaction *signed_transaction_read(struct reader *reader,
                                                   enum transaction_error *error)
{
    struct signature signatures[TRANSACTION_SIGNATURES_MAX];
    struct signed_transaction *made = NULL;
    uint32_t count = read_varuint32(reader);
    bool fits = count <= TRANSACTION_SIGNATURES_MAX;
    for (uint32_t i = 0; fits && i < count; i++)
        signature_read(reader, &signatures[i]);
    uint8_t compression = read_u8(reader);
    struct bytes cfd = read_sized(reader, TRANSACTION_BYTES_MAX);
    struct bytes packed = read_sized(reader, TRANSACTION_BYTES_MAX);
    if (!fits)
        *error = TRANSACTION_TOO_LARGE;
    else if (reader->failed || compression > 1)
        *error = TRANSACTION_MALFORMED;
    else if (cfd.size != 0)
        *error = TRANSACTION_CONTEXT_FREE;
    else
        made = signed_transaction_create(signatures, count, compression != 0, packed, cfd, error);
    if (made == NULL)
        reader->failed = true;
    return made;
}

void signed_transaction_write_signatures(struct writer *writer,
                                         const struct signed_transaction *transaction)
{
    write_varuint32(writer, transaction->signature_count);
    for (unsigned i = 0; i < transaction->signature_count; i++)
        signature_write(writer, &transaction->signatures[i]);
}

void signed_transaction_write(struct writer *writer, const struct signed_transaction *transaction)
{
    signed_transaction_write_signatures(writer, transaction);
    write_u8(writer, transaction->compressed);
    write_varuint32(writer, 0); /* context-free data */
    write_sized(writer, transaction->wire);
}

static size_t varuint32_size(uint32_t value)
{
    size_t bytes = 1;
    for (; value > 0x7F; value >>= 7)
        bytes++;
    return bytes;
}

size_t signed_transaction_size(const struct signed_transaction *transaction)
{
    size_t bytes = 1; /* the count of signatures, below 128 */
    for (unsigned i = 0; i < transaction->signature_count; i++)
        bytes += 1 + (transaction->signatures[i].type == KEY_SM2 ? SIGNATURE_SM2_BYTES
                                                                 : SIGNATURE_K1_BYTES);
    return bytes + 2 + varuint32_size((uint32_t)transaction->wire.size) + transaction->wire.size;
}

struct signed_transaction *signed_transaction_acquire(struct signed_transaction *transaction)
{
    unsigned before = __atomic_fetch_add(&transaction->references, 1, __ATOMIC_RELAXED);
    assert(before != 0);
    (void)before;
    return transaction;
}

void signed_transaction_release(struct signed_transaction *transaction)
{
    if (transaction == NULL)
        return;
    unsigned before = __atomic_fetch_sub(&transaction->references, 1, __ATOMIC_ACQ_REL);
    assert(before != 0);
    if (before == 1)
        piece_give(transaction);
}
