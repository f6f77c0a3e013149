// SPDX-License-Identifier: Apache-2.0
/* What the short way takes (host/api/plain_push.h), the long way takes too, with the same result.
 * The first byte says whether a list is asked for. */
#include <jansson.h>
#include <string.h>

#include "host/api/plain_push.h"
#include "host/wire/transaction_json.h"
#include "tests/unit/check.h"

#define LIST_MAX 8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void compare(const struct signed_transaction *plain, const json_t *json)
{
    char error[ABI_ERROR_SIZE];
    struct signed_transaction *other = signed_transaction_from_json(json, NULL, NULL, error);
    CHECK(other != NULL);
    CHECK_MEM(plain->id, other->id, sizeof plain->id);
    CHECK_EQ(plain->compressed, other->compressed);
    CHECK_EQ(plain->wire.size, other->wire.size);
    CHECK_MEM(plain->wire.data, other->wire.data, plain->wire.size);
    CHECK_EQ(plain->signature_count, other->signature_count);
    for (unsigned i = 0; i < plain->signature_count; i++) {
        CHECK_EQ(plain->signatures[i].type, other->signatures[i].type);
        CHECK_MEM(plain->signatures[i].bytes, other->signatures[i].bytes,
                  sizeof plain->signatures[i].bytes);
    }
    signed_transaction_release(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct signed_transaction *transactions[LIST_MAX];
    unsigned count;
    if (bytes == 0)
        return 0;
    bool list = data[0] == 'l';
    const char *text = (const char *)data + 1;
    if (!plain_push_read(text, bytes - 1, list, transactions, LIST_MAX, &count))
        return 0;
    json_t *json = json_loadb(text, bytes - 1, 0, NULL);
    CHECK(json != NULL);
    CHECK_EQ(list ? json_array_size(json) : 1, count);
    for (unsigned i = 0; i < count; i++) {
        compare(transactions[i], list ? json_array_get(json, i) : json);
        signed_transaction_release(transactions[i]);
    }
    json_decref(json);
    return 0;
}
