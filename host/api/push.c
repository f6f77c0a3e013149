// SPDX-License-Identifier: Apache-2.0
/* Transactions that clients send. A request is suspended until intake has answered all of its
 * transactions; its answer is written by the HTTP library's thread, not by the producer's. */
#include <stdlib.h>
#include <string.h>

#include "host/api/api.h"
#include "host/api/plain_push.h"

#define PUSH_TRANSACTIONS_MAX 1000u /* in a request, as in the family */

/* One transaction and what became of it: a trace, or a failure's text. */
struct item {
    struct intake_request intake;
    struct push *push;
    uint8_t id[32];
    struct transaction_trace *trace;
    enum ledger_error_code code;
    char *message; /* NULL: out of memory */
};

struct push {
    struct pending pending; /* first */
    struct api *api;
    struct MHD_Connection *connection;
    enum trace_form form;
    bool failure_trace;       /* a failed transaction is answered by its trace */
    _Atomic unsigned waiting; /* items not answered yet, and one while they are submitted */
    unsigned count;
    struct item items[];
};

static void push_free(struct pending *pending)
{
    struct push *push = (struct push *)pending;
    for (unsigned i = 0; i < push->count; i++) {
        trace_release(push->items[i].trace);
        free(push->items[i].message);
        signed_transaction_release(push->items[i].intake.transaction);
    }
    free(push);
}

/* Room for `count` items; NULL with a failure. */
static struct push *push_create(struct request *request, unsigned count, enum trace_form form,
                                bool (*answer)(struct request *request))
{
    struct push *push = calloc(1, sizeof *push + count * sizeof *push->items);
    if (push == NULL) {
        failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
        return NULL;
    }
    push->pending = (struct pending){answer, push_free};
    push->api = request->api;
    push->connection = request->connection;
    push->form = form;
    push->count = count;
    return push;
}

/* ------------------------------------------------------------------ what became of an item */
static void item_fail(struct item *item, enum ledger_error_code code, const char *message)
{
    item->code = code;
    item->message = strdup(message);
}

/* One answer less to wait for. Behind the last one the push belongs to the HTTP library's thread.
 */
static void one_less(struct push *push)
{
    struct MHD_Connection *connection = push->connection;
    struct api *api = push->api;
    if (atomic_fetch_sub(&push->waiting, 1) == 1) {
        atomic_fetch_sub(&api->counters.waiting, 1);
        MHD_resume_connection(connection);
    }
}

/* intake's answer, on the producer's thread. */
static void item_done(struct intake_request *intake, struct transaction_trace *trace,
                      const struct ledger_error *error)
{
    struct item *item = intake->user;
    struct api *api = item->push->api;
    intake->transaction = NULL; /* intake has released it */
    if (trace != NULL) {
        item->trace = trace_acquire(trace);
        item->code = trace->error.code;
    } else {
        item_fail(item, error->code, error->message);
    }
    if (trace == NULL || !trace->executed)
        failed_ids_add(api->failed, item->id);
    one_less(item->push);
}

static void item_set(struct item *item, struct push *push, struct signed_transaction *transaction)
{
    item->push = push;
    item->intake = (struct intake_request){transaction, item_done, item};
    memcpy(item->id, transaction->id, sizeof item->id);
}

/* Hands all items over that have a transaction. The connection sleeps before the first of them can
 * be answered; the request's answer is written when it wakes. */
static void push_submit(struct push *push)
{
    struct api *api = push->api;
    atomic_store(&push->waiting, push->count + 1);
    atomic_fetch_add(&api->counters.waiting, 1);
    atomic_fetch_add(&api->counters.transactions, push->count);
    MHD_suspend_connection(push->connection);
    for (unsigned i = 0; i < push->count; i++) {
        struct item *item = &push->items[i];
        struct ledger_error error;
        if (item->intake.transaction == NULL) {
            one_less(push); /* it did not parse */
        } else if (!intake_submit(api->options.intake, &item->intake, &error)) {
            item_fail(item, error.code, error.message);
            one_less(push);
        }
    }
    one_less(push);
}

/* ------------------------------------------------------------------ answers */
/* Who has got the answer of a setabi sees the new ABI, though its block is still open. */
static void watch_abis(const struct push *push)
{
    for (unsigned i = 0; i < push->count; i++)
        if (push->items[i].trace != NULL)
            abi_cache_watch(push->api->abis, push->items[i].trace);
}

