/* SPDX-License-Identifier: Apache-2.0 */
/* The UNIX socket of the server: messages in and out of the byte stream, with their file
 * descriptors.
 *
 * A message is bounded before it is read; what cannot be framed (a size out of range, a type that
 * is no command, too many descriptors) breaks the connection, for nothing says where the next
 * message begins. */
#ifndef SIM_CARD_CONNECTION_H
#define SIM_CARD_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/card/vfio_user.h"

/* A whole command. The payload belongs to the connection and lasts until the next receive; the
 * descriptors belong to the message until message_close_fds. A handler that keeps one puts -1 in
 * its place. */
struct message {
    struct vfio_user_header header;
    const uint8_t *payload;
    size_t payload_bytes;
    int fds[VFIO_USER_FDS_MAX];
    unsigned fd_count;
};

struct connection {
    int socket;
    size_t have; /* bytes of the message that is being received */
    int fds[VFIO_USER_FDS_MAX];
    unsigned fd_count;
    _Alignas(8) uint8_t bytes[VFIO_USER_MESSAGE_BYTES_MAX];
};

enum connection_result {
    CONNECTION_MESSAGE, /* *message is filled */
    CONNECTION_MORE,    /* nothing whole yet */
    CONNECTION_CLOSED,  /* the client has closed, between messages */
    CONNECTION_BROKEN,  /* cut short, or not the protocol: see the reason */
};

/* Takes `socket` over. */
void connection_init(struct connection *connection, int socket);
void connection_close(struct connection *connection);
/* Reads what is there, without waiting, up to the end of one message. *reason is set for BROKEN. */
enum connection_result connection_receive(struct connection *connection, struct message *message,
                                          const char **reason);
/* Sends a header and a payload as one message; waits for a slow client, but not for ever. False:
 * lost. */
bool connection_send(struct connection *connection, const struct vfio_user_header *header,
                     const void *payload, size_t bytes);

/* True when the header of a command is one that can be framed; else *reason says why not. */
bool message_header_valid(const struct vfio_user_header *header, const char **reason);
void message_close_fds(struct message *message);

#endif
