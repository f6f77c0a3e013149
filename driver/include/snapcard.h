/* SPDX-License-Identifier: Apache-2.0 */
/* libsnapcard: a crypto accelerator card from user space, without a kernel driver of its own.
 *
 * THE WAY OF A JOB
 *
 *   struct snap_error error;                               its text says what to do
 *   struct snap_card *card;
 *   struct snap_queue *queue;
 *   if (snap_card_open("vfio:0000:01:00.0", NULL, &card, &error) != 0) ...
 *   if (snap_queue_create(card, NULL, &queue, &error) != 0) ...
 *
 *   void *payload = snap_queue_prepare(queue, SNAP_OP_SHA256, 0, length, my_job);
 *   memcpy(payload, message, length);
 *   snap_queue_submit(queue);                              one doorbell a batch
 *
 *   struct snap_result results[32];
 *   if (snap_queue_wait(queue, timeout_ms, &error) == 0)   or poll by reaping
 *       count = snap_queue_reap(queue, results, 32);
 *
 * driver/examples/hash.c is a whole program.
 *
 * A job whose payload is longer than the slot goes by address: put it into an arena (memory that
 * the card may reach) and call snap_queue_prepare_indirect.
 *
 * THREADS. A card may be used from any thread for everything but its opening and closing. A queue
 * belongs to one thread at a time; different queues do not disturb each other, and may share
 * arenas. There are no locks on the hot path. A card belongs to one process: see docs/driver.md.
 *
 * TRUST. The card is not trusted. A completion counts only if it has the queue's generation, names
 * a slot that is outstanding, carries that slot's cookie and a known status; anything else breaks
 * the queue (snap_queue_check says why). A digest or verdict that is wrong in itself the driver
 * cannot see: whoever uses it must.
 *
 * ONCE. Each job that was prepared is reaped exactly once, whatever the card does: with the card's
 * status, or, after snap_queue_reset, as SNAP_JOB_LOST. Only snap_queue_destroy forgets jobs.
 *
 * TIME. Deadlines are in card cycles (CYCLES register), because a simulated card is a thousand
 * times slower than a real one. Wall time serves only to notice that nothing moves at all. */
#ifndef SNAPCARD_H
#define SNAPCARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapcard_abi.h" /* opcodes, flags, status codes: generated from rtl/abi/snapcard.toml */

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ errors */

/* Every function that can fail returns 0 or one of these, and fills *error when it is not NULL. */
enum snap_code {
    SNAP_OK = 0,
    SNAP_E_ARGUMENT = -1, /* an argument is out of its range */
    SNAP_E_NO_CARD = -2,  /* no such card, or not a SnapScale card */
    SNAP_E_ACCESS = -3,   /* not permitted, or not bound to vfio-pci, or its group is not viable */
    SNAP_E_MEMORY = -4,   /* out of memory, of locked memory, or of I/O address space */
    SNAP_E_VERSION = -5,  /* the card speaks another interface version */
    SNAP_E_BUSY = -6,     /* no free queue, or the arena is in use */
    SNAP_E_PROTOCOL = -7, /* the card or the server broke the interface */
    SNAP_E_STALLED = -8,  /* the card does not move */
    SNAP_E_GONE = -9,     /* the card has left the bus */
    SNAP_E_TIMEOUT = -10, /* the caller's time is over; nothing is wrong */
    SNAP_E_UNSUPPORTED = -11 /* this transport or card cannot do it */
};

/* What went wrong, where, and what to do: one or more sentences, without a newline at the end. */
struct snap_error {
    int code; /* enum snap_code */
    char text[508];
};

/* ------------------------------------------------------------------ the card */

struct snap_card;

struct snap_card_options {
    unsigned stall_ms; /* nothing moved for so long in wall time: the card is stalled; 0: 10,000 */
};

struct snap_card_info {
    char address[256]; /* as given to snap_card_open */
    uint16_t vendor_id, device_id;
    uint16_t abi_major, abi_minor;
    uint32_t build_id;
    unsigned queues, vectors, data_bytes, entries_log2_max, read_tags; /* see LAYOUT, READ_TAGS */
    unsigned engines_sha256, engines_sm3, engines_point;
    uint32_t message_bytes_max;
    uint32_t opcodes[8]; /* bit map */
};

