// SPDX-License-Identifier: Apache-2.0
/* ABIs from their packed form. */
#include <stdlib.h>
#include <string.h>

#include "host/wire/abi_type.h"

/* A name of the packed form, as a C string in abi->texts; "" with the reader failed when there is
 * none, or a zero in it. Those strings have room: each takes the place of at least one byte of
 * length in the packed form. */
static const char *read_text(struct abi *abi, struct reader *reader)
{
    struct bytes bytes = read_sized(reader, ABI_NAME_BYTES_MAX);
    if (reader->failed || memchr(bytes.data, '\0', bytes.size) != NULL) {
        reader->failed = true;
        return "";
    }
    char *text = abi->texts_next;
    memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = '\0';
    abi->texts_next += bytes.size + 1;
    return text;
}

static void skip_text(struct reader *reader)
{
    (void)read_sized(reader, reader_left(reader));
}

/* A list of at most `most` items, zeroed; NULL when there are none, or the reader failed. Each item
 * takes at least `bytes_min` bytes of the packed form. */
static void *read_list(struct reader *reader, size_t most, size_t bytes_min, size_t item_size,
                       unsigned *count)
{
    *count = 0;
    uint32_t items = read_varuint32(reader);
    if (items > most || items > reader_left(reader) / bytes_min)
        reader->failed = true;
    if (reader->failed || items == 0)
        return NULL;
    void *list = calloc(items, item_size);
    if (list == NULL)
        reader->failed = true;
    else
        *count = items;
    return list;
}

static void read_aliases(struct abi *abi, struct reader *reader)
{
    abi->aliases = read_list(reader, ABI_ITEMS_MAX, 2, sizeof *abi->aliases, &abi->alias_count);
    for (unsigned i = 0; i < abi->alias_count; i++) {
        abi->aliases[i].name = read_text(abi, reader);
        abi->aliases[i].type_name = read_text(abi, reader);
    }
}

/* A field's type has a "$" behind it when the field is a binary extension. */
static const char *read_field_type(struct abi *abi, struct reader *reader, bool *extension)
{
    const char *type = read_text(abi, reader);
    size_t chars = strlen(type);
    *extension = chars > 0 && type[chars - 1] == '$';
    if (*extension)
        abi->texts_next[-2] = '\0'; /* in the place of the "$" */
    return type;
}

/* A struct's fields or a variant's alternatives, still empty; the limit is of all of them. */
static void read_fields(struct abi *abi, struct reader *reader, size_t bytes_min,
                        struct abi_fields *fields)
{
    fields->items = read_list(reader, ABI_FIELDS_MAX - abi->field_count, bytes_min,
                              sizeof *fields->items, &fields->count);
    abi->field_count += fields->count;
}

static void read_structs(struct abi *abi, struct reader *reader)
{
    abi->structs = read_list(reader, ABI_ITEMS_MAX, 3, sizeof *abi->structs, &abi->struct_count);
    for (unsigned i = 0; i < abi->struct_count; i++) {
        struct abi_struct *structure = &abi->structs[i];
        structure->name = read_text(abi, reader);
        structure->base_name = read_text(abi, reader);
        read_fields(abi, reader, 2, &structure->fields);
        for (unsigned j = 0; j < structure->fields.count; j++) {
            struct abi_field *field = &structure->fields.items[j];
            field->name = read_text(abi, reader);
            field->type_name = read_field_type(abi, reader, &field->extension);
        }
    }
}

static void read_variants(struct abi *abi, struct reader *reader)
{
    abi->variants = read_list(reader, ABI_ITEMS_MAX, 2, sizeof *abi->variants, &abi->variant_count);
    for (unsigned i = 0; i < abi->variant_count; i++) {
        struct abi_variant *variant = &abi->variants[i];
        variant->name = read_text(abi, reader);
        read_fields(abi, reader, 1, &variant->alternatives);
        for (unsigned j = 0; j < variant->alternatives.count; j++) {
            struct abi_field *alternative = &variant->alternatives.items[j];
            alternative->name = alternative->type_name = read_text(abi, reader);
        }
    }
}

static void read_actions(struct abi *abi, struct reader *reader)
{
    abi->actions.items =
        read_list(reader, ABI_ITEMS_MAX, 10, sizeof *abi->actions.items, &abi->actions.count);
    for (unsigned i = 0; i < abi->actions.count; i++) {
        abi->actions.items[i].name = read_u64(reader);
        abi->actions.items[i].type_name = read_text(abi, reader);
        skip_text(reader); /* the Ricardian contract */
    }
}

static void skip_texts(struct reader *reader)
{
    uint32_t count = read_varuint32(reader);
    for (uint32_t i = 0; i < count && !reader->failed; i++)
        skip_text(reader);
}

