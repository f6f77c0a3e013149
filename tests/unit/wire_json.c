// SPDX-License-Identifier: Apache-2.0
/* Transactions in the JSON of the HTTP interface, and times. */
#include <openssl/crypto.h>

#include "host/base/hex.h"
#include "host/wire/block.h"
#include "host/wire/time.h"
#include "host/wire/transaction_json.h"
#include "tests/unit/check.h"
#include "tests/unit/wire_vectors.h"

static char error[ABI_ERROR_SIZE];

/* Only the token contract has an ABI. */
static const struct abi *find(void *context, name_t account)
{
    return account == name_of("eosio.token") ? context : NULL;
}

static struct abi *open_abi(void)
{
    struct abi *abi = abi_from_json(vectors("abi"), error);
    CHECK(abi != NULL);
    return abi;
}

static const char *text_at(const json_t *json, const char *member)
{
    const char *text = json_string_value(json_object_get(json, member));
    CHECK(text != NULL);
    return text;
}

static struct signed_transaction *signed_of(const json_t *vector, bool zipped)
{
    json_t *json = json_pack(
        "{s:[s], s:s, s:s, s:s}", "signatures", vector_text(vector, "signature"), "compression",
        zipped ? "zlib" : "none", "packed_trx",
        vector_text(vector, zipped ? "wharf_packed_trx" : "packed"), "packed_context_free_data",
        zipped ? vector_text(vector, "wharf_packed_context_free_data") : "");
    struct signed_transaction *made = signed_transaction_from_json(json, NULL, NULL, error);
    json_decref(json);
    CHECK(made != NULL);
    return made;
}

static void test_what_push_transaction_takes(void)
{
    size_t i;
    json_t *vector;
    json_array_foreach(vectors("transactions"), i, vector) for (unsigned zipped = 0; zipped < 2;
                                                                zipped++)
    {
        struct signed_transaction *made = signed_of(vector, zipped != 0);
        struct bytes id = vector_bytes(vector, "id");
        CHECK_MEM(made->id, id.data, 32);
        CHECK(made->compressed == (zipped != 0) && made->signature_count == 1);
        signed_transaction_release(made);
    }
}

static void test_transactions_as_the_family_prints_them(void)
{
    struct abi *abi = open_abi();
    struct abi_source abis = {find, abi};
    const json_t *vector = json_array_get(vectors("transactions"), 1);
    struct signed_transaction *made = signed_of(vector, false);
    json_t *json = signed_transaction_to_json(made, &abis);
    CHECK(json != NULL);
    CHECK(strcmp(text_at(json, "id"), vector_text(vector, "id")) == 0);
    CHECK(strcmp(text_at(json, "packed_trx"), vector_text(vector, "packed")) == 0);
    CHECK(strcmp(text_at(json, "compression"), "none") == 0);
    CHECK(strcmp(json_string_value(json_array_get(json_object_get(json, "signatures"), 0)),
                 vector_text(vector, "signature")) == 0);
    const json_t *fields = json_object_get(json, "transaction");
    CHECK(strcmp(text_at(fields, "expiration"), "2106-02-07T06:28:15") == 0);
    CHECK(json_integer_value(json_object_get(fields, "ref_block_prefix")) == UINT32_MAX);
    CHECK_EQ(json_integer_value(json_object_get(fields, "delay_sec")), 70000);
    CHECK(json_is_array(json_object_get(fields, "context_free_actions")));
    CHECK(json_is_array(json_object_get(fields, "transaction_extensions")));
    const json_t *actions = json_object_get(fields, "actions");
    CHECK_EQ(json_array_size(actions), 4);

    char *text = json_dumps(json_array_get(actions, 0), JSON_COMPACT);
    static const char expected[] =
        "{\"account\":\"eosio.token\",\"name\":\"transfer\",\"authorization\":[{\"actor\":"
        "\"alice\","
        "\"permission\":\"active\"}],\"data\":{\"from\":\"alice\",\"to\":\"bob\",\"quantity\":"
        "\"1.0000 SYS\",\"memo\":\"\"},\"hex_data\":\"";
    CHECK(strncmp(text, expected, sizeof expected - 1) == 0);
    free(text);
    text = json_dumps(json_array_get(actions, 3), JSON_COMPACT);
    CHECK(strcmp(text, "{\"account\":\"a\",\"name\":\"b\",\"authorization\":[{\"actor\":\"c\","
                       "\"permission\":\"d\"},{\"actor\":\"e\",\"permission\":\"f\"}],\"data\":"
                       "\"ff00\"}") == 0);
    free(text);
    json_decref(json);
    signed_transaction_release(made);
    abi_free(abi);
}

