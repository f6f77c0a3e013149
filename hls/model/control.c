/* SPDX-License-Identifier: Apache-2.0 */
/* What comes next: branches, digits, ends. */
#include "hls/model/thread.h"
#include <stddef.h>

/* Reads a flag at the grant of the current instruction. */
static bool read_flag(struct snap_thread *thread, unsigned number, bool *value)
{
    const struct snap_flag *flag = &thread->flag[number];
    if (!flag->set)
        return snap_thread_stop(thread, SNAP_MODEL_FAULT, "a flag that is not set");
    if (flag->ready > thread->now)
        return snap_thread_stop(thread, SNAP_MODEL_UNDEFINED, "a flag is read too early");
    *value = flag->value;
    return true;
}

static void go_to_routine(struct snap_thread *thread, enum isa_routine routine)
{
    thread->pc = thread->model->image.routine[routine];
    thread->digits.added = routine == ISA_ROUTINE_ADD || routine == ISA_ROUTINE_ADD_LAMBDA;
    if (thread->digits.added || routine == ISA_ROUTINE_LOAD || routine == ISA_ROUTINE_LOAD_LAMBDA)
        thread->counts.additions++;
    else
        thread->counts.doublings++;
}

static void load_addend(struct snap_thread *thread)
{
    bool lambda = thread->streams->list[thread->digits.current.stream].lambda;
    go_to_routine(thread, lambda ? ISA_ROUTINE_LOAD_LAMBDA : ISA_ROUTINE_LOAD);
}

static void take_event(struct snap_thread *thread)
{
    struct snap_digits *digits = &thread->digits;
    struct snap_flag *infinity = &thread->flag[ISA_FLAG_INFINITY];
    digits->current = digits->event[--digits->left];
    digits->doublings = digits->current.doublings;
    digits->have = true;
    if (infinity->value) {
        infinity->value = false;
        load_addend(thread);
    } else {
        bool lambda = thread->streams->list[digits->current.stream].lambda;
        go_to_routine(thread, lambda ? ISA_ROUTINE_ADD_LAMBDA : ISA_ROUTINE_ADD);
    }
}

static bool dispatch(struct snap_thread *thread)
{
    struct snap_digits *digits = &thread->digits;
    struct snap_flag *infinity = &thread->flag[ISA_FLAG_INFINITY];
    bool h_zero = false, r_zero = false;
    if (!digits->begun)
        return snap_thread_stop(thread, SNAP_MODEL_UNDEFINED, "`dispatch` before `events`");
    if (digits->added && !read_flag(thread, ISA_FLAG_H_ZERO, &h_zero))
        return false;
    if (h_zero) {
        if (!read_flag(thread, ISA_FLAG_R_ZERO, &r_zero))
            return false;
        if (r_zero) {
            digits->doublings++;
            load_addend(thread);
            return true;
        }
        infinity->value = true;
    }
    if (infinity->value)
        digits->doublings = 0;
    if (digits->doublings) {
        digits->doublings--;
        go_to_routine(thread, thread->sm2 ? ISA_ROUTINE_DOUBLE_SM2 : ISA_ROUTINE_DOUBLE_SECP256K1);
    } else if (digits->left) {
        take_event(thread);
    } else {
        thread->pc = digits->finish;
    }
    return true;
}

static bool begin_digits(struct snap_thread *thread, uint16_t finish)
{
    struct snap_digits *digits = &thread->digits;
    if (!thread->have_events)
        return snap_thread_stop(thread, SNAP_MODEL_UNDEFINED, "`events` without its gate");
    digits->begun = true;
    digits->added = false;
    digits->doublings = 0;
    digits->finish = finish;
    thread->flag[ISA_FLAG_INFINITY] = (struct snap_flag){.set = true, .value = true};
    return dispatch(thread);
}

static bool branch(struct snap_thread *thread, const struct snap_instruction *i, uint16_t following)
{
    bool value = false;
    if (!read_flag(thread, i->arg, &value))
        return false;
    thread->pc = value == (i->ctl == ISA_CTL_BRANCH_IF) ? (uint16_t)i->target : following;
    return true;
}

static bool return_from_call(struct snap_thread *thread)
{
    if (!thread->have_return)
        return snap_thread_stop(thread, SNAP_MODEL_UNDEFINED, "`return` without `call`");
    thread->have_return = false;
    thread->pc = thread->return_pc;
    return true;
}

