/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of this machine for a test that needs real files, removed with all that is in it. */
#ifndef TESTS_UNIT_STORE_FOLDER_H
#define TESTS_UNIT_STORE_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/unit/check.h"

#define FOLDER_PATH_SIZE 256u

static inline void folder_make(char path[FOLDER_PATH_SIZE])
{
    const char *where = getenv("TMPDIR");
    snprintf(path, FOLDER_PATH_SIZE, "%s/snapscale_store.XXXXXX", where != NULL ? where : "/tmp");
    CHECK(mkdtemp(path) != NULL);
}

static inline int folder_remove_one(const char *path, const struct stat *status, int kind,
                                    struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

static inline void folder_remove(const char *path)
{
    CHECK(nftw(path, folder_remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

#endif
