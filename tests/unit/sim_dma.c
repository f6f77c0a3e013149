/* SPDX-License-Identifier: Apache-2.0 */
/* The DMA table: which ranges it takes and drops, and that nothing gets past its bounds and rights.
 */
#include "sim/card/dma.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/check.h"

#define PAGE  ((uint64_t)DMA_PAGE_BYTES)
#define PAGES 16u
#define BOTH  (DMA_READ | DMA_WRITE)
#define END   (~0ull) /* last byte of the address space */

static int file; /* of PAGES pages, each byte its page's number */

static void make_file(void)
{
    uint8_t page[DMA_PAGE_BYTES];
    file = memfd_create("sim_dma", MFD_CLOEXEC);
    CHECK(file >= 0);
    for (unsigned i = 0; i < PAGES; i++) {
        memset(page, (int)i, sizeof page);
        CHECK_EQ(write(file, page, sizeof page), (long long)sizeof page);
    }
}

static int byte_at(const struct dma *dma, uint64_t address)
{
    uint8_t byte;
    return dma_read(dma, address, &byte, 1) ? byte : -1;
}

static void test_map_and_access(void)
{
    struct dma dma;
    uint8_t data[512];
    dma_init(&dma);
    CHECK_EQ(dma_map(&dma, 0x100000, 2 * PAGE, BOTH, file, 3 * PAGE), 0);
    CHECK_EQ(byte_at(&dma, 0x100000), 3);
    CHECK_EQ(byte_at(&dma, 0x100000 + 2 * PAGE - 1), 4);
    CHECK_EQ(byte_at(&dma, 0x100000 - 1), -1);
    CHECK_EQ(byte_at(&dma, 0x100000 + 2 * PAGE), -1);
    CHECK(!dma_read(&dma, 0x100000 + 2 * PAGE - 256, data, 512));
    memset(data, 0xA5, sizeof data);
    CHECK(dma_write(&dma, 0x100040, data, 512));
    CHECK_EQ(byte_at(&dma, 0x10003F), 3);
    CHECK_EQ(byte_at(&dma, 0x100040), 0xA5);
    CHECK_EQ(byte_at(&dma, 0x100040 + 511), 0xA5);
    CHECK_EQ(byte_at(&dma, 0x100040 + 512), 3);
    memset(data, 3, sizeof data);
    CHECK(dma_write(&dma, 0x100040, data, 512));
    /* A write that does not fit changes nothing. */
    memset(data, 0xFF, sizeof data);
    CHECK(!dma_write(&dma, 0x100000 + 2 * PAGE - 64, data, 512));
    CHECK_EQ(byte_at(&dma, 0x100000 + 2 * PAGE - 64), 4);
    dma_clear(&dma);
    CHECK_EQ(byte_at(&dma, 0x100000), -1);
}

static void test_rights(void)
{
    struct dma dma;
    uint8_t byte = 0;
    dma_init(&dma);
    CHECK_EQ(dma_map(&dma, 0, PAGE, DMA_READ, file, 0), 0);
    CHECK_EQ(dma_map(&dma, PAGE, PAGE, DMA_WRITE, file, PAGE), 0);
    CHECK_EQ(dma_map(&dma, 2 * PAGE, PAGE, 0, file, 2 * PAGE), 0);
    CHECK_EQ(dma_map(&dma, 3 * PAGE, PAGE, BOTH, -1, 0), 0);
    CHECK_EQ(dma_map(&dma, 4 * PAGE, PAGE, 4, file, 0), EINVAL);
    CHECK_EQ(byte_at(&dma, 0), 0);
    CHECK(!dma_write(&dma, 0, &byte, 1));
    CHECK(!dma_read(&dma, PAGE, &byte, 1));
    CHECK(dma_write(&dma, PAGE, "\1", 1));
    CHECK(!dma_read(&dma, 2 * PAGE, &byte, 1));
    CHECK(!dma_write(&dma, 2 * PAGE, &byte, 1));
    /* Named, but not shared. */
    CHECK(!dma_read(&dma, 3 * PAGE, &byte, 1));
    CHECK(!dma_write(&dma, 3 * PAGE, &byte, 1));
    /* An access over a border needs the right on both sides. */
    uint8_t pair[2] = {0};
    CHECK(!dma_write(&dma, PAGE - 1, pair, 2));
    CHECK(!dma_read(&dma, PAGE - 1, pair, 2));
    dma_clear(&dma);
}

