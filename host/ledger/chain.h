/* SPDX-License-Identifier: Apache-2.0 */
/* The chain: blocks on top of each other, and the state that they make.
 *
 *   genesis, 2, 3, ... final | sealed, not final ... head | pending
 *                            ^ chain_finalize             ^ chain_start, push, seal; undo
 *
 * Blocks are appended to the block log when they are sealed or applied, their traces to the trace
 * log; the log is synced by chain_sync, outside the lock, and a block may become final only then.
 * Signatures are not looked at here: who pushes a transaction brings the keys that signed it
 * (host/intake recovers them); who applies a block has checked its producer (host/consensus).
 *
 * THREADS. Everything but chain_sync, chain_checkpoint and chain_lock itself is called with the
 * lock held; chain_open and chain_close by one thread, when nobody else has the chain. */
#ifndef HOST_LEDGER_CHAIN_H
#define HOST_LEDGER_CHAIN_H

#include "host/ledger/genesis.h"
#include "host/ledger/trace.h"
#include "host/store/record_log.h"

#define CHAIN_ERROR_SIZE  STORE_ERROR_SIZE
#define CHAIN_UNFINAL_MAX 512u /* sealed blocks that are not final; more are refused */

struct chain;

struct chain_listener {
    /* A block was sealed or applied: `traces` has one for each receipt. Called under the lock, must
     * not block; acquire what is kept. */
    void (*block)(void *user, const struct block *block, struct transaction_trace *const *traces);
    void (*undone)(void *user, uint32_t height);
    void (*final)(void *user, uint32_t height); /* each one, in order */
    void *user;
};
#define CHAIN_LISTENERS_MAX 4u

struct chain_options {
    const struct disk *disk;
    const char *folder;     /* blocks/, traces/ and index/ below it; at most 160 characters */
    struct row_store store; /* taken over */
    struct genesis genesis;
    /* Merkle root of `count` leaves of 32 bytes as host/crypto/digest.h defines it with SHA-256;
     * the node's goes through offload. NULL: computed here. */
    void (*merkle_root)(void *context, const uint8_t *leaves, size_t count, uint8_t root[32]);
    void *merkle_context;
    bool keep_traces;        /* write the trace log */
    size_t checkpoint_bytes; /* of changes, from which on a checkpoint is due; 0: default 64 MiB */
    void (*progress)(void *user, uint32_t height, uint32_t of); /* of the replay; NULL is allowed */
    void *progress_user;
};

/* Opens logs and state; replays what the log has beyond the state's checkpoint. Block 1 is made
 * from the genesis; a state that came from a snapshot begins a log of its own behind its block. As
 * much is final as was known to be when the last block was logged. -1 with a text that says what is
 * damaged, where, and how to repair it. */
int chain_open(const struct chain_options *options, struct chain **chain,
               char error[CHAIN_ERROR_SIZE]);
/* Drops what is pending; syncs, and writes a checkpoint of what is final. */
int chain_close(struct chain *chain, char error[CHAIN_ERROR_SIZE]);

void chain_lock(struct chain *chain);
void chain_unlock(struct chain *chain);
void chain_listen(struct chain *chain, const struct chain_listener *listener);

/* ------------------------------------------------------------------ what there is */
const uint8_t *chain_id(const struct chain *chain);
const struct block_header *chain_head_header(const struct chain *chain);
block_id_t chain_head_id(const struct chain *chain);
uint32_t chain_head(const struct chain *chain);  /* height of the last sealed or applied block */
uint32_t chain_final(const struct chain *chain); /* height of the last final block */
block_id_t chain_final_id(const struct chain *chain);
uint32_t chain_pending_slot(const struct chain *chain); /* 0: nothing pending */
/* Lowest height whose block can be read; above the head after a start from a snapshot. */
uint32_t chain_first(const struct chain *chain);
/* The rows as of the pending block, or of the head. */
struct state *chain_state(struct chain *chain);
/* NULL with a text; the caller frees. */
struct block *chain_read_block(struct chain *chain, uint32_t height, char error[CHAIN_ERROR_SIZE]);
bool chain_block_height(struct chain *chain, const block_id_t *id, uint32_t *height);
/* Where a transaction is: among blocks of which the node still has the trace. False: not known. */
bool chain_find_transaction(struct chain *chain, const uint8_t id[32], uint32_t *height);
/* The trace log's record of a block, as host/ledger/trace_record.h reads it; the caller frees
 * payload->data. False: the node does not have it. */
