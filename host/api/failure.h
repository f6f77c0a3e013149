/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer says when it is an error, in the family's form:
 *   {"code":500,"message":"Internal Service Error","error":{"code":3040005,"name":
 *    "expired_tx_exception","what":"Expired Transaction","details":[{"message":...}]}} */
#ifndef HOST_API_FAILURE_H
#define HOST_API_FAILURE_H

#include "host/api/out.h"
#include "host/ledger/error.h"

struct failure {
    unsigned status; /* of HTTP; 0: none */
    uint64_t code;   /* the family's number, 0 for what it has none for */
    const char *name, *what;
    char message[LEDGER_MESSAGE_SIZE];
};

/* Each returns false, so that a check reads `return failure_...`. */
bool failure_ledger(struct failure *failure, const struct ledger_error *error);
bool failure_code(struct failure *failure, enum ledger_error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* 400: the request is not what the route takes (the family's invalid_http_request). */
bool failure_request(struct failure *failure, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Any other status, of the server rather than of the chain. */
bool failure_status(struct failure *failure, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void failure_out(struct out *out, const struct failure *failure);
/* The family's exception, as it stands in the `except` of a trace. */
void failure_except_out(struct out *out, const struct ledger_error *error);

#endif
