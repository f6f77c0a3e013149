// SPDX-License-Identifier: Apache-2.0
/* usage: removal ADDRESS NUMBER OTHER-ADDRESS. Asks the host to take card NUMBER away while it has
 * jobs in flight; the driver must say so, and the other card must not notice. */
#include <unistd.h>

#include "tests/qemu/jobs.h"

#define LONG_JOBS   16u
#define SHORT_BYTES 300u
#define LOOK_US     1000
#define LOOKS_MAX   60000 /* hang guard: one minute */

static const char *address, *number, *other_address;
static struct jobs leaving, staying;

/* Reaps and looks, as a program does that waits for its jobs, until the driver gives the card up.
 */
static void wait_until_gone(void)
{
    struct snap_error error = {0};
    for (unsigned look = 0; look < LOOKS_MAX; look++) {
        struct snap_result results[JOBS_MAX];
        unsigned reaped = snap_queue_reap(leaving.queue, results, JOBS_MAX);
        for (unsigned i = 0; i < reaped; i++) {
            CHECK_EQ(results[i].status, SNAP_STATUS_OK);
            jobs_check_digest(&leaving, &results[i], JOBS_BYTES_MAX);
        }
        if (snap_queue_outstanding(leaving.queue) == 0)
            jobs_submit(&leaving, LONG_JOBS, JOBS_BYTES_MAX);
        enum snap_queue_state state = snap_queue_check(leaving.queue, &error);
        if (state == SNAP_QUEUE_GONE) {
            printf("# %s\n", error.text);
            CHECK(error.code == SNAP_E_GONE);
            return;
        }
        CHECK_EQ(state, SNAP_QUEUE_RUNNING);
        CHECK_EQ(usleep(LOOK_US), 0);
    }
    CHECK(!"the driver never noticed that the card is gone");
}

static void removal_in_mid_batch_is_noticed(void)
{
    jobs_submit(&leaving, LONG_JOBS, JOBS_BYTES_MAX);
    printf("@kill %s\n", number);
    CHECK_EQ(fflush(stdout), 0);
    wait_until_gone();
    CHECK(snap_queue_outstanding(leaving.queue) > 0);
}

static void everything_says_gone(void)
{
    uint64_t cycles;
    CHECK_EQ(snap_card_cycles(leaving.card, &cycles, NULL, NULL), SNAP_E_GONE);
    CHECK_EQ(snap_queue_reset(leaving.queue, NULL), SNAP_E_GONE);
    CHECK_EQ(snap_card_reset(leaving.card, NULL), SNAP_E_GONE);
}

static void other_card_goes_on(void)
{
    jobs_submit(&staying, JOBS_MAX, SHORT_BYTES);
    jobs_expect(&staying, JOBS_MAX, SHORT_BYTES);
}

static void close_returns(void)
{
    jobs_close(&leaving);
    jobs_submit(&staying, JOBS_MAX, SHORT_BYTES);
    jobs_expect(&staying, JOBS_MAX, SHORT_BYTES);
}

static void opening_it_again_fails(void)
{
    struct snap_card *card;
    struct snap_error error = {0};
    int code = snap_card_open(address, NULL, &card, &error);
    printf("# %s\n", error.text);
    CHECK(code == SNAP_E_GONE || code == SNAP_E_NO_CARD);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: removal ADDRESS NUMBER OTHER-ADDRESS\n");
        return 2;
    }
    address = argv[1];
    number = argv[2];
    other_address = argv[3];
    jobs_open(&leaving, address, 1);
    jobs_open(&staying, other_address, 2);
    RUN(removal_in_mid_batch_is_noticed);
    RUN(everything_says_gone);
    RUN(other_card_goes_on);
    RUN(close_returns);
    RUN(opening_it_again_fails);
    jobs_close(&staying);
    return 0;
}
