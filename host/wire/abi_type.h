/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of an ABI: its types with what they refer to, for those who read, decode and encode. */
#ifndef HOST_WIRE_ABI_TYPE_H
#define HOST_WIRE_ABI_TYPE_H

#include "host/wire/abi.h"
#include "host/wire/abi_builtin.h"

enum abi_kind { ABI_BUILTIN, ABI_STRUCT, ABI_VARIANT, ABI_ALIAS };

struct abi_struct;
struct abi_variant;

/* A reference to a type: something with a name, and "[]" and "?" behind it, the outermost last. */
struct abi_type {
    enum abi_kind kind;
    union {
        const struct abi_builtin *builtin;
        const struct abi_struct *structure;
        const struct abi_variant *variant;
        const struct abi_type *alias;
    };
    const char *suffix;
    unsigned suffix_chars;
};

/* A text that names a type, and the type once it is resolved. */
struct abi_field {
    const char *name; /* of an alternative: the type's name */
    const char *type_name;
    struct abi_type type;
    bool extension; /* a binary extension: may be missing at the end of a value */
};

struct abi_fields {
    unsigned count;
    struct abi_field *items;
};

struct abi_struct {
    const char *name;
    const char *base_name;         /* "": none */
    const struct abi_struct *base; /* NULL: none */
    struct abi_fields fields;
    bool ends; /* has a value of finite size */
};

struct abi_variant {
    const char *name;
    struct abi_fields alternatives;
    bool ends;
};

struct abi_alias {
    const char *name;
    const char *type_name;
    struct abi_type type;
};

/* What may be referred to by name. */
struct abi_name {
    const char *name;
    struct abi_type type;
};

/* An action or a table: its value's type. */
struct abi_entry {
    name_t name;
    const char *type_name;
};

struct abi_entries {
    unsigned count;
    struct abi_entry *items; /* ascending */
};

struct abi {
    uint8_t *packed; /* a copy of what it was read from */
    size_t bytes;
    size_t known_bytes; /* without the key-value tables, of which JSON does not tell */
    char *texts;        /* all names, each with a terminator */
    char *texts_next;
    unsigned struct_count, variant_count, alias_count, name_count;
    unsigned field_count; /* of all structs and variants */
    struct abi_struct *structs;
    struct abi_variant *variants;
    struct abi_alias *aliases;
    struct abi_name *names; /* ascending */
    struct abi_entries actions, tables;
};

/* Finds out what a type's name refers to, suffixes included. `text` must outlive *type. */
bool abi_resolve(const struct abi *abi, const char *text, struct abi_type *type);

/* Takes the outermost suffix off: true with *array and the type of what is inside in *inner. An
 * alias is looked into. False for a type that has none; *inner is that type then. */
bool abi_unwrap(const struct abi_type *type, bool *array, struct abi_type *inner);

/* Links everything that refers to something by name. False with a text when a name is missing,
 * there twice or not a name, and when a type cannot end. */
bool abi_link(struct abi *abi, char error[ABI_ERROR_SIZE]);

/* "reason", or "detail: reason". */
void abi_error(char error[ABI_ERROR_SIZE], const char *detail, const char *reason);

/* What is wrong with a value, and where: a path that grows from its end while the functions
 * return. */
struct abi_failure {
    char place[128];
    char reason[64];
};

void abi_failure_in(struct abi_failure *failure, const char *member);
void abi_failure_at(struct abi_failure *failure, size_t element);

#endif
