/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_NODE_NOTIFY_H
#define HOST_NODE_NOTIFY_H

/* Tells the service manager, when one has set NOTIFY_SOCKET, what state the program is in
 * (sd_notify of systemd): "READY=1", "STOPPING=1". Nobody there, or not listening: nothing. */
void notify_service_manager(const char *state);

#endif
