// SPDX-License-Identifier: Apache-2.0
/* Records of the trace log: any bytes are none, or one whose traces are read within its bounds. */
#include <stdlib.h>

#include "host/ledger/trace_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    struct trace_record record;
    if (!trace_record_parse((struct bytes){data, bytes}, &record))
        return 0;
    for (unsigned i = 0; i < record.count; i++) {
        int found = trace_record_find(&record, trace_record_id(&record, i));
        if (found < 0 || (unsigned)found > i)
            abort();
        trace_release(trace_record_trace(&record, i));
    }
    return 0;
}
