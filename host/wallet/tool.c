// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host/wallet/tool.h"

enum tool_exit tool_fail(enum tool_exit exit, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fputs("error: ", stderr);
    tool_print_foreign(stderr, text, 0);
    fputc('\n', stderr);
    return exit;
}

enum tool_exit tool_no_memory(void)
{
    return tool_fail(TOOL_LOCAL, "out of memory");
}

void tool_note(const struct arguments *arguments, const char *format, ...)
{
    va_list list;
    if (arguments->quiet)
        return;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
}

void tool_print_foreign(FILE *out, const char *text, size_t chars_max)
{
    const char *start = text;
    for (; *text != '\0'; text++) {
        unsigned char next = (unsigned char)*text;
        if (chars_max != 0 && (size_t)(text - start) >= chars_max) {
            fputs("...", out);
            return;
        }
        /* C0, DEL, and C1 in UTF-8. */
        bool control =
            next < 0x20 || next == 0x7F ||
            (next == 0xC2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] <= 0x9F);
        if (control)
            fprintf(out, "\\x%02x", next);
        else
            fputc(next, out);
    }
}

enum tool_exit tool_print_json(const struct arguments *arguments, const json_t *value)
{
    size_t flags = arguments->json ? JSON_COMPACT : JSON_INDENT(2);
    /* As ASCII: what an escape says stays an escape, and no terminal obeys it. */
    if (value == NULL)
        return tool_no_memory();
    if (json_dumpf(value, stdout, flags | JSON_ENCODE_ANY | JSON_ENSURE_ASCII) != 0)
        return tool_fail(TOOL_LOCAL, "standard output: %s", strerror(errno));
    putchar('\n');
    return TOOL_OK;
}

const char *tool_member_text(const json_t *object, const char *name, const char *other)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : other;
}

json_int_t tool_member_number(const json_t *object, const char *name)
{
    const json_t *member = json_object_get(object, name);
    if (json_is_string(member))
        return strtoll(json_string_value(member), NULL, 10);
    return json_integer_value(member);
}

char *tool_read_file(const char *path, size_t bytes_max, size_t *bytes)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");
    char *text = file != NULL ? malloc(bytes_max + 2) : NULL;
    const char *why = text != NULL ? NULL : strerror(errno);
    if (why == NULL) {
        *bytes = fread(text, 1, bytes_max + 1, file);
        if (ferror(file))
            why = strerror(errno);
        else if (*bytes > bytes_max)
            why = "too long";
        else
            text[*bytes] = '\0';
    }
    if (file != NULL && !standard)
        fclose(file);
    if (why != NULL) {
        tool_fail(TOOL_LOCAL, "%s: %s", path, why);
        free(text);
        text = NULL;
    }
    return text;
}

enum tool_exit tool_parse_json(const char *what, const char *text, size_t bytes, json_t **json)
{
    json_error_t error;
    *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
    return *json != NULL ? TOOL_OK
                         : tool_fail(TOOL_USAGE, "%s: line %d: %s", what, error.line, error.text);
}

enum tool_exit tool_read_json(const char *path, size_t bytes_max, json_t **json)
{
    size_t bytes;
    char *text = tool_read_file(path, bytes_max, &bytes);
    if (text == NULL)
        return TOOL_LOCAL;
    enum tool_exit exit = tool_parse_json(path, text, bytes, json);
    free(text);
    return exit;
}
