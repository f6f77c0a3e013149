// SPDX-License-Identifier: Apache-2.0
/* What the log writes: levels, one line a call whatever is in it, the journal's prefixes. */
#include "host/base/log.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/check.h"

static int pipe_ends[2], real_stderr;
static char line[2 * LOG_LINE_SIZE];

/* Stderr goes into a pipe. */
static void begin(void)
{
    CHECK_EQ(pipe2(pipe_ends, O_NONBLOCK | O_CLOEXEC), 0);
    real_stderr = dup(STDERR_FILENO);
    CHECK(real_stderr >= 0 && dup2(pipe_ends[1], STDERR_FILENO) >= 0);
}

static void end(void)
{
    CHECK(dup2(real_stderr, STDERR_FILENO) >= 0);
    CHECK(close(real_stderr) == 0 && close(pipe_ends[0]) == 0 && close(pipe_ends[1]) == 0);
}

/* What was written since the last time, in `line`; its length. */
static size_t take(void)
{
    ssize_t bytes = read(pipe_ends[0], line, sizeof line - 1);
    line[bytes > 0 ? bytes : 0] = '\0';
    return strlen(line);
}

static void test_levels(void)
{
    enum log_level level;
    CHECK(log_level_parse("warn", &level) && level == LOG_LEVEL_WARN);
    CHECK(log_level_parse("debug", &level) && level == LOG_LEVEL_DEBUG);
    CHECK(!log_level_parse("", &level) && !log_level_parse("Warn", &level));
    begin();
    log_open(LOG_LEVEL_WARN);
    log_info("nobody sees this");
    CHECK_EQ(take(), 0);
    log_warn("number %d", 7);
    CHECK(take() > 0 && strstr(line, "Z warn  number 7\n") != NULL);
    log_error("bad");
    CHECK(take() > 0 && strstr(line, "Z error bad\n") != NULL);
    end();
}

static void test_a_call_is_a_line(void)
{
    char text[2 * LOG_LINE_SIZE];
    begin();
    log_open(LOG_LEVEL_INFO);
    log_info("a\nb\x1b[31mc\x7f");
    CHECK(take() > 0 && strstr(line, "info  a?b?[31mc?\n") != NULL);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_info("%s", text);
    CHECK_EQ(take(), LOG_LINE_SIZE - 1);
    CHECK(strcmp(line + strlen(line) - 6, "xx...\n") == 0);
    end();
}

static void test_the_journal(void)
{
    struct stat status;
    char stream[64];
    begin();
    CHECK_EQ(fstat(STDERR_FILENO, &status), 0);
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    CHECK_EQ(setenv("JOURNAL_STREAM", stream, 1), 0);
    log_open(LOG_LEVEL_DEBUG);
    log_error("one");
    log_debug("two");
    (void)take();
    CHECK(strcmp(line, "<3>one\n<7>two\n") == 0);
    /* Inherited, but stderr is something else. */
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev,
             (uintmax_t)status.st_ino + 1);
    CHECK_EQ(setenv("JOURNAL_STREAM", stream, 1), 0);
    log_open(LOG_LEVEL_DEBUG);
    log_error("three");
    CHECK(take() > 0 && line[0] == '2');
    CHECK_EQ(unsetenv("JOURNAL_STREAM"), 0);
    end();
}

int main(void)
{
    RUN(test_levels);
    RUN(test_a_call_is_a_line);
    RUN(test_the_journal);
    return 0;
}
