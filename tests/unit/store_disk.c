// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/store_disk.h"

#include <errno.h>
#include <limits.h>

#include "tests/unit/check.h"

#define FILES_MAX 64u

struct content {
    uint8_t *bytes;
    size_t size;
};

/* A write, or a truncate (data NULL, `offset` is the new size). */
struct change {
    uint64_t offset;
    uint8_t *data;
    size_t bytes;
};

struct disk_file {
    struct store_disk *disk;
    char path[DISK_PATH_SIZE]; /* empty: this place is free */
    struct content durable, current;
    struct change *changes; /* since the last sync */
    unsigned change_count;
    unsigned open_count;
};

struct store_disk {
    struct disk_file *files[FILES_MAX];
    unsigned changes_left; /* UINT_MAX: lives for ever */
    bool fail_write, fail_sync;
};

/* ------------------------------------------------------------------ contents */

static void resize(struct content *content, size_t bytes)
{
    uint8_t *resized = realloc(content->bytes, bytes + 1);
    CHECK(resized != NULL);
    content->bytes = resized;
    if (bytes > content->size)
        memset(content->bytes + content->size, 0, bytes - content->size);
    content->size = bytes;
}

static void overwrite(struct content *content, uint64_t offset, const uint8_t *data, size_t bytes)
{
    if (bytes == 0)
        return;
    if (offset + bytes > content->size)
        resize(content, offset + bytes);
    memcpy(content->bytes + offset, data, bytes);
}

static void copy_content(struct content *to, const struct content *from)
{
    resize(to, from->size);
    if (from->size != 0)
        memcpy(to->bytes, from->bytes, from->size);
}

static void forget_changes(struct disk_file *file)
{
    for (unsigned i = 0; i < file->change_count; i++)
        free(file->changes[i].data);
    free(file->changes);
    file->changes = NULL;
    file->change_count = 0;
}

static void remember(struct disk_file *file, uint64_t offset, const void *data, size_t bytes)
{
    struct change *changes =
        realloc(file->changes, (file->change_count + 1) * sizeof *file->changes);
    CHECK(changes != NULL);
    file->changes = changes;
    struct change *change = &changes[file->change_count++];
    *change = (struct change){.offset = offset, .bytes = bytes};
    if (data == NULL)
        return;
    change->data = malloc(bytes + 1);
    CHECK(change->data != NULL);
    memcpy(change->data, data, bytes);
}

/* ------------------------------------------------------------------ files */

static struct disk_file *find(const struct store_disk *disk, const char *path)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (disk->files[i] != NULL && strcmp(disk->files[i]->path, path) == 0)
            return disk->files[i];
    }
    return NULL;
}

static struct disk_file *make_file(struct store_disk *disk, const char *path)
{
    unsigned place = 0;
    while (place < FILES_MAX && disk->files[place] != NULL)
        place++;
    CHECK(place < FILES_MAX);
    struct disk_file *file = calloc(1, sizeof *file);
    CHECK(file != NULL);
    file->disk = disk;
    snprintf(file->path, sizeof file->path, "%s", path);
    resize(&file->durable, 0);
    resize(&file->current, 0);
    disk->files[place] = file;
    return file;
}

static void remove_file(struct store_disk *disk, struct disk_file *file)
{
    CHECK_EQ(file->open_count, 0);
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (disk->files[i] == file)
            disk->files[i] = NULL;
    }
    forget_changes(file);
    free(file->durable.bytes);
    free(file->current.bytes);
    free(file);
}

/* Whether the disk takes one more change. */
static bool spend(struct store_disk *disk)
{
    if (disk->changes_left == UINT_MAX)
        return true;
    if (disk->changes_left == 0)
        return false;
    disk->changes_left--;
    return true;
}

/* ------------------------------------------------------------------ the seam */

static int seam_open(void *context, const char *path, bool create, struct disk_file **out)
{
    struct store_disk *disk = context;
    struct disk_file *file = find(disk, path);
    if (file == NULL && !create)
        return -ENOENT;
    if (file == NULL && !spend(disk))
        return -EIO;
    if (file == NULL)
        file = make_file(disk, path);
    file->open_count++;
    *out = file;
    return 0;
}

static ssize_t seam_read(struct disk_file *file, void *out, size_t bytes, uint64_t offset)
{
    if (offset >= file->current.size)
        return 0;
    size_t left = file->current.size - offset;
    size_t count = bytes < left ? bytes : left;
    memcpy(out, file->current.bytes + offset, count);
    return (ssize_t)count;
}

static int seam_write(struct disk_file *file, const void *data, size_t bytes, uint64_t offset)
{
    bool fail = file->disk->fail_write;
    file->disk->fail_write = false;
    if (!spend(file->disk))
        return -EIO;
    size_t done = fail ? bytes / 2 : bytes;
    remember(file, offset, data, done);
    overwrite(&file->current, offset, data, done);
    return fail ? -ENOSPC : 0;
}

static int seam_sync(struct disk_file *file)
{
    bool fail = file->disk->fail_sync;
    file->disk->fail_sync = false;
    if (fail || !spend(file->disk))
        return -EIO;
    forget_changes(file);
    copy_content(&file->durable, &file->current);
    return 0;
}

static int seam_truncate(struct disk_file *file, uint64_t bytes)
{
    if (!spend(file->disk))
        return -EIO;
    remember(file, bytes, NULL, 0);
    resize(&file->current, bytes);
    return 0;
}

static int64_t seam_size(struct disk_file *file)
{
    return (int64_t)file->current.size;
}

