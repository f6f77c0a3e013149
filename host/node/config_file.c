// SPDX-License-Identifier: Apache-2.0
#include "host/node/config_file.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* inih cuts longer lines in two without a word; they are refused before it sees them. */
#define CONFIG_LINE_CHARS_MAX 190u

struct config {
    struct setting_source *source;
    FILE *file;
    unsigned line;        /* that was read last */
    unsigned failed_line; /* 0: none */
};

__attribute__((format(printf, 2, 3))) static void fail_line(struct config *config,
                                                            const char *format, ...)
{
    va_list arguments;
    config->failed_line = config->line;
    va_start(arguments, format);
    vsnprintf(config->source->error, sizeof config->source->error, format, arguments);
    va_end(arguments);
}

static const struct setting *find_in_file(const char *name)
{
    for (size_t i = 0; i < settings_count; i++)
        if (strcmp(settings[i].name, name) == 0 && settings[i].kind < SETTING_CONFIG &&
            strcmp(name, "key") != 0)
            return &settings[i];
    return NULL;
}

/* inih's handler: 1 is good. */
static int on_key(void *user, const char *section, const char *name, const char *value)
{
    struct config *config = user;
    const struct setting *setting = find_in_file(name);
    if (config->failed_line != 0)
        return 0; /* the first one is reported */
    if (section[0] != '\0')
        fail_line(config, "sections ([%.60s]) have no meaning here: remove the line", section);
    else if (setting == NULL)
        fail_line(config, "'%.60s' is not known; snapscaled --help lists what is", name);
    else if (setting_given(config->source, setting) && setting->kind != SETTING_CARD)
        fail_line(config, "'%.60s' stands here a second time", name);
    else if (setting_set(config->source, setting, value) != 0)
        config->failed_line = config->line;
    return config->failed_line == 0;
}

static char *read_line(char *line, int bytes, void *user)
{
    struct config *config = user;
    if (config->failed_line != 0 || fgets(line, bytes, config->file) == NULL)
        return NULL;
    config->line++;
    size_t chars = strlen(line);
    if (chars == 0) {
        fail_line(config, "the line begins with a zero byte: this is no text");
        return NULL;
    }
    if (chars > CONFIG_LINE_CHARS_MAX || (line[chars - 1] != '\n' && feof(config->file) == 0)) {
        fail_line(config, "the line is longer than %u characters", CONFIG_LINE_CHARS_MAX);
        return NULL;
    }
    return line;
}

int config_file_read(struct setting_source *source, char error[OPTIONS_ERROR_SIZE])
{
    const char *path = source->options->config;
    struct config config = {.source = source, .file = fopen(path, "re")};
    if (config.file == NULL) {
        snprintf(error, OPTIONS_ERROR_SIZE, "config: %s: %s", path, strerror(errno));
        return -1;
    }
    int bad_line = ini_parse_stream(read_line, &config, on_key, &config);
    bool unread = ferror(config.file) != 0;
    (void)fclose(config.file); /* it was only read */
    if (bad_line < 0 || unread) {
        snprintf(error, OPTIONS_ERROR_SIZE, "%s: cannot be read", path);
        return -1;
    }
    if (config.failed_line != 0) {
        snprintf(error, OPTIONS_ERROR_SIZE, "%s:%u: %.300s", path, config.failed_line,
                 source->error);
        return -1;
    }
    if (bad_line > 0) {
        snprintf(error, OPTIONS_ERROR_SIZE, "%s:%d: is not of the form `name = value`", path,
                 bad_line);
        return -1;
    }
    return 0;
}
