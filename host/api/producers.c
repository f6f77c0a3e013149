// SPDX-License-Identifier: Apache-2.0
/* Who produces: the schedule is the one that the node was given. */
#include "host/api/producers.h"

#include "host/api/api.h"

/* The family's block_signing_authority_v0: one key signs. */
static void out_signing_authority(struct out *out, const struct public_key *key)
{
    out_array(out);
    out_u64(out, 0);
    out_object(out);
    out_key_u64(out, "threshold", 1);
    out_key(out, "keys");
    out_array(out);
    out_object(out);
    out_key(out, "key");
    out_public_key(out, key);
    out_key_u64(out, "weight", 1);
    out_object_end(out);
    out_array_end(out);
    out_object_end(out);
    out_array_end(out);
}

void out_schedule(struct out *out, const struct schedule *schedule)
{
    out_object(out);
    out_key_u64(out, "version", schedule->version);
    out_key(out, "producers");
    out_array(out);
    for (unsigned i = 0; i < schedule->count; i++) {
        out_object(out);
        out_key_name(out, "producer_name", schedule->producers[i].name);
        out_key(out, "authority");
        out_signing_authority(out, &schedule->producers[i].key);
        out_object_end(out);
    }
    out_array_end(out);
    out_object_end(out);
}

bool producers_schedule(struct request *request)
{
    struct out *out = &request->out;
    out_object(out);
    out_key(out, "active");
    out_schedule(out, request->api->options.schedule);
    out_key_null(out, "pending");
    out_key_null(out, "proposed");
    out_object_end(out);
    return true;
}

/* A consortium's producers are not voted for; who there are is what the clients ask. */
static void out_producer(struct out *out, const struct schedule_producer *producer)
{
    out_object(out);
    out_key_name(out, "owner", producer->name);
    out_key(out, "producer_authority");
    out_signing_authority(out, &producer->key);
    out_key_text(out, "url", "");
    out_key_text(out, "total_votes", "0.00000000000000000");
    out_key(out, "producer_key");
    out_public_key(out, &producer->key);
    out_key_u64(out, "is_active", 1);
    out_object_end(out);
}

bool producers_get(struct request *request)
{
    const struct schedule *schedule = request->api->options.schedule;
    struct out *out = &request->out;
    struct text bound;
    name_t lower = 0;
    uint32_t limit;
    if (!argument_text(request, "lower_bound", "", &bound) ||
        !argument_u32_or(request, "limit", 50, &limit))
        return false;
    if (!name_parse(bound.chars, bound.size, &lower))
        return failure_request(&request->failure, "\"lower_bound\" must be a name");

    const struct schedule_producer *more = NULL;
    uint32_t count = 0;
    out_object(out);
    out_key(out, "rows");
    out_array(out);
    for (unsigned i = 0; i < schedule->count && more == NULL; i++) {
        if (schedule->producers[i].name < lower)
            continue;
        if (count++ < limit)
            out_producer(out, &schedule->producers[i]);
        else
            more = &schedule->producers[i];
    }
    out_array_end(out);
    out_key_text(out, "total_producer_vote_weight", "0.00000000000000000");
    out_key_name(out, "more", more != NULL ? more->name : 0);
    out_object_end(out);
    return true;
}
