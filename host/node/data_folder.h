/* SPDX-License-Identifier: Apache-2.0 */
/* The data folder: what is where in it, and that one process at a time uses it.
 *
 *   lock            held by who uses the folder
 *   genesis.json    as given at the first start
 *   blocks/         the block log: the truth
 *   traces/ index/  what transactions did, and in which block each one is
 *   state/          the state after the last checkpoint */
#ifndef HOST_NODE_DATA_FOLDER_H
#define HOST_NODE_DATA_FOLDER_H

#include "host/ledger/genesis.h"
#include "host/node/file.h"
#include "host/store/disk.h"

#define DATA_FOLDER_STATE  "state"
#define DATA_FOLDER_BLOCKS "blocks"
#define DATA_FOLDER_TRACES "traces"

struct data_folder {
    char path[DISK_PATH_SIZE];
    int lock;
};

/* Makes the folder when it is not there, and locks it; the lock ends with the process, however that
 * ends. 0, or -1 with a text. */
int data_folder_open(struct data_folder *folder, const char *path, char error[FILE_ERROR_SIZE]);
void data_folder_close(struct data_folder *folder);
void data_folder_below(const struct data_folder *folder, const char *name,
                       char path[DISK_PATH_SIZE]);

/* The folder's genesis; that of the file `given`, when it has none yet, which it then keeps. A
 * given one that is of another chain than the folder's is an error. `given` "": none. */
int data_folder_genesis(const struct data_folder *folder, const char *given,
                        struct genesis *genesis, char error[FILE_ERROR_SIZE]);

#endif
