/* SPDX-License-Identifier: Apache-2.0 */
/* The node's HTTP interface: /v1/chain as the Antelope family has it, so that its wallets and
 * libraries work, an event stream for explorers, health, metrics. What each route takes and gives
 * is in host/api/openapi.json, which the node serves too.
 *
 *   api_create(&options, &api, error);   before the first block is made: it listens to the chain
 *   api_start(api, error);               binds, answers from now on; api_port says where
 *   ...
 *   api_stop(api);                       refuses what is new; what it was asked is still answered
 *   producer_stop ...; intake_destroy    answers the transactions that are still waiting
 *   api_destroy(api);                    closes all connections
 *   chain_close ...
 *
 * THREADS. A pool of its own, and one more for events. create, start, stop and destroy are called
 * from one thread of the caller's, which holds no lock of the chain's and is not the producer's
 * while that holds one. */
#ifndef HOST_API_SERVER_H
#define HOST_API_SERVER_H

#include "host/consensus/schedule.h"
#include "host/intake/intake.h"

#define API_ERROR_SIZE 256u

struct api;

/* What health and metrics say of production. */
struct api_producer {
    bool producing; /* false: this node only answers questions, or production has ended */
    uint64_t blocks, slots_missed, transactions, failed_transactions;
    uint64_t seal_us_total;
};

/* 0 takes the default. */
struct api_options {
    struct chain *chain;
    struct intake *intake;
    struct offload *offload;
    const struct schedule *schedule; /* all four outlive the API, intake but for its end (above) */

    const char *address;     /* numeric, IPv4 or IPv6; NULL: 127.0.0.1 */
    uint16_t port;           /* 0: the system chooses */
    const char *cors_origin; /* NULL: no such header; "*" or the one origin that may use the API */
    const char *version;     /* "v1.0.0": what get_info says of this program; NULL: "v0.0.0" */

    unsigned threads;                     /* of the pool; default 2 */
    unsigned connections_max;             /* in all; default 1,024 */
    unsigned connections_per_address_max; /* default 256 */
    unsigned timeout_s;                   /* of a connection on which nothing moves; default 10 */
    unsigned request_s;                   /* for a request to arrive, an answer to leave; 30 */
    unsigned subscribers_max;             /* of /v1/events; default 32 */
    size_t header_bytes_max;              /* of a request's line and headers; default 16 KiB */
    size_t body_bytes_max;                /* of a request; default 2 MiB */
    size_t in_flight_bytes_max;           /* of the bodies of all requests; default 64 MiB */

    /* Fills *producer. Any thread, must not block. NULL: this node does not produce. */
    void (*producer)(void *user, struct api_producer *producer);
    /* Milliseconds since 1970; NULL: the machine's clock. Any thread. */
    int64_t (*unix_ms)(void *user);
    void *user;
};

/* Copies the options, texts included. 0, or -1 with a text. */
int api_create(const struct api_options *options, struct api **api, char error[API_ERROR_SIZE]);
int api_start(struct api *api, char error[API_ERROR_SIZE]);
/* Where it listens; 0 before api_start. */
uint16_t api_port(const struct api *api);
/* Returns when no handler uses intake any more. Requests from now on are answered with 503. */
void api_stop(struct api *api);
/* After the last change of the chain, and when every transaction has been answered. NULL is
 * allowed. */
void api_destroy(struct api *api);

#endif
