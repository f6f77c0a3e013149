/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions of accounts and their links to actions: the rows, kept together with the two indices
 * that tell who has a key or an account in an authority. */
#ifndef HOST_LEDGER_PERMISSION_H
#define HOST_LEDGER_PERMISSION_H

#include "host/ledger/tables.h"

/* Parents above a permission, at most: so that whoever walks up has an end. */
#define PERMISSION_DEPTH_MAX 32u

bool permission_exists(struct state *state, struct permission_level level);
/* Writes the row and what changes in the indices. `old`: the row that was there, or NULL. */
void permission_store(struct state *state, struct permission_level level,
                      const struct permission_row *old, const struct permission_row *row);
/* Removes the row and its entries in the indices. */
void permission_remove(struct state *state, struct permission_level level,
                       const struct permission_row *row);
/* Whether `permission` is `minimum`, which must exist, or stands above it, in the same account. */
bool permission_satisfies(struct state *state, name_t account, name_t permission, name_t minimum);
/* Number of permissions above this one. PERMISSION_DEPTH_MAX: so many, or more. */
unsigned permission_depth(struct state *state, struct permission_level level);
/* Whether a permission of the account has this one as its parent. Adds the rows read to *rows. */
bool permission_has_children(struct state *state, struct permission_level level, uint64_t *rows);
/* What a permission with this authority costs its account, in bytes: 240 for the permission, 64 for
 * each entry in the indices, and the packed authority. */
int64_t permission_ram_bytes(const struct authority *authority);

/* A link: the account's authorizations of `action` of `code` need `required`, not "active". */
struct link {
    name_t account, code, action; /* action 0: all that have no link of their own */
};
#define LINK_RAM_BYTES 144

/* What the link requires; 0: there is no such link. */
name_t link_get(struct state *state, const struct link *link);
void link_store(struct state *state, const struct link *link, name_t required);
void link_remove(struct state *state, const struct link *link);
/* As link_get, then of the link for all actions. */
name_t link_lookup(struct state *state, const struct link *link);
/* A link to this permission, in *link. False: there is none. Adds the rows read to *rows. */
bool link_find_to(struct state *state, struct permission_level level, struct link *link,
                  uint64_t *rows);

#endif
