// SPDX-License-Identifier: Apache-2.0
/* Whether this node does its work: for load balancers and people. */
#include "host/api/health.h"

#include <string.h>

#include "host/api/api.h"

#define HEAD_AGE_MS_MAX 3000 /* six slots */

void health_look(struct api *api, struct health *health)
{
    struct chain *chain = api->options.chain;
    struct offload_stats offload;
    memset(health, 0, sizeof *health);
    chain_lock(chain);
    health->head = chain_head(chain);
    health->final = chain_final(chain);
    uint32_t slot = chain_head_header(chain)->slot;
    const char *failed = state_failed(chain_state(chain));
    health->state_failed = failed != NULL;
    chain_unlock(chain);
    health->head_age_ms = api_unix_ms(api) - slot_unix_ms(slot);
    if (api->options.producer != NULL)
        api->options.producer(api->options.user, &health->producer);
    health->producing = health->producer.producing && health->head_age_ms <= HEAD_AGE_MS_MAX &&
                        !health->state_failed;
    offload_stats(api->options.offload, &offload);
    health->cards = offload.card_count;
    for (unsigned i = 0; i < offload.card_count; i++)
        health->cards_up += offload.cards[i].up;
}

/* A node without a card, or whose cards are out, works on its CPU: that is said, and no failure. */
bool health_get(struct request *request)
{
    struct api *api = request->api;
    struct out *out = &request->out;
    struct health health;
    health_look(api, &health);
    request->status = health.producing ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
    out_object(out);
    out_key_text(out, "status", health.producing ? "producing" : "not producing");
    out_key_bool(out, "state_failed", health.state_failed);
    out_key_u64(out, "head_block_num", health.head);
    out_key_u64(out, "last_irreversible_block_num", health.final);
    out_key_i64(out, "head_age_ms", health.head_age_ms);
    out_key_text(out, "crypto", health.cards_up != 0 ? "card" : "cpu");
    out_key_u64(out, "cards", health.cards);
    out_key_u64(out, "cards_up", health.cards_up);
    out_key_text(out, "version", api->options.version);
    out_object_end(out);
    return true;
}
