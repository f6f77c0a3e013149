// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/intake_rig.h"

#include "host/crypto/digest.h"
#include "tests/unit/check.h"

struct private_key rig_key(enum key_type type, uint8_t number)
{
    struct private_key key = {.type = (uint8_t)type};
    memset(key.secret, 7, sizeof key.secret);
    key.secret[0] = 1;
    key.secret[31] = number;
    return key;
}

struct public_key rig_public(enum key_type type, uint8_t number)
{
    struct private_key key = rig_key(type, number);
    struct public_key public_key;
    CHECK(private_key_public(&key, &public_key));
    return public_key;
}

static size_t write_packed(name_t actor, uint32_t number, uint32_t expiration, uint8_t *out,
                           size_t bytes)
{
    static const uint8_t nothing[8] = {0};
    uint8_t data[16];
    struct writer data_writer = writer_of(data, sizeof data);
    write_u32(&data_writer, number);
    write_copy(&data_writer, nothing, sizeof nothing);
    struct transaction transaction = {
        .expiration = expiration,
        .action_count = 1,
        .actions = {{.account = name_of("eosio.token"),
                     .name = name_of("transfer"),
                     .authorization_count = 1,
                     .authorizations = {{.actor = actor, .permission = name_of("active")}},
                     .data = {data, writer_size(&data_writer)}}}};
    struct writer writer = writer_of(out, bytes);
    transaction_write(&writer, &transaction);
    CHECK(!writer.failed);
    return writer_size(&writer);
}

void rig_digest(name_t actor, uint32_t number, uint32_t expiration, uint8_t digest[32])
{
    uint8_t packed[256], id[32];
    memset(id, RIG_CHAIN_ID_BYTE, sizeof id);
    size_t bytes = write_packed(actor, number, expiration, packed, sizeof packed);
    transaction_digest(id, (struct bytes){packed, bytes}, digest);
}

struct signed_transaction *rig_transaction_signed(name_t actor, uint32_t number,
                                                  uint32_t expiration,
                                                  const struct signature *signatures,
                                                  unsigned count)
{
    uint8_t packed[256];
    enum transaction_error error;
    size_t bytes = write_packed(actor, number, expiration, packed, sizeof packed);
    struct signed_transaction *transaction = signed_transaction_create(
        signatures, count, false, (struct bytes){packed, bytes}, (struct bytes){NULL, 0}, &error);
    CHECK(transaction != NULL);
    return transaction;
}

struct signed_transaction *rig_transaction(name_t actor, uint32_t number, uint32_t expiration,
                                           const struct private_key *keys, unsigned key_count)
{
    struct signature signatures[TRANSACTION_SIGNATURES_MAX];
    uint8_t digest[32];
    rig_digest(actor, number, expiration, digest);
    for (unsigned i = 0; i < key_count; i++)
        CHECK(private_key_sign(&keys[i], digest, &signatures[i]));
    return rig_transaction_signed(actor, number, expiration, signatures, key_count);
}

static void on_answer(struct intake_request *request, struct transaction_trace *trace,
                      const struct ledger_error *error)
{
    struct rig_request *rig = (struct rig_request *)request;
    CHECK((trace == NULL) == (error != NULL));
    rig->had_trace = trace != NULL;
    rig->executed = trace != NULL && trace->executed;
    rig->code = trace != NULL ? trace->error.code : error->code;
    rig->height = trace != NULL ? trace->height : 0;
    atomic_fetch_add(&rig->answers, 1);
}

void rig_request_init(struct rig_request *request, struct signed_transaction *transaction)
{
    memset(request, 0, sizeof *request);
    request->request = (struct intake_request){.transaction = transaction, .done = on_answer};
}
