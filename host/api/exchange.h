/* SPDX-License-Identifier: Apache-2.0 */
/* A request and its answer as HTTP: what the HTTP library calls. */
#ifndef HOST_API_EXCHANGE_H
#define HOST_API_EXCHANGE_H

#include <microhttpd.h>

/* MHD_AccessHandlerCallback; `user` is the struct api, here and below. */
enum MHD_Result exchange_receive(void *user, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *bytes, void **place);
/* MHD_RequestCompletedCallback */
void exchange_completed(void *user, struct MHD_Connection *connection, void **place,
                        enum MHD_RequestTerminationCode why);
/* MHD_NotifyConnectionCallback */
void exchange_connection(void *user, struct MHD_Connection *connection, void **place,
                         enum MHD_ConnectionNotificationCode what);

#endif
