/* SPDX-License-Identifier: Apache-2.0 */
/* The types that every ABI has without naming them: between their binary form and JSON as the
 * family's nodes print it (integers beyond 32 bits, floats and times as texts), and as its
 * libraries may write it (integers as numbers or texts, too). */
#ifndef HOST_WIRE_ABI_BUILTIN_H
#define HOST_WIRE_ABI_BUILTIN_H

#include <jansson.h>
#include <stdbool.h>

#include "host/base/bytes.h"

struct abi_builtin {
    const char *name;
    const char *noun; /* for error texts: "not " and this */
    /* Of a number, its length; of a hash, too. */
    unsigned bytes;
    bool is_signed;
    /* A new reference; NULL when the bytes are no value, or memory is out. */
    json_t *(*decode)(const struct abi_builtin *type, struct reader *reader);
    /* False when `value` is no value of the type. A writer without room fails by itself. */
    bool (*encode)(const struct abi_builtin *type, const json_t *value, struct writer *writer);
};

/* NULL when there is none of that name. */
const struct abi_builtin *abi_builtin_find(const char *name, size_t chars);

#endif
