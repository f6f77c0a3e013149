// SPDX-License-Identifier: Apache-2.0
/* ABIs and values, against what eosjs packs; JSON as the family's nodes print it; what is
 * refused. */
#include <openssl/crypto.h>

#include "host/base/hex.h"
#include "host/wire/abi.h"
#include "tests/unit/check.h"
#include "tests/unit/wire_vectors.h"

#define BUFFER_BYTES 8192u

static char error[ABI_ERROR_SIZE];

static struct abi *family_abi(void)
{
    struct abi *abi = abi_from_json(vectors("abi"), error);
    if (abi == NULL)
        printf("# %s\n", error);
    CHECK(abi != NULL);
    return abi;
}

static struct bytes family_packed(uint8_t buffer[BUFFER_BYTES])
{
    const char *text = json_string_value(vectors("packed_abi"));
    size_t bytes = strlen(text) / 2;
    CHECK(bytes <= BUFFER_BYTES && hex_decode(text, 2 * bytes, buffer, bytes));
    return (struct bytes){buffer, bytes};
}

/* eosjs packs an empty list of key-value tables at the end, which we do not. */
static void test_an_abi_as_the_family_packs_it(void)
{
    uint8_t buffer[BUFFER_BYTES];
    struct bytes expected = family_packed(buffer), packed;
    struct abi *abi = family_abi();
    CHECK(abi_pack(abi, &packed));
    CHECK_EQ(packed.size + 1, expected.size);
    CHECK_MEM(packed.data, expected.data, packed.size);
    free((void *)packed.data);

    struct abi *read = abi_read(expected, error);
    CHECK(read != NULL && abi_pack(read, &packed) && packed.size == expected.size);
    free((void *)packed.data);
    json_t *json = abi_to_json(read), *same = abi_to_json(abi);
    json_t *given = json_deep_copy(vectors("abi"));
    CHECK(json_object_del(given, "kv_tables") == 0);
    /* An error's code is a number that the file has as a text. */
    json_t *message = json_array_get(json_object_get(given, "error_messages"), 0);
    CHECK(json_object_set_new(message, "error_code", json_integer(7)) == 0);
    CHECK(json_equal(json, given) && json_equal(same, given));
    json_decref(given);
    json_decref(json);
    json_decref(same);

    CHECK(strcmp(abi_action_type(abi, name_of("grow")), "tree") == 0);
    CHECK(strcmp(abi_table_type(abi, name_of("accounts")), "row") == 0);
    CHECK(abi_action_type(abi, name_of("accounts")) == NULL);
    CHECK(abi_table_type(abi, name_of("grow")) == NULL);
    abi_free(abi);
    abi_free(read);
    abi_free(NULL);
}

static bool encode_is(const struct abi *abi, const char *type, const json_t *value,
                      struct bytes expected)
{
    uint8_t buffer[BUFFER_BYTES];
    struct writer writer = writer_of(buffer, sizeof buffer);
    if (!abi_encode(abi, type, value, &writer, error)) {
        printf("# %s: %s\n", type, error);
        return false;
    }
    return vector_is(&writer, expected);
}

static void test_values_as_the_family_packs_them(void)
{
    struct abi *abi = family_abi();
    size_t i;
    json_t *vector;
    json_array_foreach(vectors("values"), i, vector)
    {
        const char *type = vector_text(vector, "type");
        struct bytes packed = vector_bytes(vector, "packed");
        const json_t *value = json_object_get(vector, "value");
        CHECK(encode_is(abi, type, value, packed));
        json_t *decoded = abi_decode(abi, type, packed, error);
        if (decoded == NULL)
            printf("# %s: %s\n", type, error);
        CHECK(decoded != NULL);
        /* 17 decimals do not say everything about a float. */
        if (strncmp(type, "float", 5) != 0 && strcmp(type, "all") != 0)
            CHECK(encode_is(abi, type, decoded, packed));
        json_decref(decoded);
        /* Every byte counts, unless what follows is a binary extension. */
        for (size_t bytes = 0; bytes < packed.size; bytes++) {
            decoded = abi_decode(abi, type, (struct bytes){packed.data, bytes}, error);
            CHECK(decoded == NULL || strcmp(type, "extended") == 0);
            json_decref(decoded);
        }
    }
    CHECK(i > 50);
    abi_free(abi);
}

