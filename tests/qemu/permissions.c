// SPDX-License-Identifier: Apache-2.0
/* usage: permissions DDDD:BB:DD.F. Who may use the card: an ordinary user who has been given the
 * file of its IOMMU group, within the limit of memory that a user may lock. */
#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/qemu/jobs.h"

#define USER        1000u
#define SHORT_BYTES 300u

static char address[64], group_path[64];

/* The file of the IOMMU group of a PCI function. */
static void find_group(const char *bdf)
{
    char link[128], target[256];
    CHECK(snprintf(link, sizeof link, "/sys/bus/pci/devices/%s/iommu_group", bdf) <
          (int)sizeof link);
    ssize_t length = readlink(link, target, sizeof target - 1);
    CHECK(length > 0);
    target[length] = '\0';
    const char *name = strrchr(target, '/');
    CHECK(name != NULL);
    CHECK(snprintf(group_path, sizeof group_path, "/dev/vfio%s", name) < (int)sizeof group_path);
}

/* Runs `body` in a process of the ordinary user, who may lock so many bytes. */
static void as_user(rlim_t locked_bytes, void (*body)(void))
{
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        const struct rlimit limit = {.rlim_cur = locked_bytes, .rlim_max = locked_bytes};
        CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &limit), 0);
        CHECK_EQ(setgroups(0, NULL), 0);
        CHECK_EQ(setgid(USER), 0);
        CHECK_EQ(setuid(USER), 0);
        body();
        exit(0);
    }
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void expect_denied(void)
{
    struct snap_card *card;
    struct snap_error error = {0};
    CHECK_EQ(snap_card_open(address, NULL, &card, &error), SNAP_E_ACCESS);
    CHECK(strstr(error.text, group_path) != NULL);
}

static void expect_jobs_done(void)
{
    struct jobs jobs;
    jobs_open(&jobs, address, 1);
    jobs_submit(&jobs, JOBS_MAX, SHORT_BYTES);
    jobs_expect(&jobs, JOBS_MAX, SHORT_BYTES);
    jobs_close(&jobs);
}

static void expect_too_much_locked(void)
{
    struct snap_card *card;
    struct snap_arena *arena;
    struct snap_error failure = {0};
    CHECK_OK(snap_card_open(address, NULL, &card, error));
    CHECK_EQ(snap_arena_create(card, 16u << 20, &arena, &failure), SNAP_E_MEMORY);
    CHECK(strstr(failure.text, "limit") != NULL);
    snap_card_close(card);
}

static void user_without_the_file_is_denied(void)
{
    CHECK_EQ(chown(group_path, 0, 0), 0);
    as_user(RLIM_INFINITY, expect_denied);
}

static void user_with_the_file_can_use_the_card(void)
{
    CHECK_EQ(chown(group_path, USER, USER), 0);
    as_user(64u << 20, expect_jobs_done);
}

static void limit_of_locked_memory_is_named(void)
{
    CHECK_EQ(chown(group_path, USER, USER), 0);
    as_user(8u << 20, expect_too_much_locked);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: permissions DDDD:BB:DD.F\n");
        return 2;
    }
    find_group(argv[1]);
    CHECK(snprintf(address, sizeof address, "vfio:%s", argv[1]) < (int)sizeof address);
    RUN(user_without_the_file_is_denied);
    RUN(user_with_the_file_can_use_the_card);
    RUN(limit_of_locked_memory_is_named);
    return 0;
}