static bool item_failed(const struct item *item)
{
    return item->trace == NULL || !item->trace->executed;
}

static void item_error(const struct item *item, struct ledger_error *error)
{
    memset(error, 0, sizeof *error);
    if (item->trace != NULL) {
        *error = item->trace->error;
    } else {
        const char *message = item->message != NULL ? item->message : "out of memory";
        error->code = item->code;
        strncpy(error->message, message, sizeof error->message - 1);
    }
}

static void out_item(struct out *out, const struct item *item)
{
    out_object(out);
    out_key_hex(out, "transaction_id", item->id, sizeof item->id);
    out_key(out, "processed");
    out_trace(out, item->push->api->abis, item->trace, item->push->form);
    out_object_end(out);
}

static bool answer_one(struct request *request)
{
    const struct push *push = (struct push *)request->pending;
    const struct item *item = &push->items[0];
    watch_abis(push);
    if (item->trace == NULL || (item_failed(item) && !push->failure_trace)) {
        struct ledger_error error;
        item_error(item, &error);
        return failure_ledger(&request->failure, &error);
    }
    request->status = MHD_HTTP_ACCEPTED;
    out_item(&request->out, item);
    return true;
}

/* Of many, one that failed has {"error": text, "except": as in a trace}. */
static bool answer_many(struct request *request)
{
    const struct push *push = (struct push *)request->pending;
    struct out *out = &request->out;
    request->status = MHD_HTTP_ACCEPTED;
    watch_abis(push);
    out_array(out);
    for (unsigned i = 0; i < push->count && !out->failed; i++) {
        const struct item *item = &push->items[i];
        if (!item_failed(item)) {
            out_item(out, item);
            continue;
        }
        struct ledger_error error;
        item_error(item, &error);
        out_object(out);
        out_key_hex(out, "transaction_id", item->id, sizeof item->id);
        out_key(out, "processed");
        out_object(out);
        out_key_text(out, "error", error.message);
        out_key(out, "except");
        failure_except_out(out, &error);
        out_object_end(out);
        out_object_end(out);
    }
    out_array_end(out);
    return true;
}

/* ------------------------------------------------------------------ handlers */
/* As the family calls it. */
static enum ledger_error_code error_code(enum transaction_error error)
{
    switch (error) {
    case TRANSACTION_TOO_LARGE:
        return LEDGER_TX_TOO_BIG;
    case TRANSACTION_BAD_ZIP:
        return LEDGER_TX_DECOMPRESSION;
    case TRANSACTION_CONTEXT_FREE:
        return LEDGER_CFA_INSIDE;
    case TRANSACTION_NO_ACTIONS:
        return LEDGER_TX_NO_ACTION;
    case TRANSACTION_EXTENSIONS:
        return LEDGER_INVALID_EXTENSION;
    case TRANSACTION_NO_MEMORY:
        return LEDGER_INTERNAL;
    case TRANSACTION_MALFORMED:
    case TRANSACTION_OK:
        break;
    }
    return LEDGER_PACKED_TRANSACTION_TYPE;
}

/* NULL with a failure. */
static struct signed_transaction *parse(struct api *api, const json_t *json,
                                        struct failure *failure)
{
    struct abi_lookup lookup;
    const struct abi_source abis = abi_lookup_source(&lookup, api->abis);
    enum transaction_error reason = TRANSACTION_MALFORMED;
    char error[ABI_ERROR_SIZE] = "not an object";
    struct signed_transaction *transaction =
        json_is_object(json) ? signed_transaction_from_json(json, &abis, &reason, error) : NULL;
    if (transaction == NULL)
        failure_code(failure, error_code(reason), "Invalid packed transaction: %.200s", error);
    abi_lookup_end(&lookup);
    return transaction;
}

/* Takes the transaction over; NULL: there is a failure already. */
static bool push_one(struct request *request, struct signed_transaction *transaction,
                     enum trace_form form, bool failure_trace)
{
    struct push *push = transaction != NULL ? push_create(request, 1, form, answer_one) : NULL;
    if (push == NULL) {
        signed_transaction_release(transaction);
        return false;
    }
    push->failure_trace = failure_trace;
    item_set(&push->items[0], push, transaction);
    request->pending = &push->pending;
    push_submit(push);
    return true;
}