static struct bytes hex_bytes(const char *hex)
{
    static uint8_t buffer[256];
    size_t bytes = strlen(hex) / 2;
    CHECK(bytes <= sizeof buffer && hex_decode(hex, strlen(hex), buffer, bytes));
    return (struct bytes){buffer, bytes};
}

/* Whether the bytes print as that JSON text. */
static bool prints(const struct abi *abi, const char *type, const char *hex, const char *expected)
{
    json_t *value = abi_decode(abi, type, hex_bytes(hex), error);
    if (value == NULL)
        return expected == NULL;
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    bool same = expected != NULL && strcmp(text, expected) == 0;
    if (!same)
        printf("# %s %s: %s\n", type, hex, text);
    free(text);
    json_decref(value);
    return same;
}

static void test_json_as_the_family_prints_it(void)
{
    struct abi *abi = family_abi();
    CHECK(prints(abi, "bool", "01", "1") && prints(abi, "bool", "00", "0"));
    CHECK(prints(abi, "int8", "80", "-128") && prints(abi, "uint8", "ff", "255"));
    CHECK(prints(abi, "uint32", "ffffffff", "4294967295"));
    CHECK(prints(abi, "int32", "00000080", "-2147483648"));
    CHECK(prints(abi, "uint64", "ffffffff00000000", "4294967295"));
    CHECK(prints(abi, "uint64", "0000000001000000", "\"4294967296\""));
    CHECK(prints(abi, "int64", "01000000ffffffff", "-4294967295"));
    CHECK(prints(abi, "int64", "00000000ffffffff", "\"-4294967296\""));
    CHECK(prints(abi, "uint128", "05000000000000000000000000000000", "\"5\""));
    CHECK(prints(abi, "int128", "fbffffffffffffffffffffffffffffff", "\"-5\""));
    CHECK(prints(abi, "varint32", "01", "-1") && prints(abi, "varint32", "02", "1"));
    CHECK(prints(abi, "float32", "0000003f", "\"0.50000000000000000\""));
    CHECK(prints(abi, "float64", "9a9999999999b93f", "\"0.10000000000000001\""));
    CHECK(prints(abi, "float64", "000000000000f07f", "\"inf\""));
    CHECK(prints(abi, "float128", "000102030405060708090a0b0c0d0e0f",
                 "\"0x000102030405060708090a0b0c0d0e0f\""));
    CHECK(prints(abi, "time_point_sec", "fffa5a5e", "\"2020-02-29T23:59:59\""));
    CHECK(prints(abi, "time_point", "6849d2ecaebc0500", "\"2021-03-04T05:06:07.089\""));
    CHECK(prints(abi, "block_timestamp_type", "013b3d4b", "\"2020-01-01T00:00:00.500\""));
    CHECK(prints(abi, "name", "0000000000000000", "\"\""));
    CHECK(prints(abi, "bytes", "0200ff", "\"00ff\""));
    CHECK(prints(abi, "string", "020022", "\"\\u0000\\\"\""));
    CHECK(prints(abi, "symbol_code", "5359530000000000", "\"SYS\""));
    CHECK(prints(abi, "public_key",
                 "0002c0ded2bc1f1305fb0faac5e6c03ee3a1924234985427b6167ca569d13df435cf",
                 "\"EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV\""));
    CHECK(prints(abi, "derived", "010000000000000000", NULL));
    CHECK(prints(abi, "derived", "01000000000000000000", "{\"id\":1,\"more\":[],\"maybe\":null}"));
    CHECK(prints(abi, "number?", "01010161", "[\"string\",\"a\"]"));
    CHECK(prints(abi, "uint8[]?[]", "020001020304", "[null,[3,4]]"));
    CHECK(prints(abi, "names?", "01010000000000000030", "[\"a\"]"));
    abi_free(abi);
}

