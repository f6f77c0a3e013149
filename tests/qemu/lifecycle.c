// SPDX-License-Identifier: Apache-2.0
/* usage: lifecycle ADDRESS. Interrupts, resets and the death of the process that uses the card. */
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/qemu/jobs.h"

#define LONG_JOBS   16u /* more than the card finishes before the test acts */
#define SHORT_BYTES 300u

static const char *address;

/* Interrupts that the kernel has counted for vfio's MSI-X vectors, of all cards. */
static unsigned long kernel_interrupts(void)
{
    FILE *file = fopen("/proc/interrupts", "r");
    CHECK(file != NULL);
    char line[512];
    unsigned long total = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long count;
        if (strstr(line, "vfio-msix") != NULL && sscanf(line, " %*[0-9]: %lu", &count) == 1)
            total += count;
    }
    CHECK(fclose(file) == 0);
    return total;
}

static void interrupt_reaches_eventfd(void)
{
    struct jobs jobs;
    jobs_open(&jobs, address, 1);
    unsigned long before = kernel_interrupts();
    snap_queue_arm(jobs.queue);
    struct pollfd event = {.fd = snap_queue_eventfd(jobs.queue), .events = POLLIN};
    CHECK_EQ(poll(&event, 1, 0), 0);
    jobs_submit(&jobs, 4, SHORT_BYTES);
    CHECK_EQ(poll(&event, 1, JOBS_WAIT_MS), 1);
    CHECK(kernel_interrupts() > before);
    jobs_expect(&jobs, 4, SHORT_BYTES);
    jobs_close(&jobs);
}

static void reset_in_mid_batch(void)
{
    struct jobs jobs;
    jobs_open(&jobs, address, 2);
    for (unsigned round = 0; round < 2; round++) {
        jobs_submit(&jobs, LONG_JOBS, JOBS_BYTES_MAX);
        CHECK_OK(snap_card_reset(jobs.card, error));
        CHECK_OK(snap_queue_reset(jobs.queue, error));
        CHECK(jobs_expect_lost(&jobs, LONG_JOBS, JOBS_BYTES_MAX) > 0);
        jobs_submit(&jobs, JOBS_MAX, SHORT_BYTES);
        jobs_expect(&jobs, JOBS_MAX, SHORT_BYTES);
    }
    jobs_close(&jobs);
}

/* Submits long jobs, says so through the pipe, and waits to be killed. */
static _Noreturn void use_until_killed(int ready_fd)
{
    struct jobs jobs;
    jobs_open(&jobs, address, 3);
    jobs_submit(&jobs, LONG_JOBS, JOBS_BYTES_MAX);
    CHECK(snap_queue_outstanding(jobs.queue) > 0);
    CHECK_EQ(write(ready_fd, "r", 1), 1);
    for (;;)
        (void)pause();
}

static void killed_process_leaves_a_usable_card(void)
{
    for (unsigned round = 0; round < 2; round++) {
        int ready[2], status;
        char byte;
        CHECK_EQ(pipe(ready), 0);
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            use_until_killed(ready[1]);
        CHECK_EQ(close(ready[1]), 0);
        CHECK_EQ(read(ready[0], &byte, 1), 1); /* 0 when the child has ended by itself */
        CHECK_EQ(kill(child, SIGKILL), 0);
        CHECK_EQ(waitpid(child, &status, 0), child);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        CHECK_EQ(close(ready[0]), 0);

        struct jobs jobs;
        jobs_open(&jobs, address, 4);
        jobs_submit(&jobs, JOBS_MAX, SHORT_BYTES);
        jobs_expect(&jobs, JOBS_MAX, SHORT_BYTES);
        jobs_close(&jobs);
    }
}

static void second_process_is_refused(void)
{
    struct jobs jobs;
    struct snap_card *other;
    struct snap_error error = {0};
    jobs_open(&jobs, address, 5);
    CHECK_EQ(snap_card_open(address, NULL, &other, &error), SNAP_E_BUSY);
    CHECK(error.text[0] != '\0');
    jobs_submit(&jobs, 4, SHORT_BYTES);
    jobs_expect(&jobs, 4, SHORT_BYTES);
    jobs_close(&jobs);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: lifecycle ADDRESS\n");
        return 2;
    }
    address = argv[1];
    RUN(interrupt_reaches_eventfd);
    RUN(reset_in_mid_batch);
    RUN(killed_process_leaves_a_usable_card);
    RUN(second_process_is_refused);
    return 0;
}