static void test_file_rights(void)
{
    struct dma dma;
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    int readable = open(path, O_RDONLY | O_CLOEXEC);
    int writable = open(path, O_WRONLY | O_CLOEXEC);
    int ends[2];
    CHECK(readable >= 0 && writable >= 0 && pipe(ends) == 0);
    dma_init(&dma);
    CHECK_EQ(dma_map(&dma, 0, PAGE, BOTH, readable, 0), EACCES);
    CHECK_EQ(dma_map(&dma, 0, PAGE, DMA_READ, writable, 0), EACCES);
    CHECK_EQ(dma_map(&dma, 0, PAGE, DMA_READ, ends[0], 0), EINVAL);
    CHECK_EQ(dma_map(&dma, 0, PAGE, DMA_READ, readable, 0), 0);
    CHECK_EQ(dma_map(&dma, PAGE, PAGE, BOTH, file, PAGE), 0);
    CHECK(close(readable) == 0 && close(writable) == 0 && close(ends[0]) == 0 &&
          close(ends[1]) == 0);
    /* The table needs the descriptors no more. */
    CHECK_EQ(byte_at(&dma, 0), 0);
    CHECK_EQ(byte_at(&dma, PAGE), 1);
    dma_clear(&dma);
}

static void test_bad_ranges(void)
{
    struct dma dma;
    dma_init(&dma);
    CHECK_EQ(dma_map(&dma, 0, 0, BOTH, file, 0), EINVAL);
    CHECK_EQ(dma_map(&dma, 1, PAGE, BOTH, file, 0), EINVAL);
    CHECK_EQ(dma_map(&dma, 0, PAGE + 1, BOTH, file, 0), EINVAL);
    CHECK_EQ(dma_map(&dma, END - PAGE + 1, 2 * PAGE, BOTH, file, 0), EINVAL);
    CHECK_EQ(dma_map(&dma, 0, PAGE, BOTH, file, PAGES * PAGE), EINVAL);
    CHECK_EQ(dma_map(&dma, 0, PAGE, BOTH, file, END - PAGE + 2), EINVAL);
    CHECK_EQ(dma_map(&dma, 0, (PAGES + 1) * PAGE, BOTH, file, 0), EINVAL);
    CHECK_EQ(dma.count, 0);
    CHECK_EQ(dma_unmap(&dma, 0, 0), EINVAL);
    CHECK_EQ(dma_unmap(&dma, PAGE, END - PAGE + 2), EINVAL);
    dma_clear(&dma);
}

static void test_overlap(void)
{
    struct dma dma;
    dma_init(&dma);
    CHECK_EQ(dma_map(&dma, 2 * PAGE, 2 * PAGE, BOTH, file, 0), 0);
    CHECK_EQ(dma_map(&dma, 2 * PAGE, 2 * PAGE, BOTH, file, 0), 0); /* the same again */
    CHECK_EQ(dma.count, 1);
    CHECK_EQ(dma_map(&dma, 2 * PAGE, 2 * PAGE, DMA_READ, file, 0), EEXIST);
    CHECK_EQ(dma_map(&dma, 2 * PAGE, 2 * PAGE, BOTH, file, PAGE), EEXIST);
    CHECK_EQ(dma_map(&dma, 2 * PAGE, PAGE, BOTH, file, 0), EEXIST);
    CHECK_EQ(dma_map(&dma, PAGE, 2 * PAGE, BOTH, file, 0), EEXIST);
    CHECK_EQ(dma_map(&dma, 3 * PAGE, 2 * PAGE, BOTH, file, 0), EEXIST);
    CHECK_EQ(dma_map(&dma, 0, 8 * PAGE, BOTH, file, 0), EEXIST);
    CHECK_EQ(dma_map(&dma, PAGE, PAGE, BOTH, file, 0), 0);
    CHECK_EQ(dma_map(&dma, 4 * PAGE, PAGE, BOTH, file, 0), 0);
    CHECK_EQ(dma.count, 3);
    dma_clear(&dma);
}

static void test_unmap_is_a_range(void)
{
    struct dma dma;
    dma_init(&dma);
    for (uint64_t i = 0; i < 8; i++)
        CHECK_EQ(dma_map(&dma, (1 + 2 * i) * PAGE, PAGE, BOTH, file, i * PAGE), 0);
    CHECK_EQ(dma_unmap(&dma, 2 * PAGE, PAGE), 0); /* nothing there */
    CHECK_EQ(dma.count, 8);
    CHECK_EQ(dma_unmap(&dma, 2 * PAGE, 5 * PAGE), 0); /* maps at 3, 5 */
    CHECK_EQ(dma.count, 6);
    CHECK_EQ(byte_at(&dma, PAGE), 0);
    CHECK_EQ(byte_at(&dma, 3 * PAGE), -1);
    CHECK_EQ(byte_at(&dma, 5 * PAGE), -1);
    CHECK_EQ(byte_at(&dma, 7 * PAGE), 3);
    CHECK_EQ(dma_unmap(&dma, 0, 1ull << 63), 0);
    CHECK_EQ(dma_unmap(&dma, 1ull << 63, 1ull << 63), 0);
    CHECK_EQ(dma.count, 0);
    dma_clear(&dma);
}

