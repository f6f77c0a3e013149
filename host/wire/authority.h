/* SPDX-License-Identifier: Apache-2.0 */
/* The family's `authority`: a threshold that weights of keys, of other accounts' permissions and of
 * waiting add up to. */
#ifndef HOST_WIRE_AUTHORITY_H
#define HOST_WIRE_AUTHORITY_H

#include <jansson.h>

#include "host/base/bytes.h"
#include "host/wire/key.h"
#include "host/wire/transaction.h"

#define AUTHORITY_KEYS_MAX     16u
#define AUTHORITY_ACCOUNTS_MAX 16u
#define AUTHORITY_WAITS_MAX    4u
#define AUTHORITY_BYTES_MAX    1280u /* packed */

struct key_weight {
    struct public_key key;
    uint16_t weight;
};

struct permission_weight {
    struct permission_level permission;
    uint16_t weight;
};

struct wait_weight {
    uint32_t wait_sec;
    uint16_t weight;
};

struct authority {
    uint32_t threshold;
    unsigned key_count, account_count, wait_count;
    struct key_weight keys[AUTHORITY_KEYS_MAX];
    struct permission_weight accounts[AUTHORITY_ACCOUNTS_MAX];
    struct wait_weight waits[AUTHORITY_WAITS_MAX];
};

/* The reader fails when there are more keys, accounts or waits than the limits. */
void authority_read(struct reader *reader, struct authority *authority);
void authority_write(struct writer *writer, const struct authority *authority);

/* Threshold not zero and within reach; each list sorted, without repetition, no weight of zero. */
bool authority_valid(const struct authority *authority);

/* One key of weight 1, threshold 1. */
void authority_of_key(struct authority *authority, const struct public_key *key);

/* {"threshold", "keys", "accounts", "waits"}; keys in their legacy text when `legacy`. */
json_t *authority_to_json(const struct authority *authority, bool legacy);
bool authority_from_json(const json_t *json, struct authority *authority);

#endif
