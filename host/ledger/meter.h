/* SPDX-License-Identifier: Apache-2.0 */
/* What a transaction costs: counts of what it does, weighted, in units of a nanosecond of a
 * reference machine. Never a measured time, so that every node counts the same, and so that a
 * block's receipts can be checked.
 *
 * Costs are charged when the work is known, and held against the limit behind each action; what an
 * action can do in between is bounded by its own size. */
#ifndef HOST_LEDGER_METER_H
#define HOST_LEDGER_METER_H

#include "host/ledger/error.h"

#define METER_UNITS_PER_US 1000u

enum meter_cost {
    COST_TRANSACTION = 4000,
    COST_SIGNATURE = 7000,     /* a signature's share of a batch on the card */
    COST_AUTHORIZATION = 1000, /* a declared authorization */
    COST_ACTION = 2000,        /* notifications and inline actions too: digest and trace */
    COST_ACTION_BYTE = 4,      /* of its data: hashed */
    COST_ROW_READ = 500,
    COST_ROW_WRITE = 4000, /* the row leaves the state's hash and enters it again */
    COST_ROW_BYTE = 8,     /* written */
    COST_CONSOLE_BYTE = 2,
    COST_ABI_BYTE = 50, /* of a contract's ABI: checked */
};

struct meter {
    uint64_t units, units_max;
    enum ledger_error_code exceeded; /* whose limit units_max is */
};

static inline void meter_charge(struct meter *meter, uint64_t units)
{
    meter->units += units;
}

static inline bool meter_exceeded(const struct meter *meter)
{
    return meter->units > meter->units_max;
}

/* Rounded up. */
static inline uint64_t meter_us(const struct meter *meter)
{
    return (meter->units + METER_UNITS_PER_US - 1) / METER_UNITS_PER_US;
}

#endif