/* The hardware keeps INFINITY for the chunk that will take this one as its partner. */
static bool come_to_gather(struct snap_thread *thread, uint16_t target)
{
    bool infinity;
    thread->state = SNAP_THREAD_GATHERS;
    thread->gather_target = target;
    thread->partner = NULL;
    return read_flag(thread, ISA_FLAG_INFINITY, &infinity);
}

bool snap_thread_control(struct snap_thread *thread, const struct snap_instruction *i)
{
    uint16_t following = (uint16_t)((thread->pc + 1) % ISA_IMAGE_WORDS_MAX);
    uint16_t target = (uint16_t)i->target;
    switch ((enum isa_ctl)i->ctl) {
    case ISA_CTL_BRANCH_IF:
    case ISA_CTL_BRANCH_UNLESS:
        return branch(thread, i, following);
    case ISA_CTL_JUMP:
        thread->pc = target;
        return true;
    case ISA_CTL_LOOP:
        thread->loop = (uint16_t)((thread->loop - 1) & ((1 << ISA_TARGET_WIDTH) - 1));
        thread->pc = thread->loop ? target : following;
        return true;
    case ISA_CTL_COUNT:
        thread->loop = target;
        thread->pc = following;
        return true;
    case ISA_CTL_CALL:
        thread->return_pc = following;
        thread->have_return = true;
        thread->pc = target;
        return true;
    case ISA_CTL_RETURN:
        return return_from_call(thread);
    case ISA_CTL_EVENTS:
        return begin_digits(thread, target);
    case ISA_CTL_DISPATCH:
        return dispatch(thread);
    case ISA_CTL_GATHER:
        thread->pc = following;
        return come_to_gather(thread, target);
    case ISA_CTL_NEXT:
    case ISA_CTL_VERDICT:
    case ISA_CTL_END:
        thread->pc = following;
        return true;
    }
    return snap_thread_stop(thread, SNAP_MODEL_FAULT, "illegal ctl");
}

static void finish_verdict(struct snap_thread *thread)
{
    static const unsigned number[3] = {ISA_FLAG_D_ZERO, ISA_FLAG_DZ_ZERO, ISA_FLAG_Z_ZERO};
    unsigned seen = 0;
    for (unsigned i = 0; i < 3; i++) {
        if (!thread->flag[number[i]].set) {
            snap_thread_stop(thread, SNAP_MODEL_FAULT, "a verdict without its flags");
            return;
        }
        seen |= (unsigned)thread->flag[number[i]].value << i;
    }
    thread->state = SNAP_THREAD_ENDED;
    if (seen == 3)
        thread->code = SNAP_MODEL_VALID;
    else if (seen == 0)
        thread->code = SNAP_MODEL_INVALID;
    else
        snap_thread_stop(thread, SNAP_MODEL_FAULT, "the verdict's flags contradict each other");
}

void snap_thread_finish(struct snap_thread *thread, const struct snap_instruction *i)
{
    static const enum snap_model_code code[ISA_END_CODES] = {
        [ISA_END_INVALID] = SNAP_MODEL_INVALID,
        [ISA_END_RESULT] = SNAP_MODEL_RESULT,
        [ISA_END_INFINITY] = SNAP_MODEL_INFINITY,
    };
    if (i->ctl != ISA_CTL_VERDICT && i->ctl != ISA_CTL_END)
        return;
    if (thread->have_recoder && !snap_recoder_full(&thread->recoder)) {
        snap_thread_stop(thread, SNAP_MODEL_FAULT, "the recoder still waits for scalars");
        return;
    }
    if (i->ctl == ISA_CTL_VERDICT) {
        finish_verdict(thread);
        return;
    }
    if (i->target == ISA_END_RESULT && !(thread->have_emitted[0] && thread->have_emitted[1])) {
        snap_thread_stop(thread, SNAP_MODEL_UNDEFINED, "a result that was not emitted");
        return;
    }
    thread->state = SNAP_THREAD_ENDED;
    thread->code = code[i->target];
}

void snap_thread_merge(struct snap_thread *thread, const struct snap_thread *partner)
{
    thread->state = SNAP_THREAD_RUNS;
    thread->partner = partner;
    thread->flag[ISA_FLAG_PARTNER_INFINITY] =
        (struct snap_flag){.set = true, .value = partner->flag[ISA_FLAG_INFINITY].value};
    thread->pc = thread->gather_target;
}

void snap_thread_park(struct snap_thread *thread)
{
    thread->state = SNAP_THREAD_PARKS;
}

void snap_thread_last(struct snap_thread *thread)
{
    thread->state = SNAP_THREAD_RUNS;
}
