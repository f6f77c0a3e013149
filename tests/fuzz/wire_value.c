// SPDX-License-Identifier: Apache-2.0
/* Values of ABI types. The first byte chooses a type; the rest is a value of it, in binary and, if
 * it can be that, in JSON. What decodes must encode again, to the same bytes where JSON tells
 * everything. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/wire/abi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":\"" type "\"}"

static const char definition[] =
    "{\"version\":\"eosio::abi/1.2\",\"types\":[{\"new_type_name\":\"names\",\"type\":\"name[]\"}],"
    "\"structs\":[{\"name\":\"base\",\"fields\":[" FIELD(
        "id",
        "varuint32") "]},"
                     "{\"name\":\"tree\",\"base\":\"base\",\"fields\":[" FIELD(
                         "children",
                         "tree[]") "," FIELD("value",
                                             "any?") "," FIELD("more",
                                                               "names$") "," FIELD("last",
                                                                                   "tree$") "]}],"
                                                                                            "\"vari"
                                                                                            "ants\""
                                                                                            ":[{"
                                                                                            "\"name"
                                                                                            "\":"
                                                                                            "\"any"
                                                                                            "\","
                                                                                            "\"type"
                                                                                            "s\":["
                                                                                            "\"tree"
                                                                                            "\","
                                                                                            "\"stri"
                                                                                            "ng\","
                                                                                            "\"vari"
                                                                                            "nt32\""
                                                                                            ",\"boo"
                                                                                            "l[]?"
                                                                                            "\"]}]"
                                                                                            "}";

static const struct {
    const char *name;
    bool exact; /* the binary comes back from its JSON bit by bit */
} types[] = {
    {"tree", true},           {"any", true},
    {"names[]?", true},       {"bool", true},
    {"int8", true},           {"uint16", true},
    {"int64", true},          {"uint64", true},
    {"int128", true},         {"uint128", true},
    {"varint32", true},       {"varuint32", true},
    {"float32", false}, /* 17 decimals */
    {"float64", false},       {"float128", true},
    {"time_point", false}, /* milliseconds */
    {"time_point_sec", true}, {"block_timestamp_type", true},
    {"name", true},           {"bytes", true},
    {"string", true},         {"checksum160", true},
    {"public_key", true},     {"signature", true},
    {"symbol", true},         {"symbol_code", true},
    {"asset", true},          {"extended_asset", true},
};

static char error[ABI_ERROR_SIZE];
static uint8_t written[1u << 20];

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static const struct abi *open_abi(void)
{
    static struct abi *abi;
    if (abi == NULL) {
        json_t *json = json_loads(definition, 0, NULL);
        abi = abi_from_json(json, error);
        json_decref(json);
        expect(abi != NULL);
    }
    return abi;
}

static void try_binary(const struct abi *abi, unsigned type, struct bytes input)
{
    error[0] = '\0';
    json_t *value = abi_decode(abi, types[type].name, input, error);
    expect(value != NULL || error[0] != '\0');
    if (value == NULL)
        return;
    struct writer writer = writer_of(written, sizeof written);
    expect(abi_encode(abi, types[type].name, value, &writer, error));
    if (types[type].exact)
        expect(writer_size(&writer) == input.size &&
               (input.size == 0 || memcmp(written, input.data, input.size) == 0));
    json_decref(value);
}

static void try_json(const struct abi *abi, unsigned type, struct bytes input)
{
    json_t *value =
        json_loadb((const char *)input.data, input.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (value == NULL)
        return;
    struct writer writer = writer_of(written, sizeof written);
    error[0] = '\0';
    bool encoded = abi_encode(abi, types[type].name, value, &writer, error);
    expect(encoded || error[0] != '\0');
    json_decref(value);
    if (encoded) {
        json_t *back =
            abi_decode(abi, types[type].name, (struct bytes){written, writer_size(&writer)}, error);
        expect(back != NULL);
        json_decref(back);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0)
        return 0;
    unsigned type = data[0] % (sizeof types / sizeof types[0]);
    struct bytes input = {data + 1, bytes - 1};
    try_binary(open_abi(), type, input);
    try_json(open_abi(), type, input);
    return 0;
}
