// SPDX-License-Identifier: Apache-2.0
#include "host/store/state_mark.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mark_key[1] = {0};

struct bytes state_mark_key(void)
{
    return (struct bytes){mark_key, sizeof mark_key};
}

bool state_mark_is_key(struct bytes key)
{
    return key.size == sizeof mark_key && key.data[0] == mark_key[0];
}

void state_mark_write(const struct state_mark *mark, uint8_t out[STATE_MARK_BYTES])
{
    struct writer writer = writer_of(out, STATE_MARK_BYTES);
    write_u32(&writer, mark->height);
    write_copy(&writer, mark->block_id, sizeof mark->block_id);
    write_copy(&writer, mark->chain_id, sizeof mark->chain_id);
    for (unsigned i = 0; i < STATE_HASH_LANES; i++)
        write_u16(&writer, mark->sum.lanes[i]);
    assert(!writer.failed && writer_size(&writer) == STATE_MARK_BYTES);
}

bool state_mark_read(struct bytes value, struct state_mark *mark)
{
    struct reader reader = reader_of(value.data, value.size);
    mark->height = read_u32(&reader);
    read_copy(&reader, mark->block_id, sizeof mark->block_id);
    read_copy(&reader, mark->chain_id, sizeof mark->chain_id);
    for (unsigned i = 0; i < STATE_HASH_LANES; i++)
        mark->sum.lanes[i] = read_u16(&reader);
    return reader_done(&reader);
}

int state_mark_get(const struct row_store *store, struct state_mark *mark,
                   char error[STORE_ERROR_SIZE])
{
    memset(mark, 0, sizeof *mark);
    struct bytes key, value;
    int found = store->seek(store->context, state_mark_key(), false, &key, &value, error);
    if (found <= 0)
        return found;
    if (!state_mark_is_key(key)) {
        snprintf(error, STORE_ERROR_SIZE,
                 "the state has rows but no checkpoint: a snapshot was not loaded to its end; load "
                 "it again, or remove the state's folder and replay the block log");
        return -1;
    }
    if (!state_mark_read(value, mark)) {
        snprintf(error, STORE_ERROR_SIZE,
                 "the state's checkpoint cannot be read: another version wrote it; remove the "
                 "state's folder and load a snapshot or replay the block log");
        return -1;
    }
    return 1;
}
