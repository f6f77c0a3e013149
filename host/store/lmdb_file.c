// SPDX-License-Identifier: Apache-2.0
#include "host/store/lmdb_file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/store/row_store.h"

/* Behind the last page: a place in a page has 16 bits, and the longest value may be where it says.
 */
#define MARGIN_BYTES (2 * ROW_VALUE_BYTES_MAX)

int lmdb_file_pad(MDB_env *environment)
{
    mdb_filehandle_t file;
    MDB_envinfo info;
    MDB_stat pages;
    struct stat status;
    int code = mdb_env_get_fd(environment, &file);
    if (code == 0)
        code = mdb_env_info(environment, &info);
    if (code == 0)
        code = mdb_env_stat(environment, &pages);
    if (code != 0)
        return code;
    if (fstat(file, &status) != 0)
        return errno;
    uint64_t bytes = ((uint64_t)info.me_last_pgno + 1) * pages.ms_psize + MARGIN_BYTES;
    if (bytes > info.me_mapsize)
        bytes = info.me_mapsize;
    if ((uint64_t)status.st_size >= bytes)
        return 0;
    return ftruncate(file, (off_t)bytes) == 0 ? 0 : errno;
}
