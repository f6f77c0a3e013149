// SPDX-License-Identifier: Apache-2.0
#include "host/store/group_tree.h"

int group_is_damaged(struct damaged_group *damaged, struct bytes floor)
{
    size_t shown = floor.size < GROUP_FLOOR_BYTES_SHOWN ? floor.size : GROUP_FLOOR_BYTES_SHOWN;
    damaged->floor_size = floor.size;
    memcpy(damaged->floor_start, floor.data, shown);
    return GROUP_DAMAGED;
}

/* LMDB does not compare what it finds behind the end of a page, so a bit in the keys that lead
 * there would hide rows; the group in front of the first one above the key is right if its floor is
 * below.
 */
int group_tree_find(MDB_cursor *cursor, struct bytes key, bool below, MDB_val *floor,
                    MDB_val *stored)
{
    *floor = val_of(key);
    int code = mdb_cursor_get(cursor, floor, stored, MDB_SET_RANGE);
    if (code == 0) {
        int order = bytes_compare(bytes_of(floor), key);
        if (order < 0)
            return GROUP_DAMAGED;
        if (order == 0 && !below)
            return 0;
        code = mdb_cursor_get(cursor, floor, stored, MDB_PREV);
    } else if (code == MDB_NOTFOUND) {
        code = mdb_cursor_get(cursor, floor, stored, MDB_LAST);
    }
    if (code == 0 && bytes_compare(bytes_of(floor), key) >= 0)
        return GROUP_DAMAGED;
    return code;
}