static void test_binary_that_is_no_value(void)
{
    struct abi *abi = family_abi();
    static const struct {
        const char *type, *hex, *error;
    } wrong[] = {
        {"bool", "02", "not a truth value"},
        {"uint8?", "02", "not an optional value"},
        {"uint8", "0000", "there are bytes behind the value"},
        {"string", "01ff", "not a text in UTF-8"},
        {"varuint32", "8000", "not an integer of this type"},
        {"asset", "000000000000000004535953000000ff", "not an asset"},
        {"asset", "000000000000004004535953000000", "not an asset"},
        {"symbol", "0000000000000000", "not a symbol"},
        {"time_point", "ffffffffffffffff", "not a time"},
        {"number", "03", "not an alternative of the variant"},
        {"number", "0001", "int32: not an integer of this type"},
        {"public_key", "01", "not a public key"},
        {"transfer",
         "0000000000000000"
         "00",
         "to: not a name"},
        {"tree", "01010202", "children.0.children.0.value: not an integer of this type"},
        {"uint8[]", "ffffffff0f", "not a list, or one that is too long"},
        {"nothing", "", "nothing: there is no such type"},
        {"uint8[", "", "uint8[: there is no such type"},
        {"uint8$", "", "uint8$: there is no such type"},
        {"", "", "there is no such type"},
        {"uint8[][][][][][][][][]", "", "uint8[][][][][][][][][]: there is no such type"},
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK(abi_decode(abi, wrong[i].type, hex_bytes(wrong[i].hex), error) == NULL);
        if (strcmp(error, wrong[i].error) != 0)
            printf("# %s: %s\n", wrong[i].type, error);
        CHECK(strcmp(error, wrong[i].error) == 0);
    }
    abi_free(abi);
}

/* Whether encoding a JSON text fails for that reason. */
static bool refuses(const struct abi *abi, const char *type, const char *text, const char *expected)
{
    uint8_t buffer[BUFFER_BYTES];
    struct writer writer = writer_of(buffer, sizeof buffer);
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    CHECK(value != NULL);
    bool encoded = abi_encode(abi, type, value, &writer, error);
    json_decref(value);
    bool same = !encoded && strcmp(error, expected) == 0;
    if (!same)
        printf("# %s %s: %s\n", type, text, encoded ? "encoded" : error);
    return same;
}

/* A type, a JSON text, and what that is not. */
static const char *const no_values[][3] = {
    {"bool", "2", "a truth value"},
    {"bool", "\"true\"", "a truth value"},
    {"int8", "128", "an integer of this type"},
    {"int8", "-129", "an integer of this type"},
    {"uint8", "256", "an integer of this type"},
    {"uint8", "-1", "an integer of this type"},
    {"uint8", "1.0", "an integer of this type"},
    {"uint8", "\"\"", "an integer of this type"},
    {"uint8", "\"-\"", "an integer of this type"},
    {"uint8", "\"+1\"", "an integer of this type"},
    {"uint8", "\"0x1\"", "an integer of this type"},
    {"uint8", "null", "an integer of this type"},
    {"uint8", "true", "an integer of this type"},
    {"int64", "\"9223372036854775808\"", "an integer of this type"},
    {"int64", "\"-9223372036854775809\"", "an integer of this type"},
    {"uint64", "\"18446744073709551616\"", "an integer of this type"},
    {"uint128", "\"340282366920938463463374607431768211456\"", "an integer of this type"},
    {"int128", "\"170141183460469231731687303715884105728\"", "an integer of this type"},
    {"int128", "\"-170141183460469231731687303715884105729\"", "an integer of this type"},
    {"varint32", "2147483648", "an integer of this type"},
    {"varuint32", "4294967296", "an integer of this type"},
    {"float32", "1e39", "a number of this type"},
    {"float64", "\"1,5\"", "a number of this type"},
    {"float64", "\" 1\"", "a number of this type"},
    {"float64", "\"\"", "a number of this type"},
    {"float64", "\"1\\u0000\"", "a number of this type"},
    {"float128", "\"00\"", "hexadecimal of 16 bytes"},
    {"float128", "0", "hexadecimal of 16 bytes"},
    {"time_point", "\"now\"", "a time"},
    {"time_point_sec", "0", "a time"},
    {"block_timestamp_type", "\"1999-12-31T23:59:59.500\"", "a time"},
    {"name", "\"UPPER\"", "a name"},
    {"name", "5", "a name"},
    {"bytes", "\"0\"", "hexadecimal"},
    {"bytes", "\"0g\"", "hexadecimal"},
    {"bytes", "[]", "hexadecimal"},
    {"string", "1", "a text in UTF-8"},
    {"checksum160", "\"\"", "hexadecimal of 20 bytes"},
    {"public_key", "\"EOS\"", "a public key"},
    {"signature", "\"SIG_K1_\"", "a signature"},
    {"symbol", "\"SYS\"", "a symbol"},
    {"symbol_code", "\"4,SYS\"", "a symbol's code"},
    {"asset", "\"1\"", "an asset"},
    {"extended_asset", "\"1 SYS@a\"", "an asset with its contract"},
    {"extended_asset", "{\"quantity\":\"1 SYS\"}", "an asset with its contract"},
};