static void seam_close(struct disk_file *file)
{
    CHECK(file->open_count > 0);
    file->open_count--;
}

static int seam_make_folder(void *context, const char *path)
{
    (void)context, (void)path;
    return 0;
}

static int seam_list(void *context, const char *path, void (*name)(void *user, const char *name),
                     void *user)
{
    const struct store_disk *disk = context;
    size_t chars = strlen(path);
    for (unsigned i = 0; i < FILES_MAX; i++) {
        const struct disk_file *file = disk->files[i];
        if (file != NULL && strncmp(file->path, path, chars) == 0 && file->path[chars] == '/')
            name(user, file->path + chars + 1);
    }
    return 0;
}

static int seam_rename(void *context, const char *from, const char *to)
{
    struct store_disk *disk = context;
    struct disk_file *file = find(disk, from);
    if (file == NULL)
        return -ENOENT;
    if (!spend(disk))
        return -EIO;
    struct disk_file *replaced = find(disk, to);
    if (replaced != NULL)
        remove_file(disk, replaced);
    snprintf(file->path, sizeof file->path, "%s", to);
    return 0;
}

static int seam_remove(void *context, const char *path)
{
    struct store_disk *disk = context;
    struct disk_file *file = find(disk, path);
    if (file == NULL)
        return 0;
    if (!spend(disk))
        return -EIO;
    remove_file(disk, file);
    return 0;
}

struct disk store_disk_seam(struct store_disk *disk)
{
    return (struct disk){.open = seam_open,
                         .read = seam_read,
                         .write = seam_write,
                         .sync = seam_sync,
                         .truncate = seam_truncate,
                         .size = seam_size,
                         .close = seam_close,
                         .make_folder = seam_make_folder,
                         .list = seam_list,
                         .rename = seam_rename,
                         .remove = seam_remove,
                         .context = disk};
}

/* ------------------------------------------------------------------ making and ending */

struct store_disk *store_disk_create(void)
{
    struct store_disk *disk = calloc(1, sizeof *disk);
    CHECK(disk != NULL);
    disk->changes_left = UINT_MAX;
    return disk;
}

void store_disk_destroy(struct store_disk *disk)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (disk->files[i] != NULL)
            remove_file(disk, disk->files[i]);
    }
    free(disk);
}

struct store_disk *store_disk_copy(const struct store_disk *disk)
{
    struct store_disk *copy = store_disk_create();
    for (unsigned i = 0; i < FILES_MAX; i++) {
        const struct disk_file *file = disk->files[i];
        if (file == NULL)
            continue;
        struct disk_file *made = make_file(copy, file->path);
        copy_content(&made->durable, &file->current);
        copy_content(&made->current, &file->current);
    }
    return copy;
}

/* ------------------------------------------------------------------ what goes wrong */

static void redo(struct content *content, const struct change *change)
{
    if (change->data == NULL)
        resize(content, change->offset);
    else
        overwrite(content, change->offset, change->data, change->bytes);
}

/* Any piece of a write; a truncate is whole or nothing. */
static void redo_part(struct content *content, const struct change *change, bool from_start,
                      struct store_random *random)
{
    if (change->data == NULL)
        return;
    size_t start = from_start ? 0 : random_below(random, (unsigned)change->bytes + 1);
    size_t bytes = random_below(random, (unsigned)(change->bytes - start) + 1);
    overwrite(content, change->offset + start, change->data + start, bytes);
}

static void crash_file(struct disk_file *file, enum store_disk_crash crash,
                       struct store_random *random)
{
    unsigned whole = random_below(random, file->change_count + 1);
    for (unsigned i = 0; i < file->change_count; i++) {
        const struct change *change = &file->changes[i];
        bool keep = crash == CRASH_PREFIX ? i < whole : random_below(random, 2) == 0;
        bool part = crash == CRASH_PREFIX ? i == whole : random_below(random, 2) == 0;
        if (keep)
            redo(&file->durable, change);
        else if (part)
            redo_part(&file->durable, change, crash == CRASH_PREFIX, random);
    }
    forget_changes(file);
    copy_content(&file->current, &file->durable);
}

void store_disk_crash(struct store_disk *disk, enum store_disk_crash crash,
                      struct store_random *random)
{
    disk->changes_left = UINT_MAX;
    disk->fail_write = false;
    disk->fail_sync = false;
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (disk->files[i] != NULL) {
            CHECK_EQ(disk->files[i]->open_count, 0);
            crash_file(disk->files[i], crash, random);
        }
    }
}

void store_disk_die_after(struct store_disk *disk, unsigned changes)
{
    disk->changes_left = changes;
}

void store_disk_fail_write(struct store_disk *disk)
{
    disk->fail_write = true;
}

void store_disk_fail_sync(struct store_disk *disk)
{
    disk->fail_sync = true;
}

const char *store_disk_name(const struct store_disk *disk, unsigned file)
{
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (disk->files[i] != NULL && file-- == 0)
            return disk->files[i]->path;
    }
    return NULL;
}

uint8_t *store_disk_content(struct store_disk *disk, const char *path, size_t *bytes)
{
    struct disk_file *file = find(disk, path);
    CHECK(file != NULL);
    *bytes = file->current.size;
    return file->current.bytes;
}

void store_disk_set_size(struct store_disk *disk, const char *path, size_t bytes)
{
    struct disk_file *file = find(disk, path);
    CHECK(file != NULL);
    resize(&file->current, bytes);
}
