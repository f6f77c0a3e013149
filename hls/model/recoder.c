/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/model/recoder.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

/* One more than the last position that a digit of 256 bits can have. */
#define POSITIONS_MAX 258u
#define ARG_STREAM    7u
#define ARG_NEGATIVE  8u

void snap_recoder_start(struct snap_recoder *recoder, const struct isa_streams *streams,
                        unsigned half_bits)
{
    assert(streams->positions <= POSITIONS_MAX);
    memset(recoder, 0, sizeof *recoder);
    recoder->streams = streams;
    recoder->half_bits = half_bits;
}

bool snap_recoder_full(const struct snap_recoder *recoder)
{
    return recoder->streams && recoder->received == recoder->streams->count;
}

/* A half comes as v, then as -v; the small one of them is kept. */
static const char *take_half(struct snap_recoder *recoder, struct snap_u256 value)
{
    unsigned stream = recoder->received;
    bool small = snap_u256_bits(value) <= recoder->half_bits;
    if (!recoder->have_plus) {
        recoder->have_plus = true;
        recoder->scalar[stream] = value;
        return NULL;
    }
    if (snap_u256_bits(recoder->scalar[stream]) > recoder->half_bits) {
        if (!small)
            return "neither a half nor its negative is small";
        recoder->scalar[stream] = value;
        recoder->negative[stream] = true;
    }
    recoder->have_plus = false;
    recoder->received++;
    return NULL;
}

const char *snap_recoder_scalar(struct snap_recoder *recoder, struct snap_u256 value, unsigned arg)
{
    if (!recoder->streams)
        return "a scalar of a thread that does not have the recoder";
    if (snap_recoder_full(recoder))
        return "more scalars than the program has";
    unsigned stream = recoder->received;
    if ((arg & ARG_STREAM) != stream || (arg & ARG_NEGATIVE ? 1 : 0) != recoder->have_plus)
        return "scalars in a wrong order";
    const struct isa_stream *description = &recoder->streams->list[stream];
    if (description->half)
        return take_half(recoder, value);
    if (description->comb &&
        snap_u256_bits(value) > (unsigned)description->width * description->spacing)
        return "a scalar has more bits than the comb has teeth";
    recoder->scalar[stream] = value;
    recoder->received++;
    return NULL;
}

static void digits_of_wnaf(struct snap_u256 scalar, unsigned width, unsigned positions,
                           int16_t digit[POSITIONS_MAX])
{
    unsigned carry = 0;
    for (unsigned i = 0; i < positions;) {
        if (snap_u256_bit(scalar, i) == carry) {
            i++;
            continue;
        }
        unsigned window = carry;
        for (unsigned j = 0; j < width; j++)
            window += snap_u256_bit(scalar, i + j) << j;
        carry = window >> (width - 1);
        digit[i] = (int16_t)((int)window - (int)(carry << width));
        i += width;
    }
    assert(!carry);
}

static void digits_of_comb(struct snap_u256 scalar, unsigned teeth, unsigned spacing,
                           int16_t digit[POSITIONS_MAX])
{
    for (unsigned i = 0; i < spacing; i++) {
        for (unsigned j = 0; j < teeth; j++)
            digit[i] |= (int16_t)(snap_u256_bit(scalar, i + j * spacing) << j);
    }
}

static struct snap_event event_of(const struct isa_stream *stream, unsigned number, int digit,
                                  bool negative)
{
    unsigned magnitude = (unsigned)(digit < 0 ? -digit : digit);
    return (struct snap_event){
        .stream = (uint8_t)number,
        .entry = (uint16_t)(stream->comb ? magnitude - 1 : (magnitude - 1) / 2),
        .negative = (digit < 0) != negative,
    };
}

unsigned snap_recoder_events(const struct snap_recoder *recoder,
                             struct snap_event event[ISA_EVENTS])
{
    const struct isa_streams *streams = recoder->streams;
    int16_t digit[ISA_STREAMS][POSITIONS_MAX] = {{0}};
    assert(snap_recoder_full(recoder));
    for (unsigned s = 0; s < streams->count; s++) {
        const struct isa_stream *stream = &streams->list[s];
        if (stream->comb)
            digits_of_comb(recoder->scalar[s], stream->width, stream->spacing, digit[s]);
        else
            digits_of_wnaf(recoder->scalar[s], stream->width, streams->positions, digit[s]);
    }
    unsigned count = 0, last = 0;
    for (unsigned i = 0; i < streams->positions; i++) {
        for (unsigned s = 0; s < streams->count; s++) {
            if (!digit[s][i])
                continue;
            assert(count < ISA_EVENTS);
            event[count] = event_of(&streams->list[s], s, digit[s][i], recoder->negative[s]);
            event[count++].doublings = (uint16_t)(i - last);
            last = i;
        }
    }
    return count;
}
