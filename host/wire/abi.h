/* SPDX-License-Identifier: Apache-2.0 */
/* The ABI of a contract: which actions, tables and types it has. Read from its packed form or from
 * JSON; translates values between JSON and binary. Versions eosio::abi/1.0 to 1.2: structs with a
 * base, aliases, variants, optional (?), arrays ([]), binary extensions ($, of fields), all
 * built-in types of the family. Bounded: ABI_*_MAX; recursion that cannot end is refused when the
 * ABI is read. Key-value tables are of the format and refused: there are none here. An ABI that was
 * read does not change; any thread may use it. */
#ifndef HOST_WIRE_ABI_H
#define HOST_WIRE_ABI_H

#include <jansson.h>

#include "host/base/bytes.h"
#include "host/wire/name.h"

#define ABI_BYTES_MAX       (256u << 10) /* packed */
#define ABI_NAME_BYTES_MAX  256u         /* of a type, a field: a value repeats them in JSON */
#define ABI_ITEMS_MAX       512u         /* structs; variants; aliases; actions; tables */
#define ABI_FIELDS_MAX      8192u        /* of all structs and variants */
#define ABI_DEPTH_MAX       32u          /* of a value; of aliases and of bases, too */
#define ABI_SUFFIXES_MAX    8u           /* of a type: [] and ? */
#define ABI_ERROR_SIZE      256u
#define ABI_VALUE_NODES_MAX 65536u /* of one value that is decoded; fewer of a short one */

struct abi;

/* NULL with a text in `error` when the bytes are no valid ABI. */
struct abi *abi_read(struct bytes packed, char error[ABI_ERROR_SIZE]);
/* Lists and texts that are missing are taken as empty. */
struct abi *abi_from_json(const json_t *json, char error[ABI_ERROR_SIZE]);
void abi_free(struct abi *abi); /* NULL is allowed */
/* Packed form, byte for byte what it was read from; the caller frees `out->data`. False when memory
 * is out. */
bool abi_pack(const struct abi *abi, struct bytes *out);
/* A new reference; NULL when memory is out, or a text is not UTF-8. */
json_t *abi_to_json(const struct abi *abi);

/* NULL when there is none. The text lives as long as the ABI. */
const char *abi_action_type(const struct abi *abi, name_t action);
const char *abi_table_type(const struct abi *abi, name_t table);

/* A value of `type` from binary, all of it. A new reference, or NULL with a text that names the
 * place. */
json_t *abi_decode(const struct abi *abi, const char *type, struct bytes binary,
                   char error[ABI_ERROR_SIZE]);
/* Into `writer`; false with a text. The writer's failure (no room) is an error too. A struct may
 * also be given as an array of its fields' values; members that it does not have are ignored. */
bool abi_encode(const struct abi *abi, const char *type, const json_t *value, struct writer *writer,
                char error[ABI_ERROR_SIZE]);

#endif
