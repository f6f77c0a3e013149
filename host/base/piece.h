/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for what is made by the thousand, passed between threads, and let go in about the order in
 * which it was made: transactions and their traces. A thread cuts pieces from a chunk of its own,
 * one behind the other; when all pieces of a chunk have been given back, any thread may take it for
 * its next one. So no piece costs a lock, what is used together lies together, and the pages of a
 * block's transactions serve those of the next: malloc gives them back to the system at the end of
 * a block and has them cleared again, which takes as long as executing the transactions.
 *
 * A piece that stays keeps its chunk: this is not for what lives on its own. */
#ifndef HOST_BASE_PIECE_H
#define HOST_BASE_PIECE_H

#include <stddef.h>

/* Uninitialized, aligned for anything. NULL: out of memory. */
void *piece_take(size_t bytes);
/* From any thread. NULL is allowed. */
void piece_give(void *piece);

#endif
