// SPDX-License-Identifier: Apache-2.0
/* Groups of any bytes, without the checksum that would refuse nearly all of them: a byte with the
 * size of the floor, the floor, the rows. What a walk takes is written in the same bytes, and each
 * of its rows is found. */
#include "host/store/row_group.h"
#include "tests/unit/check.h"

#define BYTES_MAX 4096u
#define PROBE     16u /* bytes of a key that is looked for in any case */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* As many bytes as were written when the walk ends; whether it ended well in *whole. */
static void write_again(const struct row_group *group, bool *whole)
{
    static uint8_t memory[BYTES_MAX + ROW_GROUP_CHECKSUM_BYTES];
    struct row_group_writer writer = {.bytes = memory, .capacity = sizeof memory};
    struct row_walk walk;
    struct bytes value;
    int more;
    row_walk_begin(&walk, group);
    row_group_begin(&writer, group->floor);
    while ((more = row_walk_next(&walk)) == 1) {
        CHECK_EQ(row_group_find(group, row_walk_key(&walk), &value), 1);
        CHECK(value.data == walk.value.data && value.size == walk.value.size);
        row_group_add(&writer, row_walk_key(&walk), walk.value);
        CHECK_EQ(writer.size, walk.next - group->rows.data);
    }
    CHECK_MEM(memory, group->rows.data, writer.size);
    *whole = more == 0;
    if (more != 0 || writer.size == 0)
        return;
    struct row_group again;
    CHECK(row_group_open(&again, group->floor, row_group_end(&writer)));
    CHECK_EQ(again.rows.size, group->rows.size);
}

/* Whether a walk finds the key. */
static bool is_there(const struct row_group *group, struct bytes key)
{
    struct row_walk walk;
    row_walk_begin(&walk, group);
    while (row_walk_next(&walk) == 1)
        if (bytes_compare(row_walk_key(&walk), key) == 0)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0 || data[0] == 0 || bytes < 1u + data[0] || bytes > BYTES_MAX)
        return 0;
    struct row_group group = {{data + 1, data[0]}, {data + 1 + data[0], bytes - 1 - data[0]}};
    size_t probe_bytes = group.rows.size < PROBE ? group.rows.size : PROBE;
    struct bytes probe = {data + bytes - probe_bytes, probe_bytes}, value;
    bool whole;
    write_again(&group, &whole);
    int found = row_group_find(&group, probe, &value);
    if (whole && bytes_compare(probe, group.floor) >= 0)
        CHECK_EQ(found, is_there(&group, probe));
    return 0;
}
