/* SPDX-License-Identifier: Apache-2.0 */
/* Copies to and from memory that is mapped from a file of the client. The client may shorten the
 * file at any time; its pages are gone then, and a touch of them is a SIGBUS, which must end the
 * access and not the simulator. */
#ifndef SIM_CARD_SHARED_COPY_H
#define SIM_CARD_SHARED_COPY_H

#include <stdbool.h>
#include <stddef.h>

/* Takes SIGBUS over for the whole process; one that no copy caused ends it as before. False: errno
 * says why. May be called again. */
bool shared_copy_prepare(void);

/* False: some of it is gone, and part of the rest may have been copied. Behind shared_copy_prepare
 * only. */
bool shared_copy_in(void *data, const void *shared, size_t bytes);
/* The client polls the last bytes of what the card writes: the last 8, when they are aligned,
 * appear in one piece after all others. */
bool shared_copy_out(void *shared, const void *data, size_t bytes);

#endif
