// SPDX-License-Identifier: Apache-2.0
/* Values from JSON into binary. */
#include "host/wire/abi_encode.h"

#include <stdio.h>
#include <string.h>

#include "host/wire/abi_type.h"

struct encoder {
    struct writer *writer;
    bool fill;
    unsigned depth;
    struct abi_failure failure;
};

/* Where a struct's members come from: an object, or an array of which `next` is next. */
struct source {
    const json_t *json;
    size_t next;
    bool skipped; /* a binary extension, and so must be those behind it */
};

/* `last`: nothing of the whole value follows, so binary extensions may be missing. */
static bool encode_type(struct encoder *encoder, const struct abi_type *type, const json_t *value,
                        bool last);

static bool fail(struct encoder *encoder, const char *reason)
{
    snprintf(encoder->failure.reason, sizeof encoder->failure.reason, "%s", reason);
    return false;
}

static const json_t *take_member(struct source *source, const char *name)
{
    return json_is_array(source->json) ? json_array_get(source->json, source->next++)
                                       : json_object_get(source->json, name);
}

/* What is empty is a zero: a length, in either case. */
static bool fill_in(struct encoder *encoder, const struct abi_type *type)
{
    struct abi_type inner;
    bool array, wrapped = abi_unwrap(type, &array, &inner);
    bool empty =
        wrapped ? array : inner.kind == ABI_BUILTIN && strcmp(inner.builtin->name, "string") == 0;
    if (!encoder->fill || !empty)
        return fail(encoder, "is missing");
    write_u8(encoder->writer, 0);
    return true;
}

/* `optional`: a binary extension may be missing here. */
static bool encode_field(struct encoder *encoder, const struct abi_field *field,
                         struct source *source, bool optional, bool last)
{
    const json_t *value = take_member(source, field->name);
    if (value == NULL && field->extension && optional && !encoder->fill) {
        source->skipped = true;
        return true;
    }
    bool done;
    if (value == NULL)
        done = fill_in(encoder, &field->type);
    else if (source->skipped)
        done = fail(encoder, "is given, but an extension before it is not");
    else
        done = encode_type(encoder, &field->type, value, last);
    if (!done)
        abi_failure_in(&encoder->failure, field->name);
    return done;
}

static bool encode_fields(struct encoder *encoder, const struct abi_struct *structure,
                          struct source *source, bool last)
{
    const struct abi_fields *fields = &structure->fields;
    if (structure->base != NULL &&
        !encode_fields(encoder, structure->base, source, last && fields->count == 0))
        return false;
    for (unsigned i = 0; i < fields->count; i++)
        if (!encode_field(encoder, &fields->items[i], source, last, last && i + 1 == fields->count))
            return false;
    return true;
}

static bool encode_struct(struct encoder *encoder, const struct abi_struct *structure,
                          const json_t *value, bool last)
{
    struct source source = {.json = value};
    if (!json_is_object(value) && !json_is_array(value))
        return fail(encoder, "not an object");
    if (!encode_fields(encoder, structure, &source, last))
        return false;
    if (json_is_array(value) && source.next < json_array_size(value))
        return fail(encoder, "has more elements than there are fields");
    return true;
}

static bool encode_array(struct encoder *encoder, const struct abi_type *of, const json_t *value)
{
    size_t count = json_array_size(value);
    if (!json_is_array(value) || count > UINT32_MAX)
        return fail(encoder, "not an array");
    write_varuint32(encoder->writer, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        if (encode_type(encoder, of, json_array_get(value, i), false))
            continue;
        abi_failure_at(&encoder->failure, i);
        return false;
    }
    return true;
}

static bool encode_optional(struct encoder *encoder, const struct abi_type *of, const json_t *value)
{
    bool present = !json_is_null(value);
    write_u8(encoder->writer, present);
    return !present || encode_type(encoder, of, value, false);
}

static bool encode_variant(struct encoder *encoder, const struct abi_variant *variant,
                           const json_t *value)
{
    const char *type = json_string_value(json_array_get(value, 0));
    if (json_array_size(value) != 2 || type == NULL)
        return fail(encoder, "not a type's name and a value");
    for (unsigned i = 0; i < variant->alternatives.count; i++) {
        const struct abi_field *alternative = &variant->alternatives.items[i];
        if (strcmp(alternative->name, type) != 0)
            continue;
        write_varuint32(encoder->writer, i);
        if (encode_type(encoder, &alternative->type, json_array_get(value, 1), false))
            return true;
        abi_failure_in(&encoder->failure, alternative->name);
        return false;
    }
    return fail(encoder, "not of a type that the variant has");
}

static bool encode_builtin(struct encoder *encoder, const struct abi_builtin *builtin,
                           const json_t *value)
{
    if (!builtin->encode(builtin, value, encoder->writer)) {
        snprintf(encoder->failure.reason, sizeof encoder->failure.reason, "not %s", builtin->noun);
        return false;
    }
    /* Seen here, so that a long value does not go on for nothing. */
    return !encoder->writer->failed || fail(encoder, "the value is too large");
}

static bool encode_type(struct encoder *encoder, const struct abi_type *type, const json_t *value,
                        bool last)
{
    struct abi_type inner;
    bool array, done;
    if (encoder->depth == ABI_DEPTH_MAX)
        return fail(encoder, "nested too deeply");
    encoder->depth++;
    if (abi_unwrap(type, &array, &inner))
        done =
            array ? encode_array(encoder, &inner, value) : encode_optional(encoder, &inner, value);
    else if (inner.kind == ABI_STRUCT)
        done = encode_struct(encoder, inner.structure, value, last);
    else if (inner.kind == ABI_VARIANT)
        done = encode_variant(encoder, inner.variant, value);
    else
        done = encode_builtin(encoder, inner.builtin, value);
    encoder->depth--;
    return done;
}

bool abi_encode_filling(const struct abi *abi, const char *type, const json_t *value, bool fill,
                        struct writer *writer, char error[ABI_ERROR_SIZE])
{
    struct abi_type resolved;
    struct encoder encoder = {.writer = writer, .fill = fill};
    if (!abi_resolve(abi, type, &resolved)) {
        abi_error(error, type, "there is no such type");
        return false;
    }
    bool done = encode_type(&encoder, &resolved, value, true) &&
                (!writer->failed || fail(&encoder, "the value is too large"));
    if (!done)
        abi_error(error, encoder.failure.place, encoder.failure.reason);
    return done;
}

bool abi_encode(const struct abi *abi, const char *type, const json_t *value, struct writer *writer,
                char error[ABI_ERROR_SIZE])
{
    return abi_encode_filling(abi, type, value, false, writer, error);
}
