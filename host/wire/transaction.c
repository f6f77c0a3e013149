// SPDX-License-Identifier: Apache-2.0
#include "host/wire/transaction.h"

#include <assert.h>

#include "host/wire/hash.h"

const char *transaction_error_text(enum transaction_error error)
{
    static const char *const texts[] = {
        [TRANSACTION_OK] = "no error",
        [TRANSACTION_MALFORMED] = "the transaction is malformed",
        [TRANSACTION_TOO_LARGE] = "the transaction is too large or has too many parts",
        [TRANSACTION_BAD_ZIP] = "the compressed transaction does not decompress within the limit",
        [TRANSACTION_CONTEXT_FREE] = "context-free actions and data are not supported",
        [TRANSACTION_NO_ACTIONS] = "the transaction has no actions",
        [TRANSACTION_EXTENSIONS] = "the transaction has an extension that is not supported",
        [TRANSACTION_NO_MEMORY] = "out of memory",
    };
    return texts[error];
}

/* A failed reader stands for TRANSACTION_MALFORMED, unless this says something else. */
static enum transaction_error read_action(struct reader *reader, struct action *action)
{
    action->account = read_u64(reader);
    action->name = read_u64(reader);
    uint32_t count = read_varuint32(reader);
    action->authorization_count = 0;
    if (count > ACTION_AUTHORIZATIONS_MAX)
        return TRANSACTION_TOO_LARGE;
    action->authorization_count = count;
    for (uint32_t i = 0; i < count; i++) {
        action->authorizations[i].actor = read_u64(reader);
        action->authorizations[i].permission = read_u64(reader);
    }
    action->data = read_sized(reader, TRANSACTION_BYTES_MAX);
    return TRANSACTION_OK;
}

void action_read(struct reader *reader, struct action *action)
{
    if (read_action(reader, action) != TRANSACTION_OK) {
        action->data = (struct bytes){NULL, 0};
        reader->failed = true;
    }
}

void action_write(struct writer *writer, const struct action *action)
{
    assert(action->authorization_count <= ACTION_AUTHORIZATIONS_MAX);
    write_u64(writer, action->account);
    write_u64(writer, action->name);
    write_varuint32(writer, action->authorization_count);
    for (unsigned i = 0; i < action->authorization_count; i++) {
        write_u64(writer, action->authorizations[i].actor);
        write_u64(writer, action->authorizations[i].permission);
    }
    write_sized(writer, action->data);
}

static enum transaction_error read_actions(struct reader *reader, struct transaction *transaction)
{
    transaction->action_count = 0;
    if (read_varuint32(reader) != 0)
        return TRANSACTION_CONTEXT_FREE;
    uint32_t count = read_varuint32(reader);
    if (count > TRANSACTION_ACTIONS_MAX)
        return TRANSACTION_TOO_LARGE;
    enum transaction_error error = TRANSACTION_OK;
    for (uint32_t i = 0; i < count && error == TRANSACTION_OK && !reader->failed; i++)
        error = read_action(reader, &transaction->actions[i]);
    transaction->action_count = count;
    return error;
}

enum transaction_error transaction_parse(struct bytes packed, struct transaction *transaction)
{
    if (packed.size > TRANSACTION_BYTES_MAX)
        return TRANSACTION_TOO_LARGE;
    struct reader reader = reader_of(packed.data, packed.size);
    transaction->packed = packed;
    transaction->expiration = read_u32(&reader);
    transaction->ref_block_num = read_u16(&reader);
    transaction->ref_block_prefix = read_u32(&reader);
    transaction->max_net_usage_words = read_varuint32(&reader);
    transaction->max_cpu_usage_ms = read_u8(&reader);
    transaction->delay_sec = read_varuint32(&reader);
    enum transaction_error error = read_actions(&reader, transaction);
    uint32_t extensions = read_varuint32(&reader);
    if (reader.failed)
        return TRANSACTION_MALFORMED;
    if (error != TRANSACTION_OK)
        return error;
    if (extensions > TRANSACTION_EXTENSIONS_MAX)
        return TRANSACTION_EXTENSIONS;
    if (!reader_done(&reader))
        return TRANSACTION_MALFORMED;
    return transaction->action_count != 0 ? TRANSACTION_OK : TRANSACTION_NO_ACTIONS;
}

void transaction_write(struct writer *writer, const struct transaction *transaction)
{
    assert(transaction->action_count <= TRANSACTION_ACTIONS_MAX);
    write_u32(writer, transaction->expiration);
    write_u16(writer, transaction->ref_block_num);
    write_u32(writer, transaction->ref_block_prefix);
    write_varuint32(writer, transaction->max_net_usage_words);
    write_u8(writer, transaction->max_cpu_usage_ms);
    write_varuint32(writer, transaction->delay_sec);
    write_varuint32(writer, 0); /* context-free actions */
    write_varuint32(writer, transaction->action_count);
    for (unsigned i = 0; i < transaction->action_count; i++)
        action_write(writer, &transaction->actions[i]);
    write_varuint32(writer, 0); /* extensions */
}

void transaction_digest(const uint8_t chain_id[32], struct bytes packed, uint8_t digest[32])
{
    /* In the place of the context-free data's digest when there are none. */
    static const uint8_t zeros[HASH_BYTES];
    const struct bytes parts[] = {{chain_id, HASH_BYTES}, packed, {zeros, sizeof zeros}};
    hash_sha256(parts, sizeof parts / sizeof parts[0], digest);
}
