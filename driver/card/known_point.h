/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers of the point engines. */
#ifndef DRIVER_CARD_KNOWN_POINT_H
#define DRIVER_CARD_KNOWN_POINT_H

#include <stddef.h>
#include <stdint.h>

#define SNAP_KNOWN_POINT_BYTES_MAX 512u

struct snap_known_point {
    uint8_t opcode, flags;
    uint32_t verdict;
    uint32_t bytes;      /* of the payload, to SNAP_KNOWN_POINT_BYTES_MAX */
    const char *payload; /* hexadecimal */
    const char *point;   /* x and y, hexadecimal; NULL: none */
};

extern const struct snap_known_point snap_known_points[];
extern const size_t snap_known_point_count;

/* The first `bytes` bytes of a payload or point of the table. */
void snap_known_from_hex(const char *hex, uint8_t *out, size_t bytes);

#endif
