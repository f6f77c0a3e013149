// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/authority_check.h"

#include <assert.h>
#include <string.h>

#define FACTORS_MAX (AUTHORITY_KEYS_MAX + AUTHORITY_ACCOUNTS_MAX)

void authority_check_init(struct authority_check *check, struct state *state, unsigned depth_max,
                          const struct public_key *keys, unsigned key_count,
                          const struct permission_level *provided)
{
    assert(key_count <= AUTHORIZE_KEYS_MAX);
    check->state = state;
    check->depth_max =
        depth_max < AUTHORITY_CHECK_DEPTH_MAX ? depth_max : AUTHORITY_CHECK_DEPTH_MAX;
    check->keys = keys;
    check->key_count = key_count;
    check->provided = provided;
    check->used = (struct key_set){{0}};
    check->steps = 0;
    check->level_count = 0;
}

static bool same_level(const struct permission_level *a, const struct permission_level *b)
{
    return a->actor == b->actor && a->permission == b->permission;
}

/* ------------------------------------------------------------------ one authority */

/* The keys and accounts of an authority in the order in which they are tried. */
struct factor {
    uint16_t weight;
    bool is_key;
    uint8_t index;
};

/* Whether a stands in front of b: by weight, then keys. */
static bool in_front(struct factor a, struct factor b)
{
    return a.weight != b.weight ? a.weight > b.weight : a.is_key && !b.is_key;
}

/* Equal ones keep their order. */
static void insert(struct factor *factors, unsigned count, struct factor factor)
{
    for (; count > 0 && in_front(factor, factors[count - 1]); count--)
        factors[count] = factors[count - 1];
    factors[count] = factor;
}

static unsigned order_factors(const struct authority *authority, struct factor *factors)
{
    unsigned count = 0;
    for (unsigned i = 0; i < authority->account_count; i++)
        insert(factors, count++, (struct factor){authority->accounts[i].weight, false, (uint8_t)i});
    for (unsigned i = 0; i < authority->key_count; i++)
        insert(factors, count++, (struct factor){authority->keys[i].weight, true, (uint8_t)i});
    return count;
}

static bool key_provided(struct authority_check *check, const struct public_key *key)
{
    for (unsigned i = 0; i < check->key_count; i++) {
        if (memcmp(&check->keys[i], key, sizeof *key) != 0)
            continue;
        check->used.words[i / 64] |= UINT64_C(1) << i % 64;
        return true;
    }
    return false;
}

static bool level_satisfied(struct authority_check *check, struct permission_level level,
                            unsigned depth);

static bool authority_satisfied(struct authority_check *check, const struct authority *authority,
                                unsigned depth)
{
    struct factor factors[FACTORS_MAX];
    struct key_set used_before = check->used;
    unsigned count = order_factors(authority, factors);
    uint32_t weight = 0; /* of at most 32 numbers of 16 bits */
    for (unsigned i = 0; i < count; i++) {
        unsigned index = factors[i].index;
        bool counts = factors[i].is_key
                          ? key_provided(check, &authority->keys[index].key)
                          : level_satisfied(check, authority->accounts[index].permission, depth);
        if (counts)
            weight += factors[i].weight;
        if (weight >= authority->threshold)
            return true;
    }
    check->used = used_before;
    return false;
}

/* ------------------------------------------------------------------ permissions */

/* NULL: not looked at yet. */
static const struct checked_level *find_level(const struct authority_check *check,
                                              const struct permission_level *level)
{
    for (unsigned i = 0; i < check->level_count; i++)
        if (same_level(&check->levels[i].level, level))
            return &check->levels[i];
    return NULL;
}

/* Recursion is bounded by depth_max; a cycle ends at the permission that is pending. */
static bool level_satisfied(struct authority_check *check, struct permission_level level,
                            unsigned depth)
{
    struct permission_row row;
    if (check->provided != NULL && same_level(check->provided, &level))
        return true;
    const struct checked_level *known = find_level(check, &level);
    if (known != NULL)
        return known->status == LEVEL_SATISFIED;
    if (depth >= check->depth_max || check->steps == AUTHORITY_CHECK_STEPS_MAX)
        return false;
    check->steps++;
    if (!permission_row_get(check->state, level.actor, level.permission, &row))
        return false;
    struct checked_level *entry = &check->levels[check->level_count++];
    entry->level = level;
    entry->status = LEVEL_PENDING;
    bool satisfied = authority_satisfied(check, &row.authority, depth + 1);
    entry->status = satisfied ? LEVEL_SATISFIED : LEVEL_UNSATISFIED;
    return satisfied;
}

bool authority_check_level(struct authority_check *check, struct permission_level level)
{
    check->level_count = 0;
    return level_satisfied(check, level, 0);
}
