/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_NODE_CONFIG_FILE_H
#define HOST_NODE_CONFIG_FILE_H

#include "host/node/setting.h"

/* Reads source->options->config: a line `name = value` for each setting. 0, or -1 with a text that
 * names file and line. */
int config_file_read(struct setting_source *source, char error[OPTIONS_ERROR_SIZE]);

#endif
