// SPDX-License-Identifier: Apache-2.0
/* snapscaled: the node. */
#include <signal.h>
#include <stdlib.h>

#include "host/base/log.h"
#include "host/node/node.h"
#include "host/node/tasks.h"

#define EXIT_USAGE 2

int main(int argc, char **argv)
{
    static struct node_options options;
    char error[OPTIONS_ERROR_SIZE];
    log_open(LOG_LEVEL_INFO);
    if (options_read(argc, argv, &options, error) != 0) {
        log_error("%s", error);
        return EXIT_USAGE;
    }
    log_open(options.log_level);
    (void)signal(SIGPIPE, SIG_IGN); /* who closes a connection does not end the node */
    return options.task == NODE_RUN ? node_run(&options) : task_run(&options);
}
