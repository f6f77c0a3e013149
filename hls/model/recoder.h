/* SPDX-License-Identifier: Apache-2.0 */
/* From scalars to digits: what the engine's recoder does for one thread at a time. */
#ifndef HLS_MODEL_RECODER_H
#define HLS_MODEL_RECODER_H
#include "hls/model/u256.h"
#include "snap_isa.h"

/* One addition: +-entry of a stream's table, and the doublings behind it. */
struct snap_event {
    uint16_t doublings;
    uint16_t entry;
    uint8_t stream;
    bool negative;
};

struct snap_recoder {
    const struct isa_streams *streams;
    unsigned half_bits;
    unsigned received; /* streams that have their scalar */
    bool have_plus;    /* of the next stream, a half: v has come, -v has not */
    struct snap_u256 scalar[ISA_STREAMS];
    bool negative[ISA_STREAMS];
};

void snap_recoder_start(struct snap_recoder *recoder, const struct isa_streams *streams,
                        unsigned half_bits);
/* Hands over a scalar with the instruction's `arg`. Returns NULL, or why the recoder refuses it. */
const char *snap_recoder_scalar(struct snap_recoder *recoder, struct snap_u256 value, unsigned arg);
/* All scalars have come. */
bool snap_recoder_full(const struct snap_recoder *recoder);
/* The events, lowest position first; of one position, lowest stream first. They are read from the
 * end. */
unsigned snap_recoder_events(const struct snap_recoder *recoder,
                             struct snap_event event[ISA_EVENTS]);
#endif
