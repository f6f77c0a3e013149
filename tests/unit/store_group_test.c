// SPDX-License-Identifier: Apache-2.0
/* Groups of rows as bytes: what is written is read again, and nothing else is. */
#include "host/store/row_group.h"
#include "tests/unit/check.h"
#include "tests/unit/store_random.h"

#define ROWS_MAX    40u
#define GROUPS      3000u
#define VALUE_BYTES 96u
#define FLOOR       "floor"

struct row {
    size_t key_size, value_size;
    uint8_t key[ROW_KEY_BYTES_MAX], value[VALUE_BYTES];
};
static struct row rows[ROWS_MAX];
static unsigned row_count;
static uint8_t memory[ROWS_MAX * sizeof(struct row)];

static struct bytes text(const char *bytes)
{
    return (struct bytes){(const uint8_t *)bytes, strlen(bytes)};
}

static struct bytes key_of(unsigned row)
{
    return (struct bytes){rows[row].key, rows[row].key_size};
}

static struct bytes value_of(unsigned row)
{
    return (struct bytes){rows[row].value, rows[row].value_size};
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *left = a, *right = b;
    return bytes_compare((struct bytes){left->key, left->key_size},
                         (struct bytes){right->key, right->key_size});
}

/* Keys of few different bytes, so that they share much and some are prefixes of others; sizes on
 * both sides of what fits in the fields. */
static struct row random_row(struct store_random *random)
{
    struct row row = {.key_size = 1 + random_below(random, 40),
                      .value_size = random_below(random, VALUE_BYTES + 1)};
    if (random_below(random, 8) == 0)
        row.key_size = ROW_KEY_BYTES_MAX - random_below(random, 3);
    for (size_t i = 0; i < row.key_size; i++)
        row.key[i] = (uint8_t)(random_below(random, 6) == 0 ? random_below(random, 3) : 'k');
    for (size_t i = 0; i < row.value_size; i++)
        row.value[i] = (uint8_t)random_u64(random);
    return row;
}

static void make_rows(struct store_random *random)
{
    unsigned made = 1 + random_below(random, ROWS_MAX);
    for (unsigned i = 0; i < made; i++)
        rows[i] = random_row(random);
    qsort(rows, made, sizeof rows[0], compare_rows);
    row_count = 0;
    for (unsigned i = 0; i < made; i++) {
        if (row_count == 0 || compare_rows(&rows[row_count - 1], &rows[i]) < 0)
            rows[row_count++] = rows[i];
    }
}

/* A floor for the rows: the first key, or a start of it. */
static struct bytes random_floor(struct store_random *random)
{
    return (struct bytes){rows[0].key, 1 + random_below(random, (unsigned)rows[0].key_size)};
}

static struct bytes write_rows(struct bytes floor)
{
    struct row_group_writer writer = {.bytes = memory, .capacity = sizeof memory};
    row_group_begin(&writer, floor);
    for (unsigned i = 0; i < row_count; i++)
        row_group_add(&writer, key_of(i), value_of(i));
    return row_group_end(&writer);
}

/* ------------------------------------------------------------------ what was written */

static void check_walk(const struct row_group *group)
{
    struct row_walk walk;
    row_walk_begin(&walk, group);
    for (unsigned i = 0; i < row_count; i++) {
        CHECK_EQ(row_walk_next(&walk), 1);
        CHECK_EQ(bytes_compare(row_walk_key(&walk), key_of(i)), 0);
        CHECK_EQ(bytes_compare(walk.value, value_of(i)), 0);
        CHECK(walk.value.data != NULL);
    }
    CHECK_EQ(row_walk_next(&walk), 0);
    CHECK_EQ(row_walk_next(&walk), 0);
}

static void check_find(const struct row_group *group, const struct row *row)
{
    struct bytes key = {row->key, row->key_size}, value;
    const struct row *known = bsearch(row, rows, row_count, sizeof rows[0], compare_rows);
    if (bytes_compare(key, group->floor) < 0)
        return;
    CHECK_EQ(row_group_find(group, key, &value), known != NULL);
    if (known != NULL)
        CHECK_EQ(bytes_compare(value, (struct bytes){known->value, known->value_size}), 0);
}

/* The row's neighbours: with a byte less, more, or changed. */
static void check_around(const struct row_group *group, unsigned i, struct store_random *random)
{
    struct row row = rows[i];
    check_find(group, &row);
    row.key[random_below(random, (unsigned)row.key_size)] ^= 1;
    check_find(group, &row);
    row = rows[i];
    row.key_size -= row.key_size > 1;
    check_find(group, &row);
    row = rows[i];
    row.key_size += row.key_size < ROW_KEY_BYTES_MAX;
    check_find(group, &row);
}

