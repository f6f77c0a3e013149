/* SPDX-License-Identifier: Apache-2.0 */
/* A log's record while it is packed, piece by piece. Starts as all zeros; its memory is kept from
 * record to record. The functions end the program when memory is out. */
#ifndef HOST_LEDGER_RECORD_BUFFER_H
#define HOST_LEDGER_RECORD_BUFFER_H

#include "host/base/bytes.h"

struct record_buffer {
    uint8_t *bytes;
    size_t size, room;
};

/* Forgets what is there, but leaves room for what is to stand in front, written at the end. */
void record_buffer_start(struct record_buffer *buffer, size_t front_bytes);
/* Room for so many bytes more, which have to be written before the next call. */
struct writer record_buffer_reserve(struct record_buffer *buffer, size_t bytes);
void record_buffer_free(struct record_buffer *buffer);

/* `pointer`, unless it is NULL. */
void *record_memory(void *pointer);

#endif
