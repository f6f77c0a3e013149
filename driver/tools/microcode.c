// SPDX-License-Identifier: Apache-2.0
/* snapcard microcode: another image for the point engine. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/tools/tool.h"

/* The file's contents, the caller's to free; NULL with a message when it cannot be read or is
 * longer than any image. */
static void *read_image(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    void *data = malloc(SNAP_MESSAGE_BYTES_MAX);
    bool whole = file != NULL && data != NULL;
    if (whole) {
        *bytes = fread(data, 1, SNAP_MESSAGE_BYTES_MAX, file);
        whole = ferror(file) == 0;
    }
    if (!whole)
        (void)fprintf(stderr, "snapcard: %s: %s\n", path, strerror(errno));
    if (file != NULL)
        (void)fclose(file);
    if (whole)
        return data;
    free(data);
    return NULL;
}

/* Where the image lies that goes with this program: as `make install` puts it, or in the build's
 * folder. False: nowhere there. */
static bool find_image(char path[PATH_MAX])
{
    static const char *const places[] = {"/../share/snapcard/microcode.bin",
                                         "/../engine/image.bin"};
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return false;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL)
        return false;
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int chars = snprintf(path, PATH_MAX, "%s%s", program, places[i]);
        if (chars > 0 && chars < PATH_MAX && access(path, R_OK) == 0)
            return true;
    }
    return false;
}

static int load(struct snap_card *card, const char *path, struct snap_error *error)
{
    size_t bytes;
    void *image = read_image(path, &bytes);
    if (image == NULL)
        return SNAP_E_ARGUMENT;
    int code = snap_card_load_microcode(card, image, bytes, error);
    free(image);
    if (code == SNAP_OK)
        code = snap_card_selftest(card, error);
    if (code != SNAP_OK)
        (void)fprintf(stderr, "snapcard: %s\n", error->text);
    return code;
}

int tool_microcode(const struct tool_options *options)
{
    char found[PATH_MAX];
    const char *path = options->file;
    if (path == NULL && find_image(found))
        path = found;
    if (path == NULL) {
        (void)fprintf(stderr, "snapcard: no microcode image is installed with this program; name "
                              "a file\n");
        return TOOL_FAILED;
    }
    struct snap_card *card = tool_open(options);
    if (card == NULL)
        return TOOL_FAILED;
    struct snap_error error = {.code = SNAP_OK};
    struct snap_microcode now = {0};
    int code = load(card, path, &error);
    if (code == SNAP_OK && (code = snap_card_microcode(card, &now, &error)) != SNAP_OK)
        (void)fprintf(stderr, "snapcard: %s\n", error.text);
    snap_card_close(card);
    if (code != SNAP_OK)
        return code == SNAP_E_PROTOCOL ? TOOL_WRONG : TOOL_FAILED;
    char text[TOOL_CHECKSUM_SIZE];
    tool_checksum(&now, text);
    if (options->json)
        return tool_print_json(json_pack("{s:s,s:i,s:i,s:s}", "address", options->address,
                                         "version", (int)now.version, "words", (int)now.words,
                                         "checksum", text));
    return printf("microcode version %u, %u words, checksum %s; self-test passed\n", now.version,
                  now.words, text) < 0
               ? TOOL_FAILED
               : TOOL_OK;
}

void tool_checksum(const struct snap_microcode *microcode, char text[TOOL_CHECKSUM_SIZE])
{
    for (unsigned i = 0; i < sizeof microcode->checksum; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", microcode->checksum[i]);
}