/* The body's one transaction; NULL with a failure. */
static struct signed_transaction *read_one(struct request *request)
{
    struct signed_transaction *transaction;
    unsigned count;
    if (plain_push_read(request->body, request->body_bytes, false, &transaction, 1, &count))
        return transaction;
    if (!request_parse(request))
        return NULL;
    return parse(request->api, request->arguments, &request->failure);
}

bool push_transaction(struct request *request)
{
    return push_one(request, read_one(request), TRACE_NESTED, false);
}

bool push_send_transaction(struct request *request)
{
    return push_one(request, read_one(request), TRACE_FLAT, false);
}

bool push_send_transaction2(struct request *request)
{
    bool failure_trace, retry;
    if (!argument_bool_or(request, "return_failure_trace", true, &failure_trace) ||
        !argument_bool_or(request, "retry_trx", false, &retry))
        return false;
    if (retry)
        return failure_code(&request->failure, LEDGER_INTERNAL,
                            "Transaction retry not enabled on node");
    const json_t *json = json_object_get(request->arguments, "transaction");
    return push_one(request, parse(request->api, json, &request->failure), TRACE_FLAT,
                    failure_trace);
}

/* Of a list in JSON; what is no transaction fails by itself. NULL with a failure. */
static struct push *read_list(struct request *request)
{
    if (!request_parse(request))
        return NULL;
    size_t count = json_array_size(request->arguments);
    if (!json_is_array(request->arguments)) {
        failure_request(&request->failure, "a list of transactions is needed");
        return NULL;
    }
    if (count > PUSH_TRANSACTIONS_MAX) {
        failure_code(&request->failure, LEDGER_TOO_MANY_TX,
                     "Attempt to push too many transactions at once");
        return NULL;
    }
    struct push *push = push_create(request, (unsigned)count, TRACE_NESTED, answer_many);
    for (size_t i = 0; push != NULL && i < count; i++) {
        struct failure failure;
        struct signed_transaction *transaction =
            parse(request->api, json_array_get(request->arguments, i), &failure);
        if (transaction != NULL)
            item_set(&push->items[i], push, transaction);
        else
            item_fail(&push->items[i], (enum ledger_error_code)failure.code, failure.message);
    }
    return push;
}

/* The same of a list of the usual form. NULL: it is of another one. */
static struct push *read_plain_list(struct request *request)
{
    struct signed_transaction *transactions[PUSH_TRANSACTIONS_MAX];
    unsigned count;
    if (!plain_push_read(request->body, request->body_bytes, true, transactions,
                         PUSH_TRANSACTIONS_MAX, &count))
        return NULL;
    struct push *push = push_create(request, count, TRACE_NESTED, answer_many);
    for (unsigned i = 0; i < count; i++)
        if (push != NULL)
            item_set(&push->items[i], push, transactions[i]);
        else
            signed_transaction_release(transactions[i]);
    return push;
}

bool push_transactions(struct request *request)
{
    struct push *push = read_plain_list(request);
    if (push == NULL)
        push = read_list(request);
    if (push == NULL)
        return false;
    request->pending = &push->pending;
    push_submit(push);
    return true;
}

/* Executes without keys and keeps nothing. */
bool push_compute_transaction(struct request *request)
{
    struct chain *chain = request->api->options.chain;
    const json_t *json = json_object_get(request->arguments, "transaction");
    struct signed_transaction *transaction = parse(request->api, json, &request->failure);
    if (transaction == NULL)
        return false;
    struct transaction_trace *trace = NULL;
    struct ledger_error error = {.code = LEDGER_OK};
    chain_lock(chain);
    bool open = chain_pending_slot(chain) != 0;
    bool good = open && chain_precheck(chain, transaction, &error);
    if (good)
        trace = chain_push(chain, transaction, NULL, 0, CHAIN_DRY_RUN);
    chain_unlock(chain);
    if (good) {
        out_object(&request->out);
        out_key_hex(&request->out, "transaction_id", transaction->id, sizeof transaction->id);
        out_key(&request->out, "processed");
        out_trace(&request->out, request->api->abis, trace, TRACE_FLAT);
        out_object_end(&request->out);
    } else if (open) {
        failure_ledger(&request->failure, &error);
    } else {
        failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE,
                       "no block is open to execute in");
    }
    trace_release(trace);
    signed_transaction_release(transaction);
    return good;
}
