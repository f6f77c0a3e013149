// SPDX-License-Identifier: Apache-2.0
/* How the types of an ABI refer to each other. */
#include "host/wire/abi_type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void abi_error(char error[ABI_ERROR_SIZE], const char *detail, const char *reason)
{
    snprintf(error, ABI_ERROR_SIZE, "%.120s%s%s", detail, detail[0] != '\0' ? ": " : "", reason);
}

void abi_failure_in(struct abi_failure *failure, const char *member)
{
    char inner[sizeof failure->place];
    memcpy(inner, failure->place, sizeof inner);
    /* Long names and long paths lose their ends. */
    snprintf(failure->place, sizeof failure->place, "%.40s%s%.86s", member,
             inner[0] != '\0' ? "." : "", inner);
}

void abi_failure_at(struct abi_failure *failure, size_t element)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", element);
    abi_failure_in(failure, number);
}

static int compare_names(const void *one, const void *other)
{
    return strcmp(((const struct abi_name *)one)->name, ((const struct abi_name *)other)->name);
}

static bool ends_with(const char *text, size_t chars, const char *suffix)
{
    size_t suffix_chars = strlen(suffix);
    return chars >= suffix_chars && memcmp(text + chars - suffix_chars, suffix, suffix_chars) == 0;
}

/* How many characters a type's outermost suffix has; 0: there is none. */
static unsigned suffix_at_end(const char *text, size_t chars)
{
    return ends_with(text, chars, "[]") ? 2 : ends_with(text, chars, "?") ? 1 : 0;
}

