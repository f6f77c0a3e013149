// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/execute.h"

#include "host/ledger/names.h"
#include "ledger_native_abi.h" /* from host/ledger/abi by pack.py */

struct bytes native_abi(name_t account)
{
    switch (account) {
    case NAME_EOSIO:
        return (struct bytes){abi_eosio, sizeof abi_eosio};
    case NAME_EOSIO_TOKEN:
        return (struct bytes){abi_eosio_token, sizeof abi_eosio_token};
    default:
        return (struct bytes){NULL, 0};
    }
}
