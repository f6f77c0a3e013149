// SPDX-License-Identifier: Apache-2.0
#include "host/wire/authority.h"

#include <assert.h>
#include <string.h>

/* A list's count, or 0 with the reader failed. */
static unsigned read_count(struct reader *reader, unsigned most)
{
    uint32_t count = read_varuint32(reader);
    if (count <= most)
        return count;
    reader->failed = true;
    return 0;
}

void authority_read(struct reader *reader, struct authority *authority)
{
    memset(authority, 0, sizeof *authority);
    authority->threshold = read_u32(reader);
    authority->key_count = read_count(reader, AUTHORITY_KEYS_MAX);
    for (unsigned i = 0; i < authority->key_count; i++) {
        public_key_read(reader, &authority->keys[i].key);
        authority->keys[i].weight = read_u16(reader);
    }
    authority->account_count = read_count(reader, AUTHORITY_ACCOUNTS_MAX);
    for (unsigned i = 0; i < authority->account_count; i++) {
        authority->accounts[i].permission.actor = read_u64(reader);
        authority->accounts[i].permission.permission = read_u64(reader);
        authority->accounts[i].weight = read_u16(reader);
    }
    authority->wait_count = read_count(reader, AUTHORITY_WAITS_MAX);
    for (unsigned i = 0; i < authority->wait_count; i++) {
        authority->waits[i].wait_sec = read_u32(reader);
        authority->waits[i].weight = read_u16(reader);
    }
}

void authority_write(struct writer *writer, const struct authority *authority)
{
    assert(authority->key_count <= AUTHORITY_KEYS_MAX &&
           authority->account_count <= AUTHORITY_ACCOUNTS_MAX &&
           authority->wait_count <= AUTHORITY_WAITS_MAX);
    write_u32(writer, authority->threshold);
    write_varuint32(writer, authority->key_count);
    for (unsigned i = 0; i < authority->key_count; i++) {
        public_key_write(writer, &authority->keys[i].key);
        write_u16(writer, authority->keys[i].weight);
    }
    write_varuint32(writer, authority->account_count);
    for (unsigned i = 0; i < authority->account_count; i++) {
        write_u64(writer, authority->accounts[i].permission.actor);
        write_u64(writer, authority->accounts[i].permission.permission);
        write_u16(writer, authority->accounts[i].weight);
    }
    write_varuint32(writer, authority->wait_count);
    for (unsigned i = 0; i < authority->wait_count; i++) {
        write_u32(writer, authority->waits[i].wait_sec);
        write_u16(writer, authority->waits[i].weight);
    }
}

static bool permission_below(const struct permission_level *one,
                             const struct permission_level *other)
{
    return one->actor != other->actor ? one->actor < other->actor
                                      : one->permission < other->permission;
}

/* Whether each entry stands above the one before it. */
static bool sorted(const struct authority *authority)
{
    for (unsigned i = 1; i < authority->key_count; i++)
        if (memcmp(&authority->keys[i - 1].key, &authority->keys[i].key,
                   sizeof authority->keys[i].key) >= 0)
            return false;
    for (unsigned i = 1; i < authority->account_count; i++)
        if (!permission_below(&authority->accounts[i - 1].permission,
                              &authority->accounts[i].permission))
            return false;
    for (unsigned i = 1; i < authority->wait_count; i++)
        if (authority->waits[i - 1].wait_sec >= authority->waits[i].wait_sec)
            return false;
    return true;
}

bool authority_valid(const struct authority *authority)
{
    uint32_t total = 0; /* of at most 36 numbers of 16 bits */
    bool useless = false;
    for (unsigned i = 0; i < authority->key_count; i++) {
        total += authority->keys[i].weight;
        useless |= authority->keys[i].weight == 0;
    }
    for (unsigned i = 0; i < authority->account_count; i++) {
        total += authority->accounts[i].weight;
        useless |= authority->accounts[i].weight == 0;
    }
    for (unsigned i = 0; i < authority->wait_count; i++) {
        total += authority->waits[i].weight;
        useless |= authority->waits[i].weight == 0 || authority->waits[i].wait_sec == 0;
    }
    return authority->threshold != 0 && total >= authority->threshold && !useless &&
           sorted(authority);
}

void authority_of_key(struct authority *authority, const struct public_key *key)
{
    memset(authority, 0, sizeof *authority);
    authority->threshold = 1;
    authority->key_count = 1;
    authority->keys[0].key = *key;
    authority->keys[0].weight = 1;
}
