/* SPDX-License-Identifier: Apache-2.0 */
/* usage: release DDDD:BB:DD.F. The kernel is asked to take the card from vfio-pci while a program
 * has it open: the driver says so, the program closes the card, the kernel goes on. */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/qemu/jobs.h"

#define SHORT_BYTES 300u
#define LOOK_US     1000
#define LOOKS_MAX   60000 /* hang guard: one minute */

static const char *bdf;
static char address[64];
static struct jobs jobs;
static pid_t unbinder;

static void write_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, bdf, strlen(bdf)), (ssize_t)strlen(bdf));
    CHECK_EQ(close(fd), 0);
}

/* In a process of its own, because the kernel makes it wait until the card is closed. It is
 * started before the card is open, so that it has no file of it. */
static void start_unbinder(const int start[2])
{
    char byte;
    unbinder = fork();
    CHECK(unbinder >= 0);
    if (unbinder != 0)
        return;
    CHECK_EQ(read(start[0], &byte, 1), 1);
    write_file("/sys/bus/pci/drivers/vfio-pci/unbind");
    exit(0);
}

static void request_is_noticed_under_load(void)
{
    struct snap_error error = {0};
    for (unsigned look = 0;; look++) {
        CHECK(look < LOOKS_MAX);
        if (snap_queue_check(jobs.queue, &error) != SNAP_QUEUE_RUNNING)
            break;
        jobs_submit(&jobs, JOBS_MAX, SHORT_BYTES);
        jobs_expect(&jobs, JOBS_MAX, SHORT_BYTES);
        CHECK_EQ(usleep(LOOK_US), 0);
    }
    printf("# %s\n", error.text);
    CHECK_EQ(error.code, SNAP_E_GONE);
    CHECK(strstr(error.text, "asks for it back") != NULL);
}

static void closing_lets_the_kernel_go_on(void)
{
    int status;
    jobs_close(&jobs);
    CHECK_EQ(waitpid(unbinder, &status, 0), unbinder);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void card_can_be_bound_again(void)
{
    write_file("/sys/bus/pci/drivers_probe");
    jobs_open(&jobs, address, 1);
    jobs_submit(&jobs, JOBS_MAX, SHORT_BYTES);
    jobs_expect(&jobs, JOBS_MAX, SHORT_BYTES);
    jobs_close(&jobs);
}

int main(int argc, char **argv)
{
    int start[2];
    if (argc != 2) {
        fprintf(stderr, "usage: release DDDD:BB:DD.F\n");
        return 2;
    }
    bdf = argv[1];
    CHECK(snprintf(address, sizeof address, "vfio:%s", bdf) < (int)sizeof address);
    CHECK_EQ(pipe(start), 0);
    start_unbinder(start);
    jobs_open(&jobs, address, 1);
    CHECK_EQ(write(start[1], "", 1), 1);
    RUN(request_is_noticed_under_load);
    RUN(closing_lets_the_kernel_go_on);
    RUN(card_can_be_bound_again);
    return 0;
}
