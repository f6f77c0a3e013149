// SPDX-License-Identifier: Apache-2.0
#include "host/wire/zip.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>

/* What a thread keeps from its first call to its end: zlib's state takes 40 KiB and some time. */
struct unzipper {
    z_stream stream;
    uint8_t out[UNZIP_BYTES_MAX];
};

static pthread_key_t unzipper_key;
static bool key_made;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void free_unzipper(void *memory)
{
    struct unzipper *unzipper = memory;
    (void)inflateEnd(&unzipper->stream); /* reports an unfinished stream at most */
    free(unzipper);
}

static void make_key(void)
{
    key_made = pthread_key_create(&unzipper_key, free_unzipper) == 0;
}

/* The thread's own; NULL when memory is out. */
static struct unzipper *open_unzipper(void)
{
    if (pthread_once(&key_once, make_key) != 0 || !key_made)
        return NULL;
    struct unzipper *unzipper = pthread_getspecific(unzipper_key);
    if (unzipper != NULL)
        return inflateReset(&unzipper->stream) == Z_OK ? unzipper : NULL;
    unzipper = malloc(sizeof *unzipper);
    if (unzipper == NULL)
        return NULL;
    unzipper->stream = (z_stream){.zalloc = Z_NULL};
    if (inflateInit(&unzipper->stream) != Z_OK) {
        free(unzipper);
        return NULL;
    }
    if (pthread_setspecific(unzipper_key, unzipper) != 0) {
        free_unzipper(unzipper);
        return NULL;
    }
    return unzipper;
}

enum unzip_result unzip(struct bytes zipped, struct bytes *out)
{
    if (zipped.size == 0 || zipped.size > UINT_MAX)
        return UNZIP_BAD;
    struct unzipper *unzipper = open_unzipper();
    if (unzipper == NULL)
        return UNZIP_NO_MEMORY;
    z_stream *stream = &unzipper->stream;
    stream->next_in = (Bytef *)zipped.data; /* zlib does not write to it */
    stream->avail_in = (uInt)zipped.size;
    stream->next_out = unzipper->out;
    stream->avail_out = sizeof unzipper->out;
    int status = inflate(stream, Z_FINISH);
    if (status == Z_MEM_ERROR)
        return UNZIP_NO_MEMORY;
    if (status != Z_STREAM_END || stream->avail_in != 0)
        return UNZIP_BAD;
    *out = (struct bytes){unzipper->out, sizeof unzipper->out - stream->avail_out};
    return UNZIP_OK;
}
