// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/system.h"

#include "host/ledger/names.h"

static bool system_apply(struct apply *apply)
{
    /* Of other contracts' actions it is only notified. */
    if (apply->action->account != NAME_EOSIO)
        return true;
    switch (apply->action->name) {
    case NAME_NEWACCOUNT:
        return system_newaccount(apply);
    case NAME_SETABI:
        return system_setabi(apply);
    case NAME_SETALIMITS:
        return system_setalimits(apply);
    case NAME_UPDATEAUTH:
        return system_updateauth(apply);
    case NAME_DELETEAUTH:
        return system_deleteauth(apply);
    case NAME_LINKAUTH:
        return system_linkauth(apply);
    case NAME_UNLINKAUTH:
        return system_unlinkauth(apply);
    default:
        return apply_unknown_action(apply);
    }
}

const struct contract system_contract = {system_apply};
