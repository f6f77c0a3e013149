/* SPDX-License-Identifier: Apache-2.0 */
/* The program's log: lines on stderr, each written whole by one call, so that lines of threads do
 * not mix. Behind a terminal or a file a line starts with the time and its level; behind systemd's
 * journal (JOURNAL_STREAM names stderr) with a priority, for the journal has a time of its own.
 * Any thread may log. Secrets are never logged. */
#ifndef HOST_BASE_LOG_H
#define HOST_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
#define LOG_LEVELS    4u
#define LOG_LINE_SIZE 1024u /* longer lines are cut */

/* Before other threads start: what is above `level` is dropped from now on. Until then, info. */
void log_open(enum log_level level);
/* "error", "warn", "info", "debug". False for another word. */
bool log_level_parse(const char *text, enum log_level *level);

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