static void test_json_that_is_no_value(void)
{
    struct abi *abi = family_abi();
    for (unsigned i = 0; i < sizeof no_values / sizeof no_values[0]; i++) {
        char expected[64];
        snprintf(expected, sizeof expected, "not %s", no_values[i][2]);
        CHECK(refuses(abi, no_values[i][0], no_values[i][1], expected));
    }
    CHECK(refuses(abi, "uint8[]", "{}", "not an array"));
    CHECK(refuses(abi, "uint8[]", "[1,2,300]", "2: not an integer of this type"));
    CHECK(refuses(abi, "number", "\"int32\"", "not a type's name and a value"));
    CHECK(refuses(abi, "number", "[\"int32\",1,2]", "not a type's name and a value"));
    CHECK(refuses(abi, "number", "[\"int33\",1]", "not of a type that the variant has"));
    CHECK(refuses(abi, "number", "[\"int32\",\"x\"]", "int32: not an integer of this type"));
    CHECK(refuses(abi, "derived", "1", "not an object"));
    CHECK(refuses(abi, "derived", "{\"id\":1,\"more\":[]}", "maybe: is missing"));
    CHECK(refuses(abi, "derived", "[1,[],null,4]", "has more elements than there are fields"));
    CHECK(refuses(abi, "extended", "{\"id\":1,\"a\":1,\"c\":[]}",
                  "c: is given, but an extension before it is not"));
    CHECK(refuses(abi, "extended[]", "[{\"id\":1,\"a\":1}]", "0.b: is missing"));
    CHECK(refuses(abi, "tree", "{\"value\":1,\"children\":[{\"value\":2,\"children\":[{}]}]}",
                  "children.0.children.0.value: is missing"));
    CHECK(refuses(abi, "nothing", "1", "nothing: there is no such type"));
    abi_free(abi);
}

static void test_structs_as_arrays(void)
{
    struct abi *abi = family_abi();
    json_t *array = json_loads("[1, [2], null]", 0, NULL);
    json_t *object = json_loads("{\"more\":[\"2\"],\"id\":\"1\",\"maybe\":null,\"x\":0}", 0, NULL);
    CHECK(encode_is(abi, "derived", array, hex_bytes("0100000000000000010200")));
    CHECK(encode_is(abi, "derived", object, hex_bytes("0100000000000000010200")));
    json_decref(array);
    json_decref(object);
    abi_free(abi);
}