static void test_unmap_does_not_split(void)
{
    struct dma dma;
    dma_init(&dma);
    CHECK_EQ(dma_map(&dma, PAGE, PAGE, BOTH, file, 0), 0);
    CHECK_EQ(dma_map(&dma, 2 * PAGE, 2 * PAGE, BOTH, file, PAGE), 0);
    /* The first map would go, the second is cut: nothing goes, and the client is told. */
    CHECK_EQ(dma_unmap(&dma, PAGE, 2 * PAGE), EINVAL);
    CHECK_EQ(dma_unmap(&dma, 3 * PAGE, PAGE), EINVAL);
    CHECK_EQ(dma_unmap(&dma, 2 * PAGE + 1, PAGE), EINVAL);
    CHECK_EQ(dma.count, 2);
    CHECK_EQ(byte_at(&dma, PAGE), 0);
    dma_clear(&dma);
}

static void test_end_of_space(void)
{
    struct dma dma;
    uint8_t pair[2];
    dma_init(&dma);
    CHECK_EQ(dma_map(&dma, END - PAGE + 1, PAGE, BOTH, file, 5 * PAGE), 0);
    CHECK_EQ(dma_map(&dma, 0, PAGE, BOTH, file, 6 * PAGE), 0);
    CHECK_EQ(byte_at(&dma, END), 5);
    /* An access does not go round the end. */
    CHECK(!dma_read(&dma, END, pair, 2));
    CHECK(!dma_write(&dma, END, pair, 2));
    CHECK_EQ(dma_unmap(&dma, END - PAGE + 1, PAGE), 0);
    CHECK_EQ(byte_at(&dma, END), -1);
    CHECK_EQ(byte_at(&dma, 0), 6);
    dma_clear(&dma);
}

/* A guest's IOMMU maps page by page: more maps than the kernel has mappings for a process. */
static void test_many_maps(void)
{
    struct dma dma;
    dma_init(&dma);
    for (uint64_t i = 0; i < DMA_MAPS_MAX; i++)
        CHECK_EQ(dma_map(&dma, i * PAGE, PAGE, BOTH, file, i % PAGES * PAGE), 0);
    CHECK_EQ(dma_map(&dma, (uint64_t)DMA_MAPS_MAX * PAGE, PAGE, BOTH, file, 0), ENOSPC);
    for (uint64_t i = 0; i < DMA_MAPS_MAX; i += 997)
        CHECK_EQ(byte_at(&dma, i * PAGE), (long long)(i % PAGES));
    /* Neighbours are one range to an access. */
    uint8_t pair[2];
    CHECK(dma_read(&dma, 3 * PAGE - 1, pair, 2) && pair[0] == 2 && pair[1] == 3);
    CHECK_EQ(dma_unmap(&dma, 0, END), 0);
    CHECK_EQ(dma.count, 0);
    dma_clear(&dma);
}

/* A client that shortens its file loses what it cut off, and nothing else. */
static void test_file_shortened(void)
{
    struct dma dma;
    uint8_t data[512] = {0};
    int other = memfd_create("sim_dma_shortened", MFD_CLOEXEC);
    CHECK(other >= 0 && ftruncate(other, (off_t)(3 * PAGE)) == 0);
    dma_init(&dma);
    CHECK_EQ(dma_map(&dma, 0, 3 * PAGE, BOTH, other, 0), 0);
    CHECK_EQ(dma_map(&dma, 3 * PAGE, PAGE, BOTH, file, 7 * PAGE), 0);
    CHECK(dma_write(&dma, 2 * PAGE, data, sizeof data));
    CHECK_EQ(ftruncate(other, (off_t)PAGE), 0);
    for (unsigned round = 0; round < 2; round++) {
        CHECK(!dma_read(&dma, 2 * PAGE, data, sizeof data));
        CHECK(!dma_write(&dma, 2 * PAGE, data, sizeof data));
        CHECK(!dma_write(&dma, 2 * PAGE, data, 4));
        CHECK(!dma_read(&dma, PAGE - 256, data, sizeof data));
        CHECK(dma_read(&dma, 0, data, sizeof data));
        CHECK_EQ(byte_at(&dma, 3 * PAGE), 7);
    }
    CHECK_EQ(ftruncate(other, (off_t)(3 * PAGE)), 0); /* and what comes back is reached again */
    CHECK(dma_write(&dma, 2 * PAGE, data, sizeof data));
    dma_clear(&dma);
    CHECK_EQ(close(other), 0);
}

int main(void)
{
    make_file();
    RUN(test_map_and_access);
    RUN(test_rights);
    RUN(test_file_rights);
    RUN(test_bad_ranges);
    RUN(test_overlap);
    RUN(test_unmap_is_a_range);
    RUN(test_unmap_does_not_split);
    RUN(test_end_of_space);
    RUN(test_many_maps);
    RUN(test_file_shortened);
    CHECK(close(file) == 0);
    return 0;
}
