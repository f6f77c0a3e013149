// SPDX-License-Identifier: Apache-2.0
#include "host/ledger/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static const struct description {
    enum ledger_error_code code;
    const char *name, *what;
} descriptions[] = {
#define LEDGER_ERROR_DESCRIPTION(symbol, number, name, what) {symbol, name, what},
    LEDGER_ERRORS(LEDGER_ERROR_DESCRIPTION)
#undef LEDGER_ERROR_DESCRIPTION
};

static const struct description *description_of(enum ledger_error_code code)
{
    for (size_t i = 0; i < sizeof descriptions / sizeof descriptions[0]; i++)
        if (descriptions[i].code == code)
            return &descriptions[i];
    assert(!"an error code out of the table");
    return &descriptions[0];
}

const char *ledger_error_name(enum ledger_error_code code)
{
    return description_of(code)->name;
}

const char *ledger_error_what(enum ledger_error_code code)
{
    return description_of(code)->what;
}

bool ledger_fail(struct ledger_error *error, enum ledger_error_code code, const char *format, ...)
{
    va_list arguments;
    error->code = code;
    va_start(arguments, format);
    /* A message that does not fit is cut: it is for people. */
    if (vsnprintf(error->message, sizeof error->message, format, arguments) < 0)
        error->message[0] = '\0';
    va_end(arguments);
    return false;
}
