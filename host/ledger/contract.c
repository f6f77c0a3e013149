// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/contract.h"

#include <stddef.h>

#include "host/ledger/names.h"

const struct contract *contract_native(name_t account)
{
    switch (account) {
    case NAME_EOSIO:
        return &system_contract;
    case NAME_EOSIO_TOKEN:
        return &token_contract;
    default:
        return NULL;
    }
}
