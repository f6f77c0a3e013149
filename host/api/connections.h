/* SPDX-License-Identifier: Apache-2.0 */
/* The open connections and what each may still take its time for. The HTTP library closes a
 * connection on which nothing moves; this closes one on which too little does: a request that
 * arrives byte by byte, an answer that is fetched so, a connection that is kept open for nothing.
 */
#ifndef HOST_API_CONNECTIONS_H
#define HOST_API_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct connections;
struct connection;

/* `limit_s`: what a request may take to arrive, and an answer to leave. NULL: no memory, no thread.
 */
struct connections *connections_create(unsigned limit_s);
/* All connections must be closed. NULL is allowed. */
void connections_destroy(struct connections *connections);

/* A connection has come: its clock runs. NULL: no memory. */
struct connection *connection_open(struct connections *connections, int fd);
/* Before the socket is closed. */
void connection_close(struct connection *connection);
/* A request or an answer starts: its clock starts anew. */
void connection_restart(struct connection *connection);
/* The answer takes as long as it takes. */
void connection_unlimited(struct connection *connection);

unsigned connections_count(struct connections *connections);

#endif
