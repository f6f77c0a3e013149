// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/tables.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "host/ledger/names.h"
#include "host/wire/hash.h"

#define ACCOUNT_ROW_BYTES    77u /* with all that it may have */
#define PERMISSION_ROW_BYTES (13u + AUTHORITY_BYTES_MAX)
#define USAGE_ROW_BYTES      20u
#define PARAMETERS_BYTES     52u
#define GLOBAL_ROW_BYTES     16u

/* Indices below ROW_GLOBAL. */
enum { GLOBAL_PARAMETERS = 0, GLOBAL_COUNTERS = 1 };

/* Permissions at the end of a key. */
enum { KEY_PERMISSION_ACTIVE = 1, KEY_PERMISSION_OWNER = 2 };
#define KEY_HASH_BYTES 8u

/* What an account's row has besides slot and RAM: its first byte. */
enum {
    ACCOUNT_PRIVILEGED = 1 << 0,
    ACCOUNT_LIMITED = 1 << 1, /* quota and limits; all are UNLIMITED without it */
    ACCOUNT_LINKED = 1 << 2,  /* link count */
    ACCOUNT_ABI = 1 << 3,     /* sequence and hash */
    ACCOUNT_LARGE = 1 << 4,   /* RAM usage has 64 bits, not 32 */
};

/* The first byte of a permission's row. */
enum {
    PERMISSION_PARENT = 1 << 0,  /* the parent is written out; otherwise it is owner, or */
    PERMISSION_TOP = 1 << 1,     /* there is none */
    PERMISSION_ONE_KEY = 1 << 2, /* the authority is a key: threshold and weight 1 */
};

/* ------------------------------------------------------------------ keys */

/* Keys are built for every row that is read: these two are here to be inlined, which what others
 * call is not. */
static void start(struct row_key *key, enum row_kind kind)
{
    key->bytes[0] = (uint8_t)kind;
    key->size = 1;
}

static void append_u64(struct row_key *key, uint64_t value)
{
    value = htobe64(value);
    assert(key->size + sizeof value <= sizeof key->bytes);
    memcpy(key->bytes + key->size, &value, sizeof value);
    key->size += sizeof value;
}

struct row_key row_key(enum row_kind kind)
{
    struct row_key key;
    start(&key, kind);
    return key;
}

void row_key_copy(struct row_key *key, const void *data, size_t bytes)
{
    assert(bytes <= sizeof key->bytes - key->size);
    memcpy(key->bytes + key->size, data, bytes);
    key->size += bytes;
}

void row_key_u8(struct row_key *key, uint8_t value)
{
    row_key_copy(key, &value, sizeof value);
}

void row_key_u16(struct row_key *key, uint16_t value)
{
    value = htobe16(value);
    row_key_copy(key, &value, sizeof value);
}

void row_key_u32(struct row_key *key, uint32_t value)
{
    value = htobe32(value);
    row_key_copy(key, &value, sizeof value);
}

void row_key_u64(struct row_key *key, uint64_t value)
{
    append_u64(key, value);
}

void row_key_permission(struct row_key *key, name_t permission)
{
    if (permission == NAME_ACTIVE)
        row_key_u8(key, KEY_PERMISSION_ACTIVE);
    else if (permission == NAME_OWNER)
        row_key_u8(key, KEY_PERMISSION_OWNER);
    else
        append_u64(key, permission);
}

name_t read_key_permission(struct reader *reader)
{
    if (reader_left(reader) != 1)
        return read_u64_be(reader);
    uint8_t code = read_u8(reader);
    assert(code == KEY_PERMISSION_ACTIVE || code == KEY_PERMISSION_OWNER);
    return code == KEY_PERMISSION_ACTIVE ? NAME_ACTIVE : NAME_OWNER;
}