/* Opens the card at `address`: "vfio:DDDD:BB:DD.F" (a PCI function bound to vfio-pci) or "sim:PATH"
 * (the UNIX socket of a vfio-user server, such as snapcard-sim). Resets the card. options may be
 * NULL. On success *card is the caller's until snap_card_close. */
int snap_card_open(const char *address, const struct snap_card_options *options,
                   struct snap_card **card, struct snap_error *error);

/* Destroys the card's queues and arenas too, resets the card and gives the function back. */
void snap_card_close(struct snap_card *card);

const struct snap_card_info *snap_card_info(const struct snap_card *card);
bool snap_card_supports(const struct snap_card *card, unsigned opcode);

/* Card cycles since power-on on the PCIe side (`cycles`) and the engine side; either may be NULL.
 * SNAP_E_GONE when the card reads as all ones. Not for the hot path: a register read takes
 * microseconds. */
int snap_card_cycles(struct snap_card *card, uint64_t *cycles, uint64_t *engine_cycles,
                     struct snap_error *error);

/* Function-level reset, or reset by register where the function has none. All queues break; bring
 * each back with snap_queue_reset. Arenas stay mapped. */
int snap_card_reset(struct snap_card *card, struct snap_error *error);

/* Runs every opcode that the card announces on known answers, good and bad, on a queue of its own;
 * so one must be free. SNAP_E_PROTOCOL when an answer is wrong: do not use the card. */
int snap_card_selftest(struct snap_card *card, struct snap_error *error);

/* ------------------------------------------------------------------ memory for payloads */

struct snap_arena;

/* Maps `bytes` (1 to 2^32, rounded up to the page size) of pinned, zeroed memory at a bus address
 * of its own. The card can read it and cannot write it; the pages around it are not mapped.
 * SNAP_E_MEMORY says which limit was hit. On success *arena is the caller's until
 * snap_arena_destroy or snap_card_close. */
int snap_arena_create(struct snap_card *card, size_t bytes, struct snap_arena **arena,
                      struct snap_error *error);
/* Unmaps and frees: from then on the card's reads of it fail. SNAP_E_BUSY, and nothing is done,
 * while a job that was prepared and is neither reaped nor lost refers to it. NULL is allowed. */
int snap_arena_destroy(struct snap_arena *arena, struct snap_error *error);
void *snap_arena_data(const struct snap_arena *arena);       /* aligned to the page size */
uint64_t snap_arena_address(const struct snap_arena *arena); /* its bus address */
size_t snap_arena_bytes(const struct snap_arena *arena);

/* ------------------------------------------------------------------ queues */

struct snap_queue;

struct snap_queue_config {
    unsigned entries;         /* power of two, 2 to 4096; 0: 256 */
    unsigned slot_bytes;      /* 256 or 512; 0: 256 */
    uint64_t deadline_cycles; /* a job that takes longer is overdue; 0: 2^32 */
    uint32_t irq_timer;       /* card cycles to gather completions before an interrupt; 0: 1,000 */
    uint8_t irq_count;        /* completions that raise it at once; 0: a quarter of the ring */
};

enum snap_queue_state {
    SNAP_QUEUE_RUNNING,
    SNAP_QUEUE_OVERDUE, /* a job passed its deadline */
    SNAP_QUEUE_STALLED, /* the card's cycle counter or the queue does not move */
    SNAP_QUEUE_REFUSED, /* the card stopped the queue: QUEUE_STATUS.ERROR */
    SNAP_QUEUE_BROKEN,  /* a completion was wrong in itself: cookie, generation, slot, status */
    SNAP_QUEUE_GONE     /* the card has left the bus */
};

/* What one job came to. */
struct snap_result {
    uint64_t user;  /* as given to snap_queue_prepare */
    uint64_t value; /* completion.result; of opcodes with a verdict snap_result_verdict reads it */
    const void
        *data; /* result slot, 64 bytes, or NULL; valid until the next submit of this queue */
    uint32_t engine_cycles;
    uint8_t status; /* enum snap_status, or SNAP_JOB_LOST */
    uint8_t opcode;
};

/* status of a job that the card never completed: the queue was reset under it. Run it elsewhere. */
#define SNAP_JOB_LOST 0xFFu

