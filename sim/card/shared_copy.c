/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/shared_copy.h"

#include <assert.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

/* A SIGBUS comes to the thread that touched the page. */
static _Thread_local sigjmp_buf escape;
static _Thread_local volatile sig_atomic_t copying;

static void on_bus_error(int number)
{
    if (copying)
        siglongjmp(escape, 1);
    /* Not ours: the same access, made again behind the return, has the signal's own effect. */
    (void)signal(number, SIG_DFL);
}

bool shared_copy_prepare(void)
{
    struct sigaction action = {.sa_handler = on_bus_error};
    /* The handler is left by a jump that restores no mask, which saves each copy a system call. */
    action.sa_flags = SA_NODEFER;
    (void)sigemptyset(&action.sa_mask);
    return sigaction(SIGBUS, &action, NULL) == 0;
}

static void store(uint8_t *to, const uint8_t *from, size_t bytes)
{
    if (bytes < 8 || ((uintptr_t)to + bytes) % 8 != 0) {
        memcpy(to, from, bytes);
        return;
    }
    memcpy(to, from, bytes - 8);
    uint64_t last;
    memcpy(&last, from + bytes - 8, 8);
    __atomic_store_n((uint64_t *)(void *)(to + bytes - 8), last, __ATOMIC_RELEASE);
}

static void load(uint8_t *to, const uint8_t *from, size_t bytes)
{
    memcpy(to, from, bytes);
}

typedef void copy(uint8_t *to, const uint8_t *from, size_t bytes);

/* The fences keep the compiler from moving a touch of shared memory out of the guarded part. */
static bool guarded(copy *copy_bytes, void *to, const void *from, size_t bytes)
{
    assert(!copying);
    bool whole = sigsetjmp(escape, 0) == 0;
    if (whole) {
        copying = 1;
        atomic_signal_fence(memory_order_seq_cst);
        copy_bytes(to, from, bytes);
        atomic_signal_fence(memory_order_seq_cst);
    }
    copying = 0;
    return whole;
}

bool shared_copy_in(void *data, const void *shared, size_t bytes)
{
    return guarded(load, data, shared, bytes);
}

bool shared_copy_out(void *shared, const void *data, size_t bytes)
{
    return guarded(store, shared, data, bytes);
}
