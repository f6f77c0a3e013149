// SPDX-License-Identifier: Apache-2.0
/* Values from binary into JSON. */
#include "host/wire/abi_type.h"

#include <stdio.h>

/* A list of what takes no bytes is as long as it says, so that three bytes would make 65,536 parts:
 * there are no more than these for each byte, and some for a value that has few. */
#define NODES_PER_BYTE 8u
#define NODES_FREE     256u

struct decoder {
    struct reader reader;
    unsigned nodes_left, depth;
    struct abi_failure failure;
};

/* `last`: nothing of the whole value follows, so binary extensions may be missing. */
static json_t *decode_type(struct decoder *decoder, const struct abi_type *type, bool last);

static json_t *fail(struct decoder *decoder, const char *reason)
{
    snprintf(decoder->failure.reason, sizeof decoder->failure.reason, "%s", reason);
    return NULL;
}

/* Adds `value` to the object under a name, or says where decoding it failed. Takes it over. */
static bool add_member(struct decoder *decoder, json_t *object, const char *name, json_t *value)
{
    if (value == NULL) {
        abi_failure_in(&decoder->failure, name);
        return false;
    }
    if (json_object_set_new(object, name, value) == 0)
        return true;
    (void)fail(decoder, "out of memory, or a name that is not UTF-8");
    return false;
}

static bool decode_fields(struct decoder *decoder, const struct abi_struct *structure, bool last,
                          json_t *object)
{
    const struct abi_fields *fields = &structure->fields;
    if (structure->base != NULL &&
        !decode_fields(decoder, structure->base, last && fields->count == 0, object))
        return false;
    for (unsigned i = 0; i < fields->count; i++) {
        const struct abi_field *field = &fields->items[i];
        if (field->extension && last && reader_left(&decoder->reader) == 0)
            return true;
        json_t *value = decode_type(decoder, &field->type, last && i + 1 == fields->count);
        if (!add_member(decoder, object, field->name, value))
            return false;
    }
    return true;
}

static json_t *decode_struct(struct decoder *decoder, const struct abi_struct *structure, bool last)
{
    json_t *object = json_object();
    if (object == NULL)
        return fail(decoder, "out of memory");
    if (decode_fields(decoder, structure, last, object))
        return object;
    json_decref(object);
    return NULL;
}

static json_t *decode_array(struct decoder *decoder, const struct abi_type *of)
{
    json_t *array = json_array();
    uint32_t count = read_varuint32(&decoder->reader);
    if (array == NULL || decoder->reader.failed || count > ABI_VALUE_NODES_MAX) {
        json_decref(array);
        return fail(decoder, "not a list, or one that is too long");
    }
    for (uint32_t i = 0; i < count; i++) {
        json_t *value = decode_type(decoder, of, false);
        if (json_array_append_new(array, value) == 0)
            continue;
        if (value == NULL)
            abi_failure_at(&decoder->failure, i);
        else
            (void)fail(decoder, "out of memory");
        json_decref(array);
        return NULL;
    }
    return array;
}

static json_t *decode_optional(struct decoder *decoder, const struct abi_type *of)
{
    uint8_t present = read_u8(&decoder->reader);
    if (decoder->reader.failed || present > 1)
        return fail(decoder, "not an optional value");
    return present != 0 ? decode_type(decoder, of, false) : json_null();
}

static json_t *decode_variant(struct decoder *decoder, const struct abi_variant *variant)
{
    uint32_t index = read_varuint32(&decoder->reader);
    if (decoder->reader.failed || index >= variant->alternatives.count)
        return fail(decoder, "not an alternative of the variant");
    const struct abi_field *alternative = &variant->alternatives.items[index];
    json_t *value = decode_type(decoder, &alternative->type, false);
    if (value == NULL) {
        abi_failure_in(&decoder->failure, alternative->name);
        return NULL;
    }
    json_t *pair = json_pack("[s, o]", alternative->name, value);
    return pair != NULL ? pair : fail(decoder, "out of memory");
}

static json_t *decode_builtin(struct decoder *decoder, const struct abi_builtin *builtin)
{
    json_t *value = builtin->decode(builtin, &decoder->reader);
    if (value == NULL)
        snprintf(decoder->failure.reason, sizeof decoder->failure.reason, "not %s", builtin->noun);
    return value;
}

static json_t *decode_type(struct decoder *decoder, const struct abi_type *type, bool last)
{
    struct abi_type inner;
    bool array;
    json_t *value;
    if (decoder->depth == ABI_DEPTH_MAX)
        return fail(decoder, "nested too deeply");
    if (decoder->nodes_left == 0)
        return fail(decoder, "has too many parts");
    decoder->nodes_left--;
    decoder->depth++;
    if (abi_unwrap(type, &array, &inner))
        value = array ? decode_array(decoder, &inner) : decode_optional(decoder, &inner);
    else if (inner.kind == ABI_STRUCT)
        value = decode_struct(decoder, inner.structure, last);
    else if (inner.kind == ABI_VARIANT)
        value = decode_variant(decoder, inner.variant);
    else
        value = decode_builtin(decoder, inner.builtin);
    decoder->depth--;
    return value;
}

static unsigned nodes_max(size_t bytes)
{
    return bytes < (ABI_VALUE_NODES_MAX - NODES_FREE) / NODES_PER_BYTE
               ? NODES_FREE + NODES_PER_BYTE * (unsigned)bytes
               : ABI_VALUE_NODES_MAX;
}

json_t *abi_decode(const struct abi *abi, const char *type, struct bytes binary,
                   char error[ABI_ERROR_SIZE])
{
    struct abi_type resolved;
    struct decoder decoder = {.reader = reader_of(binary.data, binary.size),
                              .nodes_left = nodes_max(binary.size)};
    if (!abi_resolve(abi, type, &resolved)) {
        abi_error(error, type, "there is no such type");
        return NULL;
    }
    json_t *value = decode_type(&decoder, &resolved, true);
    if (value != NULL && !reader_done(&decoder.reader)) {
        json_decref(value);
        value = fail(&decoder, "there are bytes behind the value");
    }
    if (value == NULL)
        abi_error(error, decoder.failure.place, decoder.failure.reason);
    return value;
}
