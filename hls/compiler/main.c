/* SPDX-License-Identifier: Apache-2.0 */
/* snap-fieldc: field programs to the point engine's microcode. */
#include "hls/compiler/compile.h"
#include "hls/compiler/report.h"
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>

#define SOURCES_MAX    64
#define FILE_BYTES_MAX ((size_t)1 << 20)

struct options {
    const char *out;
    bool json, listing, help;
    char **files;
    int file_count;
};

static const char usage[] =
    "usage: snap-fieldc [OPTION]... FILE...\n"
    "Compiles the field programs in the FILEs to one microcode image (docs/hls.md).\n\n"
    "  --out=FOLDER    write image.bin, microcode.hex, entries.hex, constants.hex, image_id.hex\n"
    "  --listing       print each instruction\n"
    "  --json          print the report as JSON\n"
    "  --help          this text\n";

static bool parse_options(int argc, char **argv, struct options *options)
{
    static const struct option list[] = {{"out", required_argument, NULL, 'o'},
                                         {"listing", no_argument, NULL, 'l'},
                                         {"json", no_argument, NULL, 'j'},
                                         {"help", no_argument, NULL, 'h'},
                                         {NULL, 0, NULL, 0}};
    *options = (struct options){.out = NULL};
    for (int c; (c = getopt_long(argc, argv, "", list, NULL)) != -1;) {
        if (c == 'o')
            options->out = optarg;
        else if (c == '?')
            return false;
        options->listing |= c == 'l';
        options->json |= c == 'j';
        options->help |= c == 'h';
    }
    options->files = argv + optind;
    options->file_count = argc - optind;
    return options->help || (options->file_count > 0 && options->file_count <= SOURCES_MAX);
}

/* ---------------------------------------------------------------- files */

static void read_source(struct fc_context *context, const char *name, struct fc_source *source)
{
    char *text = fc_alloc(context, FILE_BYTES_MAX + 1);
    FILE *file = fopen(name, "rb");
    if (!file)
        fc_fail(context, NULL, "%s: %s", name, strerror(errno));
    size_t size = fread(text, 1, FILE_BYTES_MAX + 1, file);
    bool failed = ferror(file) != 0;
    if (fclose(file) || failed)
        fc_fail(context, NULL, "%s: could not be read", name);
    if (size > FILE_BYTES_MAX)
        fc_fail(context, NULL, "%s: a file of more than 1 MiB", name);
    *source = (struct fc_source){name, text, size};
}

static FILE *create(struct fc_context *context, const char *folder, const char *name)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        fc_fail(context, NULL, "%s: the name is too long", folder);
    FILE *file = fopen(path, "wb");
    if (!file)
        fc_fail(context, NULL, "%s: %s", path, strerror(errno));
    return file;
}

static void finish(struct fc_context *context, FILE *file, const char *name, bool good)
{
    if (fclose(file) || !good)
        fc_fail(context, NULL, "%s could not be written", name);
}

static void write_files(struct fc_context *context, const struct fc_image *image,
                        const char *folder)
{
    static const struct {
        const char *name;
        bool (*write)(FILE *file, const struct fc_image *image);
    } texts[] = {{"microcode.hex", fc_write_microcode_hex},
                 {"entries.hex", fc_write_entries_hex},
                 {"constants.hex", fc_write_constants_hex}};
    if (mkdir(folder, 0777) && errno != EEXIST)
        fc_fail(context, NULL, "%s: %s", folder, strerror(errno));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        FILE *file = create(context, folder, texts[i].name);
        finish(context, file, texts[i].name, texts[i].write(file, image));
    }
    size_t size;
    const uint8_t *bytes = fc_image_bytes(context, image, &size);
    FILE *file = create(context, folder, "image_id.hex");
    finish(context, file, "image_id.hex", fc_write_identity_hex(file, bytes, size));
    file = create(context, folder, "image.bin");
    finish(context, file, "image.bin", fwrite(bytes, 1, size, file) == size);
}

/* ---------------------------------------------------------------- */

static void compile(struct fc_context *context, const struct options *options)
{
    struct fc_source *sources = fc_alloc(context, (size_t)options->file_count * sizeof sources[0]);
    struct fc_ir *ir;
    struct fc_image *image;
    for (int i = 0; i < options->file_count; i++)
        read_source(context, options->files[i], &sources[i]);
    fc_compile(context, sources, (unsigned)options->file_count, &ir, &image);
    if (options->out)
        write_files(context, image, options->out);
    if (options->listing)
        fc_print_listing(stdout, image);
    fc_print_report(stdout, ir, image, options->json);
    if (fflush(stdout) || ferror(stdout))
        fc_fail(context, NULL, "the report could not be written");
}

int main(int argc, char **argv)
{
    static struct fc_context context;
    struct options options;
    if (!parse_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return 2;
    }
    if (options.help)
        return fputs(usage, stdout) < 0;
    if (setjmp(context.recover)) {
        fprintf(stderr, "%s\n", context.message);
        fc_release(&context);
        return 1;
    }
    compile(&context, &options);
    fc_release(&context);
    return 0;
}
