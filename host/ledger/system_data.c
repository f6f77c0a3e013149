// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/system_data.h"

#include "host/wire/abi.h"

bool action_data_done(const struct reader *reader, struct ledger_error *error)
{
    if (reader_done(reader))
        return true;
    return ledger_fail(error, LEDGER_INVALID_ACTION_ARGS,
                       "the action's data do not have the form that its ABI says");
}

bool newaccount_read(struct bytes data, struct newaccount *out, struct ledger_error *error)
{
    struct reader reader = reader_of(data.data, data.size);
    out->creator = read_u64(&reader);
    out->name = read_u64(&reader);
    authority_read(&reader, &out->owner);
    authority_read(&reader, &out->active);
    return action_data_done(&reader, error);
}

bool updateauth_read(struct bytes data, struct updateauth *out, struct ledger_error *error)
{
    struct reader reader = reader_of(data.data, data.size);
    out->account = read_u64(&reader);
    out->permission = read_u64(&reader);
    out->parent = read_u64(&reader);
    authority_read(&reader, &out->authority);
    return action_data_done(&reader, error);
}

bool deleteauth_read(struct bytes data, struct deleteauth *out, struct ledger_error *error)
{
    struct reader reader = reader_of(data.data, data.size);
    out->account = read_u64(&reader);
    out->permission = read_u64(&reader);
    return action_data_done(&reader, error);
}

static void read_link(struct reader *reader, struct link *link)
{
    link->account = read_u64(reader);
    link->code = read_u64(reader);
    link->action = read_u64(reader);
}

bool linkauth_read(struct bytes data, struct linkauth *out, struct ledger_error *error)
{
    struct reader reader = reader_of(data.data, data.size);
    read_link(&reader, &out->link);
    out->required = read_u64(&reader);
    return action_data_done(&reader, error);
}

bool unlinkauth_read(struct bytes data, struct link *out, struct ledger_error *error)
{
    struct reader reader = reader_of(data.data, data.size);
    read_link(&reader, out);
    return action_data_done(&reader, error);
}

bool setabi_read(struct bytes data, struct setabi *out, struct ledger_error *error)
{
    struct reader reader = reader_of(data.data, data.size);
    out->account = read_u64(&reader);
    out->abi = read_sized(&reader, ABI_BYTES_MAX);
    return action_data_done(&reader, error);
}

bool setalimits_read(struct bytes data, struct setalimits *out, struct ledger_error *error)
{
    struct reader reader = reader_of(data.data, data.size);
    out->account = read_u64(&reader);
    out->ram_bytes = (int64_t)read_u64(&reader);
    out->net_words = (int64_t)read_u64(&reader);
    out->cpu_us = (int64_t)read_u64(&reader);
    return action_data_done(&reader, error);
}