/* With data in JSON, and with data in hexadecimal only. */
static void test_transactions_come_back_from_their_fields(void)
{
    struct abi *abi = open_abi();
    struct abi_source abis = {find, abi};
    size_t i;
    json_t *vector;
    json_array_foreach(vectors("transactions"), i, vector) for (unsigned hex = 0; hex < 2; hex++)
    {
        struct signed_transaction *made = signed_of(vector, false);
        json_t *json = transaction_to_json(&made->transaction, hex != 0 ? NULL : &abis);
        CHECK(json != NULL);
        struct signed_transaction *back = signed_transaction_from_json(json, &abis, NULL, error);
        CHECK(back != NULL && back->signature_count == 0);
        CHECK_MEM(back->id, made->id, 32);
        signed_transaction_release(back);
        signed_transaction_release(made);
        json_decref(json);
    }
    abi_free(abi);
}

/* Data of an action that does not fit its type are printed as they are. */
static void test_data_that_do_not_decode_are_printed_as_they_are(void)
{
    struct abi *abi = open_abi();
    struct action action = {.account = name_of("eosio.token"),
                            .name = name_of("transfer"),
                            .data = {(const uint8_t *)"\x01\x02", 2}};
    json_t *json = action_to_json(&action, abi);
    CHECK(strcmp(text_at(json, "data"), "0102") == 0 && json_object_get(json, "hex_data") == NULL);
    json_decref(json);
    action.name = name_of("unknown");
    json = action_to_json(&action, abi);
    CHECK(strcmp(text_at(json, "data"), "0102") == 0);
    json_decref(json);
    abi_free(abi);
}

static void test_json_that_is_no_transaction(void)
{
    struct abi *abi = open_abi();
    struct abi_source abis = {find, abi};
#define ACTIONS(text) "{\"expiration\":\"2020-01-01T00:00:00\",\"actions\":[" text "]}"
#define TRANSFER(data)                                                                             \
    ACTIONS(                                                                                       \
        "{\"account\":\"eosio.token\",\"name\":\"transfer\",\"authorization\":[],\"data\":" data   \
        "}")
    static const struct {
        const char *json, *error;
    } wrong[] = {
        {"{}", "expiration is no time, or a number is none"},
        {"{\"expiration\":\"2020-01-01T00:00:00\",\"delay_sec\":-1}",
         "expiration is no time, or a number is none"},
        {"{\"expiration\":\"2020-01-01T00:00:00\",\"ref_block_num\":65536}",
         "expiration is no time, or a number is none"},
        {ACTIONS(""), "the transaction has no actions"},
        {ACTIONS("{}"), "action 0: account or name is no name"},
        {ACTIONS("{\"account\":\"a\",\"name\":\"b\",\"authorization\":{}}"),
         "action 0: authorization is no array, or too long"},
        {ACTIONS("{\"account\":\"a\",\"name\":\"b\",\"authorization\":[{}]}"),
         "action 0: authorization is not of actors and permissions"},
        {ACTIONS("{\"account\":\"a\",\"name\":\"b\",\"data\":{}}"),
         "action 0: data is not in hexadecimal, and no ABI has the action"},
        {TRANSFER("{}"), "action 0: from: is missing"},
        {TRANSFER("{\"from\":\"a\",\"to\":\"b\",\"quantity\":\"1\",\"memo\":\"\"}"),
         "action 0: quantity: not an asset"},
        {TRANSFER("[\"a\",\"b\",\"1 SYS\"]"), "action 0: memo: is missing"},
        {TRANSFER("\"0\""), "action 0: data is no hexadecimal, or too much"},
        {"{\"expiration\":\"2020-01-01T00:00:00\",\"context_free_actions\":[{}]}",
         "context-free actions and data are not supported"},
        {"{\"expiration\":\"2020-01-01T00:00:00\",\"transaction_extensions\":[[1,\"\"]]}",
         "the transaction has an extension that is not supported"},
        {"{\"expiration\":\"2020-01-01T00:00:00\",\"actions\":{}}",
         "actions is no array, or too long"},
        {"{\"expiration\":\"2020-01-01T00:00:00\",\"context_free_data\":[\"\"]}",
         "context-free actions and data are not supported"},
        {"{\"packed_trx\":\"0\"}", "a packed part is no hexadecimal"},
        {"{\"packed_trx\":1}", "a packed part is no hexadecimal"},
        {"{\"packed_trx\":\"00\"}", "the transaction is malformed"},
        {"{\"packed_trx\":\"\",\"compression\":\"lz4\"}", "compression is neither none nor zlib"},
        {"{\"packed_trx\":\"\",\"signatures\":[\"SIG\"]}",
         "signatures has something that is no signature"},
        {"{\"packed_trx\":\"\",\"signatures\":{}}", "signatures is no array, or too long"},
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        json_t *json = json_loads(wrong[i].json, 0, NULL);
        CHECK(json != NULL);
        CHECK(signed_transaction_from_json(json, &abis, NULL, error) == NULL);
        if (strcmp(error, wrong[i].error) != 0)
            printf("# %s: %s\n", wrong[i].json, error);
        CHECK(strcmp(error, wrong[i].error) == 0);
        json_decref(json);
    }
    json_t *json =
        json_loads(ACTIONS("{\"account\":\"a\",\"name\":\"b\",\"hex_data\":\"0102\"}"), 0, NULL);
    struct signed_transaction *made = signed_transaction_from_json(json, NULL, NULL, error);
    CHECK(made != NULL && made->transaction.actions[0].data.size == 2);
    signed_transaction_release(made);
    json_decref(json);
    json = json_loads(TRANSFER("[\"a\",\"b\",\"1 SYS\",\"\"]"), 0, NULL);
    made = signed_transaction_from_json(json, &abis, NULL, error);
    CHECK(made != NULL);
    signed_transaction_release(made);
    json_decref(json);
    abi_free(abi);
}

