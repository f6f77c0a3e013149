// SPDX-License-Identifier: Apache-2.0
/* Rows on LMDB against rows in memory: random batches, searches both ways, groups that split and
 * merge; files of other versions and with damage. */
#include <fcntl.h>
#include <unistd.h>

#include "host/store/group_tree.h"
#include "tests/unit/check.h"
#include "tests/unit/store_folder.h"
#include "tests/unit/store_random.h"

#define STORE_BYTES (64u << 20)
#define BATCH_MAX   200u
#define ROWS        20000u

static char error[STORE_ERROR_SIZE];

struct pair {
    struct row_store lmdb, memory;
    char folder[FOLDER_PATH_SIZE];
    struct store_random random;
};

static void open_lmdb(struct pair *pair)
{
    if (row_store_lmdb(pair->folder, STORE_BYTES, &pair->lmdb, error) != 0)
        printf("# %s\n", error);
    CHECK_EQ(pair->lmdb.refresh(pair->lmdb.context, error), 0);
}

static void make_pair(struct pair *pair, uint64_t seed)
{
    pair->random.state = seed;
    folder_make(pair->folder);
    open_lmdb(pair);
    CHECK_EQ(row_store_memory(&pair->memory, error), 0);
}

static void end_pair(struct pair *pair)
{
    pair->lmdb.close(pair->lmdb.context);
    pair->memory.close(pair->memory.context);
    folder_remove(pair->folder);
}

/* ------------------------------------------------------------------ groups as they are stored */

struct groups {
    unsigned count, rows, small;
    size_t bytes;
};

/* Two groups, one behind the other. */
static void check_invariant(size_t bytes, size_t behind)
{
    CHECK(bytes > 0);
    CHECK(bytes >= GROUP_BYTES_MIN || behind == 0 || behind > GROUP_BYTES_MAX);
}

static void count_rows(struct groups *groups, const MDB_val *floor, const MDB_val *stored)
{
    struct row_group group;
    struct row_walk walk;
    CHECK(row_group_open(&group, bytes_of(floor), bytes_of(stored)));
    row_walk_begin(&walk, &group);
    unsigned rows = 0;
    size_t longest = 0;
    for (; row_walk_next(&walk) == 1; rows++)
        longest = walk.value.size > longest ? walk.value.size : longest;
    CHECK(rows == 1 || longest <= GROUP_BYTES_MAX);
    CHECK(rows > 0 && walk.next == walk.end);
    CHECK(rows == 1 || group.rows.size < 4 * GROUP_BYTES_MAX);
    groups->count++;
    groups->rows += rows;
    groups->bytes += group.rows.size;
    groups->small += group.rows.size < GROUP_BYTES_MIN;
}

