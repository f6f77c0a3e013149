// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hex.h"
#include "host/wire/member.h"
#include "host/wire/time.h"
#include "host/wire/transaction_json.h"

static bool fail(char error[ABI_ERROR_SIZE], const char *reason)
{
    snprintf(error, ABI_ERROR_SIZE, "%s", reason);
    return false;
}

/* Puts a place before the text. */
static bool fail_in(char error[ABI_ERROR_SIZE], const char *what, unsigned index)
{
    char inner[ABI_ERROR_SIZE];
    memcpy(inner, error, sizeof inner);
    snprintf(error, ABI_ERROR_SIZE, "%s %u: %.200s", what, index, inner);
    return false;
}

static bool write_hex(const json_t *text, struct writer *writer)
{
    size_t bytes = json_string_length(text) / 2;
    if (writer->failed || (size_t)(writer->end - writer->next) < bytes ||
        !hex_decode(json_string_value(text), json_string_length(text), writer->next, bytes))
        return false;
    writer->next += bytes;
    return true;
}

static bool encode_data(const json_t *json, const struct abi_source *abis, struct writer *data,
                        const struct action *action, char error[ABI_ERROR_SIZE])
{
    const json_t *value = json_object_get(json, "data");
    if (value == NULL)
        value = json_object_get(json, "hex_data");
    if (value == NULL)
        return true;
    if (json_is_string(value))
        return write_hex(value, data) || fail(error, "data is no hexadecimal, or too much");
    const struct abi *abi = abis != NULL ? abis->find(abis->context, action->account) : NULL;
    const char *type = abi != NULL ? abi_action_type(abi, action->name) : NULL;
    if (type == NULL)
        return fail(error, "data is not in hexadecimal, and no ABI has the action");
    return abi_encode(abi, type, value, data, error);
}

bool action_from_json(const json_t *json, const struct abi_source *abis, struct writer *data,
                      struct action *action, char error[ABI_ERROR_SIZE])
{
    const json_t *authorization;
    if (!member_name(json, "account", &action->account) ||
        !member_name(json, "name", &action->name))
        return fail(error, "account or name is no name");
    if (!member_array(json, "authorization", ACTION_AUTHORIZATIONS_MAX, &authorization,
                      &action->authorization_count))
        return fail(error, "authorization is no array, or too long");
    for (unsigned i = 0; i < action->authorization_count; i++)
        if (!permission_level_from_json(json_array_get(authorization, i),
                                        &action->authorizations[i]))
            return fail(error, "authorization is not of actors and permissions");
    uint8_t *start = data->next;
    if (!encode_data(json, abis, data, action, error))
        return false;
    action->data = (struct bytes){start, (size_t)(data->next - start)};
    return true;
}

/* A number that may be missing. */
static bool number_or_zero(const json_t *json, const char *member, uint32_t most, uint32_t *number)
{
    *number = 0;
    return json_object_get(json, member) == NULL || member_uint(json, member, most, number);
}

static bool header_from_json(const json_t *json, struct transaction *transaction)
{
    uint32_t ref_block_num, cpu_ms;
    const json_t *expiration = json_object_get(json, "expiration");
    if (!json_is_string(expiration) ||
        !time_sec_parse(json_string_value(expiration), json_string_length(expiration),
                        &transaction->expiration) ||
        !number_or_zero(json, "ref_block_num", UINT16_MAX, &ref_block_num) ||
        !number_or_zero(json, "ref_block_prefix", UINT32_MAX, &transaction->ref_block_prefix) ||
        !number_or_zero(json, "max_net_usage_words", UINT32_MAX,
                        &transaction->max_net_usage_words) ||
        !number_or_zero(json, "max_cpu_usage_ms", UINT8_MAX, &cpu_ms) ||
        !number_or_zero(json, "delay_sec", UINT32_MAX, &transaction->delay_sec))
        return false;
    transaction->ref_block_num = (uint16_t)ref_block_num;
    transaction->max_cpu_usage_ms = (uint8_t)cpu_ms;
    return true;
}

bool transaction_from_json(const json_t *json, const struct abi_source *abis, struct writer *data,
                           struct transaction *transaction, char error[ABI_ERROR_SIZE])
{
    const json_t *actions, *none;
    unsigned count;
    transaction->packed = (struct bytes){NULL, 0};
    if (!header_from_json(json, transaction))
        return fail(error, "expiration is no time, or a number is none");
    if (!member_array(json, "context_free_actions", 0, &none, &count))
        return fail(error, transaction_error_text(TRANSACTION_CONTEXT_FREE));
    if (!member_array(json, "transaction_extensions", 0, &none, &count))
        return fail(error, transaction_error_text(TRANSACTION_EXTENSIONS));
    if (!member_array(json, "actions", TRANSACTION_ACTIONS_MAX, &actions,
                      &transaction->action_count))
        return fail(error, "actions is no array, or too long");
    for (unsigned i = 0; i < transaction->action_count; i++)
        if (!action_from_json(json_array_get(actions, i), abis, data, &transaction->actions[i],
                              error))
            return fail_in(error, "action", i);
    return true;
}

