// SPDX-License-Identifier: Apache-2.0
/* Contracts: their ABIs, and values by them. Code of a contract is part of this program, so there
 * is none to give. */
#include <stdlib.h>
#include <string.h>

#include "host/api/api.h"

static bool unknown_account(struct request *request, name_t account)
{
    char name[NAME_TEXT_SIZE];
    name_text(account, name);
    return failure_code(&request->failure, LEDGER_ACCOUNT_QUERY, "unknown key (account %s)", name);
}

struct packed_abi {
    struct bytes bytes; /* size 0: none; free the data */
    uint8_t hash[32];
};

/* Copies what the account has. False with a failure. */
static bool copy_abi(struct request *request, name_t account, struct packed_abi *abi)
{
    struct chain *chain = request->api->options.chain;
    struct account_row row;
    struct bytes value = {NULL, 0};
    uint8_t *copy = NULL;
    chain_lock(chain);
    struct state *state = chain_state(chain);
    bool found = account_row_get(state, account, &row);
    struct row_key key = abi_key(account);
    bool has_abi = found && state_get(state, row_key_view(&key), &value) && value.size != 0;
    if (has_abi)
        copy = malloc(value.size);
    if (copy != NULL)
        memcpy(copy, value.data, value.size);
    chain_unlock(chain);
    if (!found)
        return unknown_account(request, account);
    if (has_abi && copy == NULL)
        return failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
    abi->bytes = (struct bytes){copy, has_abi ? value.size : 0};
    memcpy(abi->hash, row.abi_hash, sizeof abi->hash);
    return true;
}

/* "abi": as JSON; the member is left out when there is none. */
static void out_abi(struct out *out, const struct abi *abi)
{
    if (abi == NULL)
        return;
    json_t *json = abi_to_json(abi);
    out_key(out, "abi");
    out_json(out, json);
    json_decref(json);
}

static const uint8_t no_code_hash[32];

static bool answer_abi(struct request *request, bool with_code)
{
    struct out *out = &request->out;
    name_t account;
    if (!argument_name(request, "account_name", &account))
        return false;
    struct abi_share *share = abi_cache_get(request->api->abis, account);
    bool found = abi_share_account_exists(share);
    if (found) {
        out_object(out);
        out_key_name(out, "account_name", account);
        if (with_code) {
            out_key_hex(out, "code_hash", no_code_hash, sizeof no_code_hash);
            out_key_text(out, "wast", "");
            out_key_text(out, "wasm", "");
        }
        out_abi(out, abi_share_abi(share));
        out_object_end(out);
    } else {
        unknown_account(request, account);
    }
    abi_share_release(share);
    return found;
}

bool contract_get_abi(struct request *request)
{
    return answer_abi(request, false);
}

bool contract_get_code(struct request *request)
{
    return answer_abi(request, true);
}

bool contract_get_code_hash(struct request *request)
{
    name_t account;
    if (!argument_name(request, "account_name", &account))
        return false;
    struct abi_share *share = abi_cache_get(request->api->abis, account);
    bool found = abi_share_account_exists(share);
    abi_share_release(share);
    if (!found)
        return unknown_account(request, account);
    out_object(&request->out);
    out_key_name(&request->out, "account_name", account);
    out_key_hex(&request->out, "code_hash", no_code_hash, sizeof no_code_hash);
    out_object_end(&request->out);
    return true;
}

bool contract_get_raw_abi(struct request *request)
{
    struct out *out = &request->out;
    struct packed_abi abi;
    uint8_t known[32];
    struct text known_text;
    name_t account;
    if (!argument_name(request, "account_name", &account) ||
        !argument_text(request, "abi_hash", "", &known_text) ||
        (known_text.size != 0 && !argument_id(request, "abi_hash", known)) ||
        !copy_abi(request, account, &abi))
        return false;
    out_object(out);
    out_key_name(out, "account_name", account);
    out_key_hex(out, "code_hash", no_code_hash, sizeof no_code_hash);
    out_key_hex(out, "abi_hash", abi.hash, sizeof abi.hash);
    if (known_text.size == 0 || memcmp(known, abi.hash, sizeof known) != 0) {
        out_key(out, "abi");
        out_base64(out, abi.bytes.data, abi.bytes.size);
    }
    out_object_end(out);
    free((void *)abi.bytes.data);
    return true;
}

