// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "snapcard.h"

const char *snap_status_name(unsigned status)
{
    switch (status) {
#define NAME(name, value, text)                                                                    \
    case value:                                                                                    \
        return #name;
        SNAP_STATUS_LIST(NAME)
    case SNAP_JOB_LOST:
        return "LOST";
    default:
        return "?";
    }
}

const char *snap_opcode_name(unsigned opcode)
{
    switch (opcode) {
#define OPCODE(name, value, flags, text)                                                           \
    case value:                                                                                    \
        return #name;
        SNAP_OPCODE_LIST(OPCODE)
    default:
        return "?";
    }
}

int snap_opcode_parse(const char *name)
{
#define PARSE(opcode_name, value, flags, text)                                                     \
    if (strcmp(name, #opcode_name) == 0)                                                           \
        return value;
    SNAP_OPCODE_LIST(PARSE)
    return -1;
}

const char *snap_queue_state_name(enum snap_queue_state state)
{
    switch (state) {
    case SNAP_QUEUE_RUNNING:
        return "running";
    case SNAP_QUEUE_OVERDUE:
        return "overdue";
    case SNAP_QUEUE_STALLED:
        return "stalled";
    case SNAP_QUEUE_REFUSED:
        return "refused";
    case SNAP_QUEUE_BROKEN:
        return "broken";
    case SNAP_QUEUE_GONE:
        return "gone";
    }
    return "?";
}
