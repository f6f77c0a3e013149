/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_API_HEALTH_H
#define HOST_API_HEALTH_H

#include "host/api/server.h"

struct health {
    bool producing; /* blocks come, the last one lately */
    bool state_failed;
    uint32_t head, final;
    int64_t head_age_ms; /* by the wall clock */
    unsigned cards, cards_up;
    struct api_producer producer;
};
void health_look(struct api *api, struct health *health);

#endif