static void test_limits_of_a_value(void)
{
    struct abi *abi = family_abi();
    uint8_t buffer[2 * ABI_DEPTH_MAX], large[ABI_VALUE_NODES_MAX + 4];
    /* A tree takes two levels for each of its own: the struct, and the list of children. */
    for (unsigned i = 0; i < ABI_DEPTH_MAX; i++) {
        buffer[2 * i] = 1;
        buffer[2 * i + 1] = 1;
    }
    for (unsigned levels = 15; levels <= 16; levels++) {
        buffer[2 * levels + 1] = 0;
        json_t *value = abi_decode(abi, "tree", (struct bytes){buffer, 2 * levels + 2}, error);
        CHECK((value != NULL) == (levels == 15));
        if (value == NULL)
            CHECK(strstr(error, "nested too deeply") != NULL);
        json_decref(value);
        buffer[2 * levels + 1] = 1;
    }
    for (unsigned extra = 0; extra < 2; extra++) {
        struct writer writer = writer_of(large, sizeof large);
        write_varuint32(&writer, ABI_VALUE_NODES_MAX - 1 + extra);
        memset(writer.next, 0, sizeof large - writer_size(&writer));
        size_t bytes = writer_size(&writer) + ABI_VALUE_NODES_MAX - 1 + extra;
        json_t *value = abi_decode(abi, "uint8[]", (struct bytes){large, bytes}, error);
        CHECK((value != NULL) == (extra == 0));
        json_decref(value);
    }
    CHECK(strcmp(error, "65535: has too many parts") == 0);
    /* No room to write. */
    struct writer writer = writer_of(buffer, 4);
    json_t *text = json_string("12345");
    CHECK(!abi_encode(abi, "string", text, &writer, error));
    CHECK(strcmp(error, "the value is too large") == 0);
    json_decref(text);
    json_t *deep = json_pack("{s:i, s:[]}", "value", 1, "children");
    for (unsigned i = 0; i < ABI_DEPTH_MAX; i++)
        deep = json_pack("{s:i, s:[o]}", "value", 1, "children", deep);
    uint8_t room[1024];
    writer = writer_of(room, sizeof room);
    CHECK(!abi_encode(abi, "tree", deep, &writer, error));
    CHECK(strstr(error, "nested too deeply") != NULL);
    json_decref(deep);
    abi_free(abi);
}

static bool abi_refused(const char *text, const char *expected)
{
    json_t *json = json_loads(text, 0, NULL);
    CHECK(json != NULL);
    struct abi *abi = abi_from_json(json, error);
    json_decref(json);
    bool same = expected != NULL ? abi == NULL && strcmp(error, expected) == 0 : abi != NULL;
    if (!same)
        printf("# %s: %s\n", text, abi != NULL ? "read" : error);
    abi_free(abi);
    return same;
}

#define V "{\"version\":\"eosio::abi/1.1\","

