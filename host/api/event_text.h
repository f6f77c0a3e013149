/* SPDX-License-Identifier: Apache-2.0 */
/* The events of /v1/events as text: server-sent events, whose data are JSON.
 *
 *   event: transaction     one for each of a block's transactions, then
 *   id: 12
 *   event: block           the block; its id is what Last-Event-ID brings back
 *   event: undone          the block of this height, the last one, is none any more
 *   event: final           blocks up to this height are final
 *   event: dropped         the last: the reader was too slow; go on from resume_from */
#ifndef HOST_API_EVENT_TEXT_H
#define HOST_API_EVENT_TEXT_H

#include "host/api/trace_out.h"

void event_transaction(struct out *out, struct abi_cache *abis, const block_id_t *block,
                       const struct transaction_trace *trace);
void event_block(struct out *out, const struct block_header *header, const block_id_t *id,
                 unsigned transactions);
void event_undone(struct out *out, uint32_t height);
void event_final(struct out *out, uint32_t height);
void event_dropped(struct out *out, uint32_t resume_from);
/* No event: keeps the connection open, and finds out when it is not. */
void event_idle(struct out *out);

/* Whether one of the trace's actions was authorized by the account, or was received by it. 0: any
 * account. */
bool event_touches(const struct transaction_trace *trace, name_t account);

#endif
