/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for secrets: pages of their own that are not swapped out, not part of a core dump, not
 * inherited by children, and wiped before they are given back. */
#ifndef HOST_WALLET_SECRET_H
#define HOST_WALLET_SECRET_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed. NULL when memory is out. Where the system lets this process lock no more memory
 * (RLIMIT_MEMLOCK) the pages may be swapped out; everything else holds. */
void *secret_alloc(size_t bytes);
/* Wipes. `bytes` as given to secret_alloc; NULL is allowed. */
void secret_free(void *memory, size_t bytes);

/* No core dumps of this process, and no other process of the same user may look into it. To be
 * called before the first secret. */
void secret_harden_process(void);

/* A passphrase, or the text of a secret key, in memory of secret_alloc. */
#define SECRET_TEXT_CHARS_MAX 1024u
struct secret_text {
    size_t chars;
    char text[SECRET_TEXT_CHARS_MAX + 1]; /* with a terminator */
};
struct secret_text *secret_text_create(void); /* empty; NULL: no memory */
void secret_text_free(struct secret_text *text);

#endif
