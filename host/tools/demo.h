/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of demo-block share. */
#ifndef HOST_TOOLS_DEMO_H
#define HOST_TOOLS_DEMO_H

#include <stdatomic.h>
#include <stdbool.h>

#include "host/offload/driver_card.h"
#include "host/offload/offload.h"
#include "host/tools/block_data.h"

/* Who may do the work of a run. */
enum demo_who { DEMO_CARD, DEMO_CPU, DEMO_BOTH };
#define DEMO_WHOS 3u

struct arguments {
    const char *cards[OFFLOAD_CARDS_MAX];
    unsigned card_count;
    enum demo_who runs[DEMO_WHOS];
    unsigned run_count;
    unsigned corrupt;
    unsigned signatures; /* at most so many of the file; 0: all */
    uint64_t card_ns;    /* a run of cards alone takes no new signatures after so long */
    const char *data, *json, *cycles_from;
    struct driver_card_options card_options;
};

/* From the first job of a kind that is handed in to its last answer. */
struct span {
    uint64_t start_ns;
    _Atomic uint64_t end_ns; /* written by offload's threads */
};

/* One pass over the block. */
struct demo {
    const struct arguments *arguments;
    const struct block_data *data;
    enum demo_who who;
    struct offload *offload;
    struct offload_job merkle;
    struct offload_job *signatures;
    size_t signature_count; /* handed in */
    struct span spans[OFFLOAD_KINDS];
    uint64_t events_printed;
    uint64_t start_ns, shown_ns;
    /* When the first verdicts were seen, and how many there were: for the rate. */
    uint64_t first_ns, first_done;
    double wall_seconds;
    /* At its end. */
    struct offload_stats stats;
    struct offload_event events[OFFLOAD_EVENTS_MAX];
    unsigned event_count;
};

const char *demo_who_name(enum demo_who who);

/* Every job that was handed in is valid. */
bool demo_all_valid(const struct demo *demo);
/* Runs came to the same verdicts on what they have in common. */
bool demo_same_verdicts(const struct demo *demos, unsigned count);

void demo_print_result(const struct demo *demo);
/* What the runs did, side by side; for more than one. */
void demo_print_runs(const struct demo *demos, unsigned count);
/* Writes the file that the arguments name, if they do: the last run, and all of them in short. 0,
 * or -1 after a message. */
int demo_write_json(const struct demo *demos, unsigned count);

#endif
