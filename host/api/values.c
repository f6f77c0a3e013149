// SPDX-License-Identifier: Apache-2.0
#include "host/api/values.h"

#include <string.h>

#include "host/wire/time.h"

/* A thread writes the same slot again and again: that of the block that it writes about. */
void out_slot(struct out *out, uint32_t slot)
{
    static _Thread_local uint32_t last;
    static _Thread_local char text[TIME_TEXT_SIZE];
    if (last != slot || text[0] == '\0') {
        slot_text(slot, text);
        last = slot;
    }
    out_plain(out, text, strlen(text));
}

void out_key_seconds(struct out *out, const char *name, uint32_t unix_s)
{
    char text[TIME_TEXT_SIZE];
    time_sec_text(unix_s, text);
    out_key(out, name);
    out_plain(out, text, strlen(text));
}

void out_public_key(struct out *out, const struct public_key *key)
{
    char text[KEY_TEXT_SIZE];
    public_key_text(key, true, text);
    out_plain(out, text, strlen(text));
}

void out_signature(struct out *out, const struct signature *signature)
{
    char text[KEY_TEXT_SIZE];
    signature_text(signature, text);
    out_plain(out, text, strlen(text));
}

void out_key_block_id(struct out *out, const char *name, const block_id_t *id)
{
    out_key_hex(out, name, id->bytes, sizeof id->bytes);
}

void out_permission_level(struct out *out, const struct permission_level *level)
{
    out_object(out);
    out_key_name(out, "actor", level->actor);
    out_key_name(out, "permission", level->permission);
    out_object_end(out);
}

void out_key_authorizations(struct out *out, const char *name, const struct action *action)
{
    out_key(out, name);
    out_array(out);
    for (unsigned i = 0; i < action->authorization_count; i++)
        out_permission_level(out, &action->authorizations[i]);
    out_array_end(out);
}

uint32_t block_prefix(const block_id_t *id)
{
    struct reader reader = reader_of(id->bytes + 8, 4);
    return read_u32(&reader);
}
