/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors that the family's own libraries made: tests/vectors/antelope.json. */
#ifndef TESTS_UNIT_WIRE_VECTORS_H
#define TESTS_UNIT_WIRE_VECTORS_H

#include <jansson.h>

#include "host/base/bytes.h"

/* A section of the file, good until vectors_close. */
const json_t *vectors(const char *section);
void vectors_close(void);

/* A member that is a string; ends the test when there is none. */
const char *vector_text(const json_t *vector, const char *member);
/* A member in hexadecimal, in a buffer that the next call but seven reuses. */
struct bytes vector_bytes(const json_t *vector, const char *member);
/* Whether the writer has written just these bytes. */
bool vector_is(const struct writer *writer, struct bytes expected);

#endif
