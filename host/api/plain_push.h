/* SPDX-License-Identifier: Apache-2.0 */
/* The short way from a request's text to its transactions. A transaction that a wallet's library
 * sends has always the same form:
 *
 *   {"signatures":["SIG_K1_..."],"compression":"none","packed_context_free_data":"","packed_trx":"..."}
 *
 * in any order of its members, with any white space; push_transactions has a list of them. A
 * thousand of these are read here without a tree of JSON in between. Whatever is of another form,
 * or is no transaction, is left to the long way, which also knows what to say of it: what this
 * takes, the long way takes with the same result. */
#ifndef HOST_API_PLAIN_PUSH_H
#define HOST_API_PLAIN_PUSH_H

#include "host/wire/transaction.h"

/* Reads a whole text: one transaction, or a `list` of at most `max`. True with references for the
 * caller, in order; false, and nothing is kept, when it is of another form or memory is out. */
bool plain_push_read(const char *text, size_t chars, bool list,
                     struct signed_transaction *transactions[], unsigned max, unsigned *count);

#endif