static void test_definitions_that_are_refused(void)
{
    CHECK(abi_refused(V "\"types\":[]}", NULL));
    CHECK(abi_refused("{}", "version: not known"));
    CHECK(abi_refused("{\"version\":\"eosio::abi/2.0\"}", "version: not known"));
    CHECK(abi_refused("[]", "version: not known"));
    CHECK(abi_refused("{\"version\":1}", "version: not a text in UTF-8"));
    CHECK(abi_refused(V "\"structs\":{}}", "structs: not an array"));
    CHECK(abi_refused(V "\"structs\":[{\"fields\":[]}]}", "no name for a type"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a[]\"}]}", "a[]: no name for a type"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a b\"}]}", "a b: no name for a type"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"name\"}]}",
                      "name: is the name of a built-in type"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\"},{\"name\":\"a\"}]}",
                      "a: is the name of two types"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\"}],\"types\":[{\"new_type_name\":\"a\","
                        "\"type\":\"name\"}]}",
                      "a: is the name of two types"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\",\"base\":\"b\"}]}",
                      "a: has a base that is no struct"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\",\"base\":\"name\"}]}",
                      "a: has a base that is no struct"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\",\"base\":\"b\"},{\"name\":\"b\",\"base\":"
                        "\"a\"}]}",
                      "a: has too many bases"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\",\"fields\":[{\"name\":\"x\",\"type\":\"b\"}]}"
                        "]}",
                      "b: there is no such type"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\",\"fields\":[{\"name\":\"x\",\"type\":"
                        "\"name$\"},{\"name\":\"y\",\"type\":\"name\"}]}]}",
                      "y: stands behind a binary extension"));
    CHECK(abi_refused(V "\"types\":[{\"new_type_name\":\"a\",\"type\":\"b[]\"}]}",
                      "b[]: there is no such type"));
    CHECK(abi_refused(V "\"types\":[{\"new_type_name\":\"a\",\"type\":\"b\"},{\"new_type_name\":"
                        "\"b\",\"type\":\"a?\"}]}",
                      "a: stands for a name that leads nowhere"));
    CHECK(abi_refused(V "\"types\":[{\"new_type_name\":\"a\",\"type\":\"name$\"}]}",
                      "name$: there is no such type"));
    CHECK(abi_refused(V "\"actions\":[{\"name\":\"a\",\"type\":\"b\"}]}",
                      "a: is of a type that there is not"));
    CHECK(abi_refused(V "\"actions\":[{\"name\":\"A\",\"type\":\"name\"}]}",
                      "actions.0.name: not a name"));
    CHECK(abi_refused(V "\"tables\":[{\"name\":\"a\",\"type\":\"name\"},{\"name\":\"a\",\"type\":"
                        "\"name\"}]}",
                      "a: is there twice"));
    CHECK(abi_refused(V "\"kv_tables\":{\"a\":{}}}", "kv_tables: not supported"));
    CHECK(abi_refused(V "\"variants\":[{\"name\":\"a\",\"types\":[\"b\"]}]}",
                      "b: there is no such type"));
}

static void test_types_must_end(void)
{
#define FIELD(type) "\"fields\":[{\"name\":\"x\",\"type\":\"" type "\"}]"
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\"," FIELD("a") "}]}", "a: holds itself"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\"," FIELD("a[]") "}]}", NULL));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\"," FIELD("a?") "}]}", NULL));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\"," FIELD("a$") "}]}", NULL));
    CHECK(abi_refused(
        V "\"structs\":[{\"name\":\"a\"," FIELD("b") "},{\"name\":\"b\"," FIELD("a") "}]}",
        "a: holds itself"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\"," FIELD("b") "},{\"name\":\"b\",\"base\":"
                                                                   "\"a\"}]}",
                      "a: holds itself"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\"," FIELD(
                          "v") "}],\"variants\":[{\"name\":\"v\",\"types\":[\"a\"]}]}",
                      "a: holds itself"));
    CHECK(abi_refused(V "\"structs\":[{\"name\":\"a\"," FIELD(
                          "v") "}],\"variants\":[{\"name\":\"v\",\"types\":[\"a\",\"name\"]}]}",
                      NULL));
    CHECK(abi_refused(V "\"variants\":[{\"name\":\"v\",\"types\":[]}]}",
                      "v: has no alternative that ends"));
}

/* Every cut of a packed ABI but those at the start of a part that may be missing. */
static void test_packed_abis_that_are_cut(void)
{
    uint8_t buffer[BUFFER_BYTES];
    struct bytes packed = family_packed(buffer);
    unsigned read = 0;
    for (size_t bytes = 0; bytes < packed.size; bytes++) {
        struct abi *abi = abi_read((struct bytes){buffer, bytes}, error);
        if (abi != NULL)
            read++;
        abi_free(abi);
    }
    CHECK_EQ(read, 2); /* without key-value tables, and without results; variants are in use */
    buffer[packed.size] = 0;
    CHECK(abi_read((struct bytes){buffer, packed.size + 1}, error) == NULL);
    buffer[packed.size - 1] = 1;
    CHECK(abi_read(packed, error) == NULL && strcmp(error, "kv_tables: not supported") == 0);
    static uint8_t large[ABI_BYTES_MAX + 1];
    CHECK(abi_read((struct bytes){large, sizeof large}, error) == NULL);
    CHECK(strcmp(error, "the ABI is too large") == 0);
}