struct row_key row_key_end(const struct row_key *prefix)
{
    struct row_key end = *prefix;
    while (end.size > 0 && end.bytes[end.size - 1] == UINT8_MAX)
        end.size--;
    if (end.size > 0)
        end.bytes[end.size - 1]++;
    return end;
}

struct row_key account_key(name_t account)
{
    struct row_key key;
    start(&key, ROW_ACCOUNT);
    append_u64(&key, account);
    return key;
}

struct row_key permission_key(name_t account, name_t permission)
{
    struct row_key key;
    start(&key, ROW_PERMISSION);
    append_u64(&key, account);
    row_key_permission(&key, permission);
    return key;
}

struct row_key key_entry_prefix(const struct public_key *public_key)
{
    struct row_key key;
    uint8_t packed[1 + PUBLIC_KEY_BYTES], hash[32];
    struct writer writer = writer_of(packed, sizeof packed);
    public_key_write(&writer, public_key);
    assert(!writer.failed);
    hash_sha256(&(struct bytes){packed, writer_size(&writer)}, 1, hash);
    start(&key, ROW_KEY);
    row_key_copy(&key, hash, KEY_HASH_BYTES);
    return key;
}

struct row_key abi_key(name_t account)
{
    struct row_key key;
    start(&key, ROW_ABI);
    append_u64(&key, account);
    return key;
}

struct row_key contract_row_key(name_t code, uint64_t scope, name_t table, uint64_t primary)
{
    struct row_key key;
    start(&key, ROW_CONTRACT);
    append_u64(&key, code);
    append_u64(&key, scope);
    append_u64(&key, table);
    append_u64(&key, primary);
    return key;
}

struct row_key table_key(name_t code, name_t table, uint64_t scope)
{
    struct row_key key;
    start(&key, ROW_TABLE);
    append_u64(&key, code);
    append_u64(&key, table);
    append_u64(&key, scope);
    return key;
}

static struct row_key usage_key(name_t account)
{
    struct row_key key;
    start(&key, ROW_USAGE);
    append_u64(&key, account);
    return key;
}

static struct row_key global_key(uint8_t index)
{
    struct row_key key;
    start(&key, ROW_GLOBAL);
    row_key_u8(&key, index);
    return key;
}

/* ------------------------------------------------------------------ values */

static bool open_row(struct state *state, const struct row_key *key, struct reader *reader)
{
    struct bytes value;
    if (!state_get(state, row_key_view(key), &value))
        return false;
    *reader = reader_of(value.data, value.size);
    return true;
}

static void close_row(const struct reader *reader)
{
    bool whole = reader_done(reader);
    assert(whole);
    (void)whole;
}

static void put_row(struct state *state, const struct row_key *key, const struct writer *value)
{
    assert(!value->failed);
    state_put(state, row_key_view(key), (struct bytes){value->start, writer_size(value)});
}

bool account_row_get(struct state *state, name_t account, struct account_row *row)
{
    struct row_key key = account_key(account);
    struct reader reader;
    if (!open_row(state, &key, &reader))
        return false;
    uint8_t has = read_u8(&reader);
    *row = (struct account_row){.created_slot = read_u32(&reader),
                                .privileged = (has & ACCOUNT_PRIVILEGED) != 0,
                                .ram_quota_bytes = UNLIMITED,
                                .net_limit_words = UNLIMITED,
                                .cpu_limit_us = UNLIMITED};
    row->ram_usage_bytes = has & ACCOUNT_LARGE ? read_u64(&reader) : read_u32(&reader);
    if (has & ACCOUNT_LIMITED) {
        row->ram_quota_bytes = (int64_t)read_u64(&reader);
        row->net_limit_words = (int64_t)read_u64(&reader);
        row->cpu_limit_us = (int64_t)read_u64(&reader);
    }
    if (has & ACCOUNT_LINKED)
        row->link_count = read_u32(&reader);
    if (has & ACCOUNT_ABI) {
        row->abi_sequence = read_u32(&reader);
        read_copy(&reader, row->abi_hash, sizeof row->abi_hash);
    }
    close_row(&reader);
    return true;
}

