/* SPDX-License-Identifier: Apache-2.0 */
/* Members of JSON objects, taken strictly: false when there is no such member, `object` is none, or
 * the member is of another kind or out of range. */
#ifndef HOST_WIRE_MEMBER_H
#define HOST_WIRE_MEMBER_H

#include <jansson.h>

#include "host/wire/transaction.h"

bool member_uint(const json_t *object, const char *member, uint32_t most, uint32_t *number);
bool member_name(const json_t *object, const char *member, name_t *name);
/* An array of at most `most` elements. Missing or null is an empty one: *array is NULL then. */
bool member_array(const json_t *object, const char *member, size_t most, const json_t **array,
                  unsigned *count);

/* {"actor", "permission"} */
bool permission_level_from_json(const json_t *json, struct permission_level *level);
json_t *permission_level_to_json(const struct permission_level *level); /* NULL: no memory */

#endif
