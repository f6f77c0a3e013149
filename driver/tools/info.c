// SPDX-License-Identifier: Apache-2.0
/* snapcard info and snapcard selftest. */
#include <stdio.h>

#include "driver/tools/tool.h"

static json_t *opcodes_json(const struct snap_card *card)
{
    json_t *opcodes = json_array();
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        if (snap_card_supports(card, opcode) &&
            json_array_append_new(opcodes, json_string(snap_opcode_name(opcode))) != 0) {
            json_decref(opcodes);
            return NULL;
        }
    }
    return opcodes;
}

static json_t *microcode_json(const struct snap_microcode *microcode)
{
    char checksum[TOOL_CHECKSUM_SIZE];
    tool_checksum(microcode, checksum);
    return json_pack("{s:i,s:i,s:s,s:I,s:i,s:i,s:i}", "version", (int)microcode->version, "words",
                     (int)microcode->words, "checksum", checksum, "faulty_jobs",
                     (json_int_t)microcode->faulty_jobs, "datapath_faults",
                     (int)microcode->datapath_faults, "control_faults",
                     (int)microcode->control_faults, "watchdog_faults",
                     (int)microcode->watchdog_faults);
}

static json_t *info_json(const struct snap_card *card, const struct snap_microcode *microcode)
{
    const struct snap_card_info *info = snap_card_info(card);
    return json_pack("{s:s,s:i,s:i,s:i,s:i,s:I,s:i,s:i,s:i,s:i,s:I,s:I,s:{s:i,s:i,s:i},s:o,s:o}",
                     "address", info->address, "vendor_id", info->vendor_id, "device_id",
                     info->device_id, "abi_major", info->abi_major, "abi_minor", info->abi_minor,
                     "build_id", (json_int_t)info->build_id, "queues", (int)info->queues, "vectors",
                     (int)info->vectors, "data_bytes", (int)info->data_bytes, "entries_max",
                     1 << info->entries_log2_max, "read_tags", (json_int_t)info->read_tags,
                     "message_bytes_max", (json_int_t)info->message_bytes_max, "engines", "sha256",
                     (int)info->engines_sha256, "sm3", (int)info->engines_sm3, "point",
                     (int)info->engines_point, "opcodes", opcodes_json(card), "microcode",
                     microcode_json(microcode));
}

static void print_microcode(const struct snap_microcode *microcode)
{
    char checksum[TOOL_CHECKSUM_SIZE];
    tool_checksum(microcode, checksum);
    if (microcode->words == 0)
        (void)printf("microcode          none: the point engines refuse their jobs\n");
    else
        (void)printf("microcode          version %u, %u words, checksum %s\n", microcode->version,
                     microcode->words, checksum);
    (void)printf("engine faults      %u jobs; found in datapath %u, control %u, by watchdog %u\n",
                 microcode->faulty_jobs, microcode->datapath_faults, microcode->control_faults,
                 microcode->watchdog_faults);
}

static int print_info(const struct snap_card *card, const struct snap_microcode *microcode)
{
    const struct snap_card_info *info = snap_card_info(card);
    (void)printf("address            %s\n", info->address);
    (void)printf("PCI ID             %04x:%04x\n", info->vendor_id, info->device_id);
    (void)printf("interface version  %u.%u\n", info->abi_major, info->abi_minor);
    (void)printf("build              %08x\n", info->build_id);
    (void)printf("queues             %u, up to %u entries, %u interrupt vectors\n", info->queues,
                 1u << info->entries_log2_max, info->vectors);
    (void)printf("data path          %u bytes, %u reads in flight\n", info->data_bytes,
                 info->read_tags);
    (void)printf("longest message    %u bytes\n", info->message_bytes_max);
    (void)printf("engines            %u SHA-256, %u SM3, %u point\n", info->engines_sha256,
                 info->engines_sm3, info->engines_point);
    if (info->engines_point != 0)
        print_microcode(microcode);
    (void)printf("opcodes           ");
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        if (snap_card_supports(card, opcode))
            (void)printf(" %s", snap_opcode_name(opcode));
    }
    return putchar('\n') == EOF || fflush(stdout) != 0 ? TOOL_FAILED : TOOL_OK;
}

int tool_info(const struct tool_options *options)
{
    struct snap_card *card = tool_open(options);
    if (card == NULL)
        return TOOL_FAILED;
    struct snap_microcode microcode;
    struct snap_error error;
    int code = TOOL_FAILED;
    if (snap_card_microcode(card, &microcode, &error) != SNAP_OK)
        (void)fprintf(stderr, "snapcard: %s\n", error.text);
    else
        code = options->json ? tool_print_json(info_json(card, &microcode))
                             : print_info(card, &microcode);
    snap_card_close(card);
    return code;
}

int tool_selftest(const struct tool_options *options)
{
    struct snap_card *card = tool_open(options);
    if (card == NULL)
        return TOOL_FAILED;
    struct snap_error error = {.code = SNAP_OK};
    int code = snap_card_selftest(card, &error);
    snap_card_close(card);
    int written = TOOL_OK;
    if (options->json)
        written = tool_print_json(json_pack("{s:s,s:b,s:s}", "address", options->address, "passed",
                                            code == SNAP_OK, "reason", error.text));
    else if (code == SNAP_OK && puts("passed") == EOF)
        written = TOOL_FAILED;
    if (code == SNAP_OK)
        return written;
    (void)fprintf(stderr, "snapcard: %s\n", error.text);
    return code == SNAP_E_PROTOCOL ? TOOL_WRONG : TOOL_FAILED;
}
