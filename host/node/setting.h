/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of snapscaled, one table of them, and how the text of a value becomes part of struct
 * node_options. Command line (options.c) and configuration file (config_file.c) both end here. */
#ifndef HOST_NODE_SETTING_H
#define HOST_NODE_SETTING_H

#include "host/node/options.h"

enum setting_kind {
    SETTING_TEXT,
    SETTING_CARD, /* may be given more than once */
    SETTING_NUMBER,
    SETTING_BYTES, /* a number that may end in K, M, G: times 2^10, 2^20, 2^30 */
    SETTING_NAME,
    SETTING_LEVEL,
    SETTING_SWITCH, /* yes or no */
    SETTING_CONFIG, /* what follows stands on the command line alone */
    SETTING_FLAG,
    SETTING_TASK, /* without a value, or with a file's name */
    SETTING_TASK_HEIGHT,
};

struct setting {
    const char *name, *argument, *help; /* argument NULL: it takes none */
    enum setting_kind kind;
    size_t offset; /* in struct node_options; of a task: which one */
    uint64_t min, max;
};

extern const struct setting settings[];
#define SETTINGS_MAX 64u
extern const size_t settings_count; /* at most SETTINGS_MAX */

/* The reading of one source. */
struct setting_source {
    struct node_options *options;
    bool given[SETTINGS_MAX]; /* which settings it has named already */
    char error[OPTIONS_ERROR_SIZE];
};

/* Takes a value, NULL when the setting has none. 0, or -1 with source->error. */
int setting_set(struct setting_source *source, const struct setting *setting, const char *text);
/* Whether the source has named it already. */
bool setting_given(const struct setting_source *source, const struct setting *setting);

#endif
