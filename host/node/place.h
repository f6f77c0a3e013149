/* SPDX-License-Identifier: Apache-2.0 */
/* A data folder with its genesis, for a task that works on it. */
#ifndef HOST_NODE_PLACE_H
#define HOST_NODE_PLACE_H

#include "host/node/data_folder.h"
#include "host/node/options.h"

struct place {
    struct data_folder folder;
    struct genesis genesis;
    struct disk disk;
};

/* 0, or -1 with a text. */
int place_open(struct place *place, const struct node_options *options,
               char error[FILE_ERROR_SIZE]);
void place_close(struct place *place);

#endif
