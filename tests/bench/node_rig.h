/* SPDX-License-Identifier: Apache-2.0 */
/* A chain with a token and many accounts that each have a key and a balance, in a folder of its
 * own, for measurements: real files, real signatures. What fails ends the program. */
#ifndef TESTS_BENCH_NODE_RIG_H
#define TESTS_BENCH_NODE_RIG_H

#include "host/ledger/chain.h"
#include "tests/unit/store_folder.h"

#define NODE_RIG_ACCOUNTS 2000u

struct node_rig {
    char folder[FOLDER_PATH_SIZE];
    struct disk disk;
    struct private_key key; /* of the genesis */
    struct genesis genesis;
    struct chain *chain;
    struct private_key keys[NODE_RIG_ACCOUNTS];
    uint32_t expiration; /* of transfers */
};

/* As chain_options.merkle_root. */
typedef void (*node_rig_root)(void *context, const uint8_t *leaves, size_t count, uint8_t root[32]);

/* Blocks up to the founding one are of long ago. */
void node_rig_open(struct node_rig *rig, node_rig_root merkle_root, void *merkle_context);
void node_rig_close(struct node_rig *rig);

/* The packed transfer number `number`, of one unit from an account to another, and its signature.
 */
struct node_transfer {
    uint8_t packed[160];
    size_t bytes;
    struct signature signature;
};
void node_rig_transfer(const struct node_rig *rig, uint32_t number, struct node_transfer *transfer);
/* As the HTTP interface makes it of its four parts. */
struct signed_transaction *node_transfer_parse(const struct node_transfer *transfer);

#endif