/* The first version ends with the extensions. */
static void test_an_abi_of_the_first_version(void)
{
    static const char packed[] = "\x0e"
                                 "eosio::abi/1.0\0\0\0\0\0\0\1\x34\x12\2ab";
    struct abi *abi = abi_read((struct bytes){(const uint8_t *)packed, sizeof packed - 1}, error);
    CHECK(abi != NULL);
    json_t *json = abi_to_json(abi);
    char *text = json_dumps(json, JSON_COMPACT);
    CHECK(strcmp(text, "{\"version\":\"eosio::abi/1.0\",\"types\":[],\"structs\":[],"
                       "\"actions\":[],\"tables\":[],\"ricardian_clauses\":[],"
                       "\"error_messages\":[],\"abi_extensions\":[{\"tag\":4660,\"value\":"
                       "\"6162\"}],\"variants\":[],\"action_results\":[]}") == 0);
    free(text);
    json_decref(json);
    abi_free(abi);
}

static void test_limits_of_a_definition(void)
{
    for (unsigned extra = 0; extra < 2; extra++) {
        json_t *aliases = json_array(), *alternatives = json_array();
        for (unsigned i = 0; i < ABI_ITEMS_MAX + extra; i++) {
            char name[16];
            snprintf(name, sizeof name, "t%u", i);
            json_array_append_new(aliases,
                                  json_pack("{s:s, s:s}", "new_type_name", name, "type", "name[]"));
        }
        json_t *json = json_pack("{s:s, s:o}", "version", "eosio::abi/1.2", "types", aliases);
        struct abi *abi = abi_from_json(json, error);
        CHECK((abi != NULL) == (extra == 0));
        abi_free(abi);
        json_decref(json);

        for (unsigned i = 0; i < ABI_FIELDS_MAX + extra; i++)
            json_array_append_new(alternatives, json_string("name"));
        json = json_pack("{s:s, s:[{s:s, s:o}]}", "version", "eosio::abi/1.2", "variants", "name",
                         "v", "types", alternatives);
        abi = abi_from_json(json, error);
        CHECK((abi != NULL) == (extra == 0));
        abi_free(abi);
        json_decref(json);
    }
    /* Aliases of aliases. */
    for (unsigned extra = 0; extra < 2; extra++) {
        json_t *aliases = json_array();
        for (unsigned i = 0; i <= ABI_DEPTH_MAX + extra; i++) {
            char name[16], type[16];
            snprintf(name, sizeof name, "t%u", i);
            snprintf(type, sizeof type, "t%u", i + 1);
            bool end = i == ABI_DEPTH_MAX + extra;
            json_array_append_new(aliases, json_pack("{s:s, s:s}", "new_type_name", name, "type",
                                                     end ? "name" : type));
        }
        json_t *json = json_pack("{s:s, s:o}", "version", "eosio::abi/1.2", "types", aliases);
        struct abi *abi = abi_from_json(json, error);
        CHECK((abi != NULL) == (extra == 0));
        CHECK(abi == NULL || prints(abi, "t0", "0000000000000030", "\"a\""));
        abi_free(abi);
        json_decref(json);
    }
}

int main(void)
{
    RUN(test_an_abi_as_the_family_packs_it);
    RUN(test_values_as_the_family_packs_them);
    RUN(test_json_as_the_family_prints_it);
    RUN(test_binary_that_is_no_value);
    RUN(test_json_that_is_no_value);
    RUN(test_structs_as_arrays);
    RUN(test_limits_of_a_value);
    RUN(test_definitions_that_are_refused);
    RUN(test_types_must_end);
    RUN(test_packed_abis_that_are_cut);
    RUN(test_an_abi_of_the_first_version);
    RUN(test_limits_of_a_definition);
    vectors_close();
    OPENSSL_thread_stop();
    return 0;
}
