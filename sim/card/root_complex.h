/* SPDX-License-Identifier: Apache-2.0 */
/* A root complex at the level of TLPs, one clock cycle at a time: it turns BAR accesses into
 * requests to the card, and answers the card's requests from the host. It is also a checker: a
 * request that breaks the rules of PCIe or of the card's TLP port is a bug of the RTL and is
 * remembered as such.
 *
 *   to the card                       from the card
 *   req: MRd, MWr to BAR0             rd:  MRd        -> reads, answered late and out of order
 *   cpl: Cpl, CplD for its reads      wr:  MWr        -> host memory, at once
 *                                     cpl: CplD, Cpl  -> the access that waits
 *
 * Completions of different reads come in any order, those of one read in address order, split at
 * 64-byte boundaries at random. Reads look at host memory when their completion leaves, so memory
 * that was unmapped in between is not reached any more. */
#ifndef SIM_CARD_ROOT_COMPLEX_H
#define SIM_CARD_ROOT_COMPLEX_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/card/card.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TLP_BEAT_BYTES  16u
#define TLP_PAYLOAD_MAX 256u
#define ROOT_READS_MAX  256u /* one for each tag */

/* Headers are four DWords, DW0 first, each as the PCIe specification draws it. Data is in memory
 * order. */
struct tlp_beat {
    bool valid, sop, eop;
    uint32_t header[4];
    uint8_t data[TLP_BEAT_BYTES];
    uint8_t strobe; /* a bit for each DWord of `data`; writes of the card only */
};

/* What the root complex drives in a cycle. */
struct tlp_to_card {
    struct tlp_beat request, completion;
    bool read_ready, write_ready, completion_ready;
};

/* What the card drives in the same cycle. */
struct tlp_from_card {
    struct tlp_beat read, write, completion;
    bool request_ready, completion_ready;
};

struct root_read {
    bool used;
    uint8_t tag;
    uint64_t address;
    unsigned bytes; /* still to be completed */
    uint64_t due;   /* cycle of the next completion */
};

enum root_access { ROOT_IDLE, ROOT_WAITING, ROOT_DONE, ROOT_FAILED };

struct root_complex {
    struct host host;
    struct card_config config;
    unsigned latency; /* cycles from a read to its first completion, at least */
    uint64_t cycle;
    uint64_t random;
    struct tlp_to_card drive;
    struct root_read reads[ROOT_READS_MAX];
    unsigned reads_used;
    /* the completion that is being sent */
    uint8_t sending[TLP_PAYLOAD_MAX];
    unsigned sending_bytes, sent_bytes;
    /* the write that is being received */
    bool receiving;
    uint64_t write_address;
    unsigned write_bytes, received_bytes;
    uint8_t received[TLP_PAYLOAD_MAX];
    /* the access of the host, one at a time */
    enum root_access access;
    bool access_write;
    uint32_t access_offset;
    unsigned access_bytes;
    uint64_t access_value;
    uint8_t access_tag;
    const char *violation; /* what the card did wrong, or NULL */
};

void root_complex_init(struct root_complex *root, struct host host, uint64_t seed);
/* Starts an access to BAR0, naturally aligned, of 1, 2, 4 or 8 bytes; none may be under way. Run
 * cycles while root->access is ROOT_WAITING; ROOT_DONE: access_value is what was read; ROOT_FAILED:
 * Unsupported Request. */
void root_complex_read(struct root_complex *root, uint32_t offset, unsigned bytes);
void root_complex_write(struct root_complex *root, uint32_t offset, unsigned bytes, uint64_t value);
/* One cycle: root->drive is what the card saw, `from` what it drove meanwhile; root->drive becomes
 * what it sees in the next cycle. */
void root_complex_cycle(struct root_complex *root, const struct tlp_from_card *from);
/* Something is under way that needs cycles. */
bool root_complex_busy(const struct root_complex *root);

#ifdef __cplusplus
}
#endif

#endif
