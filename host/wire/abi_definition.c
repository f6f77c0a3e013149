// SPDX-License-Identifier: Apache-2.0
/* ABIs from and to JSON. An ABI's own form is a type like others, abi_def, so it is translated with
 * an ABI: the one that is built here. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host/wire/abi_encode.h"
#include "host/wire/abi_type.h"

#define DEFINITION_BYTES_MAX 2048u
#define FIELDS_MAX           10u

static const struct {
    const char *name;
    struct {
        const char *name, *type;
    } fields[FIELDS_MAX + 1]; /* up to one without a name */
} structs[] = {
    {"type_def", {{"new_type_name", "string"}, {"type", "string"}}},
    {"field_def", {{"name", "string"}, {"type", "string"}}},
    {"struct_def", {{"name", "string"}, {"base", "string"}, {"fields", "field_def[]"}}},
    {"action_def", {{"name", "name"}, {"type", "string"}, {"ricardian_contract", "string"}}},
    {"table_def",
     {{"name", "name"},
      {"index_type", "string"},
      {"key_names", "string[]"},
      {"key_types", "string[]"},
      {"type", "string"}}},
    {"clause_pair", {{"id", "string"}, {"body", "string"}}},
    {"error_message", {{"error_code", "uint64"}, {"error_msg", "string"}}},
    {"extensions_entry", {{"tag", "uint16"}, {"value", "bytes"}}},
    {"variant_def", {{"name", "string"}, {"types", "string[]"}}},
    {"action_result", {{"name", "name"}, {"result_type", "string"}}},
    {"abi_def",
     {{"version", "string"},
      {"types", "type_def[]"},
      {"structs", "struct_def[]"},
      {"actions", "action_def[]"},
      {"tables", "table_def[]"},
      {"ricardian_clauses", "clause_pair[]"},
      {"error_messages", "error_message[]"},
      {"abi_extensions", "extensions_entry[]"},
      {"variants", "variant_def[]$"},
      {"action_results", "action_result[]$"}}},
};
#define STRUCTS (sizeof structs / sizeof structs[0])

static struct abi *definition; /* never freed; NULL: memory was out */
static pthread_once_t definition_once = PTHREAD_ONCE_INIT;

static void write_text(struct writer *writer, const char *text)
{
    write_sized(writer, (struct bytes){(const uint8_t *)text, strlen(text)});
}

static void make_definition(void)
{
    uint8_t packed[DEFINITION_BYTES_MAX];
    char error[ABI_ERROR_SIZE];
    struct writer writer = writer_of(packed, sizeof packed);
    write_text(&writer, "eosio::abi/1.0");
    write_varuint32(&writer, 0); /* aliases */
    write_varuint32(&writer, STRUCTS);
    for (unsigned i = 0; i < STRUCTS; i++) {
        unsigned count = 0;
        while (structs[i].fields[count].name != NULL)
            count++;
        write_text(&writer, structs[i].name);
        write_text(&writer, ""); /* base */
        write_varuint32(&writer, count);
        for (unsigned j = 0; j < count; j++) {
            write_text(&writer, structs[i].fields[j].name);
            write_text(&writer, structs[i].fields[j].type);
        }
    }
    for (unsigned i = 0; i < 5; i++) /* actions, tables, clauses, error messages, extensions */
        write_varuint32(&writer, 0);
    if (!writer.failed)
        definition = abi_read((struct bytes){packed, writer_size(&writer)}, error);
}

static const struct abi *definition_open(void)
{
    return pthread_once(&definition_once, make_definition) == 0 ? definition : NULL;
}

struct abi *abi_from_json(const json_t *json, char error[ABI_ERROR_SIZE])
{
    const struct abi *meta = definition_open();
    uint8_t *packed = malloc(ABI_BYTES_MAX);
    struct abi *abi = NULL;
    if (meta == NULL || packed == NULL) {
        abi_error(error, "", "out of memory");
    } else if (json_object_size(json_object_get(json, "kv_tables")) != 0 ||
               json_array_size(json_object_get(json, "kv_tables")) != 0) {
        abi_error(error, "kv_tables", "not supported");
    } else {
        struct writer writer = writer_of(packed, ABI_BYTES_MAX);
        if (abi_encode_filling(meta, "abi_def", json, true, &writer, error))
            abi = abi_read((struct bytes){packed, writer_size(&writer)}, error);
    }
    free(packed);
    return abi;
}

/* Adds an empty list where there is none, as the family's nodes print it. */
static bool complete(json_t *json, const char *list)
{
    return json_object_get(json, list) != NULL ||
           json_object_set_new(json, list, json_array()) == 0;
}

json_t *abi_to_json(const struct abi *abi)
{
    char error[ABI_ERROR_SIZE];
    const struct abi *meta = definition_open();
    if (meta == NULL)
        return NULL;
    json_t *json =
        abi_decode(meta, "abi_def", (struct bytes){abi->packed, abi->known_bytes}, error);
    if (json == NULL || (complete(json, "variants") && complete(json, "action_results")))
        return json;
    json_decref(json);
    return NULL;
}
