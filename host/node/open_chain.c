// SPDX-License-Identifier: Apache-2.0
#include "host/node/open_chain.h"

#include "host/base/clock.h"
#include "host/base/log.h"

#define PROGRESS_NS (5 * CLOCK_NS_PER_S)

int open_store(const struct data_folder *folder, const struct node_options *options,
               struct row_store *store, char error[STORE_ERROR_SIZE])
{
    char path[DISK_PATH_SIZE];
    data_folder_below(folder, DATA_FOLDER_STATE, path);
    return row_store_lmdb(path, options->state_bytes, store, error);
}

/* A replay that takes no longer than PROGRESS_NS is not spoken of. */
struct progress {
    struct clock clock;
    uint64_t shown_ns;
};

static void on_progress(void *user, uint32_t height, uint32_t of)
{
    struct progress *progress = user;
    uint64_t now_ns = clock_now(&progress->clock);
    if (now_ns - progress->shown_ns < PROGRESS_NS)
        return;
    progress->shown_ns = now_ns;
    log_info("replaying the block log: block %u of %u", height, of);
}

int open_chain(const struct data_folder *folder, const struct node_options *options,
               const struct genesis *genesis, const struct disk *disk, struct merkle *merkle,
               struct chain **chain, char error[CHAIN_ERROR_SIZE])
{
    struct progress progress = {.clock = clock_monotonic()};
    struct chain_options chain_options = {.disk = disk,
                                          .folder = folder->path,
                                          .genesis = *genesis,
                                          .merkle_root = merkle != NULL ? merkle_root : NULL,
                                          .merkle_context = merkle,
                                          .keep_traces = options->keep_traces,
                                          .checkpoint_bytes = options->checkpoint_bytes,
                                          .progress = on_progress,
                                          .progress_user = &progress};
    progress.shown_ns = clock_now(&progress.clock);
    if (open_store(folder, options, &chain_options.store, error) != 0)
        return -1;
    return chain_open(&chain_options, chain, error);
}
