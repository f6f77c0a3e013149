// SPDX-License-Identifier: Apache-2.0
#include "host/store/log_mark.h"

#include <assert.h>
#include <string.h>

#include "host/base/bytes.h"
#include "host/store/crc32c.h"

#define MAGIC      0x4b4d4c53u /* "SLMK" */
#define SLOT_BYTES 24u
#define SLOTS      2u
/* Slots are in sectors of their own: a torn write of one does not touch the other. */
#define SLOT_STRIDE 4096u

static void read_slot(struct log_mark *mark, const uint8_t slot[SLOT_BYTES])
{
    struct reader reader = reader_of(slot, SLOT_BYTES);
    bool magic = read_u32(&reader) == MAGIC;
    uint64_t sequence = read_u64(&reader);
    uint32_t first = read_u32(&reader), synced = read_u32(&reader);
    bool whole = read_u32(&reader) == crc32c(0, slot, SLOT_BYTES - 4);
    assert(reader_done(&reader));
    if (!magic || !whole || sequence <= mark->sequence)
        return;
    mark->sequence = sequence;
    mark->first = first;
    mark->synced = synced;
}

int log_mark_open(struct log_mark *mark, const struct disk *disk, const char *path)
{
    memset(mark, 0, sizeof *mark);
    mark->disk = *disk;
    int code = disk->open(disk->context, path, true, &mark->file);
    if (code != 0)
        return code;
    for (unsigned i = 0; i < SLOTS; i++) {
        uint8_t slot[SLOT_BYTES];
        ssize_t count = disk->read(mark->file, slot, sizeof slot, (uint64_t)i * SLOT_STRIDE);
        if (count < 0)
            return (int)count;
        if (count == (ssize_t)sizeof slot)
            read_slot(mark, slot);
    }
    return 0;
}

void log_mark_close(struct log_mark *mark)
{
    if (mark->file != NULL)
        mark->disk.close(mark->file);
    mark->file = NULL;
}

int log_mark_set(struct log_mark *mark, uint32_t first, uint32_t synced)
{
    uint8_t slot[SLOT_BYTES];
    struct writer writer = writer_of(slot, sizeof slot);
    write_u32(&writer, MAGIC);
    write_u64(&writer, mark->sequence + 1);
    write_u32(&writer, first);
    write_u32(&writer, synced);
    write_u32(&writer, crc32c(0, slot, writer_size(&writer)));
    assert(!writer.failed && writer_size(&writer) == SLOT_BYTES);
    uint64_t offset = (mark->sequence + 1) % SLOTS * SLOT_STRIDE;
    int code = mark->disk.write(mark->file, slot, sizeof slot, offset);
    if (code == 0)
        code = mark->disk.sync(mark->file);
    if (code != 0)
        return code;
    mark->sequence++;
    mark->first = first;
    mark->synced = synced;
    return 0;
}
