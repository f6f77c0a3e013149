/* SPDX-License-Identifier: Apache-2.0 */
/* What snapscaled is told: by its command line and by a configuration file, whose keys are the
 * names of the options. The command line wins. One table holds every setting with its limits and
 * its line of help. */
#ifndef HOST_NODE_OPTIONS_H
#define HOST_NODE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/base/log.h"
#include "host/offload/offload.h"
#include "host/wire/name.h"

#define OPTIONS_TEXT_SIZE  201u /* of a path or an address, with its terminator */
#define OPTIONS_ERROR_SIZE 768u

enum node_task {
    NODE_RUN,
    NODE_CHECK,
    NODE_SNAPSHOT_WRITE,
    NODE_SNAPSHOT_LOAD,
    NODE_SNAPSHOT_VERIFY,
    NODE_TRUNCATE_LOG,
    NODE_MAKE_GENESIS,
    NODE_MAKE_KEY,
    NODE_SHOW_HELP,
    NODE_SHOW_VERSION,
};

struct node_options {
    enum node_task task;
    char task_file[OPTIONS_TEXT_SIZE];  /* of a snapshot, a genesis or a key */
    uint64_t task_height;               /* of NODE_TRUNCATE_LOG */
    char public_key[OPTIONS_TEXT_SIZE]; /* of NODE_MAKE_GENESIS */
    bool json;
    char config[OPTIONS_TEXT_SIZE];

    char data_dir[OPTIONS_TEXT_SIZE];
    char genesis[OPTIONS_TEXT_SIZE]; /* "": the data folder's own */
    name_t producer_name;
    char producer_key[OPTIONS_TEXT_SIZE]; /* a file; "": none given */
    char cards[OFFLOAD_CARDS_MAX][OPTIONS_TEXT_SIZE];
    unsigned card_count;
    char http_address[OPTIONS_TEXT_SIZE];
    char http_cors_origin[OPTIONS_TEXT_SIZE]; /* "": no such header */
    enum log_level log_level;
    bool keep_traces;
    /* Numbers; 0: the part that takes it has a default of its own. */
    uint64_t workers, http_port, http_threads, http_connections, http_connections_per_address,
        http_idle_seconds, http_request_seconds, http_subscribers, http_body_bytes,
        pool_transactions, pool_bytes, pool_account_transactions, checkpoint_bytes, state_bytes;
};

/* Reads command line and configuration file. 0, or -1 with a text that names the option, or file
 * and line. */
int options_read(int argc, char **argv, struct node_options *options,
                 char error[OPTIONS_ERROR_SIZE]);
/* Prints all options, a line each, on stdout. */
void options_help(void);

#endif