/* Of a store that nobody has open. */
static struct groups read_groups(const char *folder)
{
    struct groups groups = {0};
    MDB_env *environment;
    MDB_txn *transaction;
    MDB_dbi database;
    MDB_cursor *cursor;
    MDB_val floor, stored;
    size_t before = 0;
    CHECK_EQ(mdb_env_create(&environment), 0);
    CHECK_EQ(mdb_env_set_maxdbs(environment, 1), 0);
    CHECK_EQ(mdb_env_open(environment, folder, MDB_RDONLY, 0), 0);
    CHECK_EQ(mdb_txn_begin(environment, NULL, MDB_RDONLY, &transaction), 0);
    CHECK_EQ(mdb_dbi_open(transaction, GROUP_DATABASE, 0, &database), 0);
    CHECK_EQ(mdb_cursor_open(transaction, database, &cursor), 0);
    while (mdb_cursor_get(cursor, &floor, &stored, MDB_NEXT) == 0) {
        size_t bytes = stored.mv_size - ROW_GROUP_CHECKSUM_BYTES;
        if (groups.count > 0)
            check_invariant(before, bytes);
        count_rows(&groups, &floor, &stored);
        before = bytes;
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(transaction);
    mdb_env_close(environment);
    return groups;
}

/* Closes the store and opens it again. */
static struct groups reopen(struct pair *pair)
{
    pair->lmdb.close(pair->lmdb.context);
    struct groups groups = read_groups(pair->folder);
    open_lmdb(pair);
    return groups;
}

/* ------------------------------------------------------------------ both the same */

static void same_get(struct pair *pair, struct bytes key)
{
    struct bytes a, b;
    int found = pair->memory.get(pair->memory.context, key, &a, error);
    CHECK_EQ(pair->lmdb.get(pair->lmdb.context, key, &b, error), found);
    if (found == 1)
        CHECK_EQ(bytes_compare(a, b), 0);
}

/* The row found becomes the key of the next search when it goes on. */
static bool same_seek(struct pair *pair, uint8_t buffer[ROW_KEY_BYTES_MAX + 1], size_t *size,
                      bool reverse)
{
    struct bytes key_a, a, key_b, b, key = {buffer, *size};
    int found = pair->memory.seek(pair->memory.context, key, reverse, &key_a, &a, error);
    CHECK_EQ(pair->lmdb.seek(pair->lmdb.context, key, reverse, &key_b, &b, error), found);
    if (found == 0)
        return false;
    CHECK_EQ(found, 1);
    CHECK_EQ(bytes_compare(key_a, key_b), 0);
    CHECK_EQ(bytes_compare(a, b), 0);
    CHECK(b.data != NULL);
    memcpy(buffer, key_a.data, key_a.size);
    *size = key_a.size;
    if (!reverse)
        buffer[(*size)++] = 0;
    return true;
}

static void same_scan(struct pair *pair, struct bytes from, bool reverse, unsigned steps)
{
    uint8_t buffer[ROW_KEY_BYTES_MAX + 1];
    size_t size = from.size;
    if (size != 0)
        memcpy(buffer, from.data, size);
    while (steps > 0 && same_seek(pair, buffer, &size, reverse))
        steps--;
}

struct sum {
    uint64_t rows, hash;
};

static int add_row(void *user, struct bytes key, struct bytes value)
{
    struct sum *sum = user;
    sum->rows++;
    for (size_t i = 0; i < key.size; i++)
        sum->hash = sum->hash * 31 + key.data[i];
    for (size_t i = 0; i < value.size; i++)
        sum->hash = sum->hash * 37 + value.data[i];
    return 0;
}

static uint64_t same_rows(struct pair *pair)
{
    struct sum a = {0}, b = {0};
    CHECK_EQ(pair->memory.each(pair->memory.context, add_row, &a, error), 0);
    CHECK_EQ(pair->lmdb.each(pair->lmdb.context, add_row, &b, error), 0);
    CHECK_EQ(a.rows, b.rows);
    CHECK(a.hash == b.hash);
    same_scan(pair, (struct bytes){NULL, 0}, false, UINT32_MAX);
    same_scan(pair, (struct bytes){NULL, 0}, true, UINT32_MAX);
    return a.rows;
}

static void commit_both(struct pair *pair, const struct row_change *changes, size_t count)
{
    CHECK_EQ(pair->memory.commit(pair->memory.context, changes, count, error), 0);
    if (pair->lmdb.commit(pair->lmdb.context, changes, count, error) != 0)
        printf("# %s\n", error);
    CHECK_EQ(pair->memory.refresh(pair->memory.context, error), 0);
    CHECK_EQ(pair->lmdb.refresh(pair->lmdb.context, error), 0);
}

/* ------------------------------------------------------------------ random batches */

struct key {
    size_t size;
    uint8_t bytes[ROW_KEY_BYTES_MAX];
};

static struct bytes view(const struct key *key)
{
    return (struct bytes){key->bytes, key->size};
}

/* Of 65,536 keys or less: the bytes behind the first are a function of them. Some are short, some
 * as long as they may be; the lowest key of all, too. */
static struct key random_key(struct pair *pair, unsigned spread)
{
    static const size_t sizes[8] = {3, 9, 18, 25, 33, 34, 60, ROW_KEY_BYTES_MAX};
    struct key key = {.size = 1};
    unsigned number = random_below(&pair->random, spread);
    if (number == 0)
        return key;
    key.size = sizes[number % 8];
    memset(key.bytes, 'k', sizeof key.bytes);
    key.bytes[0] = (uint8_t)(number % 3);
    key.bytes[key.size / 2] = (uint8_t)(number >> 8);
    key.bytes[key.size - 1] = (uint8_t)number;
    return key;
}

static struct bytes random_value(struct pair *pair, unsigned long_ones)
{
    static uint8_t bytes[20000];
    struct store_random *random = &pair->random;
    size_t size = random_below(random, 1000) < long_ones ? random_below(random, sizeof bytes)
                                                         : random_below(random, 80);
    if (random_below(random, 50) == 0)
        size = random_below(random, 2 * GROUP_BYTES_MAX);
    size_t at = random_below(random, (unsigned)(sizeof bytes - size));
    for (unsigned i = 0; i < 20; i++)
        bytes[random_below(random, sizeof bytes)] = (uint8_t)random_u64(random);
    return (struct bytes){bytes + at, size};
}

/* In any order, with keys more than once. `erase`: so many of 100. */
static void random_batch(struct pair *pair, unsigned spread, unsigned erase, unsigned long_ones)
{
    static struct key keys[BATCH_MAX];
    struct row_change changes[BATCH_MAX];
    uint8_t *copies[BATCH_MAX];
    unsigned count = 1 + random_below(&pair->random, BATCH_MAX);
    for (unsigned i = 0; i < count; i++) {
        keys[i] = random_key(pair, spread);
        changes[i] = (struct row_change){.key = view(&keys[i])};
        changes[i].erase = random_below(&pair->random, 100) < erase;
        struct bytes value = random_value(pair, long_ones);
        copies[i] = malloc(value.size + 1);
        CHECK(copies[i] != NULL);
        memcpy(copies[i], value.data, value.size);
        if (!changes[i].erase)
            changes[i].value = (struct bytes){copies[i], value.size};
    }
    commit_both(pair, changes, count);
    for (unsigned i = 0; i < count; i++)
        free(copies[i]);
}

static void random_reads(struct pair *pair, unsigned spread)
{
    for (unsigned i = 0; i < 40; i++) {
        struct key key = random_key(pair, spread);
        same_get(pair, view(&key));
        if (random_below(&pair->random, 2) == 0)
            key.bytes[key.size - 1]++;
        else if (random_below(&pair->random, 2) == 0)
            key.size -= key.size > 1;
        same_get(pair, view(&key));
        same_scan(pair, view(&key), random_below(&pair->random, 2) == 0,
                  random_below(&pair->random, 30));
    }
}

static void random_history(uint64_t seed, unsigned spread, unsigned long_ones)
{
    static const unsigned erasures[6] = {10, 40, 90, 20, 60, 100};
    struct pair pair;
    make_pair(&pair, seed);
    for (unsigned phase = 0; phase < 6; phase++) {
        for (unsigned i = 0; i < 25; i++) {
            random_batch(&pair, spread, erasures[phase], long_ones);
            random_reads(&pair, spread);
        }
        uint64_t rows = same_rows(&pair);
        CHECK_EQ(reopen(&pair).rows, rows);
        CHECK_EQ(same_rows(&pair), rows);
    }
    end_pair(&pair);
}

static void random_batches_do_the_same(void)
{
    for (uint64_t seed = 1; seed <= 2; seed++) {
        random_history(seed, 300, 20);
        random_history(seed, 65536, 0);
        random_history(seed, 4000, 300);
    }
}

/* ------------------------------------------------------------------ groups that grow and shrink */

static struct bytes number_key(unsigned number, uint8_t bytes[12])
{
    memset(bytes, 'n', 12);
    for (unsigned i = 0; i < 4; i++)
        bytes[8 + i] = (uint8_t)(number >> 8 * (3 - i));
    return (struct bytes){bytes, 12};
}

/* Rows first, first + step, ...: of `size` bytes, or erased. */
static void change_numbers(struct pair *pair, unsigned first, unsigned step, bool erase,
                           size_t size)
{
    static uint8_t keys[ROWS][12], value[2 * GROUP_BYTES_MAX];
    static struct row_change changes[ROWS];
    size_t count = 0;
    CHECK(size <= sizeof value);
    for (unsigned number = first; number < ROWS; number += step, count++) {
        changes[count] = (struct row_change){number_key(number, keys[count]), erase, {value, 0}};
        changes[count].value.size = erase ? 0 : size;
    }
    commit_both(pair, changes, count);
}

static void groups_are_full_when_loaded(void)
{
    struct pair pair;
    make_pair(&pair, 1);
    change_numbers(&pair, 0, 1, false, 20);
    struct groups groups = reopen(&pair);
    CHECK_EQ(groups.rows, ROWS);
    CHECK(groups.bytes > (size_t)groups.count * (GROUP_BYTES_MAX * 9 / 10));
    CHECK_EQ(same_rows(&pair), ROWS);
    end_pair(&pair);
}

/* However rows go, all at once or some of each group at a time, no small groups stay. */
static void few_rows_are_few_groups(void)
{
    struct pair pair;
    make_pair(&pair, 1);
    change_numbers(&pair, 0, 1, false, 20);
    for (unsigned first = 0; first < 61; first++) {
        if (first != 7)
            change_numbers(&pair, first, 61, true, 0);
    }
    struct groups groups = reopen(&pair);
    CHECK_EQ(groups.rows, ROWS / 61 + 1);
    CHECK(groups.small <= 1 && groups.bytes > (size_t)(groups.count - 1) * GROUP_BYTES_MIN);
    CHECK_EQ(same_rows(&pair), ROWS / 61 + 1);
    change_numbers(&pair, 0, 1, true, 0);
    CHECK_EQ(reopen(&pair).count, 0);
    CHECK_EQ(same_rows(&pair), 0);
    change_numbers(&pair, 0, 1, false, 5);
    CHECK_EQ(same_rows(&pair), ROWS);
    end_pair(&pair);
}

/* Small rows between long ones, which then go. */
static void what_long_rows_parted_comes_together(void)
{
    struct pair pair;
    make_pair(&pair, 1);
    change_numbers(&pair, 0, 10, false, 4);
    change_numbers(&pair, 5, 10, false, GROUP_BYTES_MAX + 1);
    struct groups parted = reopen(&pair);
    CHECK_EQ(parted.count, parted.rows);
    change_numbers(&pair, 5, 20, true, 0);
    CHECK(reopen(&pair).count < parted.count);
    change_numbers(&pair, 5, 10, true, 0);
    struct groups groups = reopen(&pair);
    CHECK_EQ(groups.rows, ROWS / 10);
    CHECK(groups.small <= 1);
    CHECK_EQ(same_rows(&pair), ROWS / 10);
    end_pair(&pair);
}

/* ------------------------------------------------------------------ other files, damage */

static void another_form_is_refused(void)
{
    char folder[FOLDER_PATH_SIZE];
    struct row_store store;
    MDB_env *environment;
    MDB_txn *transaction;
    MDB_dbi database;
    MDB_val key = {1, (void *)"a"}, value = {5, (void *)"value"};
    for (unsigned entries = 1; entries <= 2; entries++) {
        folder_make(folder);
        CHECK_EQ(mdb_env_create(&environment), 0);
        CHECK_EQ(mdb_env_open(environment, folder, 0, 0640), 0);
        CHECK_EQ(mdb_txn_begin(environment, NULL, 0, &transaction), 0);
        CHECK_EQ(mdb_dbi_open(transaction, NULL, 0, &database), 0);
        CHECK_EQ(mdb_put(transaction, database, &key, &value, 0), 0);
        key.mv_data = (void *)"b";
        if (entries == 2)
            CHECK_EQ(mdb_put(transaction, database, &key, &value, 0), 0);
        CHECK_EQ(mdb_txn_commit(transaction), 0);
        mdb_env_close(environment);
        CHECK_EQ(row_store_lmdb(folder, STORE_BYTES, &store, error), -1);
        CHECK(strstr(error, "another form; remove the folder and load a snapshot") != NULL);
        folder_remove(folder);
    }
}

/* Flips a bit of the first `what` in the file. */
static void damage(const char *folder, const char *what)
{
    char path[FOLDER_PATH_SIZE + 16];
    static uint8_t content[1u << 20];
    snprintf(path, sizeof path, "%s/data.mdb", folder);
    int file = open(path, O_RDWR);
    CHECK(file >= 0);
    ssize_t bytes = pread(file, content, sizeof content, 0);
    CHECK(bytes > 0);
    uint8_t *found = memmem(content, (size_t)bytes, what, strlen(what));
    CHECK(found != NULL);
    *found ^= 1;
    CHECK_EQ(pwrite(file, found, 1, found - content), 1);
    CHECK_EQ(close(file), 0);
}

/* A damaged group is not written anew with a checksum that is right. */
static void damage_is_not_written_on(void)
{
    struct pair pair;
    struct bytes value, found;
    uint8_t key[12];
    struct row_change change = {.value = {(const uint8_t *)"sought after", 12}};
    make_pair(&pair, 1);
    change_numbers(&pair, 0, 1, false, 20);
    change.key = number_key(ROWS / 2, key);
    commit_both(&pair, &change, 1);
    pair.lmdb.close(pair.lmdb.context);
    damage(pair.folder, "sought after");
    open_lmdb(&pair);
    change.key = number_key(ROWS / 2 + 1, key);
    CHECK_EQ(pair.lmdb.commit(pair.lmdb.context, &change, 1, error), -1);
    CHECK(strstr(error, "are damaged; remove the folder") != NULL);
    CHECK_EQ(pair.lmdb.refresh(pair.lmdb.context, error), 0);
    CHECK_EQ(pair.lmdb.get(pair.lmdb.context, change.key, &value, error), -1);
    CHECK(strstr(error, "are damaged; remove the folder") != NULL);
    CHECK_EQ(pair.lmdb.seek(pair.lmdb.context, change.key, true, &found, &value, error), -1);
    CHECK_EQ(pair.lmdb.each(pair.lmdb.context, add_row, &(struct sum){0}, error), -1);
    CHECK_EQ(pair.lmdb.get(pair.lmdb.context, number_key(0, key), &value, error), 1);
    change.key = number_key(0, key);
    CHECK_EQ(pair.lmdb.commit(pair.lmdb.context, &change, 1, error), 0);
    end_pair(&pair);
}

/* Two groups, right each by itself: the first one's last row is above the second one's floor. */
static void write_overlapping(const char *folder)
{
    static uint8_t bytes[2][256];
    static const char *const rows[2][2] = {{"a", "n"}, {"m", "o"}};
    MDB_env *environment;
    MDB_txn *transaction;
    MDB_dbi database;
    CHECK_EQ(mdb_env_create(&environment), 0);
    CHECK_EQ(mdb_env_set_maxdbs(environment, 1), 0);
    CHECK_EQ(mdb_env_open(environment, folder, 0, 0640), 0);
    CHECK_EQ(mdb_txn_begin(environment, NULL, 0, &transaction), 0);
    CHECK_EQ(mdb_dbi_open(transaction, GROUP_DATABASE, MDB_CREATE, &database), 0);
    for (unsigned i = 0; i < 2; i++) {
        struct row_group_writer group = {.bytes = bytes[i], .capacity = sizeof bytes[i]};
        struct bytes first = {(const uint8_t *)rows[i][0], 1};
        row_group_begin(&group, first);
        row_group_add(&group, first, first);
        row_group_add(&group, (struct bytes){(const uint8_t *)rows[i][1], 1}, first);
        MDB_val floor = val_of(first), stored = val_of(row_group_end(&group));
        CHECK_EQ(mdb_put(transaction, database, &floor, &stored, 0), 0);
    }
    CHECK_EQ(mdb_txn_commit(transaction), 0);
    mdb_env_close(environment);
}

static void groups_that_overlap_are_refused(void)
{
    char folder[FOLDER_PATH_SIZE];
    struct row_store store;
    struct row_change change = {.key = {(const uint8_t *)"b", 1}};
    folder_make(folder);
    write_overlapping(folder);
    CHECK_EQ(row_store_lmdb(folder, STORE_BYTES, &store, error), 0);
    CHECK_EQ(store.commit(store.context, &change, 1, error), -1);
    CHECK(strstr(error, "key 61 (1 bytes) and behind are damaged") != NULL);
    CHECK_EQ(store.each(store.context, add_row, &(struct sum){0}, error), -1);
    CHECK(strstr(error, "key 6d (1 bytes) and behind are damaged") != NULL);
    store.close(store.context);
    folder_remove(folder);
}

/* Of LMDB's pages: flags, 1 for a branch; where its nodes stand; in a node, its key and that's
 * size. */
#define PAGE_BYTES   4096u
#define PAGE_HEADER  16u
#define PAGE_FLAGS   10u
#define PAGE_LOWER   12u
#define NODE_KEY     8u
#define NODE_KEYSIZE 6u
#define KEY_FLIPS    16u

static unsigned number_at(const uint8_t *bytes)
{
    return bytes[0] | (unsigned)bytes[1] << 8;
}

/* A byte of a key on one of the branch pages, as its place in the file. */
static size_t random_branch_key_byte(const uint8_t *content, size_t bytes,
                                     struct store_random *random)
{
    for (;;) {
        size_t page = random_below(random, (unsigned)(bytes / PAGE_BYTES)) * (size_t)PAGE_BYTES;
        unsigned nodes = (number_at(content + page + PAGE_LOWER) - PAGE_HEADER) / 2;
        if (number_at(content + page + PAGE_FLAGS) != 1 || nodes < 2)
            continue;
        unsigned node = 1 + random_below(random, nodes - 1); /* the first has no key */
        size_t at = page + number_at(content + page + PAGE_HEADER + 2 * (size_t)node);
        return at + NODE_KEY + random_below(random, number_at(content + at + NODE_KEYSIZE));
    }
}

/* Rows that cannot be read. */
static unsigned lost_numbers(struct pair *pair)
{
    uint8_t key[12];
    struct bytes value;
    unsigned lost = 0;
    open_lmdb(pair);
    for (unsigned number = 0; number < ROWS; number++) {
        int found = pair->lmdb.get(pair->lmdb.context, number_key(number, key), &value, error);
        CHECK(found != 0); /* hidden */
        lost += found < 0;
    }
    pair->lmdb.close(pair->lmdb.context);
    return lost;
}

static void no_bit_in_the_keys_above_hides_a_row(void)
{
    static uint8_t content[4u << 20];
    char path[FOLDER_PATH_SIZE + 16];
    struct pair pair;
    unsigned lost = 0;
    make_pair(&pair, 1);
    change_numbers(&pair, 0, 1, false, 60);
    pair.lmdb.close(pair.lmdb.context);
    snprintf(path, sizeof path, "%s/data.mdb", pair.folder);
    int file = open(path, O_RDWR);
    CHECK(file >= 0);
    ssize_t bytes = pread(file, content, sizeof content, 0);
    CHECK(bytes > 0);
    for (unsigned i = 0; i < KEY_FLIPS; i++) {
        size_t at = random_branch_key_byte(content, (size_t)bytes, &pair.random);
        uint8_t flipped = content[at] ^ (uint8_t)(1u << random_below(&pair.random, 8));
        CHECK_EQ(pwrite(file, &flipped, 1, (off_t)at), 1);
        lost += lost_numbers(&pair);
        CHECK_EQ(pwrite(file, &content[at], 1, (off_t)at), 1);
    }
    CHECK(lost > 0);
    CHECK_EQ(lost_numbers(&pair), 0);
    CHECK_EQ(close(file), 0);
    open_lmdb(&pair);
    end_pair(&pair);
}

int main(void)
{
    RUN(random_batches_do_the_same);
    RUN(groups_are_full_when_loaded);
    RUN(few_rows_are_few_groups);
    RUN(what_long_rows_parted_comes_together);
    RUN(another_form_is_refused);
    RUN(damage_is_not_written_on);
    RUN(groups_that_overlap_are_refused);
    RUN(no_bit_in_the_keys_above_hides_a_row);
    return 0;
}