/* config may be NULL. On success *queue is the caller's until snap_queue_destroy. SNAP_E_BUSY when
 * all queues are in use, SNAP_E_STALLED when the card's last reset failed. */
int snap_queue_create(struct snap_card *card, const struct snap_queue_config *config,
                      struct snap_queue **queue, struct snap_error *error);
/* Stops the queue, waits for its jobs (resetting the card if they do not end) and frees it. */
void snap_queue_destroy(struct snap_queue *queue);

unsigned snap_queue_entries(const struct snap_queue *queue);
unsigned snap_queue_payload_bytes(const struct snap_queue *queue); /* room for an inline payload */
unsigned snap_queue_room(const struct snap_queue *queue);        /* jobs that can be prepared now */
unsigned snap_queue_outstanding(const struct snap_queue *queue); /* submitted and not reaped */

/* Takes the next slot, writes its header and returns its payload for the caller to fill with
 * `length` bytes; NULL when the ring is full or length exceeds the slot. Slots start on 64-byte
 * boundaries, payloads 32 bytes behind. `user` comes back in the result. */
void *snap_queue_prepare(struct snap_queue *queue, uint8_t opcode, uint8_t flags, uint32_t length,
                         uint64_t user);
/* The same for a payload of `length` bytes at `offset` in `arena`, a multiple of 64; the flag
 * INDIRECT is added. False when the ring is full, the payload is not within the arena or not
 * aligned, or the arena is another card's. The payload must not change before the job is reaped. */
bool snap_queue_prepare_indirect(struct snap_queue *queue, uint8_t opcode, uint8_t flags,
                                 struct snap_arena *arena, size_t offset, uint32_t length,
                                 uint64_t user);
/* Hands all prepared slots to the card with one doorbell. Does nothing when there are none, or when
 * the queue is not running: then its jobs are lost with the others at the reset. */
void snap_queue_submit(struct snap_queue *queue);
/* Takes up to `count` completions, lost jobs first; returns how many. A queue that is not running
 * gives no completions, only jobs that a reset has taken. */
unsigned snap_queue_reap(struct snap_queue *queue, struct snap_result *results, unsigned count);

/* Sleeps until something can be reaped, at most timeout_ms (-1: no limit), and runs
 * snap_queue_check now and then. SNAP_E_TIMEOUT when nothing came; SNAP_E_ARGUMENT when no job is
 * outstanding; SNAP_E_STALLED, _PROTOCOL or _GONE when the queue is not running. */
int snap_queue_wait(struct snap_queue *queue, int timeout_ms, struct snap_error *error);
/* For an event loop: arm, then poll() the descriptor for reading; reap again after arming, before
 * sleeping. */
int snap_queue_eventfd(const struct snap_queue *queue);
void snap_queue_arm(struct snap_queue *queue);

/* Looks whether the card keeps its deadlines and says what the host knows; for the slow path, when
 * reaping finds nothing, and once a second otherwise: nothing else notices that the kernel asks for
 * the card back (SNAP_QUEUE_GONE; close it). Reads registers. A job is called overdue when
 * deadline_cycles have passed since a check that followed its submission, so never too early, and
 * with regular checks at the latest after twice the deadline. *error is filled when the state is
 * not SNAP_QUEUE_RUNNING. */
enum snap_queue_state snap_queue_check(struct snap_queue *queue, struct snap_error *error);
/* Brings a queue back under a new generation, by the mildest means that works: queue off and on,
 * card reset by register, function-level reset. Every job that was prepared and not reaped is then
 * reaped once with status SNAP_JOB_LOST, also when the reset fails (SNAP_E_GONE, SNAP_E_STALLED).
 * Other queues of the card break when the card had to be reset; each belongs to its own thread,
 * which finds out by snap_queue_check and resets it. */
int snap_queue_reset(struct snap_queue *queue, struct snap_error *error);

/* ------------------------------------------------------------------ signatures and points */

/* Jobs of the point engines; card-reference.md says what each opcode takes for valid. The functions
 * copy the payload, of which every number is big-endian, into the next slot and return false when
 * the ring is full, or a flag does not go with the opcode. `flags`: SNAP_FLAG_COMPRESSED (ECDSA
 * verification), SNAP_FLAG_LOW_S (ECDSA). For messages that the card is to hash (SNAP_FLAG_MESSAGE)
 * use snap_queue_prepare or snap_queue_prepare_indirect. */
