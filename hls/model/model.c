/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/model/model.h"
#include "hls/model/thread.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CHUNKS_MAX   (SNAP_MODEL_TERMS / SNAP_MODEL_CHUNK_TERMS)
#define TERM_WORDS   3u
#define FLAG_PRESENT 8u /* the flag of a chunk's term 0 */

/* A job's threads: one, or one a chunk. */
struct job {
    const struct snap_model *model;
    struct snap_thread thread[CHUNKS_MAX];
    unsigned threads;
    uint32_t order; /* state of the generator that chooses the next thread; 0: in turn */
};

static bool is_chunked(unsigned program)
{
    return program == ISA_PROGRAM_SUM_ZERO || program == ISA_PROGRAM_MSM;
}

unsigned snap_model_words(unsigned program, unsigned terms)
{
    static const uint8_t words[ISA_PROGRAM_CODES] = {
        [ISA_PROGRAM_ECDSA_VERIFY] = 5,    [ISA_PROGRAM_ECDSA_RECOVER] = 4,
        [ISA_PROGRAM_BIP340_VERIFY] = 4,   [ISA_PROGRAM_SM2_VERIFY] = 5,
        [ISA_PROGRAM_PEDERSEN_COMMIT] = 2,
    };
    if (program >= ISA_PROGRAM_CODES)
        return 0;
    if (is_chunked(program))
        return terms <= SNAP_MODEL_TERMS ? terms * TERM_WORDS : 0;
    return terms ? 0 : words[program];
}

static void load_chunk(struct snap_thread *thread, const struct snap_model_job *job, unsigned chunk)
{
    for (unsigned i = 0; i < SNAP_MODEL_CHUNK_TERMS; i++) {
        unsigned term = chunk * SNAP_MODEL_CHUNK_TERMS + i;
        bool present = term < job->terms;
        struct snap_u256 absent[TERM_WORDS] = {snap_u256_small(0),
                                               thread->model->curves.generator[0],
                                               thread->model->curves.generator[1]};
        const struct snap_u256 *words = present ? job->words + (size_t)term * TERM_WORDS : absent;
        for (unsigned j = 0; j < TERM_WORDS; j++)
            snap_thread_load(thread, i * TERM_WORDS + j, words[j]);
        snap_thread_flag(thread, FLAG_PRESENT + i, present);
    }
}

static void load(struct job *run, const struct snap_model_job *job)
{
    for (unsigned i = 0; i < run->threads; i++) {
        struct snap_thread *thread = &run->thread[i];
        snap_thread_start(thread, run->model, job->program);
        thread->number = i;
        snap_thread_flag(thread, ISA_FLAG_COMPRESSED, job->compressed);
        snap_thread_flag(thread, ISA_FLAG_LOW_S, job->low_s);
        if (is_chunked(job->program))
            load_chunk(thread, job, i);
        else
            for (unsigned j = 0; j < snap_model_words(job->program, 0); j++)
                snap_thread_load(thread, j, job->words[j]);
    }
}

/* A thread that runs, or NULL; the choice decides only in which order chunks gather. */
static struct snap_thread *choose(struct job *run)
{
    struct snap_thread *running[CHUNKS_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < run->threads; i++) {
        if (run->thread[i].state == SNAP_THREAD_RUNS)
            running[count++] = &run->thread[i];
    }
    if (!count)
        return NULL;
    if (!run->order)
        return running[0];
    run->order ^= run->order << 13; /* xorshift32 */
    run->order ^= run->order >> 17;
    run->order ^= run->order << 5;
    return running[run->order % count];
}

static bool others_run(const struct job *run, const struct snap_thread *thread)
{
    for (unsigned i = 0; i < run->threads; i++) {
        if (&run->thread[i] != thread && run->thread[i].state == SNAP_THREAD_RUNS)
            return true;
    }
    return false;
}

static void gather(struct job *run, struct snap_thread *thread)
{
    for (unsigned i = 0; i < run->threads; i++) {
        struct snap_thread *other = &run->thread[i];
        if (other->state == SNAP_THREAD_PARKS) {
            /* From here on its state is only read, through the partner. */
            other->state = SNAP_THREAD_ENDED;
            snap_thread_merge(thread, other);
            return;
        }
    }
    if (others_run(run, thread))
        snap_thread_park(thread);
    else
        snap_thread_last(thread);
}

/* Runs all threads; returns the one that ends last, or the first that stops with a fault. A chunk
 * may end before the others only as invalid, which then is the answer of the whole job. */
static const struct snap_thread *run_threads(struct job *run)
{
    bool invalid = false;
    for (;;) {
        struct snap_thread *thread = choose(run);
        assert(thread);
        while (thread->state == SNAP_THREAD_RUNS)
            snap_thread_step(thread);
        if (thread->state == SNAP_THREAD_GATHERS) {
            gather(run, thread);
        } else if (thread->code >= SNAP_MODEL_FAULT) {
            return thread;
        } else if (!others_run(run, thread)) {
            if (invalid)
                thread->code = SNAP_MODEL_INVALID;
            return thread;
        } else if (thread->code != SNAP_MODEL_INVALID) {
            snap_thread_stop(thread, SNAP_MODEL_FAULT, "a chunk answers before the last");
            return thread;
        }
        invalid = invalid || thread->state == SNAP_THREAD_ENDED;
    }
}

static void add_counts(struct snap_model_counts *sum, const struct snap_model_counts *counts)
{
    sum->products += counts->products;
    sum->sums += counts->sums;
    sum->events += counts->events;
    sum->doublings += counts->doublings;
    sum->additions += counts->additions;
    if (counts->cycles > sum->cycles)
        sum->cycles = counts->cycles;
}

static void fill_answer(struct snap_model_answer *answer, const struct job *run,
                        const struct snap_thread *last)
{
    memset(answer, 0, sizeof *answer);
    answer->code = last->code;
    for (unsigned i = 0; i < run->threads; i++)
        add_counts(&answer->counts, &run->thread[i].counts);
    if (last->code == SNAP_MODEL_RESULT) {
        snap_u256_to_be(last->emitted[0], answer->result);
        snap_u256_to_be(last->emitted[1], answer->result + 32);
    } else if (last->code >= SNAP_MODEL_FAULT) {
        answer->fault_thread = last->number;
        answer->fault_pc = last->fault_pc;
        answer->why = last->why;
    }
}

bool snap_model_run(const struct snap_model *model, const struct snap_model_job *job,
                    struct snap_model_answer *answer, snap_model_trace *trace, void *context)
{
    if (!snap_model_words(job->program, job->terms))
        return false;
    struct job *run = calloc(1, sizeof *run);
    if (!run)
        return false;
    run->model = model;
    run->order = job->order_seed;
    run->threads = is_chunked(job->program)
                       ? (job->terms + SNAP_MODEL_CHUNK_TERMS - 1) / SNAP_MODEL_CHUNK_TERMS
                       : 1;
    load(run, job);
    for (unsigned i = 0; i < run->threads; i++) {
        run->thread[i].trace = trace;
        run->thread[i].trace_context = context;
    }
    fill_answer(answer, run, run_threads(run));
    free(run);
    return true;
}
