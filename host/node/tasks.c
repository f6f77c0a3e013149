// SPDX-License-Identifier: Apache-2.0
#include "host/node/tasks.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/hex.h"
#include "host/node/check_task.h"
#include "host/node/key_file.h"
#include "host/node/make_genesis.h"
#include "host/node/node.h"
#include "host/node/open_chain.h"
#include "host/node/place.h"
#include "host/store/snapshot.h"

#define HASH_HEX_SIZE 65u

static int fail(const char *text)
{
    log_error("%s", text);
    return EXIT_FAILURE;
}

/* ------------------------------------------------------------------ results */

/* Prints the members of a flat object, which it takes over, as JSON or as lines. */
static int print_result(const struct node_options *options, json_t *result)
{
    const char *name;
    json_t *value;
    if (result == NULL)
        return fail("out of memory");
    if (options->json) {
        (void)json_dumpf(result, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        json_object_foreach(result, name, value)
        {
            if (json_is_string(value))
                printf("%-12s %s\n", name, json_string_value(value));
            else
                printf("%-12s %lld\n", name, (long long)json_integer_value(value));
        }
    }
    json_decref(result);
    return ferror(stdout) == 0 && fflush(stdout) == 0 ? EXIT_SUCCESS
                                                      : fail("stdout cannot be written");
}

static int print_snapshot(const struct node_options *options, const struct snapshot_info *info)
{
    char chain[HASH_HEX_SIZE], block[HASH_HEX_SIZE], state[HASH_HEX_SIZE];
    hex_encode(info->chain_id, 32, chain);
    hex_encode(info->block_id, 32, block);
    hex_encode(info->state_hash, 32, state);
    return print_result(options, json_pack("{s:s, s:I, s:s, s:s, s:I}", "chain_id", chain, "height",
                                           (json_int_t)info->height, "block_id", block,
                                           "state_hash", state, "rows", (json_int_t)info->rows));
}

/* ------------------------------------------------------------------ a data folder */

/* Opening replays the block log, closing writes a checkpoint of what is final. */
static int bring_up_to_date(const struct place *place, const struct node_options *options,
                            char error[CHAIN_ERROR_SIZE])
{
    struct chain *chain;
    if (open_chain(&place->folder, options, &place->genesis, &place->disk, NULL, &chain, error) !=
        0)
        return -1;
    return chain_close(chain, error);
}

static int open_state(const struct place *place, const struct node_options *options,
                      struct state **state, char error[STORE_ERROR_SIZE])
{
    struct row_store store;
    if (open_store(&place->folder, options, &store, error) != 0)
        return -1;
    return state_open(&store, state, error);
}

/* ------------------------------------------------------------------ snapshots */

static int write_snapshot(const struct place *place, const struct node_options *options,
                          struct snapshot_info *info, char error[STORE_ERROR_SIZE])
{
    struct state *state;
    if (bring_up_to_date(place, options, error) != 0 ||
        open_state(place, options, &state, error) != 0)
        return -1;
    int code = snapshot_write(state, &place->disk, options->task_file, info, error);
    state_close(state);
    return code;
}

static int refuse_snapshot(char error[STORE_ERROR_SIZE], const char *why)
{
    snprintf(error, STORE_ERROR_SIZE, "%s", why);
    return -1;
}

/* The state must be empty: a snapshot is no way to change one. */
static int check_empty(const struct place *place, const struct node_options *options,
                       char error[STORE_ERROR_SIZE])
{
    struct state *state;
    if (open_state(place, options, &state, error) != 0)
        return -1;
    uint32_t height = state_checkpointed(state)->height;
    state_close(state);
    if (height == 0)
        return 0;
    snprintf(error, STORE_ERROR_SIZE,
             "%.200s/%s holds the state after block %u already: remove that folder to replace it",
             place->folder.path, DATA_FOLDER_STATE, height);
    return -1;
}

/* Read twice: once to know that it is whole and of this chain, once to load it. */
static int load_snapshot(const struct place *place, const struct node_options *options,
                         struct snapshot_info *info, char error[STORE_ERROR_SIZE])
{
    struct row_store store;
    uint8_t id[32];
    if (check_empty(place, options, error) != 0 ||
        snapshot_verify(&place->disk, options->task_file, info, error) != 0)
        return -1;
    genesis_chain_id(&place->genesis, id);
    if (memcmp(id, info->chain_id, sizeof id) != 0)
        return refuse_snapshot(error, "the snapshot is of another chain than the genesis");
    if (open_store(&place->folder, options, &store, error) != 0)
        return -1;
    int code = snapshot_load(&place->disk, options->task_file, &store, info, error);
    store.close(store.context);
    return code;
}

static int run_snapshot(const struct node_options *options,
                        int (*work)(const struct place *place, const struct node_options *options,
                                    struct snapshot_info *info, char error[STORE_ERROR_SIZE]))
{
    struct place place;
    struct snapshot_info info;
    char error[STORE_ERROR_SIZE];
    if (place_open(&place, options, error) != 0)
        return fail(error);
    int code = work(&place, options, &info, error);
    place_close(&place);
    return code == 0 ? print_snapshot(options, &info) : fail(error);
}

static int run_snapshot_verify(const struct node_options *options)
{
    struct disk disk = disk_posix();
    struct snapshot_info info;
    char error[STORE_ERROR_SIZE];
    if (snapshot_verify(&disk, options->task_file, &info, error) != 0)
        return fail(error);
    return print_snapshot(options, &info);
}

/* ------------------------------------------------------------------ repair */

static int truncate_one(const struct place *place, const char *name, uint32_t height,
                        uint32_t *last, char error[STORE_ERROR_SIZE])
{
    char path[DISK_PATH_SIZE];
    struct record_log *log;
    data_folder_below(&place->folder, name, path);
    /* Cut first: a log that is damaged behind this height does not open. */
    if (record_log_cut(&place->disk, path, height, error) != 0 ||
        record_log_open(&place->disk, path, 1, &log, error) != 0)
        return -1;
    *last = record_log_last(log);
    record_log_close(log);
    return 0;
}

/* A state that is ahead of the log could not be gone back from. */
static int truncate_log(const struct place *place, const struct node_options *options,
                        uint32_t *last, char error[STORE_ERROR_SIZE])
{
    struct state *state;
    uint32_t height = (uint32_t)options->task_height, traces_last;
    if (open_state(place, options, &state, error) != 0)
        return -1;
    uint32_t checkpoint = state_checkpointed(state)->height;
    state_close(state);
    if (checkpoint > height) {
        snprintf(error, STORE_ERROR_SIZE,
                 "the state in %.200s/%s is that after block %u: remove that folder first; it is "
                 "rebuilt from the block log, or from a snapshot below block %u",
                 place->folder.path, DATA_FOLDER_STATE, checkpoint, height + 1);
        return -1;
    }
    /* Traces first: those that are missing are made anew, those of other blocks would mislead. */
    if (truncate_one(place, DATA_FOLDER_TRACES, height, &traces_last, error) != 0)
        return -1;
    return truncate_one(place, DATA_FOLDER_BLOCKS, height, last, error);
}

static int run_truncate_log(const struct node_options *options)
{
    struct place place;
    uint32_t last;
    char error[STORE_ERROR_SIZE];
    if (place_open(&place, options, error) != 0)
        return fail(error);
    int code = truncate_log(&place, options, &last, error);
    place_close(&place);
    if (code != 0)
        return fail(error);
    return print_result(options, json_pack("{s:I}", "last_block", (json_int_t)last));
}

/* ------------------------------------------------------------------ what a chain begins with */

static int run_make_key(const struct node_options *options)
{
    struct public_key public_key;
    char error[FILE_ERROR_SIZE], text[KEY_TEXT_SIZE];
    if (key_file_create(options->task_file, &public_key, error) != 0)
        return fail(error);
    public_key_text(&public_key, false, text);
    puts(text);
    return EXIT_SUCCESS;
}

static int run_make_genesis(const struct node_options *options)
{
    char error[FILE_ERROR_SIZE];
    if (make_genesis(options->task_file, options->public_key, error) != 0)
        return fail(error);
    return EXIT_SUCCESS;
}

int task_run(const struct node_options *options)
{
    switch (options->task) {
    case NODE_CHECK:
        return check_task_run(options);
    case NODE_SNAPSHOT_WRITE:
        return run_snapshot(options, write_snapshot);
    case NODE_SNAPSHOT_LOAD:
        return run_snapshot(options, load_snapshot);
    case NODE_SNAPSHOT_VERIFY:
        return run_snapshot_verify(options);
    case NODE_TRUNCATE_LOG:
        return run_truncate_log(options);
    case NODE_MAKE_KEY:
        return run_make_key(options);
    case NODE_MAKE_GENESIS:
        return run_make_genesis(options);
    case NODE_SHOW_HELP:
        options_help();
        return EXIT_SUCCESS;
    case NODE_SHOW_VERSION:
        puts("snapscaled " NODE_VERSION);
        return EXIT_SUCCESS;
    case NODE_RUN:
        break;
    }
    return fail("this is no task");
}