static void groups_give_their_rows_back(void)
{
    struct store_random random = {.state = 1};
    for (unsigned i = 0; i < GROUPS; i++) {
        struct row_group group;
        make_rows(&random);
        struct bytes floor = random_floor(&random);
        CHECK(row_group_open(&group, floor, write_rows(floor)));
        check_walk(&group);
        for (unsigned row = 0; row < row_count; row++)
            check_around(&group, row, &random);
        struct row any = random_row(&random);
        check_find(&group, &any);
    }
}

static void the_longest_rows_fit(void)
{
    static uint8_t bytes[ROW_GROUP_BYTES_MAX], value[ROW_VALUE_BYTES_MAX];
    uint8_t key[ROW_KEY_BYTES_MAX];
    struct row_group_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
    struct row_group group;
    struct bytes found;
    memset(key, 0xff, sizeof key);
    memset(value, 'v', sizeof value);
    row_group_begin(&writer, text("a"));
    row_group_add(&writer, (struct bytes){key, sizeof key}, (struct bytes){value, sizeof value});
    CHECK(row_group_open(&group, text("a"), row_group_end(&writer)));
    CHECK_EQ(row_group_find(&group, (struct bytes){key, sizeof key}, &found), 1);
    CHECK_EQ(bytes_compare(found, (struct bytes){value, sizeof value}), 0);
}

static void floors_are_short(void)
{
    uint8_t bytes[256];
    struct row_group_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
    row_group_begin_behind(&writer, text("alice"), text("alonso"));
    CHECK_EQ(bytes_compare(row_group_floor(&writer), text("alo")), 0);
    row_group_begin_behind(&writer, text("al"), text("alonso"));
    CHECK_EQ(bytes_compare(row_group_floor(&writer), text("alo")), 0);
    row_group_begin_behind(&writer, text("al"), text("b"));
    CHECK_EQ(bytes_compare(row_group_floor(&writer), text("b")), 0);
}

/* ------------------------------------------------------------------ what was not */

static void every_flipped_bit_is_found(void)
{
    struct store_random random = {.state = 2};
    struct row_group group;
    uint8_t floor_bytes[ROW_KEY_BYTES_MAX];
    for (unsigned i = 0; i < 20; i++) {
        make_rows(&random);
        struct bytes given = random_floor(&random), stored = write_rows(given);
        struct bytes floor = {floor_bytes, given.size};
        memcpy(floor_bytes, given.data, given.size);
        for (size_t bit = 0; bit < 8 * (floor.size + stored.size); bit++) {
            uint8_t *byte =
                bit / 8 < floor.size ? floor_bytes + bit / 8 : memory + bit / 8 - floor.size;
            *byte ^= (uint8_t)(1u << bit % 8);
            CHECK(!row_group_open(&group, floor, stored));
            *byte ^= (uint8_t)(1u << bit % 8);
        }
        CHECK(row_group_open(&group, floor, stored));
    }
}

/* In memory that ends where the bytes do, so that ASan sees what is read behind them. */
static int walk_all(struct bytes floor, struct bytes bytes)
{
    uint8_t *copy = malloc(bytes.size + 1);
    CHECK(copy != NULL);
    uint8_t *start = copy + 1;
    if (bytes.size != 0)
        memcpy(start, bytes.data, bytes.size);
    struct row_group group = {floor, {start, bytes.size}};
    struct row_walk walk;
    struct bytes value;
    int more;
    row_walk_begin(&walk, &group);
    while ((more = row_walk_next(&walk)) == 1)
        CHECK(row_group_find(&group, row_walk_key(&walk), &value) == 1);
    CHECK(row_group_find(&group, text("zzzz"), &value) <= 0);
    free(copy);
    return more;
}

static void every_truncation_is_found(void)
{
    struct store_random random = {.state = 3};
    struct row_group group;
    make_rows(&random);
    struct bytes floor = random_floor(&random), stored = write_rows(floor);
    unsigned whole = 0;
    for (size_t size = 0; size < stored.size; size++)
        CHECK(!row_group_open(&group, floor, (struct bytes){stored.data, size}));
    for (size_t size = 0; size < stored.size - ROW_GROUP_CHECKSUM_BYTES; size++)
        whole += walk_all(floor, (struct bytes){stored.data, size}) == 0;
    CHECK_EQ(whole, row_count); /* between two rows it may end: the checksum knows better */
}

static void groups_have_limits(void)
{
    static uint8_t bytes[ROW_GROUP_BYTES_MAX + 1], floor[ROW_KEY_BYTES_MAX + 1];
    struct row_group group;
    for (size_t size = 0; size <= ROW_GROUP_CHECKSUM_BYTES; size++)
        CHECK(!row_group_open(&group, text("a"), (struct bytes){bytes, size}));
    CHECK(!row_group_open(&group, text("a"), (struct bytes){bytes, sizeof bytes}));
    struct bytes stored = (make_rows(&(struct store_random){.state = 4}), write_rows(key_of(0)));
    CHECK(!row_group_open(&group, (struct bytes){floor, 0}, stored));
    CHECK(!row_group_open(&group, (struct bytes){floor, sizeof floor}, stored));
}

