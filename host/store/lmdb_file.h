/* SPDX-License-Identifier: Apache-2.0 */
/* LMDB's file, of which LMDB itself checks little: it maps the file and follows what it finds
 * there. */
#ifndef HOST_STORE_LMDB_FILE_H
#define HOST_STORE_LMDB_FILE_H

#include <lmdb.h>

/* Makes the file of an environment that was just opened longer by zeros when it ends in front of
 * its last page or close behind it. Else a file that was cut, or a length in it with a flipped bit,
 * would end the process by a SIGBUS; a page of zeros is an error that LMDB returns. The zeros take
 * no room on disk. A code of LMDB's, which has those of errno in it. */
int lmdb_file_pad(MDB_env *environment);

#endif