static uint8_t account_has(const struct account_row *row)
{
    bool limited = row->ram_quota_bytes != UNLIMITED || row->net_limit_words != UNLIMITED ||
                   row->cpu_limit_us != UNLIMITED;
    return (uint8_t)((row->privileged ? ACCOUNT_PRIVILEGED : 0) | (limited ? ACCOUNT_LIMITED : 0) |
                     (row->link_count != 0 ? ACCOUNT_LINKED : 0) |
                     (row->abi_sequence != 0 ? ACCOUNT_ABI : 0) |
                     (row->ram_usage_bytes > UINT32_MAX ? ACCOUNT_LARGE : 0));
}

void account_row_put(struct state *state, name_t account, const struct account_row *row)
{
    uint8_t bytes[ACCOUNT_ROW_BYTES], has = account_has(row);
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct row_key key = account_key(account);
    write_u8(&writer, has);
    write_u32(&writer, row->created_slot);
    if (has & ACCOUNT_LARGE)
        write_u64(&writer, row->ram_usage_bytes);
    else
        write_u32(&writer, (uint32_t)row->ram_usage_bytes);
    if (has & ACCOUNT_LIMITED) {
        write_u64(&writer, (uint64_t)row->ram_quota_bytes);
        write_u64(&writer, (uint64_t)row->net_limit_words);
        write_u64(&writer, (uint64_t)row->cpu_limit_us);
    }
    if (has & ACCOUNT_LINKED)
        write_u32(&writer, row->link_count);
    if (has & ACCOUNT_ABI) {
        write_u32(&writer, row->abi_sequence);
        write_copy(&writer, row->abi_hash, sizeof row->abi_hash);
    }
    put_row(state, &key, &writer);
}

/* The row's first byte, and the parent. */
static uint8_t read_parent(struct reader *reader, name_t *parent)
{
    uint8_t form = read_u8(reader);
    *parent = form & PERMISSION_TOP ? 0 : NAME_OWNER;
    if (form & PERMISSION_PARENT)
        *parent = read_u64(reader);
    return form;
}

name_t permission_row_parent(struct bytes value)
{
    struct reader reader = reader_of(value.data, value.size);
    name_t parent;
    (void)read_parent(&reader, &parent);
    assert(!reader.failed);
    return parent;
}

bool permission_row_get(struct state *state, name_t account, name_t permission,
                        struct permission_row *row)
{
    struct row_key key = permission_key(account, permission);
    struct reader reader;
    if (!open_row(state, &key, &reader))
        return false;
    uint8_t form = read_parent(&reader, &row->parent);
    row->updated_slot = read_u32(&reader);
    if (form & PERMISSION_ONE_KEY) {
        struct public_key one;
        public_key_read(&reader, &one);
        authority_of_key(&row->authority, &one);
    } else {
        authority_read(&reader, &row->authority);
    }
    close_row(&reader);
    return true;
}

static bool is_one_key(const struct authority *authority)
{
    return authority->threshold == 1 && authority->key_count == 1 &&
           authority->keys[0].weight == 1 && authority->account_count == 0 &&
           authority->wait_count == 0;
}

void permission_row_put(struct state *state, name_t account, name_t permission,
                        const struct permission_row *row)
{
    uint8_t bytes[PERMISSION_ROW_BYTES], form = 0;
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct row_key key = permission_key(account, permission);
    if (row->parent == 0)
        form = PERMISSION_TOP;
    else if (row->parent != NAME_OWNER)
        form = PERMISSION_PARENT;
    if (is_one_key(&row->authority))
        form |= PERMISSION_ONE_KEY;
    write_u8(&writer, form);
    if (form & PERMISSION_PARENT)
        write_u64(&writer, row->parent);
    write_u32(&writer, row->updated_slot);
    if (form & PERMISSION_ONE_KEY)
        public_key_write(&writer, &row->authority.keys[0].key);
    else
        authority_write(&writer, &row->authority);
    put_row(state, &key, &writer);
}

