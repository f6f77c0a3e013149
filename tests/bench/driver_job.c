// SPDX-License-Identifier: Apache-2.0
/* driver.job.instructions: what a job costs the host in driver/queue, counted by callgrind.
 *
 * A card in memory completes each batch; only host_submit and host_reap are counted: 32 jobs
 * prepared, their ECDSA payloads copied in, one doorbell, 32 completions reaped, 32 verdicts
 * stored. The doorbell is a store to memory, as to a mapped BAR. The program starts itself under
 * callgrind and prints the figure as a line of JSON; with an argument it only runs that many
 * batches.
 *
 * usage: driver_job [BATCHES] */
#include "tests/bench/callgrind.h"
#include "tests/unit/check.h"
#include "tests/unit/driver_fake.h"

#define BATCH   32u
#define ENTRIES 256u
#define BATCHES 2000u
#define AIM     200u

static struct snap_ecdsa_verify_payload payloads[BATCH];
static uint32_t verdicts[BATCH];

static void __attribute__((noinline)) host_submit(struct snap_queue *queue)
{
    for (unsigned i = 0; i < BATCH; i++) {
        void *payload =
            snap_queue_prepare(queue, SNAP_OP_ECDSA_SECP256K1_VERIFY, 0, sizeof payloads[i], i);
        if (payload == NULL)
            abort();
        memcpy(payload, &payloads[i], sizeof payloads[i]);
    }
    snap_queue_submit(queue);
}

static unsigned __attribute__((noinline)) host_reap(struct snap_queue *queue)
{
    struct snap_result results[BATCH];
    unsigned count = snap_queue_reap(queue, results, BATCH);
    for (unsigned i = 0; i < count; i++)
        verdicts[results[i].user] =
            results[i].status == SNAP_STATUS_OK ? snap_result_verdict(&results[i]) : 0;
    return count;
}

/* Every third signature is a bad one. */
static uint32_t verdict_of(unsigned i)
{
    return i % 3 == 2 ? SNAP_VERDICT_INVALID : SNAP_VERDICT_VALID;
}

static void run_batches(unsigned batches)
{
    struct fake_card *fake;
    struct snap_card *card = fake_open(&fake, 0);
    const struct snap_queue_config config = {.entries = ENTRIES};
    struct snap_queue *queue;
    struct snap_error error;
    CHECK_EQ(snap_queue_create(card, &config, &queue, &error), SNAP_OK);
    fake->base.bar = (volatile uint8_t *)fake->registers;
    for (unsigned batch = 0; batch < batches; batch++) {
        memset(payloads, (int)batch, sizeof payloads);
        host_submit(queue);
        fake->fetched[0] = (uint16_t)((batch + 1) * BATCH);
        for (unsigned i = 0; i < BATCH; i++) {
            uint16_t slot = (uint16_t)(batch * BATCH + i);
            CHECK_MEM(fake_slot(fake, 0, slot) + 1, &payloads[i], sizeof payloads[i]);
            uint64_t code = (uint64_t)~verdict_of(i) << 32 | verdict_of(i);
            struct snap_completion *completion = fake_complete(fake, 0, slot, SNAP_STATUS_OK, NULL);
            completion->result = code ^ completion->cookie;
        }
        CHECK_EQ(host_reap(queue), BATCH);
        for (unsigned i = 0; i < BATCH; i++)
            CHECK_EQ(verdicts[i], verdict_of(i));
    }
    fake->base.bar = NULL;
    snap_card_close(card);
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        run_batches((unsigned)strtoul(argv[1], NULL, 10));
        return 0;
    }
    static const char *const toggles[] = {"host_submit", "host_reap", NULL};
    char batches[16];
    (void)snprintf(batches, sizeof batches, "%u", BATCHES);
    const char *const arguments[] = {argv[0], batches, NULL};
    double instructions =
        (double)callgrind_total(callgrind_run(toggles, arguments)) / (BATCHES * BATCH);
    printf(
        "{\"name\":\"driver.job.instructions\",\"value\":%.1f,\"unit\":\"instructions\",\"aim\":%u,"
        "\"better\":\"lower\",\"method\":\"callgrind: prepare, copy of a 160-byte payload, submit, "
        "reap, verdict; batches of %u, %u jobs\",\"command\":\"build/bench/driver_job\"}\n",
        instructions, AIM, BATCH, BATCHES * BATCH);
    return 0;
}