/* ------------------------------------------------------------------ times */

static bool parse(const char *text, int64_t *us)
{
    return time_parse(text, strlen(text), us);
}

static void test_times(void)
{
    int64_t us;
    CHECK(parse("1970-01-01T00:00:00", &us) && us == 0);
    CHECK(parse("2020-01-01T00:00:00.000", &us) && us == INT64_C(1577836800000000));
    CHECK(parse("2020-01-01T00:00:00.5Z", &us) && us == INT64_C(1577836800500000));
    CHECK(parse("2020-01-01T00:00:00.123456", &us) && us == INT64_C(1577836800123456));
    CHECK(parse("2020-02-29T23:59:59Z", &us) && parse("2106-02-07T06:28:15", &us));
    static const char *const wrong[] = {
        "",
        "2020-01-01",
        "2020-01-01T00:00",
        "2020-01-01 00:00:00",
        "2020-13-01T00:00:00",
        "2020-00-01T00:00:00",
        "2020-01-32T00:00:00",
        "2021-02-29T00:00:00",
        "2020-01-01T24:00:00",
        "2020-01-01T00:60:00",
        "2020-01-01T00:00:60",
        "2020-01-01T00:00:00.",
        "2020-01-01T00:00:00.1234567",
        "2020-01-01T00:00:00.1x",
        "2020-01-01T00:00:00ZZ",
        "2020-01-01T00:00:00+1",
        "1969-12-31T23:59:59",
        "2106-02-07T06:28:16",
        "+020-01-01T00:00:00",
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(!parse(wrong[i], &us));
    char text[TIME_TEXT_SIZE];
    CHECK(time_point_text(INT64_C(1577836800123999), text));
    CHECK(strcmp(text, "2020-01-01T00:00:00.123") == 0);
    CHECK(!time_point_text(-1, text) && !time_point_text(INT64_C(4294967296000000), text));
    CHECK(time_point_text(INT64_C(4294967295999999), text));
    time_sec_text(UINT32_MAX, text);
    CHECK(strcmp(text, "2106-02-07T06:28:15") == 0);
}

static void test_slots(void)
{
    char text[TIME_TEXT_SIZE];
    uint32_t slot;
    static const uint32_t slots[] = {0, 1, 1262304001, UINT32_MAX};
    for (unsigned i = 0; i < sizeof slots / sizeof slots[0]; i++) {
        slot_text(slots[i], text);
        CHECK(slot_parse(text, strlen(text), &slot) && slot == slots[i]);
    }
    slot_text(1262304001, text);
    CHECK(strcmp(text, "2020-01-01T00:00:00.500") == 0);
    CHECK(slot_at(slot_unix_ms(7) * 1000 + 499999, &slot) && slot == 7);
    CHECK(!slot_at(slot_unix_ms(0) * 1000 - 1, &slot) && slot_at(slot_unix_ms(0) * 1000, &slot));
    CHECK(!slot_at(slot_unix_ms(UINT32_MAX) * 1000 + 500000, &slot));
    CHECK(!slot_at(INT64_MAX, &slot) && !slot_at(INT64_MIN, &slot));
}

int main(void)
{
    RUN(test_what_push_transaction_takes);
    RUN(test_transactions_as_the_family_prints_them);
    RUN(test_transactions_come_back_from_their_fields);
    RUN(test_data_that_do_not_decode_are_printed_as_they_are);
    RUN(test_json_that_is_no_transaction);
    RUN(test_times);
    RUN(test_slots);
    vectors_close();
    OPENSSL_thread_stop();
    return 0;
}
