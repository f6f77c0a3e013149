// SPDX-License-Identifier: Apache-2.0
/* ABIs, packed or in JSON: any bytes end in an ABI that comes back the same from either form, or in
 * an error with a text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/wire/abi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static char error[ABI_ERROR_SIZE];

static void expect(bool holds)
{
    if (!holds)
        abort();
}

/* What an ABI prints is read again, and prints the same. Texts that are not UTF-8 do not print. */
static void check(struct abi *abi)
{
    struct bytes packed;
    expect(abi_pack(abi, &packed));
    struct abi *read = abi_read(packed, error);
    expect(read != NULL);
    free((void *)packed.data);
    abi_free(read);
    json_t *json = abi_to_json(abi);
    if (json == NULL)
        return;
    struct abi *again = abi_from_json(json, error);
    if (again != NULL) { /* or longer than allowed, with all lists written */
        json_t *same = abi_to_json(again);
        expect(json_equal(json, same));
        json_decref(same);
    }
    abi_free(again);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    error[0] = '\0';
    struct abi *abi = abi_read((struct bytes){data, bytes}, error);
    expect(abi != NULL || error[0] != '\0');
    if (abi != NULL)
        check(abi);
    abi_free(abi);
    json_t *json = json_loadb((const char *)data, bytes, JSON_ALLOW_NUL, NULL);
    if (json == NULL)
        return 0;
    error[0] = '\0';
    abi = abi_from_json(json, error);
    expect(abi != NULL || error[0] != '\0');
    if (abi != NULL)
        check(abi);
    abi_free(abi);
    json_decref(json);
    return 0;
}
