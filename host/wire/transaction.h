/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions in the packed form of the Antelope family. A parsed transaction holds views into the
 * bytes that it was parsed from; they must outlive it. */
#ifndef HOST_WIRE_TRANSACTION_H
#define HOST_WIRE_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "host/base/bytes.h"
#include "host/wire/key.h"
#include "host/wire/name.h"

#define TRANSACTION_BYTES_MAX      (512u << 10) /* packed, decompressed */
#define TRANSACTION_SIGNATURES_MAX 16u
#define TRANSACTION_ACTIONS_MAX    64u
#define ACTION_AUTHORIZATIONS_MAX  16u
#define TRANSACTION_EXTENSIONS_MAX 0u /* none is defined here */

struct permission_level {
    name_t actor;
    name_t permission;
};

struct action {
    name_t account;
    name_t name;
    struct bytes data;
    unsigned authorization_count;
    struct permission_level authorizations[ACTION_AUTHORIZATIONS_MAX]; /* last: see action_bytes */
};

/* What has to be there of an action: the authorizations that it has, not all that there is room
 * for, which would be most of it. Signed transactions and traces have no more of theirs: never copy
 * those by value, but with action_copy. */
static inline size_t action_bytes(const struct action *action)
{
    return offsetof(struct action, authorizations) +
           action->authorization_count * sizeof action->authorizations[0];
}
static inline void action_copy(struct action *to, const struct action *from)
{
    memcpy(to, from, action_bytes(from));
}

/* Context-free actions are of the format and refused: there is nothing that they could do here. */
struct transaction {
    uint32_t expiration;          /* seconds since 1970 */
    uint16_t ref_block_num;       /* TAPOS: the lower half of a block's height, */
    uint32_t ref_block_prefix;    /* and bytes 8 to 11 of its id, little-endian */
    uint32_t max_net_usage_words; /* of 8 bytes; 0: no limit of its own */
    uint8_t max_cpu_usage_ms;     /* 0: no limit of its own */
    uint32_t delay_sec;
    struct bytes packed; /* what it was parsed from */
    unsigned action_count;
    struct action actions[TRANSACTION_ACTIONS_MAX]; /* last: see signed_transaction */
};

enum transaction_error {
    TRANSACTION_OK = 0,
    TRANSACTION_MALFORMED,    /* does not parse, not canonical, or trailing bytes */
    TRANSACTION_TOO_LARGE,    /* more bytes, actions, signatures or authorizations than allowed */
    TRANSACTION_BAD_ZIP,      /* zlib data that do not end, or hold more than allowed */
    TRANSACTION_CONTEXT_FREE, /* context-free actions or data */
    TRANSACTION_NO_ACTIONS,
    TRANSACTION_EXTENSIONS, /* a transaction extension that is not known */
    TRANSACTION_NO_MEMORY,
};
const char *transaction_error_text(enum transaction_error error);

enum transaction_error transaction_parse(struct bytes packed, struct transaction *transaction);
/* Writes the packed form of all fields but `packed`; fails the writer when it has no room. */
void transaction_write(struct writer *writer, const struct transaction *transaction);

void action_read(struct reader *reader, struct action *action);
void action_write(struct writer *writer, const struct action *action);

/* A transaction with its signatures, as it travels and stands in blocks. Owns its memory: one block
 * that signed_transaction_release frees. `transaction` has views into it. Immutable once made,
 * counted by references, so that intake, pool, block and API share it across threads.
 *
 * Its memory ends with the last authorization of the last action, since many of these wait at a
 * time and 64 actions are 19 KiB: never copy the struct, its transaction or an action by value. */
struct signed_transaction {
    unsigned references; /* atomic */
    unsigned signature_count;
    const struct signature *signatures; /* at most TRANSACTION_SIGNATURES_MAX, in its memory */
    bool compressed;                    /* came as zlib and goes into blocks as it came */
    struct bytes wire; /* packed_trx as it came (compressed or not), in its memory */
    uint8_t id[32];    /* SHA-256 of the packed transaction */
    struct transaction transaction;
};

/* From the four parts that /v1/chain/push_transaction takes, which are copied. `cfd` must hold no
 * context-free data: be empty or a packed list of none, which is compressed when the rest is (the
 * family's libraries differ). NULL with *error otherwise. A call allocates once, plus once more for
 * a thread's first compressed transaction. */
struct signed_transaction *signed_transaction_create(const struct signature *signatures,
                                                     unsigned signature_count, bool compressed,
                                                     struct bytes packed, struct bytes cfd,
                                                     enum transaction_error *error);
/* From the packed_transaction of blocks and of the network: signatures[], compression,
 * packed_context_free_data (always empty), packed_trx. NULL with *error, the reader failed. */
struct signed_transaction *signed_transaction_read(struct reader *reader,
                                                   enum transaction_error *error);
void signed_transaction_write(struct writer *writer, const struct signed_transaction *transaction);
size_t signed_transaction_size(const struct signed_transaction *transaction); /* written, bytes */
struct signed_transaction *signed_transaction_acquire(struct signed_transaction *transaction);
void signed_transaction_release(struct signed_transaction *transaction); /* NULL is allowed */

/* The count of signatures and each of them: how signed_transaction_write begins. */
#define SIGNATURES_BYTES_MAX (1 + TRANSACTION_SIGNATURES_MAX * (1 + SIGNATURE_SM2_BYTES))
void signed_transaction_write_signatures(struct writer *writer,
                                         const struct signed_transaction *transaction);

/* What signatures sign: SHA-256(chain id || packed transaction || 32 zeros). */
void transaction_digest(const uint8_t chain_id[32], struct bytes packed, uint8_t digest[32]);

#endif
