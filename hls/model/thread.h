/* SPDX-License-Identifier: Apache-2.0 */
/* One thread of the point engine: its state and the execution of one instruction. */
#ifndef HLS_MODEL_THREAD_H
#define HLS_MODEL_THREAD_H
#include "hls/model/model.h"
#include "hls/model/recoder.h"

/* A word of memory or a flag, and the cycle from which on it may be read. */
struct snap_cell {
    struct snap_u256 value;
    unsigned ready;
    bool written;
};

struct snap_flag {
    unsigned ready;
    bool set, value;
};

/* The digits, as `dispatch` goes through them. */
struct snap_digits {
    bool begun;    /* `events` was executed */
    unsigned left; /* events that have not been taken */
    bool have;     /* `current` is one */
    unsigned doublings;
    bool added; /* the last routine was ADD or ADD_LAMBDA */
    uint16_t finish;
    struct snap_event current;
    struct snap_event event[ISA_EVENTS];
};

enum snap_thread_state {
    SNAP_THREAD_RUNS,
    SNAP_THREAD_GATHERS, /* came to `gather`, the next instruction is not chosen yet */
    SNAP_THREAD_PARKS,
    SNAP_THREAD_ENDED, /* or merged into another's sum */
};

struct snap_thread {
    const struct snap_model *model;
    const struct isa_streams *streams;
    snap_model_trace *trace;
    void *trace_context;
    unsigned number;
    bool sm2;
    enum snap_thread_state state;

    struct snap_cell bank[2][ISA_REGISTERS]; /* [0] P, [1] S */
    struct snap_cell table[ISA_TABLE_WORDS];
    struct snap_flag flag[ISA_FLAGS];
    uint16_t pc, return_pc, loop;
    bool have_return;
    uint16_t gather_target;
    unsigned now; /* cycle of the next grant */

    bool inverting;
    unsigned inverse_register; /* of bank S */
    struct snap_u256 inverse;
    bool have_recoder, have_events;
    struct snap_recoder recoder;
    struct snap_digits digits;
    const struct snap_thread *partner;

    struct snap_u256 emitted[2];
    bool have_emitted[2];
    enum snap_model_code code; /* once ended */
    unsigned fault_pc;
    const char *why;
    struct snap_model_counts counts;
};

/* Sets up a thread that has no payload yet. `program` is one of the image's. */
void snap_thread_start(struct snap_thread *thread, const struct snap_model *model,
                       unsigned program);
/* Puts a word of payload into S[index], or sets a flag, before the thread runs. */
void snap_thread_load(struct snap_thread *thread, unsigned index, struct snap_u256 word);
void snap_thread_flag(struct snap_thread *thread, unsigned flag, bool value);
/* Executes one instruction of a thread that runs. */
void snap_thread_step(struct snap_thread *thread);
/* The ways on from `gather`: with the chunk that was parked, parked itself, or as the last. */
void snap_thread_merge(struct snap_thread *thread, const struct snap_thread *partner);
void snap_thread_park(struct snap_thread *thread);
void snap_thread_last(struct snap_thread *thread);

/* For the parts of the thread only: ends it with a fault; always false. */
bool snap_thread_stop(struct snap_thread *thread, enum snap_model_code code, const char *why);

struct snap_instruction {
    uint64_t word;
    unsigned unit, op, sign, order, a, b, b_kind, dst, wait, test, flag, gate, send, arg, ctl,
        target;
};
/* Chooses what comes behind the instruction. False: the thread has been stopped. */
bool snap_thread_control(struct snap_thread *thread, const struct snap_instruction *instruction);
/* Ends the thread if the instruction is `verdict` or `end`; its own result has been written. */
void snap_thread_finish(struct snap_thread *thread, const struct snap_instruction *instruction);
#endif
