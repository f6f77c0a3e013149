// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/wire_vectors.h"

#include "host/base/hex.h"
#include "tests/unit/check.h"

#define BUFFERS      8u
#define BUFFER_BYTES 8192u

static json_t *file;

const json_t *vectors(const char *section)
{
    if (file == NULL)
        file = json_load_file("tests/vectors/antelope.json", JSON_REJECT_DUPLICATES, NULL);
    const json_t *found = json_object_get(file, section);
    CHECK(found != NULL);
    return found;
}

void vectors_close(void)
{
    json_decref(file);
    file = NULL;
}

const char *vector_text(const json_t *vector, const char *member)
{
    const char *text = json_string_value(json_object_get(vector, member));
    CHECK(text != NULL);
    return text;
}

struct bytes vector_bytes(const json_t *vector, const char *member)
{
    static uint8_t buffers[BUFFERS][BUFFER_BYTES];
    static unsigned next;
    const char *text = vector_text(vector, member);
    size_t bytes = strlen(text) / 2;
    uint8_t *buffer = buffers[next++ % BUFFERS];
    CHECK(bytes <= BUFFER_BYTES && hex_decode(text, strlen(text), buffer, bytes));
    return (struct bytes){buffer, bytes};
}

bool vector_is(const struct writer *writer, struct bytes expected)
{
    return !writer->failed && writer_size(writer) == expected.size &&
           memcmp(writer->start, expected.data, expected.size) == 0;
}