/* ------------------------------------------------------------------ with signatures */

/* What a signed transaction is made of, before it is one. */
struct parts {
    struct signature signatures[TRANSACTION_SIGNATURES_MAX];
    unsigned signature_count;
    bool compressed;
    struct bytes packed, cfd;
    uint8_t *memory; /* in which those two are */
};

static bool allocate(struct parts *parts, size_t bytes, char error[ABI_ERROR_SIZE])
{
    parts->memory = malloc(bytes != 0 ? bytes : 1);
    return parts->memory != NULL || fail(error, transaction_error_text(TRANSACTION_NO_MEMORY));
}

static bool signatures_from_json(const json_t *json, struct parts *parts,
                                 char error[ABI_ERROR_SIZE])
{
    const json_t *list;
    if (!member_array(json, "signatures", TRANSACTION_SIGNATURES_MAX, &list,
                      &parts->signature_count))
        return fail(error, "signatures is no array, or too long");
    for (unsigned i = 0; i < parts->signature_count; i++) {
        const json_t *text = json_array_get(list, i);
        if (!json_is_string(text) ||
            !signature_parse(json_string_value(text), json_string_length(text),
                             &parts->signatures[i]))
            return fail(error, "signatures has something that is no signature");
    }
    return true;
}

/* "none" or "zlib", or their numbers; "none" when it is missing. */
static bool compression_from_json(const json_t *json, bool *compressed)
{
    const json_t *value = json_object_get(json, "compression");
    const char *text = json_string_value(value);
    bool none = value == NULL || (text != NULL && strcmp(text, "none") == 0) ||
                (json_is_integer(value) && json_integer_value(value) == 0);
    *compressed = (text != NULL && strcmp(text, "zlib") == 0) ||
                  (json_is_integer(value) && json_integer_value(value) == 1);
    return none || *compressed;
}

/* Hexadecimal into `memory`; nothing when it is missing. */
static bool hex_member(const json_t *text, struct writer *memory, struct bytes *bytes)
{
    uint8_t *start = memory->next;
    if (text != NULL && (!json_is_string(text) || !write_hex(text, memory)))
        return false;
    *bytes = (struct bytes){start, (size_t)(memory->next - start)};
    return true;
}

static bool packed_from_json(const json_t *json, struct parts *parts, char error[ABI_ERROR_SIZE])
{
    const json_t *packed = json_object_get(json, "packed_trx");
    const json_t *cfd = json_object_get(json, "packed_context_free_data");
    size_t bytes = json_string_length(packed) / 2 + json_string_length(cfd) / 2;
    if (!compression_from_json(json, &parts->compressed))
        return fail(error, "compression is neither none nor zlib");
    if (bytes > 2 * TRANSACTION_BYTES_MAX)
        return fail(error, transaction_error_text(TRANSACTION_TOO_LARGE));
    if (!allocate(parts, bytes, error))
        return false;
    struct writer memory = writer_of(parts->memory, bytes);
    return (hex_member(packed, &memory, &parts->packed) && hex_member(cfd, &memory, &parts->cfd)) ||
           fail(error, "a packed part is no hexadecimal");
}

static bool fields_from_json(const json_t *json, const struct abi_source *abis, struct parts *parts,
                             char error[ABI_ERROR_SIZE])
{
    struct transaction transaction;
    const json_t *none;
    unsigned count;
    if (!member_array(json, "context_free_data", 0, &none, &count))
        return fail(error, transaction_error_text(TRANSACTION_CONTEXT_FREE));
    if (!allocate(parts, 2 * TRANSACTION_BYTES_MAX, error))
        return false;
    struct writer data = writer_of(parts->memory, TRANSACTION_BYTES_MAX);
    struct writer packed = writer_of(parts->memory + TRANSACTION_BYTES_MAX, TRANSACTION_BYTES_MAX);
    if (!transaction_from_json(json, abis, &data, &transaction, error))
        return false;
    transaction_write(&packed, &transaction);
    parts->packed = (struct bytes){packed.start, writer_size(&packed)};
    return !packed.failed || fail(error, transaction_error_text(TRANSACTION_TOO_LARGE));
}

struct signed_transaction *signed_transaction_from_json(const json_t *json,
                                                        const struct abi_source *abis,
                                                        enum transaction_error *reason,
                                                        char error[ABI_ERROR_SIZE])
{
    struct parts parts = {.compressed = false};
    enum transaction_error why = TRANSACTION_MALFORMED;
    struct signed_transaction *made = NULL;
    bool packed = json_object_get(json, "packed_trx") != NULL;
    if (signatures_from_json(json, &parts, error) &&
        (packed ? packed_from_json(json, &parts, error)
                : fields_from_json(json, abis, &parts, error))) {
        made = signed_transaction_create(parts.signatures, parts.signature_count, parts.compressed,
                                         parts.packed, parts.cfd, &why);
        if (made == NULL)
            (void)fail(error, transaction_error_text(why));
    }
    if (reason != NULL)
        *reason = why;
    free(parts.memory);
    return made;
}
