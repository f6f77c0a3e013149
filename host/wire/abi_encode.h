/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_WIRE_ABI_ENCODE_H
#define HOST_WIRE_ABI_ENCODE_H

#include "host/wire/abi.h"

/* abi_encode, and `fill` says that missing members that are lists or texts are taken as empty. */
bool abi_encode_filling(const struct abi *abi, const char *type, const json_t *value, bool fill,
                        struct writer *writer, char error[ABI_ERROR_SIZE]);

#endif
