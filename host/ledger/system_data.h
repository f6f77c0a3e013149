/* SPDX-License-Identifier: Apache-2.0 */
/* The data of the actions of "eosio", as its ABI has them. */
#ifndef HOST_LEDGER_SYSTEM_DATA_H
#define HOST_LEDGER_SYSTEM_DATA_H

#include "host/ledger/error.h"
#include "host/ledger/permission.h"
#include "host/wire/authority.h"

struct newaccount {
    name_t creator, name;
    struct authority owner, active;
};

struct updateauth {
    name_t account, permission, parent;
    struct authority authority;
};

struct deleteauth {
    name_t account, permission;
};

struct linkauth {
    struct link link;
    name_t required;
};

struct setabi {
    name_t account;
    struct bytes abi; /* a view */
};

struct setalimits {
    name_t account;
    int64_t ram_bytes, net_words, cpu_us;
};

/* All of the data, nothing behind it: otherwise LEDGER_INVALID_ACTION_ARGS. */
bool newaccount_read(struct bytes data, struct newaccount *out, struct ledger_error *error);
bool updateauth_read(struct bytes data, struct updateauth *out, struct ledger_error *error);
bool deleteauth_read(struct bytes data, struct deleteauth *out, struct ledger_error *error);
bool linkauth_read(struct bytes data, struct linkauth *out, struct ledger_error *error);
bool unlinkauth_read(struct bytes data, struct link *out, struct ledger_error *error);
bool setabi_read(struct bytes data, struct setabi *out, struct ledger_error *error);
bool setalimits_read(struct bytes data, struct setalimits *out, struct ledger_error *error);
/* How the natives' readers end. */
bool action_data_done(const struct reader *reader, struct ledger_error *error);

#endif
