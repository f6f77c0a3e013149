/* SPDX-License-Identifier: Apache-2.0 */
/* Whether keys satisfy permissions, by the algorithm of the family: weights of an authority are
 * tried from the highest down, keys before accounts, until the threshold is reached; accounts'
 * permissions are followed up to a depth; keys that helped an authority which failed in the end do
 * not count as used. Waits never count: nothing is delayed here. */
#ifndef HOST_LEDGER_AUTHORITY_CHECK_H
#define HOST_LEDGER_AUTHORITY_CHECK_H

#include "host/ledger/execute.h"

#define AUTHORITY_CHECK_DEPTH_MAX 16u  /* the chain's parameter may say less */
#define AUTHORITY_CHECK_STEPS_MAX 256u /* permissions looked at, of all authorizations together */

/* One bit a key. */
struct key_set {
    uint64_t words[AUTHORIZE_KEYS_MAX / 64];
};

enum level_status { LEVEL_PENDING, LEVEL_SATISFIED, LEVEL_UNSATISFIED };

struct checked_level {
    struct permission_level level;
    enum level_status status;
};

struct authority_check {
    struct state *state;
    unsigned depth_max;
    const struct public_key *keys;
    unsigned key_count;
    const struct permission_level *provided; /* satisfied without keys; NULL: none */
    struct key_set used;
    unsigned steps; /* beyond AUTHORITY_CHECK_STEPS_MAX nothing more is satisfied */
    unsigned level_count;
    struct checked_level levels[AUTHORITY_CHECK_STEPS_MAX]; /* of the permission being checked */
};

/* At most AUTHORIZE_KEYS_MAX keys. */
void authority_check_init(struct authority_check *check, struct state *state, unsigned depth_max,
                          const struct public_key *keys, unsigned key_count,
                          const struct permission_level *provided);
/* A permission that does not exist is not satisfied. */
bool authority_check_level(struct authority_check *check, struct permission_level level);
static inline bool key_set_has(const struct key_set *set, unsigned key)
{
    return (set->words[key / 64] >> key % 64 & 1) != 0;
}

#endif