/* u16 of a row: shared, rest, value. */
#define FIELDS(shared, rest, value)                                                                \
    (uint8_t)((shared) | (rest) << 5), (uint8_t)((rest) >> 3 | (value) << 2)

static void other_forms_are_refused(void)
{
    static const struct {
        const char *what;
        uint8_t bytes[16];
        size_t size;
        int verdict;
    } forms[] = {
        {"the floor itself", {FIELDS(5, 0, 0)}, 2, 0},
        {"a row and another", {FIELDS(5, 1, 1), 'x', 'v', FIELDS(5, 1, 0), 'y'}, 7, 0},
        {"a row and one behind its end", {FIELDS(5, 0, 0), FIELDS(5, 1, 0), 0}, 5, 0},
        {"half a row", {FIELDS(5, 0, 0), 0}, 3, -1},
        {"a rest that is not there", {FIELDS(5, 2, 0), 'x'}, 3, -1},
        {"a value that is not there", {FIELDS(5, 1, 2), 'x', 'v'}, 4, -1},
        {"the same key twice", {FIELDS(5, 0, 0), FIELDS(5, 0, 0)}, 4, -1},
        {"the same key by its last byte", {FIELDS(5, 1, 0), 'x', FIELDS(5, 1, 0), 'x'}, 6, -1},
        {"a key below the one before", {FIELDS(5, 1, 0), 'x', FIELDS(5, 1, 0), 'w'}, 6, -1},
        {"a prefix of the one before", {FIELDS(5, 2, 0), 'x', 'x', FIELDS(6, 0, 0)}, 6, -1},
        {"a key below the floor", {FIELDS(4, 1, 0), 'a'}, 3, -1},
        {"a prefix of the floor", {FIELDS(4, 0, 0)}, 2, -1},
        {"less shared than there is", {FIELDS(4, 1, 0), 'r'}, 3, -1},
        {"less shared, and more behind", {FIELDS(4, 2, 0), 'r', 'x'}, 4, -1},
        {"more shared than there is", {FIELDS(6, 1, 0), 'x'}, 3, -1},
        {"a varuint32 of two bytes for 0", {FIELDS(5, 31, 0), 0x80, 0x00}, 4, -1},
        {"a varuint32 without an end", {FIELDS(5, 31, 0), 0x80}, 3, -1},
        {"a varuint32 of 32 bits", {FIELDS(5, 0, 63), 0xff, 0xff, 0xff, 0xff, 0x0f}, 7, -1},
        {"a rest of 257 bytes", {FIELDS(0, 31, 0), 0xe2, 0x01}, 4, -1},
        {"shared bytes beyond 32 bits", {FIELDS(31, 0, 0), 0xff, 0xff, 0xff, 0xff, 0x1f}, 7, -1},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        int verdict = walk_all(text(FLOOR), (struct bytes){forms[i].bytes, forms[i].size});
        if (verdict != forms[i].verdict)
            printf("# %s\n", forms[i].what);
        CHECK_EQ(verdict, forms[i].verdict);
    }
}

/* Limits that need long keys and values. */
static void rows_too_long_are_refused(void)
{
    static uint8_t bytes[8 + ROW_VALUE_BYTES_MAX + 1];
    uint8_t floor[200];
    struct writer writer = writer_of(bytes, sizeof bytes);
    memset(floor, 'f', sizeof floor);
    struct bytes whole = {floor, sizeof floor};
    write_copy(&writer, (uint8_t[]){FIELDS(31, 31, 0)}, 2);
    write_varuint32(&writer, (uint32_t)sizeof floor - 31);
    write_varuint32(&writer, ROW_KEY_BYTES_MAX - (uint32_t)sizeof floor - 31);
    uint8_t *rest = writer.next;
    CHECK_EQ(walk_all(whole, (struct bytes){bytes, writer_size(&writer) + 56}), 0);
    rest[-1]++;
    CHECK_EQ(walk_all(whole, (struct bytes){bytes, writer_size(&writer) + 57}), -1);
    writer = writer_of(bytes, sizeof bytes);
    write_copy(&writer, (uint8_t[]){FIELDS(5, 0, 63)}, 2);
    uint8_t *value_size = writer.next;
    write_varuint32(&writer, ROW_VALUE_BYTES_MAX - 63);
    size_t bytes_max = writer_size(&writer) + ROW_VALUE_BYTES_MAX;
    CHECK_EQ(walk_all(text(FLOOR), (struct bytes){bytes, bytes_max}), 0);
    value_size[0]++;
    CHECK_EQ(walk_all(text(FLOOR), (struct bytes){bytes, bytes_max + 1}), -1);
}

int main(void)
{
    RUN(groups_give_their_rows_back);
    RUN(the_longest_rows_fit);
    RUN(floors_are_short);
    RUN(every_flipped_bit_is_found);
    RUN(every_truncation_is_found);
    RUN(groups_have_limits);
    RUN(other_forms_are_refused);
    RUN(rows_too_long_are_refused);
    return 0;
}
