// SPDX-License-Identifier: Apache-2.0
/* What the HTTP interface writes and looks up, without HTTP. */
#include <math.h>

#include "host/api/failed_ids.h"
#include "host/api/failure.h"
#include "host/api/out.h"
#include "host/api/plain_push.h"
#include "host/api/router.h"
#include "host/api/table_key.h"
#include "host/api/values.h"
#include "host/base/hex.h"
#include "tests/unit/check.h"

static bool reads(const struct out *out, const char *expected)
{
    bool same = !out->failed && out->size == strlen(expected) &&
                memcmp(out->text, expected, out->size) == 0;
    if (!same)
        printf("# %.*s\n# %s\n", (int)out->size, out->text, expected);
    return same;
}

static void test_commas_come_by_themselves(void)
{
    struct out out;
    out_init(&out, 1 << 20);
    out_object(&out);
    out_key_u64(&out, "a", 1);
    out_key(&out, "b");
    out_array(&out);
    out_array(&out);
    out_array_end(&out);
    out_object(&out);
    out_object_end(&out);
    out_null(&out);
    out_array_end(&out);
    out_key_bool(&out, "c", false);
    out_key_null(&out, "d");
    out_key(&out, "e");
    out_value(&out, "[1,2]", 5);
    out_key_text(&out, "f", "");
    out_object_end(&out);
    CHECK(
        reads(&out, "{\"a\":1,\"b\":[[],{},null],\"c\":false,\"d\":null,\"e\":[1,2],\"f\":\"\"}"));
    out_free(&out);
}

static void test_large_numbers_are_strings(void)
{
    struct out out;
    out_init(&out, 1 << 20);
    out_array(&out);
    out_u64(&out, 0);
    out_u64(&out, UINT32_MAX);
    out_u64(&out, UINT64_C(1) << 32);
    out_u64(&out, UINT64_MAX);
    out_i64(&out, INT64_MAX);
    out_i64(&out, -1);
    out_i64(&out, INT64_MIN);
    out_array_end(&out);
    CHECK(reads(&out, "[0,4294967295,\"4294967296\",\"18446744073709551615\","
                      "\"9223372036854775807\",-1,-9223372036854775808]"));
    out_free(&out);
}