bool chain_read_trace_record(struct chain *chain, uint32_t height, struct bytes *payload);
/* A reference for the caller, or NULL. */
struct transaction_trace *chain_read_trace(struct chain *chain, uint32_t height,
                                           const uint8_t id[32]);
/* Whether it is in a block, or pending. It may be forgotten once it has expired. */
bool chain_has_recent(const struct chain *chain, const uint8_t id[32]);

/* ------------------------------------------------------------------ transactions */
/* What must hold for a transaction before anything is spent on its signatures: not expired, not too
 * far ahead, TAPOS, not a duplicate, no delay, size. */
bool chain_precheck(struct chain *chain, const struct signed_transaction *transaction,
                    struct ledger_error *error);
enum chain_push_mode {
    CHAIN_INCLUDE, /* into the pending block when it succeeds */
    CHAIN_DRY_RUN, /* rolled back in any case; keys are not asked for (compute_transaction) */
};
/* Executes with these keys as signers. A trace of the caller's (never NULL; trace->executed and
 * trace->error say how it went). A pending block is needed. LEDGER_BLOCK_CPU_EXCEEDED and
 * LEDGER_BLOCK_NET_EXCEEDED mean: try again in the next block. */
struct transaction_trace *chain_push(struct chain *chain, struct signed_transaction *transaction,
                                     const struct public_key *keys, unsigned key_count,
                                     enum chain_push_mode mode);
/* Which of `keys` sign for the transaction's authorizations. False when they do not suffice. */
bool chain_required_keys(struct chain *chain, const struct transaction *transaction,
                         const struct public_key *keys, unsigned key_count, bool required[],
                         struct ledger_error *error);

/* ------------------------------------------------------------------ blocks */
/* Opens a pending block on top of the head, for a slot behind the head's. */
void chain_start(struct chain *chain, uint32_t slot, name_t producer);
/* Closes it: roots, state hash, `sign` over the header's digest; appends it to the log. A block of
 * the caller's, or NULL with a text when the disk or the signer failed; then nothing is pending. */
struct block *chain_seal(struct chain *chain,
                         bool (*sign)(void *user, const uint8_t digest[32],
                                      struct signature *signature),
                         void *user, char error[CHAIN_ERROR_SIZE]);
/* Drops the pending block; its transactions are the caller's to push again. */
void chain_abort(struct chain *chain);
/* The signers of a block's transaction number `index`: false when a signature is nobody's. */
typedef bool (*chain_keys)(void *user, const struct block *block, unsigned index,
                           struct public_key *keys, unsigned *key_count);
/* Executes a block of somebody else's on top of the head, and compares roots and state hash. `keys`
 * NULL: the block was accepted before (replay), authorizations are not checked again. */
bool chain_apply(struct chain *chain, const struct block *block, chain_keys keys, void *user,
                 struct ledger_error *error);
/* Drops what is pending and takes the head off, for another fork. -1 with a text when it is final,
 * or the disk failed: then the chain must be closed. */
int chain_undo(struct chain *chain, char error[CHAIN_ERROR_SIZE]);
/* Makes blocks up to `height` durable; without the lock. */
int chain_sync(struct chain *chain, char error[CHAIN_ERROR_SIZE]);
uint32_t chain_synced(const struct chain *chain);
/* Blocks up to `height` are final; they must be synced. */
void chain_finalize(struct chain *chain, uint32_t height);
/* Checkpoint of the final state when one is due (or when `force`), and what is due of the index of
 * transactions: begin and end take the lock by themselves; call without it, from one thread at a
 * time, after each chain_finalize. 1: checkpoint written, 0: not due, -1: failed. */
int chain_checkpoint(struct chain *chain, bool force, char error[CHAIN_ERROR_SIZE]);

#endif