bool snap_prepare_ecdsa_verify(struct snap_queue *queue,
                               const struct snap_ecdsa_verify_payload *payload, uint8_t flags,
                               uint64_t user);
bool snap_prepare_ecdsa_recover(struct snap_queue *queue,
                                const struct snap_ecdsa_recover_payload *payload, uint8_t flags,
                                uint64_t user);
bool snap_prepare_bip340_verify(struct snap_queue *queue,
                                const struct snap_bip340_verify_payload *payload, uint64_t user);
bool snap_prepare_sm2_verify(struct snap_queue *queue,
                             const struct snap_sm2_verify_payload *payload, uint64_t user);
bool snap_prepare_pedersen_commit(struct snap_queue *queue,
                                  const struct snap_pedersen_commit_payload *payload,
                                  uint64_t user);
/* The same for 1 to SNAP_POINT_TERMS_MAX terms, copied to `offset` (a multiple of 64) in `arena`,
 * where they must stay until the job is reaped. False also when they do not fit there. */
bool snap_prepare_sum_zero(struct snap_queue *queue, const struct snap_sum_zero_term *terms,
                           unsigned count, struct snap_arena *arena, size_t offset, uint64_t user);
bool snap_prepare_msm(struct snap_queue *queue, const struct snap_msm_term *terms, unsigned count,
                      struct snap_arena *arena, size_t offset, uint64_t user);

/* SNAP_VERDICT_VALID, _INVALID or _INFINITY; 0 when there is none: the job's status is not OK, or
 * its opcode gives no verdict. A card's verdict counts only as one of these code words, with its
 * complement and under the job's own cookie; anything else breaks the queue. With VALID, and an
 * opcode that computes a point, result->data is a struct snap_point. */
uint32_t snap_result_verdict(const struct snap_result *result);

#define SNAP_MSM_TERMS_MAX (1u << 20)

/* A multi-scalar multiplication of 1 to SNAP_MSM_TERMS_MAX terms: a tree of MSM jobs, of at most
 * SNAP_POINT_TERMS_MAX terms each. On success *verdict is as of one job, and *sum is filled when it
 * is VALID. Uses the queue for itself: nothing may be prepared or outstanding (SNAP_E_BUSY). The
 * terms go through `arena`, from its start: it has room for at least one job
 * (SNAP_POINT_TERMS_MAX terms, 6 KiB); jobs run side by side as far as it has room for more.
 * timeout_ms is how long to wait for the next of these jobs (-1: no limit). SNAP_E_PROTOCOL when a
 * job ended in an error status, all others have ended then. After any other error of
 * snap_queue_wait jobs are left in the queue: reset it. */
int snap_msm(struct snap_queue *queue, struct snap_arena *arena, const struct snap_msm_term *terms,
             size_t count, int timeout_ms, struct snap_point *sum, uint32_t *verdict,
             struct snap_error *error);

/* What the card says about its point engines, now. */
struct snap_microcode {
    uint16_t version, words; /* both 0: there is no image, and the engines refuse their jobs */
    uint8_t checksum[4];     /* the first bytes of the image's SHA-256 */
    uint32_t faulty_jobs;    /* ended in ENGINE_FAULT, since power-on; saturates, as the next */
    uint8_t datapath_faults, control_faults, watchdog_faults;
};
int snap_card_microcode(struct snap_card *card, struct snap_microcode *microcode,
                        struct snap_error *error);
/* Loads an image, on a queue of its own; so one must be free. Jobs that the engine already has end
 * first. SNAP_E_ARGUMENT: its length is none an image has, or the card refused it and has no
 * microcode now; SNAP_E_UNSUPPORTED: the card does not take images. The image stays through resets,
 * until the card loses power. */
int snap_card_load_microcode(struct snap_card *card, const void *image, size_t bytes,
                             struct snap_error *error);

/* ------------------------------------------------------------------ names */

const char *snap_status_name(unsigned status); /* "OK", "BAD_OPCODE", ...; "?" when unknown */
const char *snap_opcode_name(unsigned opcode);
int snap_opcode_parse(const char *name); /* -1 when unknown */
const char *snap_queue_state_name(enum snap_queue_state state);

#ifdef __cplusplus
}
#endif

#endif
