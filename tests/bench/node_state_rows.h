/* SPDX-License-Identifier: Apache-2.0 */
/* What a state takes on disk: LMDB's pages, and the rows in them by their kinds. */
#ifndef TESTS_BENCH_NODE_STATE_ROWS_H
#define TESTS_BENCH_NODE_STATE_ROWS_H

#include <stdint.h>

#define STATE_PAGE_HEADER_BYTES 16u /* LMDB's, of a leaf page */

/* Of the rows whose keys start with a letter. */
struct state_kind {
    uint64_t rows, key_bytes, value_bytes;
    uint64_t leaf_bytes; /* of the leaf pages: as written in groups, with what these take besides */
};

struct state_rows {
    uint64_t page_bytes;
    uint64_t file_pages; /* with those that are free */
    uint64_t leaf_pages, branch_pages, overflow_pages;
    uint64_t groups;
    unsigned depth; /* pages that a look-up goes through */
    struct state_kind kinds[256];
};

/* Reads the environment in `folder`, which nobody has open. What fails ends the program. */
void state_rows_read(const char *folder, struct state_rows *rows);

/* Leaf bytes of all rows. */
uint64_t state_rows_bytes(const struct state_rows *rows);

#endif