/* A type by its name without suffixes. */
static bool find_name(const struct abi *abi, const char *text, size_t chars, struct abi_type *type)
{
    const struct abi_builtin *builtin = abi_builtin_find(text, chars);
    if (builtin != NULL) {
        *type = (struct abi_type){.kind = ABI_BUILTIN, .builtin = builtin};
        return true;
    }
    unsigned low = 0, high = abi->name_count;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        const char *name = abi->names[middle].name;
        int order = strncmp(text, name, chars);
        if (order == 0 && name[chars] == '\0') {
            *type = abi->names[middle].type;
            return true;
        }
        if (order > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool abi_resolve(const struct abi *abi, const char *text, struct abi_type *type)
{
    size_t all = strlen(text), chars = all;
    unsigned suffixes = 0, suffix;
    while ((suffix = suffix_at_end(text, chars)) != 0) {
        if (++suffixes > ABI_SUFFIXES_MAX)
            return false;
        chars -= suffix;
    }
    if (!find_name(abi, text, chars, type))
        return false;
    type->suffix = text + chars;
    type->suffix_chars = (unsigned)(all - chars);
    return true;
}

bool abi_unwrap(const struct abi_type *type, bool *array, struct abi_type *inner)
{
    *inner = *type;
    while (inner->suffix_chars == 0 && inner->kind == ABI_ALIAS)
        *inner = *inner->alias;
    unsigned suffix = suffix_at_end(inner->suffix, inner->suffix_chars);
    *array = suffix == 2;
    inner->suffix_chars -= suffix;
    return suffix != 0;
}

/* ------------------------------------------------------------------ names */

/* What could not be told from a suffix, or could not be printed, is no name of a type. */
static bool is_type_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if (*c <= ' ' || *c > '~' || strchr("[]?$", *c) != NULL)
            return false;
    return name[0] != '\0';
}

static bool collect_names(struct abi *abi, char error[ABI_ERROR_SIZE])
{
    unsigned count = abi->struct_count + abi->variant_count + abi->alias_count;
    abi->names = calloc(count + 1, sizeof *abi->names);
    if (abi->names == NULL) {
        abi_error(error, "", "out of memory");
        return false;
    }
    struct abi_name *next = abi->names;
    for (unsigned i = 0; i < abi->struct_count; i++)
        *next++ = (struct abi_name){abi->structs[i].name,
                                    {.kind = ABI_STRUCT, .structure = &abi->structs[i]}};
    for (unsigned i = 0; i < abi->variant_count; i++)
        *next++ = (struct abi_name){abi->variants[i].name,
                                    {.kind = ABI_VARIANT, .variant = &abi->variants[i]}};
    for (unsigned i = 0; i < abi->alias_count; i++)
        *next++ = (struct abi_name){abi->aliases[i].name,
                                    {.kind = ABI_ALIAS, .alias = &abi->aliases[i].type}};
    qsort(abi->names, count, sizeof *abi->names, compare_names);
    abi->name_count = count;
    for (unsigned i = 0; i < count; i++) {
        const char *name = abi->names[i].name;
        const char *reason = NULL;
        if (!is_type_name(name))
            reason = "no name for a type";
        else if (abi_builtin_find(name, strlen(name)) != NULL)
            reason = "is the name of a built-in type";
        else if (i > 0 && strcmp(abi->names[i - 1].name, name) == 0)
            reason = "is the name of two types";
        if (reason != NULL) {
            abi_error(error, name, reason);
            return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ references */

static bool link_aliases(struct abi *abi, char error[ABI_ERROR_SIZE])
{
    for (unsigned i = 0; i < abi->alias_count; i++)
        if (!abi_resolve(abi, abi->aliases[i].type_name, &abi->aliases[i].type)) {
            abi_error(error, abi->aliases[i].type_name, "there is no such type");
            return false;
        }
    for (unsigned i = 0; i < abi->alias_count; i++) {
        const struct abi_type *type = &abi->aliases[i].type;
        for (unsigned depth = 0; type->kind == ABI_ALIAS; depth++) {
            type = type->alias;
            if (depth == ABI_DEPTH_MAX) {
                abi_error(error, abi->aliases[i].name, "stands for a name that leads nowhere");
                return false;
            }
        }
    }
    return true;
}

static bool link_fields(const struct abi *abi, struct abi_fields *fields,
                        char error[ABI_ERROR_SIZE])
{
    for (unsigned i = 0; i < fields->count; i++) {
        struct abi_field *field = &fields->items[i];
        if (!abi_resolve(abi, field->type_name, &field->type)) {
            abi_error(error, field->type_name, "there is no such type");
            return false;
        }
        if (i > 0 && fields->items[i - 1].extension && !field->extension) {
            abi_error(error, field->name, "stands behind a binary extension");
            return false;
        }
    }
    return true;
}

static bool link_base(const struct abi *abi, struct abi_struct *structure,
                      char error[ABI_ERROR_SIZE])
{
    struct abi_type type, base;
    bool array;
    if (structure->base_name[0] == '\0')
        return true;
    if (!abi_resolve(abi, structure->base_name, &type) || abi_unwrap(&type, &array, &base) ||
        base.kind != ABI_STRUCT) {
        abi_error(error, structure->name, "has a base that is no struct");
        return false;
    }
    structure->base = base.structure;
    return true;
}

static bool bases_end(const struct abi_struct *structure)
{
    unsigned depth = 0;
    for (; structure->base != NULL && depth <= ABI_DEPTH_MAX; structure = structure->base)
        depth++;
    return depth <= ABI_DEPTH_MAX;
}

static bool link_structs(struct abi *abi, char error[ABI_ERROR_SIZE])
{
    for (unsigned i = 0; i < abi->struct_count; i++)
        if (!link_base(abi, &abi->structs[i], error) ||
            !link_fields(abi, &abi->structs[i].fields, error))
            return false;
    for (unsigned i = 0; i < abi->struct_count; i++)
        if (!bases_end(&abi->structs[i])) {
            abi_error(error, abi->structs[i].name, "has too many bases");
            return false;
        }
    for (unsigned i = 0; i < abi->variant_count; i++)
        if (!link_fields(abi, &abi->variants[i].alternatives, error))
            return false;
    return true;
}

/* ------------------------------------------------------------------ types that end */

static bool type_ends(const struct abi_type *type)
{
    struct abi_type inner;
    bool array;
    if (abi_unwrap(type, &array, &inner))
        return true; /* may be empty */
    return inner.kind == ABI_STRUCT    ? inner.structure->ends
           : inner.kind == ABI_VARIANT ? inner.variant->ends
                                       : true;
}

static bool struct_ends(const struct abi_struct *structure)
{
    bool ends = structure->base == NULL || structure->base->ends;
    for (unsigned i = 0; i < structure->fields.count && ends; i++)
        ends = structure->fields.items[i].extension || type_ends(&structure->fields.items[i].type);
    return ends;
}

static bool variant_ends(const struct abi_variant *variant)
{
    for (unsigned i = 0; i < variant->alternatives.count; i++)
        if (type_ends(&variant->alternatives.items[i].type))
            return true;
    return false;
}

/* A struct ends when all that it must hold does, a variant when one of its alternatives does.
 * Starts with nothing known and goes on while there is news, at most once for each type. */
static bool check_ends(struct abi *abi, char error[ABI_ERROR_SIZE])
{
    bool news = true;
    while (news) {
        news = false;
        for (unsigned i = 0; i < abi->struct_count; i++)
            if (!abi->structs[i].ends)
                news |= abi->structs[i].ends = struct_ends(&abi->structs[i]);
        for (unsigned i = 0; i < abi->variant_count; i++)
            if (!abi->variants[i].ends)
                news |= abi->variants[i].ends = variant_ends(&abi->variants[i]);
    }
    for (unsigned i = 0; i < abi->struct_count; i++)
        if (!abi->structs[i].ends) {
            abi_error(error, abi->structs[i].name, "holds itself");
            return false;
        }
    for (unsigned i = 0; i < abi->variant_count; i++)
        if (!abi->variants[i].ends) {
            abi_error(error, abi->variants[i].name, "has no alternative that ends");
            return false;
        }
    return true;
}

/* ------------------------------------------------------------------ actions and tables */

static int compare_entries(const void *one, const void *other)
{
    name_t a = ((const struct abi_entry *)one)->name, b = ((const struct abi_entry *)other)->name;
    return a < b ? -1 : a > b;
}

static bool link_entries(const struct abi *abi, struct abi_entries *entries,
                         char error[ABI_ERROR_SIZE])
{
    char text[NAME_TEXT_SIZE];
    struct abi_type type;
    if (entries->count != 0)
        qsort(entries->items, entries->count, sizeof *entries->items, compare_entries);
    for (unsigned i = 0; i < entries->count; i++) {
        const char *reason = NULL;
        if (!abi_resolve(abi, entries->items[i].type_name, &type))
            reason = "is of a type that there is not";
        else if (i > 0 && entries->items[i - 1].name == entries->items[i].name)
            reason = "is there twice";
        if (reason != NULL) {
            name_text(entries->items[i].name, text);
            abi_error(error, text, reason);
            return false;
        }
    }
    return true;
}

bool abi_link(struct abi *abi, char error[ABI_ERROR_SIZE])
{
    return collect_names(abi, error) && link_aliases(abi, error) && link_structs(abi, error) &&
           check_ends(abi, error) && link_entries(abi, &abi->actions, error) &&
           link_entries(abi, &abi->tables, error);
}

static const char *find_entry(const struct abi_entries *entries, name_t name)
{
    const struct abi_entry key = {.name = name};
    if (entries->count == 0)
        return NULL;
    const struct abi_entry *found =
        bsearch(&key, entries->items, entries->count, sizeof key, compare_entries);
    return found != NULL ? found->type_name : NULL;
}

const char *abi_action_type(const struct abi *abi, name_t action)
{
    return find_entry(&abi->actions, action);
}

const char *abi_table_type(const struct abi *abi, name_t table)
{
    return find_entry(&abi->tables, table);
}