static void check_string(const char *text, size_t chars, const char *expected)
{
    struct out out;
    out_init(&out, 1 << 20);
    out_string(&out, text, chars);
    CHECK(reads(&out, expected));
    /* Whatever it was, it is JSON now. */
    json_t *json = json_loadb(out.text, out.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    CHECK(json_is_string(json));
    json_decref(json);
    out_free(&out);
}

static void test_strings(void)
{
    check_string("plain", 5, "\"plain\"");
    check_string("\"\\\n\r\t/", 6, "\"\\\"\\\\\\n\\r\\t/\"");
    check_string("\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\x7f\"");
    check_string("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
                 "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
    /* Bytes that stand alone, sequences that are cut, too long, surrogates, beyond Unicode. */
    check_string("\x80", 1, "\"\xEF\xBF\xBD\"");
    check_string("a\xc3", 2, "\"a\xEF\xBF\xBD\"");
    check_string("\xc0\xaf", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_string("\xe0\x80\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_string("\xed\xa0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_string("\xf4\x90\x80\x80", 4, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    check_string("\xff\xfe", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void test_bytes(void)
{
    static const char *const base64[] = {"\"\"", "\"Zg==\"", "\"Zm8=\"", "\"Zm9v\"",
                                         "\"Zm9vYg==\""};
    struct out out;
    for (size_t i = 0; i < sizeof base64 / sizeof *base64; i++) {
        out_init(&out, 1 << 20);
        out_base64(&out, "foob", i); /* RFC 4648, section 10 */
        CHECK(reads(&out, base64[i]));
        out_free(&out);
    }
    out_init(&out, 1 << 20);
    out_hex(&out, "\x00\xa5\xff", 3);
    CHECK(reads(&out, "\"00a5ff\""));
    out_free(&out);
}

static void test_a_limit_fails_the_writer(void)
{
    struct out out;
    out_init(&out, 3000);
    for (unsigned i = 0; i < 10; i++)
        out_hex(&out, "0123456789012345678901234567890123456789", 40);
    CHECK(!out.failed);
    for (unsigned i = 0; i < 100; i++)
        out_hex(&out, "0123456789012345678901234567890123456789", 40);
    CHECK(out.failed);
    CHECK(out.size <= 3000);
    out_reset(&out);
    out_text(&out, "again");
    CHECK(reads(&out, "\"again\""));
    out_json(&out, NULL);
    CHECK(out.failed);
    out_free(&out);
}

static void test_a_tree(void)
{
    static const char text[] =
        "{\"b\":[1,-2,\"x\\n\",true,false,null,{}],\"a\":{\"\":[]},\"r\":0.5}";
    struct out out;
    json_t *json = json_loads(text, 0, NULL);
    out_init(&out, 1 << 20);
    out_json(&out, json);
    CHECK(reads(&out, text));
    json_decref(json);
    out_free(&out);
}

static void test_times(void)
{
    struct out out;
    out_init(&out, 1 << 20);
    out_object(&out);
    out_key_slot(&out, "first", 0);
    out_key_slot(&out, "leap", 845000001);
    out_key_seconds(&out, "unix", 0);
    out_key_seconds(&out, "last", UINT32_MAX);
    out_object_end(&out);
    CHECK(reads(&out, "{\"first\":\"2000-01-01T00:00:00.000\",\"leap\":\"2013-05-22T01:06:40.500\","
                      "\"unix\":\"1970-01-01T00:00:00\",\"last\":\"2106-02-07T06:28:15\"}"));
    out_free(&out);
}

static void test_statuses_are_those_of_nodeos(void)
{
    static const struct {
        enum ledger_error_code code;
        unsigned status;
    } cases[] = {
        {LEDGER_UNKNOWN_BLOCK, 400}, {LEDGER_ACCOUNT_QUERY, 400},
        {LEDGER_TX_DUPLICATE, 409},  {LEDGER_UNSATISFIED_AUTHORIZATION, 401},
        {LEDGER_EXPIRED_TX, 500},    {LEDGER_ASSERT_MESSAGE, 500},
        {LEDGER_POOL_FULL, 503},     {LEDGER_UNKNOWN_TRANSACTION, 500},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct failure failure;
        struct out out;
        failure_code(&failure, cases[i].code, "%s", "text");
        CHECK_EQ(failure.status, cases[i].status);
        out_init(&out, 1 << 20);
        failure_out(&out, &failure);
        json_t *json = json_loadb(out.text, out.size, 0, NULL);
        CHECK(json != NULL);
        CHECK_EQ(json_integer_value(json_object_get(json, "code")), cases[i].status);
        json_decref(json);
        out_free(&out);
    }
}

static void test_routes_are_in_order(void)
{
    size_t count;
    const struct route *routes = router_routes(&count);
    for (size_t i = 0; i < count; i++) {
        CHECK(i == 0 || strcmp(routes[i - 1].path, routes[i].path) < 0);
        CHECK(router_find(routes[i].path) == &routes[i]);
    }
    CHECK(router_find("") == NULL && router_find("/v1/chain/get_inf") == NULL &&
          router_find("/zzz") == NULL);
}

/* ------------------------------------------------------------------ keys of tables */
static void test_floats_keep_their_order(void)
{
    static const char *const values[] = {"-inf",    "-1e308",  "-2", "-1.5",   "-1",
                                         "-1e-308", "-5e-324", "0",  "5e-324", "1e-308",
                                         "1",       "1.5",     "2",  "1e308",  "inf"};
    for (enum table_key_type type = TABLE_KEY_FLOAT64; type <= TABLE_KEY_FLOAT128; type++) {
        struct table_key before = {.size = 0}, key;
        for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
            char text[TABLE_KEY_TEXT_SIZE];
            CHECK(table_key_parse(type, values[i], strlen(values[i]), &key));
            CHECK_EQ(key.size, type == TABLE_KEY_FLOAT64 ? 8 : 16);
            CHECK(i == 0 || memcmp(before.bytes, key.bytes, key.size) < 0);
            table_key_text(type, &key, text);
            CHECK(strtod(text, NULL) == strtod(values[i], NULL));
            before = key;
        }
        CHECK(table_key_parse(type, "-0.0", 4, &before) && table_key_parse(type, "0", 1, &key));
        CHECK_MEM(before.bytes, key.bytes, key.size);
        CHECK(!table_key_parse(type, "nan", 3, &key) && !table_key_parse(type, "", 0, &key) &&
              !table_key_parse(type, "1x", 2, &key));
    }
}

static void test_integers(void)
{
    struct table_key key;
    char text[TABLE_KEY_TEXT_SIZE];
    CHECK(table_key_parse(TABLE_KEY_I128, "340282366920938463463374607431768211455", 39, &key));
    table_key_text(TABLE_KEY_I128, &key, text);
    CHECK(strcmp(text, "340282366920938463463374607431768211455") == 0);
    CHECK(!table_key_parse(TABLE_KEY_I128, "340282366920938463463374607431768211456", 39, &key));
    CHECK(table_key_parse(TABLE_KEY_I128, "0xff", 4, &key) && key.bytes[15] == 0xff);
    CHECK(!table_key_parse(TABLE_KEY_I128, "-1", 2, &key));
    CHECK(!table_key_parse(TABLE_KEY_I128, "0x", 2, &key));
    uint64_t number;
    CHECK(table_number_parse("18446744073709551615", 20, &number) && number == UINT64_MAX);
    CHECK(table_number_parse("alice", 5, &number) && number == name_of("alice"));
    CHECK(table_number_parse("4,SYS", 5, &number) && number == UINT64_C(0x53595304));
    CHECK(table_number_parse("SYS", 3, &number) && number == UINT64_C(0x535953));
    CHECK(table_number_parse("", 0, &number) && number == 0);
    CHECK(!table_number_parse("no such", 7, &number));
}

/* ------------------------------------------------------------------ the short way */
#define PLAIN_MAX 2u

/* A transaction of one action without data, in hexadecimal. */
static void make_packed(char hex[256])
{
    static struct transaction transaction;
    uint8_t packed[127];
    struct writer writer = writer_of(packed, sizeof packed);
    transaction.expiration = 1700000000;
    transaction.action_count = 1;
    transaction.actions[0].account = name_of("alice");
    transaction_write(&writer, &transaction);
    CHECK(!writer.failed);
    hex_encode(packed, writer_size(&writer), hex);
}

/* How many transactions it takes; -1: none, it is of another form. `form` has P for the packed
 * transaction and ' for a quote. */
static int plain_count(const char *form, bool list)
{
    const struct signature some = {.type = KEY_K1, .bytes = {31, 1}};
    char packed[256], signature[KEY_TEXT_SIZE], text[2048];
    size_t size = 0;
    unsigned count;
    struct signed_transaction *transactions[PLAIN_MAX];
    make_packed(packed);
    signature_text(&some, signature);
    for (; *form != '\0'; form++)
        if (*form == 'P' || *form == 'S')
            size += (size_t)sprintf(text + size, "\"%s\"", *form == 'P' ? packed : signature);
        else
            text[size++] = *form == '\'' ? '"' : *form;
    /* In memory of its own, so that a byte too far is seen. */
    char *exact = malloc(size + (size == 0));
    CHECK(exact != NULL);
    memcpy(exact, text, size);
    bool taken = plain_push_read(exact, size, list, transactions, PLAIN_MAX, &count);
    free(exact);
    for (unsigned i = 0; taken && i < count; i++) {
        CHECK_EQ(transactions[i]->transaction.expiration, 1700000000);
        signed_transaction_release(transactions[i]);
    }
    return taken ? (int)count : -1;
}

static void test_the_usual_form_is_read_the_short_way(void)
{
    CHECK_EQ(plain_count("{'packed_trx':P}", false), 1);
    CHECK_EQ(plain_count(" {\n\t'packed_trx' : P\r} ", false), 1);
    CHECK_EQ(plain_count("{'packed_trx':P,'packed_context_free_data':'','compression':'none',"
                         "'signatures':[]}",
                         false),
             1);
    CHECK_EQ(plain_count("{'compression':0,'packed_trx':P}", false), 1);
    CHECK_EQ(plain_count("{'signatures':[S],'packed_trx':P}", false), 1);
    CHECK_EQ(plain_count("{'signatures':[ S , S ],'packed_trx':P}", false), 1);
    CHECK_EQ(plain_count("[]", true), 0);
    CHECK_EQ(plain_count(" [ {'packed_trx':P} , {'packed_trx':P} ] ", true), 2);
}

static void test_other_forms_are_left_to_the_long_way(void)
{
    static const char *const forms[] = {
        "",
        " ",
        "{",
        "{}",
        "{'packed_trx':P",
        "{'packed_trx':P,}",
        "{'packed_trx':P}}",
        "{'packed_trx':P} x",
        "{'packed_trx'P}",
        "{'packed_trx':''}",
        "{'packed_trx':'0'}",
        "{'packed_trx':'00'}",
        "{'packed_trx':'zz'}",
        "{'packed_trx':P,'packed_trx':P}",
        "{'packed_trx':P,'more':1}",
        "{'packed\\u005ftrx':P}",
        "{'packed_trx':P,'compression':'bzip2'}",
        "{'packed_trx':P,'compression':'zlib'}",
        "{'packed_trx':P,'compression':1}",
        "{'packed_trx':P,'compression':00}",
        "{'packed_trx':P,'compression':0.0}",
        "{'packed_trx':P,'packed_context_free_data':'00'}",
        "{'packed_trx':P,'signatures':['SIG_K1_x']}",
        "{'packed_trx':P,'signatures':[S S]}",
        "{'packed_trx':P,'signatures':[S,S,S,S,S,S,S,S,S,S,S,S,S,S,S,S,S]}",
        "{'packed_trx':P,'signatures':[,]}",
        "{'packed_trx':P,'signatures':{}}",
        "{'signatures':[]}",
        "[{'packed_trx':P}]",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        CHECK_EQ(plain_count(forms[i], false), -1);
    CHECK_EQ(plain_count("{'packed_trx':P}", true), -1);
    CHECK_EQ(plain_count("[{'packed_trx':P},]", true), -1);
    CHECK_EQ(plain_count("[{'packed_trx':P}", true), -1);
    CHECK_EQ(plain_count("[{'packed_trx':P} {'packed_trx':P}]", true), -1);
    CHECK_EQ(plain_count("[{'packed_trx':P},{'packed_trx':P},{'packed_trx':P}]", true), -1);
    CHECK_EQ(plain_count("[{'packed_trx':P}]]", true), -1);
}

/* ------------------------------------------------------------------ ids that failed */
static void make_id(uint8_t id[32], uint32_t number)
{
    memset(id, 0, 32);
    memcpy(id, &number, sizeof number);
    id[31] = (uint8_t)(number % 3); /* buckets are long */
}

static void test_the_oldest_failed_ids_are_forgotten(void)
{
    struct failed_ids *failed = failed_ids_create();
    uint8_t id[32];
    CHECK(failed != NULL);
    uint32_t count = FAILED_IDS_MAX / 8;
    for (uint32_t i = 0; i < count; i++) {
        make_id(id, i);
        CHECK(!failed_ids_has(failed, id));
        failed_ids_add(failed, id);
        failed_ids_add(failed, id); /* counts once */
    }
    for (uint32_t i = 0; i < count; i++) {
        make_id(id, i);
        CHECK(failed_ids_has(failed, id));
    }
    /* Ids of many buckets push them out. */
    for (uint32_t i = 0; i < FAILED_IDS_MAX - count + 1; i++) {
        make_id(id, count + i);
        id[30] = (uint8_t)(i >> 8);
        id[31] = (uint8_t)i;
        failed_ids_add(failed, id);
    }
    make_id(id, 0);
    CHECK(!failed_ids_has(failed, id));
    make_id(id, 1);
    CHECK(failed_ids_has(failed, id));
    failed_ids_destroy(failed);
}

int main(void)
{
    RUN(test_commas_come_by_themselves);
    RUN(test_large_numbers_are_strings);
    RUN(test_strings);
    RUN(test_bytes);
    RUN(test_a_limit_fails_the_writer);
    RUN(test_a_tree);
    RUN(test_times);
    RUN(test_statuses_are_those_of_nodeos);
    RUN(test_routes_are_in_order);
    RUN(test_floats_keep_their_order);
    RUN(test_integers);
    RUN(test_the_usual_form_is_read_the_short_way);
    RUN(test_other_forms_are_left_to_the_long_way);
    RUN(test_the_oldest_failed_ids_are_forgotten);
    return 0;
}