bool contract_get_raw_code_and_abi(struct request *request)
{
    struct out *out = &request->out;
    struct packed_abi abi;
    name_t account;
    if (!argument_name(request, "account_name", &account) || !copy_abi(request, account, &abi))
        return false;
    out_object(out);
    out_key_name(out, "account_name", account);
    out_key_text(out, "wasm", "");
    out_key(out, "abi");
    out_base64(out, abi.bytes.data, abi.bytes.size);
    out_object_end(out);
    free((void *)abi.bytes.data);
    return true;
}

/* ------------------------------------------------------------------ values */
/* The contract's ABI and the type of an action's data. The caller releases *share. False with a
 * failure. */
static bool find_action_type(struct request *request, struct abi_share **share, const char **type)
{
    name_t code, action;
    char code_text[NAME_TEXT_SIZE], action_text[NAME_TEXT_SIZE];
    if (!argument_name(request, "code", &code) || !argument_name(request, "action", &action))
        return false;
    name_text(code, code_text);
    name_text(action, action_text);
    *share = abi_cache_get(request->api->abis, code);
    const struct abi *abi = abi_share_abi(*share);
    *type = abi != NULL ? abi_action_type(abi, action) : NULL;
    if (*type != NULL)
        return true;
    if (!abi_share_account_exists(*share))
        unknown_account(request, code);
    else if (abi == NULL)
        failure_code(&request->failure, LEDGER_ABI_NOT_FOUND, "No ABI found for %s", code_text);
    else
        failure_code(&request->failure, LEDGER_ACTION_VALIDATE, "Unknown action %s in contract %s",
                     action_text, code_text);
    abi_share_release(*share);
    return false;
}

/* Encodes "args" into memory that the caller frees. False with a failure. */
static bool encode_args(struct request *request, const struct abi *abi, const char *type,
                        struct bytes *binary)
{
    const json_t *args = json_object_get(request->arguments, "args");
    char error[ABI_ERROR_SIZE];
    if (args == NULL)
        return failure_request(&request->failure, "\"args\" is missing");
    uint8_t *data = malloc(TRANSACTION_BYTES_MAX);
    if (data == NULL)
        return failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
    struct writer writer = writer_of(data, TRANSACTION_BYTES_MAX);
    if (!abi_encode(abi, type, args, &writer, error)) {
        free(data);
        return failure_code(&request->failure, LEDGER_INVALID_ACTION_ARGS, "%s", error);
    }
    *binary = (struct bytes){data, writer_size(&writer)};
    return true;
}

bool contract_json_to_bin(struct request *request)
{
    struct abi_share *share;
    const char *type;
    struct bytes binary = {NULL, 0};
    if (!find_action_type(request, &share, &type))
        return false;
    bool encoded = encode_args(request, abi_share_abi(share), type, &binary);
    abi_share_release(share);
    if (!encoded)
        return false;
    out_object(&request->out);
    out_key_hex(&request->out, "binargs", binary.data, binary.size);
    out_object_end(&request->out);
    free((void *)binary.data);
    return true;
}

bool contract_bin_to_json(struct request *request)
{
    struct abi_share *share;
    const char *type;
    char error[ABI_ERROR_SIZE];
    struct bytes binary = {NULL, 0};
    if (!argument_hex(request, "binargs", TRANSACTION_BYTES_MAX, &binary))
        return false;
    if (!find_action_type(request, &share, &type)) {
        free((void *)binary.data);
        return false;
    }
    json_t *args = abi_decode(abi_share_abi(share), type, binary, error);
    if (args != NULL) {
        out_object(&request->out);
        out_key(&request->out, "args");
        out_json(&request->out, args);
        out_object_end(&request->out);
    } else {
        failure_code(&request->failure, LEDGER_ABI_TYPE, "%s", error);
    }
    json_decref(args);
    abi_share_release(share);
    free((void *)binary.data);
    return args != NULL;
}
