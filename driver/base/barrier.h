/* SPDX-License-Identifier: Apache-2.0 */
/* Order between host memory and the card, for memory that is cached on the host and coherent with
 * PCIe, and a BAR that is mapped uncached. The kernel's writel() and dma_rmb() use the same
 * instructions. */
#ifndef DRIVER_BASE_BARRIER_H
#define DRIVER_BASE_BARRIER_H

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the card's structures are little-endian and accessed in place");

#if defined(__x86_64__)
/* Stores stay in order, behind earlier loads too, and loads stay in order: only the compiler must
 * be held back. */
#define SNAP_BARRIER_LOADS() __asm__ volatile("" ::: "memory")
#define SNAP_BARRIER_ALL()   __asm__ volatile("" ::: "memory")
#elif defined(__aarch64__)
/* Outer shareable: the domain that PCIe devices are in. */
#define SNAP_BARRIER_LOADS() __asm__ volatile("dmb oshld" ::: "memory")
#define SNAP_BARRIER_ALL()   __asm__ volatile("dmb osh" ::: "memory")
#else
#error "only x86-64 and aarch64 hosts"
#endif

/* Between the load that saw a completion's phase bit and the loads of what the card wrote before
 * it. */
static inline void snap_barrier_dma_read(void)
{
    SNAP_BARRIER_LOADS();
}

/* Between stores to memory that the card reads and the register write that tells it to; and, since
 * a doorbell gives completions back as well, between their loads and the write that lets the card
 * overwrite them. */
static inline void snap_barrier_io_write(void)
{
    SNAP_BARRIER_ALL();
}

/* Between a register read and loads of what the card wrote before it answered. */
static inline void snap_barrier_io_read(void)
{
    SNAP_BARRIER_LOADS();
}

#endif
