// SPDX-License-Identifier: Apache-2.0
#include "host/base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static enum log_level level_max = LOG_LEVEL_INFO;
static bool journal;

static const char *const level_names[LOG_LEVELS] = {"error", "warn", "info", "debug"};
/* sd-daemon(3): error, warning, informational, debug. */
static const char *const journal_prefixes[LOG_LEVELS] = {"<3>", "<4>", "<6>", "<7>"};

/* systemd sets JOURNAL_STREAM to "device:inode" of the stream that it reads; a child whose stderr
 * went elsewhere inherits the variable and must not believe it. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uintmax_t device, inode;
    struct stat status;
    return stream != NULL && sscanf(stream, "%" SCNuMAX ":%" SCNuMAX, &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

void log_open(enum log_level level)
{
    level_max = level;
    journal = stderr_is_journal();
}

bool log_level_parse(const char *text, enum log_level *level)
{
    for (unsigned i = 0; i < LOG_LEVELS; i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static size_t write_start(char line[LOG_LINE_SIZE], enum log_level level)
{
    struct timespec now;
    struct tm utc;
    char date[32];
    if (journal)
        return (size_t)snprintf(line, LOG_LINE_SIZE, "%s", journal_prefixes[level]);
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    gmtime_r(&now.tv_sec, &utc);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
    return (size_t)snprintf(line, LOG_LINE_SIZE, "%s.%03ldZ %-5s ", date, now.tv_nsec / 1000000,
                            level_names[level]);
}

/* What was cut shows by its end; what could move a terminal's cursor or fake a line becomes '?'. */
static size_t tidy(char line[LOG_LINE_SIZE], size_t start, int chars)
{
    size_t end = start + (chars > 0 ? (size_t)chars : 0);
    if (end > LOG_LINE_SIZE - 2) {
        end = LOG_LINE_SIZE - 2;
        memcpy(line + end - 3, "...", 3);
    }
    for (size_t i = start; i < end; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7F)
            line[i] = '?';
    line[end++] = '\n';
    return end;
}

void log_write(enum log_level level, const char *format, ...)
{
    if (level > level_max)
        return;
    char line[LOG_LINE_SIZE];
    size_t start = write_start(line, level);
    va_list arguments;
    va_start(arguments, format);
    int chars = vsnprintf(line + start, sizeof line - start - 1, format, arguments);
    va_end(arguments);
    size_t bytes = tidy(line, start, chars);
    /* A log that cannot be written has nowhere to say so. */
    ssize_t written = write(STDERR_FILENO, line, bytes);
    (void)written;
}
