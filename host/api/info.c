// SPDX-License-Identifier: Apache-2.0
/* What the chain and this program are. */
#include <string.h>

#include "host/api/api.h"
#include "host/wire/hash.h"

struct chain_info {
    uint8_t chain_id[32];
    struct block_header header; /* of the head */
    block_id_t head_id, final_id;
    uint32_t head, final, first;
    struct chain_parameters parameters;
};

static void copy_info(struct chain *chain, struct chain_info *info)
{
    chain_lock(chain);
    memcpy(info->chain_id, chain_id(chain), sizeof info->chain_id);
    info->header = *chain_head_header(chain);
    info->head_id = chain_head_id(chain);
    info->final_id = chain_final_id(chain);
    info->head = chain_head(chain);
    info->final = chain_final(chain);
    info->first = chain_first(chain);
    chain_parameters_get(chain_state(chain), &info->parameters);
    chain_unlock(chain);
}

/* The family has the first bytes of a commit here: a number that stands for the version. */
static void out_server_version(struct out *out, const char *version)
{
    const struct bytes text = {(const uint8_t *)version, strlen(version)};
    uint8_t digest[HASH_BYTES];
    hash_sha256(&text, 1, digest);
    out_key_hex(out, "server_version", digest, 4);
}

bool info_get(struct request *request)
{
    struct api *api = request->api;
    struct out *out = &request->out;
    struct chain_info info;
    copy_info(api->options.chain, &info);
    uint64_t net_bytes = (uint64_t)info.parameters.max_block_net_words * 8;

    out_object(out);
    out_server_version(out, api->options.version);
    out_key_hex(out, "chain_id", info.chain_id, sizeof info.chain_id);
    out_key_u64(out, "head_block_num", info.head);
    out_key_u64(out, "last_irreversible_block_num", info.final);
    out_key_block_id(out, "last_irreversible_block_id", &info.final_id);
    out_key_block_id(out, "head_block_id", &info.head_id);
    out_key_slot(out, "head_block_time", info.header.slot);
    out_key_name(out, "head_block_producer", info.header.producer);
    /* Limits do not stretch here: the virtual ones are the real ones. */
    out_key_u64(out, "virtual_block_cpu_limit", info.parameters.max_block_cpu_us);
    out_key_u64(out, "virtual_block_net_limit", net_bytes);
    out_key_u64(out, "block_cpu_limit", info.parameters.max_block_cpu_us);
    out_key_u64(out, "block_net_limit", net_bytes);
    out_key_text(out, "server_version_string", api->options.version);
    out_key_u64(out, "fork_db_head_block_num", info.head);
    out_key_block_id(out, "fork_db_head_block_id", &info.head_id);
    out_key_text(out, "server_full_version_string", api->options.version);
    out_key_u64(out, "total_cpu_weight", 0);
    out_key_u64(out, "total_net_weight", 0);
    out_key_u64(out, "earliest_available_block_num", info.first);
    out_object_end(out);
    return true;
}

bool info_supported_apis(struct request *request)
{
    struct out *out = &request->out;
    size_t count;
    const struct route *routes = router_routes(&count);
    out_object(out);
    out_key(out, "apis");
    out_array(out);
    for (size_t i = 0; i < count; i++)
        out_text(out, routes[i].path);
    out_array_end(out);
    out_object_end(out);
    return true;
}

/* The page itself, in the program: found by `make` beside this file. */
extern const char openapi_text[], openapi_text_end[];
__asm__(".section .rodata\n"
        ".global openapi_text\n"
        ".global openapi_text_end\n"
        "openapi_text:\n"
        ".incbin \"host/api/openapi.json\"\n"
        "openapi_text_end:\n"
        ".byte 0\n"
        ".previous\n");

bool info_openapi(struct request *request)
{
    out_raw(&request->out, openapi_text, (size_t)(openapi_text_end - openapi_text));
    return true;
}

/* All features that there are hold from the first block on; none is activated later. */
bool info_protocol_features(struct request *request)
{
    struct out *out = &request->out;
    out_object(out);
    out_key(out, "activated_protocol_features");
    out_array(out);
    out_array_end(out);
    out_object_end(out);
    return true;
}

/* Delayed transactions are refused here (as from Leap 5 on): none is ever scheduled. */
bool info_scheduled_transactions(struct request *request)
{
    struct out *out = &request->out;
    out_object(out);
    out_key(out, "transactions");
    out_array(out);
    out_array_end(out);
    out_key_text(out, "more", "");
    out_object_end(out);
    return true;
}
