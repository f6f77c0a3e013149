// SPDX-License-Identifier: Apache-2.0
/* Requests of the HTTP interface behind HTTP: a line with a path, then a body, on a chain with the
 * genesis and an open block. Whatever comes is answered by JSON, or by a failure. Requests that
 * wait or stream need the HTTP library and are left out; what they parse, others do too. */
#include <stdlib.h>
#include <string.h>

#include "host/api/api.h"
#include "tests/unit/ledger_chain_rig.h"

static struct rig rig;
static struct offload *offload;
static struct intake *intake;
static struct schedule schedule;
static struct api *api;

static void end(void)
{
    api_destroy(api);
    intake_destroy(intake);
    rig_remove(&rig);
    offload_destroy(offload);
}

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count, (void)arguments;
    char error[API_ERROR_SIZE];
    const struct offload_options offload_options = {.workers = 1};
    CHECK(offload_create(&offload_options, &offload, error) == 0);
    rig_make(&rig, RIG_MEMORY);
    rig_open(&rig);
    rig_found(&rig);
    rig_produce(&rig, 3);
    rig_start(&rig);
    const struct intake_options intake_options = {.offload = offload, .chain = rig.chain};
    intake = intake_create(&intake_options);
    CHECK(intake != NULL);
    schedule_single(&schedule, name_of("eosio"), &rig.genesis.key);
    const struct api_options options = {
        .chain = rig.chain, .intake = intake, .offload = offload, .schedule = &schedule};
    CHECK(api_create(&options, &api, error) == 0);
    atexit(end);
    return 0;
}

static bool needs_http(const struct route *route)
{
    return route->handle == push_transaction || route->handle == push_transactions ||
           route->handle == push_send_transaction || route->handle == push_send_transaction2 ||
           route->handle == events_subscribe;
}

static void check_answer(struct request *request, bool handled)
{
    struct out *out = &request->out;
    if (!handled) {
        CHECK(request->failure.status >= 400 && request->failure.status < 600);
        out_reset(out);
        failure_out(out, &request->failure);
    }
    CHECK(!out->failed && out->size != 0);
    if (strcmp(request->content_type, "application/json") == 0) {
        json_t *json = json_loadb(out->text, out->size, JSON_DECODE_ANY, NULL);
        CHECK(json != NULL);
        json_decref(json);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char path[128];
    const uint8_t *line = bytes != 0 ? memchr(data, '\n', bytes) : NULL;
    if (line == NULL || (size_t)(line - data) >= sizeof path)
        return 0;
    memcpy(path, data, (size_t)(line - data));
    path[line - data] = '\0';
    struct request request;
    request_init(&request, api, NULL);
    request.route = router_find(path);
    if (request.route != NULL && !needs_http(request.route)) {
        size_t body_bytes = bytes - (size_t)(line + 1 - data);
        check_answer(&request, request_handle(&request, (const char *)line + 1, body_bytes));
    }
    request_clear(&request);
    return 0;
}
