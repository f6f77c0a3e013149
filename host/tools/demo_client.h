/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's client of a node: batches of signed transactions, and questions. It ends the program
 * with a text when the node cannot be reached or answers nonsense: a demo has nobody to return an
 * error to. */
#ifndef HOST_TOOLS_DEMO_CLIENT_H
#define HOST_TOOLS_DEMO_CLIENT_H

#include <jansson.h>

#include "host/wire/asset.h"
#include "host/wire/transaction.h"

#define CLIENT_BATCH_MAX 256u

struct client;

/* What get_info says. */
struct client_info {
    uint32_t head, final;
    uint8_t chain_id[32];
};

/* Waits up to `wait_s` seconds for a node at `url`. */
struct client *client_open(const char *url, unsigned wait_s);
void client_close(struct client *client);

/* A request; the answer is a new reference. */
json_t *client_ask(struct client *client, const char *path, json_t *body);
void client_info(struct client *client, struct client_info *info);
/* The sum of all samples of a metric whose labels contain `label` ("" for all); 0 when there is
 * none. */
double client_metric(const char *metrics, const char *name, const char *label);
/* The text of /metrics; the caller frees. */
char *client_metrics(struct client *client);

/* A batch under construction: each transaction has one action, which `key` signs. */
void client_add(struct client *client, const struct action *action, const struct private_key *key);
/* Sends the batch. Returns how many were accepted; accepted[i] (NULL is allowed) says which; the
 * first refusal's text goes to `error` (NULL is allowed). */
unsigned client_push(struct client *client, bool accepted[CLIENT_BATCH_MAX], char error[256]);
unsigned client_batch(const struct client *client); /* transactions in it */

#endif
