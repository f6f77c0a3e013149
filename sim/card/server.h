/* SPDX-License-Identifier: Apache-2.0 */
/* The vfio-user protocol: one command in, one reply out, against a PCI function. Knows nothing of
 * sockets. */
#ifndef SIM_CARD_SERVER_H
#define SIM_CARD_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/card/connection.h"
#include "sim/card/function.h"
#include "sim/card/vfio_user.h"

struct server {
    struct function *function;
    bool agreed; /* on a version: the first command must do that */
};

struct reply {
    struct vfio_user_header header;
    size_t payload_bytes;
    _Alignas(8) uint8_t payload[VFIO_USER_MESSAGE_BYTES_MAX];
};

enum server_result {
    SERVER_REPLY,  /* *reply is to be sent */
    SERVER_SILENT, /* the client asked for none */
    SERVER_CLOSE,  /* the client cannot be served: no common version, or it did not ask for one */
};

void server_init(struct server *server, struct function *function);
/* The message's descriptors stay the message's, but for those that the server keeps. */
enum server_result server_handle(struct server *server, struct message *message,
                                 struct reply *reply);
/* The client has gone: its memory and interrupts are dropped, the card is reset. */
void server_disconnect(struct server *server);

#endif
