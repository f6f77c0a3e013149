// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/ledger_script.h"

#include "tests/unit/check.h"

enum command { PRINT, NOTIFY, FAIL, REQUIRE_AUTH, INLINE, PUT, ERASE, PUT_FOREIGN, ECHO };

/* ------------------------------------------------------------------ running */

static bool put(struct apply *apply, struct reader *reader, name_t code)
{
    static const uint8_t zeros[CONTRACT_ROW_BYTES_MAX]; /* larger rows are refused unread */
    struct contract_row row;
    uint64_t primary = read_u64(reader);
    name_t payer = read_u64(reader);
    struct bytes value = {zeros, read_u32(reader)};
    apply_row_open(apply, &row, code, 0, name_of("rows"), primary);
    return apply_row_put(apply, &row, payer, value);
}

static bool erase(struct apply *apply, struct reader *reader)
{
    struct contract_row row;
    apply_row_open(apply, &row, apply->receiver->name, 0, name_of("rows"), read_u64(reader));
    return apply_check(apply, row.exists, "no such row") && apply_row_erase(apply, &row);
}

static bool send(struct apply *apply, struct reader *reader)
{
    struct action action;
    action_read(reader, &action);
    return apply_send_inline(apply, &action);
}

static bool fail(struct apply *apply, struct bytes text)
{
    char message[64];
    snprintf(message, sizeof message, "%.*s", (int)text.size, (const char *)text.data);
    return apply_check(apply, false, message);
}

static bool run_command(struct apply *apply, struct reader *reader, enum command command)
{
    switch (command) {
    case PRINT:
        apply_print(apply, read_sized(reader, SCRIPT_BYTES_MAX));
        return true;
    case NOTIFY:
        return apply_require_recipient(apply, read_u64(reader));
    case FAIL:
        return fail(apply, read_sized(reader, SCRIPT_BYTES_MAX));
    case REQUIRE_AUTH:
        return apply_require_auth(apply, read_u64(reader));
    case INLINE:
        return send(apply, reader);
    case PUT:
        return put(apply, reader, apply->receiver->name);
    case ERASE:
        return erase(apply, reader);
    case PUT_FOREIGN:
        return put(apply, reader, read_u64(reader));
    case ECHO:
        break;
    }
    return apply_check(apply, false, "no command of scripts");
}

/* Up to the mark, when there is one. */
static bool run(struct apply *apply, struct reader *reader)
{
    while (reader_left(reader) > 0) {
        enum command command = read_u8(reader);
        if (command == ECHO)
            return true;
        if (!run_command(apply, reader, command) ||
            !apply_check(apply, !reader->failed, "a script that ends too early"))
            return false;
    }
    return true;
}

static bool script_apply(struct apply *apply)
{
    struct reader reader = reader_of(apply->action->data.data, apply->action->data.size);
    if (apply->receiver->name != apply->action->account)
        return true;
    return run(apply, &reader);
}

static void skip(struct reader *reader, enum command command)
{
    struct action action;
    if (command == PRINT || command == FAIL)
        (void)read_sized(reader, SCRIPT_BYTES_MAX);
    else if (command == INLINE)
        action_read(reader, &action);
    else if (command == PUT || command == PUT_FOREIGN)
        (void)read_view(reader, command == PUT ? 20 : 28);
    else
        (void)read_u64(reader);
}

static bool echo_apply(struct apply *apply)
{
    struct reader reader = reader_of(apply->action->data.data, apply->action->data.size);
    enum command command;
    while (reader_left(&reader) > 0 && (command = read_u8(&reader)) != ECHO)
        skip(&reader, command);
    return run(apply, &reader);
}

const struct contract *script_contract_of(name_t account)
{
    static const struct contract script = {script_apply}, echo = {echo_apply};
    if (account == name_of("script") || account == name_of("other"))
        return &script;
    return account == name_of("echo") ? &echo : contract_native(account);
}

/* ------------------------------------------------------------------ writing */

void script_start(struct script *script)
{
    script->writer = writer_of(script->bytes, sizeof script->bytes);
}

struct bytes script_data(const struct script *script)
{
    CHECK(!script->writer.failed);
    return (struct bytes){script->bytes, writer_size(&script->writer)};
}

static void with_text(struct script *script, enum command command, const char *text)
{
    write_u8(&script->writer, command);
    write_sized(&script->writer, (struct bytes){(const uint8_t *)text, strlen(text)});
}

static void with_name(struct script *script, enum command command, const char *name)
{
    write_u8(&script->writer, command);
    write_u64(&script->writer, name_of(name));
}

void script_print(struct script *script, const char *text)
{
    with_text(script, PRINT, text);
}

void script_notify(struct script *script, const char *account)
{
    with_name(script, NOTIFY, account);
}

void script_fail(struct script *script, const char *text)
{
    with_text(script, FAIL, text);
}

void script_require_auth(struct script *script, const char *account)
{
    with_name(script, REQUIRE_AUTH, account);
}

void script_inline(struct script *script, const struct action *action)
{
    write_u8(&script->writer, INLINE);
    action_write(&script->writer, action);
}

void script_put(struct script *script, uint64_t primary, const char *payer, size_t bytes)
{
    write_u8(&script->writer, PUT);
    write_u64(&script->writer, primary);
    write_u64(&script->writer, name_of(payer));
    write_u32(&script->writer, (uint32_t)bytes);
}

void script_erase(struct script *script, uint64_t primary)
{
    write_u8(&script->writer, ERASE);
    write_u64(&script->writer, primary);
}

void script_put_foreign(struct script *script, const char *code, uint64_t primary)
{
    with_name(script, PUT_FOREIGN, code);
    write_u64(&script->writer, primary);
    write_u64(&script->writer, 0);
    write_u32(&script->writer, 1);
}

void script_echo(struct script *script)
{
    write_u8(&script->writer, ECHO);
}
