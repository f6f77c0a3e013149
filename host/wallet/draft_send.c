// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/base/clock.h"
#include "host/base/hex.h"
#include "host/wallet/draft.h"
#include "host/wire/hash.h"

#define ID_TEXT_SIZE    (2 * HASH_BYTES + 1)
#define STATE_SIZE      32u
#define ARGUMENTS_SHOWN 100u /* characters of an action's data */
#define POLL_NS         (500 * CLOCK_NS_PER_MS)

/* ------------------------------------------------------------------ what it did */

static void print_action(const json_t *trace)
{
    const json_t *action = json_object_get(trace, "act");
    const char *console = tool_member_text(trace, "console", "");
    char *data = json_dumps(json_object_get(action, "data"),
                            JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    fputs("# ", stdout);
    tool_print_foreign(stdout, tool_member_text(trace, "receiver", "?"), 0);
    fputs(" <= ", stdout);
    tool_print_foreign(stdout, tool_member_text(action, "account", "?"), 0);
    fputs("::", stdout);
    tool_print_foreign(stdout, tool_member_text(action, "name", "?"), 0);
    putchar(' ');
    tool_print_foreign(stdout, data != NULL ? data : "", ARGUMENTS_SHOWN);
    putchar('\n');
    free(data);
    if (console[0] != '\0') {
        fputs(">> ", stdout);
        tool_print_foreign(stdout, console, 0);
        putchar('\n');
    }
}

static void print_actions(const json_t *traces)
{
    const json_t *trace;
    size_t index;
    json_array_foreach(traces, index, trace)
    {
        print_action(trace);
        print_actions(json_object_get(trace, "inline_traces"));
    }
}

static void print_outcome(const char *id, const json_t *processed)
{
    const json_t *receipt = json_object_get(processed, "receipt");
    printf("executed transaction: %s  block %lld  %lld bytes  %lld us\n", id,
           (long long)tool_member_number(processed, "block_num"),
           (long long)tool_member_number(receipt, "net_usage_words") * 8,
           (long long)tool_member_number(receipt, "cpu_usage_us"));
    print_actions(json_object_get(processed, "action_traces"));
}

/* Whether the answer is about this transaction, and says that it was executed. */
static enum tool_exit check_outcome(const char *id, const json_t *answer)
{
    const json_t *receipt = json_object_get(json_object_get(answer, "processed"), "receipt");
    const char *status = tool_member_text(receipt, "status", "failed");
    if (strcmp(tool_member_text(answer, "transaction_id", ""), id) != 0)
        return tool_fail(TOOL_CONNECTION, "the node answers with another transaction's id");
    if (strcmp(status, "executed") != 0)
        return tool_fail(TOOL_REFUSED, "the node says that the transaction is: %s", status);
    return TOOL_OK;
}

/* ------------------------------------------------------------------ waiting */

static enum tool_exit ask_state(struct node *node, const char *id, char state[STATE_SIZE])
{
    json_t *answer;
    enum tool_exit exit =
        node_call(node, "/v1/chain/get_transaction_status", json_pack("{s:s}", "id", id), &answer);
    if (exit != TOOL_OK)
        return exit;
    snprintf(state, STATE_SIZE, "%s", tool_member_text(answer, "state", "UNKNOWN"));
    json_decref(answer);
    return TOOL_OK;
}

static enum tool_exit wait_final(const struct arguments *arguments, struct node *node,
                                 const char *id)
{
    const struct timespec pause = {.tv_nsec = POLL_NS};
    struct clock clock = clock_monotonic();
    uint64_t end_ns = clock_now(&clock) + arguments->wait_s * CLOCK_NS_PER_S;
    char state[STATE_SIZE];
    for (;;) {
        enum tool_exit exit = ask_state(node, id, state);
        if (exit != TOOL_OK)
            return exit;
        if (strcmp(state, "IRREVERSIBLE") == 0) {
            tool_note(arguments, "final");
            return TOOL_OK;
        }
        if (strcmp(state, "FAILED") == 0)
            return tool_fail(TOOL_REFUSED, "the transaction has expired outside of every block");
        if (clock_now(&clock) >= end_ns)
            return tool_fail(TOOL_CONNECTION, "not final after %u s; the node says: %s",
                             arguments->wait_s, state);
        nanosleep(&pause, NULL);
    }
}

/* ------------------------------------------------------------------ sending */

static enum tool_exit post(struct node *node, const struct draft *draft, json_t **answer)
{
    char *hex = malloc(2 * draft->size + 1);
    if (hex == NULL)
        return tool_no_memory();
    hex_encode(draft->bytes, draft->size, hex);
    enum tool_exit exit = node_call(node, "/v1/chain/send_transaction",
                                    json_pack("{s:o, s:s, s:s, s:s}", "signatures",
                                              draft_signatures_json(draft), "compression", "none",
                                              "packed_context_free_data", "", "packed_trx", hex),
                                    answer);
    free(hex);
    return exit;
}

enum tool_exit draft_send(const struct arguments *arguments, struct node *node,
                          const struct draft *draft)
{
    uint8_t hash[HASH_BYTES];
    char id[ID_TEXT_SIZE];
    json_t *answer;
    struct bytes packed = {draft->bytes, draft->size};
    bool final = arguments->wait != NULL && strcmp(arguments->wait, "final") == 0;
    if (arguments->wait != NULL && !final && strcmp(arguments->wait, "executed") != 0)
        return tool_fail(TOOL_USAGE, "--wait is executed or final");
    enum tool_exit exit = post(node, draft, &answer);
    if (exit != TOOL_OK)
        return exit;
    hash_sha256(&packed, 1, hash);
    hex_encode(hash, sizeof hash, id);
    exit = check_outcome(id, answer);
    if (exit == TOOL_OK && arguments->json)
        exit = tool_print_json(arguments, answer);
    else if (exit == TOOL_OK)
        print_outcome(id, json_object_get(answer, "processed"));
    json_decref(answer);
    if (exit == TOOL_OK && final)
        exit = wait_final(arguments, node, id);
    return exit;
}
