// SPDX-License-Identifier: Apache-2.0
#include "driver/transport/transport.h"

#include <string.h>

#include "driver/base/error.h"

int snap_transport_open(const char *address, unsigned stall_ms, struct snap_transport **transport,
                        struct snap_error *error)
{
    if (strncmp(address, "vfio:", 5) == 0)
        return snap_vfio_open(address + 5, transport, error);
    if (strncmp(address, "sim:", 4) == 0)
        return snap_vfio_user_open(address + 4, stall_ms, transport, error);
    return snap_fail(error, SNAP_E_ARGUMENT,
                     "'%.200s' is not a card's address: use vfio:DDDD:BB:DD.F for a PCI function "
                     "(`snapcard list` shows them) or sim:PATH for the socket of snapcard-sim",
                     address);
}