static void read_tables(struct abi *abi, struct reader *reader)
{
    abi->tables.items =
        read_list(reader, ABI_ITEMS_MAX, 12, sizeof *abi->tables.items, &abi->tables.count);
    for (unsigned i = 0; i < abi->tables.count; i++) {
        abi->tables.items[i].name = read_u64(reader);
        skip_text(reader);  /* the kind of its index */
        skip_texts(reader); /* its keys, */
        skip_texts(reader); /* and their types */
        abi->tables.items[i].type_name = read_text(abi, reader);
    }
}

/* What this node does not use: (text, text), (u64, text) and (u16, bytes). */
static void skip_remarks(struct reader *reader)
{
    uint32_t clauses = read_varuint32(reader);
    for (uint32_t i = 0; i < clauses && !reader->failed; i++) {
        skip_text(reader);
        skip_text(reader);
    }
    uint32_t errors = read_varuint32(reader);
    for (uint32_t i = 0; i < errors && !reader->failed; i++) {
        (void)read_u64(reader);
        skip_text(reader);
    }
    uint32_t extensions = read_varuint32(reader);
    for (uint32_t i = 0; i < extensions && !reader->failed; i++) {
        (void)read_u16(reader);
        skip_text(reader);
    }
}

/* Results of actions: (name, text). */
static void skip_results(struct reader *reader)
{
    uint32_t results = read_varuint32(reader);
    for (uint32_t i = 0; i < results && !reader->failed; i++) {
        (void)read_u64(reader);
        skip_text(reader);
    }
}

static bool version_known(const char *version)
{
    return strcmp(version, "eosio::abi/1.0") == 0 || strcmp(version, "eosio::abi/1.1") == 0 ||
           strcmp(version, "eosio::abi/1.2") == 0;
}

/* All parts; those behind the extensions came with later versions and may be missing. */
static bool read_parts(struct abi *abi, char error[ABI_ERROR_SIZE])
{
    struct reader reader = reader_of(abi->packed, abi->bytes);
    const char *version = read_text(abi, &reader);
    if (!reader.failed && !version_known(version)) {
        abi_error(error, "version", "not known");
        return false;
    }
    read_aliases(abi, &reader);
    read_structs(abi, &reader);
    read_actions(abi, &reader);
    read_tables(abi, &reader);
    skip_remarks(&reader);
    if (reader_left(&reader) != 0)
        read_variants(abi, &reader);
    if (reader_left(&reader) != 0)
        skip_results(&reader);
    abi->known_bytes = abi->bytes - reader_left(&reader);
    if (reader_left(&reader) != 0 && read_varuint32(&reader) != 0) {
        abi_error(error, "kv_tables", "not supported");
        return false;
    }
    if (reader_done(&reader))
        return true;
    abi_error(error, "", "the packed ABI is malformed, or has more of something than is allowed");
    return false;
}

struct abi *abi_read(struct bytes packed, char error[ABI_ERROR_SIZE])
{
    if (packed.size == 0 || packed.size > ABI_BYTES_MAX) {
        abi_error(error, "", packed.size == 0 ? "the ABI is empty" : "the ABI is too large");
        return NULL;
    }
    struct abi *abi = calloc(1, sizeof *abi);
    if (abi != NULL) {
        abi->packed = malloc(packed.size);
        abi->texts = malloc(packed.size);
    }
    if (abi == NULL || abi->packed == NULL || abi->texts == NULL) {
        abi_error(error, "", "out of memory");
        abi_free(abi);
        return NULL;
    }
    abi->texts_next = abi->texts;
    abi->bytes = packed.size;
    memcpy(abi->packed, packed.data, packed.size);
    if (read_parts(abi, error) && abi_link(abi, error))
        return abi;
    abi_free(abi);
    return NULL;
}

void abi_free(struct abi *abi)
{
    if (abi == NULL)
        return;
    for (unsigned i = 0; i < abi->struct_count; i++)
        free(abi->structs[i].fields.items);
    for (unsigned i = 0; i < abi->variant_count; i++)
        free(abi->variants[i].alternatives.items);
    free(abi->structs);
    free(abi->variants);
    free(abi->aliases);
    free(abi->names);
    free(abi->actions.items);
    free(abi->tables.items);
    free(abi->texts);
    free(abi->packed);
    free(abi);
}

bool abi_pack(const struct abi *abi, struct bytes *out)
{
    uint8_t *copy = malloc(abi->bytes);
    if (copy == NULL)
        return false;
    memcpy(copy, abi->packed, abi->bytes);
    *out = (struct bytes){copy, abi->bytes};
    return true;
}