void usage_row_get(struct state *state, name_t account, uint32_t slot, struct usage_row *row)
{
    struct row_key key = usage_key(account);
    struct reader reader;
    struct usage_row fresh = {.window = slot / USAGE_WINDOW_SLOTS};
    *row = fresh;
    if (!open_row(state, &key, &reader))
        return;
    row->window = read_u32(&reader);
    row->net_used_words = read_u64(&reader);
    row->cpu_used_us = read_u64(&reader);
    close_row(&reader);
    if (row->window != fresh.window)
        *row = fresh;
}

void usage_row_put(struct state *state, name_t account, const struct usage_row *row)
{
    uint8_t bytes[USAGE_ROW_BYTES];
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct row_key key = usage_key(account);
    write_u32(&writer, row->window);
    write_u64(&writer, row->net_used_words);
    write_u64(&writer, row->cpu_used_us);
    put_row(state, &key, &writer);
}

/* The genesis puts the two global rows: a state without them is none. */
static struct reader open_global(struct state *state, uint8_t index)
{
    struct row_key key = global_key(index);
    struct reader reader = {0};
    bool there = open_row(state, &key, &reader);
    assert(there);
    (void)there;
    return reader;
}

void chain_parameters_get(struct state *state, struct chain_parameters *parameters)
{
    struct reader reader = open_global(state, GLOBAL_PARAMETERS);
    parameters->max_block_net_words = read_u32(&reader);
    parameters->max_block_cpu_us = read_u32(&reader);
    parameters->max_transaction_net_words = read_u32(&reader);
    parameters->max_transaction_cpu_us = read_u32(&reader);
    parameters->max_transaction_lifetime_s = read_u32(&reader);
    parameters->max_inline_depth = read_u32(&reader);
    parameters->max_authority_depth = read_u32(&reader);
    parameters->account_ram_bytes = (int64_t)read_u64(&reader);
    parameters->account_net_words = (int64_t)read_u64(&reader);
    parameters->account_cpu_us = (int64_t)read_u64(&reader);
    close_row(&reader);
}

void chain_parameters_write(struct writer *writer, const struct chain_parameters *parameters)
{
    write_u32(writer, parameters->max_block_net_words);
    write_u32(writer, parameters->max_block_cpu_us);
    write_u32(writer, parameters->max_transaction_net_words);
    write_u32(writer, parameters->max_transaction_cpu_us);
    write_u32(writer, parameters->max_transaction_lifetime_s);
    write_u32(writer, parameters->max_inline_depth);
    write_u32(writer, parameters->max_authority_depth);
    write_u64(writer, (uint64_t)parameters->account_ram_bytes);
    write_u64(writer, (uint64_t)parameters->account_net_words);
    write_u64(writer, (uint64_t)parameters->account_cpu_us);
}

void chain_parameters_put(struct state *state, const struct chain_parameters *parameters)
{
    uint8_t bytes[PARAMETERS_BYTES];
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct row_key key = global_key(GLOBAL_PARAMETERS);
    chain_parameters_write(&writer, parameters);
    put_row(state, &key, &writer);
}

void global_row_get(struct state *state, struct global_row *row)
{
    struct reader reader = open_global(state, GLOBAL_COUNTERS);
    row->global_sequence = read_u64(&reader);
    row->account_count = read_u64(&reader);
    close_row(&reader);
}

void global_row_put(struct state *state, const struct global_row *row)
{
    uint8_t bytes[GLOBAL_ROW_BYTES];
    struct writer writer = writer_of(bytes, sizeof bytes);
    struct row_key key = global_key(GLOBAL_COUNTERS);
    write_u64(&writer, row->global_sequence);
    write_u64(&writer, row->account_count);
    put_row(state, &key, &writer);
}
