// SPDX-License-Identifier: Apache-2.0
#include "driver/base/error.h"

#include <stdarg.h>
#include <stdio.h>

int snap_fail(struct snap_error *error, int code, const char *format, ...)
{
    if (error == NULL)
        return code;
    error->code = code;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    if (length < 0)
        error->text[0] = '\0';
    return code;
}
