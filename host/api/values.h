/* SPDX-License-Identifier: Apache-2.0 */
/* The family's values as JSON. */
#ifndef HOST_API_VALUES_H
#define HOST_API_VALUES_H

#include "host/api/out.h"
#include "host/wire/block.h"

/* "2018-06-01T12:00:00.500" of a slot; "2018-06-01T12:00:00" of seconds since 1970. */
void out_slot(struct out *out, uint32_t slot);
static inline void out_key_slot(struct out *out, const char *name, uint32_t slot)
{
    out_key(out, name);
    out_slot(out, slot);
}
void out_key_seconds(struct out *out, const char *name, uint32_t unix_s);
void out_public_key(struct out *out, const struct public_key *key);
void out_signature(struct out *out, const struct signature *signature);
void out_key_block_id(struct out *out, const char *name, const block_id_t *id);
void out_permission_level(struct out *out, const struct permission_level *level);
void out_key_authorizations(struct out *out, const char *name, const struct action *action);

/* Bytes 8 to 11 of a block's id, little-endian: what TAPOS refers to. */
uint32_t block_prefix(const block_id_t *id);

#endif
