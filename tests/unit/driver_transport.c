// SPDX-License-Identifier: Apache-2.0
/* Bus addresses; what the driver says about a PCI function that it cannot use: its errors name the
 * way out; when it gives up a simulated card's server. */
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/transport/iova.h"
#include "driver/transport/pci.h"
#include "driver/transport/transport.h"
#include "driver/transport/vfio_user_protocol.h"
#include "tests/unit/check.h"

#define PAGE 4096u

/* ------------------------------------------------------------------ bus addresses */

static void mappings_are_a_page_apart(void)
{
    static struct snap_iova iova;
    uint64_t first, second, third;
    snap_iova_init(&iova, PAGE);
    CHECK(snap_iova_add_range(&iova, 0, UINT64_MAX));
    CHECK_EQ(snap_iova_take(&iova, PAGE, &first, NULL), SNAP_OK);
    CHECK(first != 0);
    CHECK_EQ(snap_iova_take(&iova, 3 * PAGE, &second, NULL), SNAP_OK);
    CHECK_EQ(second, first + 2 * PAGE);
    CHECK_EQ(snap_iova_take(&iova, PAGE, &third, NULL), SNAP_OK);
    CHECK_EQ(third, second + 4 * PAGE);
    snap_iova_give(&iova, second); /* a gap of 3 pages and their distance: filled by what fits */
    uint64_t again;
    CHECK_EQ(snap_iova_take(&iova, 4 * PAGE, &again, NULL), SNAP_OK);
    CHECK_EQ(again, third + 2 * PAGE);
    CHECK_EQ(snap_iova_take(&iova, 3 * PAGE, &again, NULL), SNAP_OK);
    CHECK_EQ(again, second);
}

static void ranges_are_kept_to(void)
{
    static struct snap_iova iova;
    uint64_t address;
    struct snap_error error;
    snap_iova_init(&iova, PAGE);
    CHECK(snap_iova_add_range(&iova, 0, 0x12FFF)); /* three pages above the floor */
    CHECK(!snap_iova_add_range(&iova, 0x12FFF, 0x20000));
    CHECK(!snap_iova_add_range(&iova, 0x30000, 0x20000));
    CHECK(snap_iova_add_range(&iova, UINT64_MAX - 2 * PAGE + 1, UINT64_MAX));
    CHECK_EQ(snap_iova_take(&iova, 4 * PAGE, &address, &error), SNAP_E_MEMORY);
    CHECK_EQ(snap_iova_take(&iova, UINT64_MAX & ~(uint64_t)(PAGE - 1), &address, &error),
             SNAP_E_MEMORY);
    CHECK_EQ(snap_iova_take(&iova, 3 * PAGE, &address, NULL), SNAP_OK);
    CHECK_EQ(address, 0x10000);
    CHECK_EQ(snap_iova_take(&iova, 2 * PAGE, &address, NULL), SNAP_OK);
    CHECK_EQ(address, UINT64_MAX - 2 * PAGE + 1); /* up to the very end */
    CHECK_EQ(snap_iova_take(&iova, PAGE, &address, &error), SNAP_E_MEMORY);
    snap_iova_give(&iova, 0x10000);
    CHECK_EQ(snap_iova_take(&iova, PAGE, &address, NULL), SNAP_OK);
    CHECK_EQ(address, 0x10000);
}

static void mappings_are_limited(void)
{
    static struct snap_iova iova;
    uint64_t address;
    struct snap_error error;
    snap_iova_init(&iova, PAGE);
    CHECK(snap_iova_add_range(&iova, 0, UINT64_MAX));
    for (unsigned i = 0; i < SNAP_IOVA_MAPPINGS_MAX; i++)
        CHECK_EQ(snap_iova_take(&iova, PAGE, &address, NULL), SNAP_OK);
    CHECK_EQ(snap_iova_take(&iova, PAGE, &address, &error), SNAP_E_MEMORY);
    CHECK(strstr(error.text, "larger arenas") != NULL);
}

/* ------------------------------------------------------------------ a made-up /sys */

static char root[] = "/tmp/snapcard_sys.XXXXXX";

static void make_folder(const char *name)
{
    char path[PATH_MAX];
    CHECK(snprintf(path, sizeof path, "%s/%s", root, name) < PATH_MAX);
    for (char *slash = path + sizeof root; *slash != '\0'; slash++) {
        if (*slash != '/')
            continue;
        *slash = '\0';
        (void)mkdir(path, 0700); /* may be there */
        *slash = '/';
    }
    CHECK(mkdir(path, 0700) == 0);
}

static void make_link(const char *name, const char *target)
{
    char path[PATH_MAX];
    CHECK(snprintf(path, sizeof path, "%s/%s", root, name) < PATH_MAX);
    CHECK(symlink(target, path) == 0);
}

static void make_file(const char *name, const char *text)
{
    char path[PATH_MAX];
    CHECK(snprintf(path, sizeof path, "%s/%s", root, name) < PATH_MAX);
    FILE *file = fopen(path, "we");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

#define DEVICES "sys/bus/pci/devices/"

/* driver and group may be NULL. */
static void make_function(const char *bdf, const char *driver, const char *group)
{
    char name[256], target[256];
    (void)snprintf(name, sizeof name, DEVICES "%s", bdf);
    make_folder(name);
    (void)snprintf(name, sizeof name, DEVICES "%s/vendor", bdf);
    make_file(name, "0x1234\n");
    (void)snprintf(name, sizeof name, DEVICES "%s/device", bdf);
    make_file(name, "0x5c01\n");
    (void)snprintf(name, sizeof name, DEVICES "%s/driver", bdf);
    (void)snprintf(target, sizeof target, "../../../../bus/pci/drivers/%s", driver ? driver : "");
    if (driver != NULL)
        make_link(name, target);
    (void)snprintf(name, sizeof name, DEVICES "%s/iommu_group", bdf);
    (void)snprintf(target, sizeof target, "../../../../kernel/iommu_groups/%s", group ? group : "");
    if (group != NULL)
        make_link(name, target);
}

static void function_is_looked_up(void)
{
    struct snap_pci_function function;
    struct snap_error error;
    make_function("0000:01:00.0", "vfio-pci", "17");
    CHECK_EQ(snap_pci_look_up(root, "0000:01:00.0", &function, &error), SNAP_OK);
    CHECK_EQ(function.vendor_id, 0x1234);
    CHECK_EQ(function.device_id, 0x5c01);
    CHECK_EQ(function.group, 17);
    CHECK(strcmp(function.driver, "vfio-pci") == 0);
    CHECK_EQ(snap_pci_require_vfio(&function, &error), SNAP_OK);
}

static void odd_addresses_are_refused(void)
{
    static const char *const odd[] = {"",
                                      "01:00.0",
                                      "0000:01:00.8",
                                      "0000:01:00.0 ",
                                      "0000:01:00,0",
                                      "000g:01:00.0",
                                      "0000:01:00.0/../0000:01:00.0"};
    struct snap_pci_function function;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        CHECK_EQ(snap_pci_look_up(root, odd[i], &function, NULL), SNAP_E_ARGUMENT);
    struct snap_error error;
    CHECK_EQ(snap_pci_look_up(root, "0000:02:00.0", &function, &error), SNAP_E_NO_CARD);
    CHECK(strstr(error.text, "snapcard list") != NULL);
}

static void missing_iommu_is_explained(void)
{
    struct snap_pci_function function;
    struct snap_error error;
    make_function("0000:03:00.0", NULL, NULL);
    CHECK_EQ(snap_pci_look_up(root, "0000:03:00.0", &function, &error), SNAP_E_ACCESS);
    CHECK(strstr(error.text, "intel_iommu=on") != NULL);
    make_function("0000:03:00.1", NULL, "17x");
    CHECK_EQ(snap_pci_look_up(root, "0000:03:00.1", &function, &error), SNAP_E_ACCESS);
}

static void binding_is_explained(void)
{
    struct snap_pci_function function;
    struct snap_error error;
    make_function("0000:04:00.0", NULL, "4");
    CHECK_EQ(snap_pci_look_up(root, "0000:04:00.0", &function, NULL), SNAP_OK);
    CHECK_EQ(snap_pci_require_vfio(&function, &error), SNAP_E_ACCESS);
    CHECK(strstr(error.text, "no driver") != NULL);
    CHECK(strstr(error.text, "echo vfio-pci > /sys/bus/pci/devices/0000:04:00.0/driver_override") !=
          NULL);
    CHECK(strstr(error.text, "unbind") == NULL);
    make_function("0000:05:00.0", "nvme", "5");
    CHECK_EQ(snap_pci_look_up(root, "0000:05:00.0", &function, NULL), SNAP_OK);
    CHECK_EQ(snap_pci_require_vfio(&function, &error), SNAP_E_ACCESS);
    CHECK(strstr(error.text, "'nvme'") != NULL);
    CHECK(strstr(error.text, "0000:05:00.0/driver/unbind") != NULL);
    CHECK(strlen(error.text) < sizeof error.text - 1); /* not cut */
    CHECK(strstr(error.text, "drivers_probe") != NULL);
}

static void group_that_is_not_viable_is_explained(void)
{
    struct snap_error error;
    make_function("0000:06:00.0", "vfio-pci", "6");
    make_function("0000:06:00.1", "snd_hda_intel", "6");
    make_function("0000:06:00.2", NULL, "6");
    make_function("0000:06:00.3", "xhci_hcd", "6");
    make_folder("sys/kernel/iommu_groups/6/devices");
    for (char bdf[] = "0000:06:00.0"; bdf[11] <= '3'; bdf[11]++) {
        char name[128];
        (void)snprintf(name, sizeof name, "sys/kernel/iommu_groups/6/devices/%s", bdf);
        make_link(name, bdf);
    }
    CHECK_EQ(snap_pci_fail_not_viable(root, 6, &error), SNAP_E_ACCESS);
    CHECK(strstr(error.text, "group 6 is not viable") != NULL);
    CHECK(strstr(error.text, "0000:06:00.1 (snd_hda_intel)") != NULL);
    CHECK(strstr(error.text, "0000:06:00.3 (xhci_hcd)") != NULL);
    CHECK(strstr(error.text, "0000:06:00.0") == NULL); /* vfio-pci and no driver are fine */
    CHECK(strstr(error.text, "0000:06:00.2") == NULL);
    CHECK_EQ(snap_pci_fail_not_viable(root, 7, &error), SNAP_E_ACCESS); /* nothing to find */
}

/* ------------------------------------------------------------------ a server's replies */

/* A limit of 0 ms is over before the first look, as it is for a process that stood still for
 * longer than its limit: what has come is taken all the same, and nothing is waited for. */
static void replies_that_came_in_a_stall_are_taken(void)
{
    const struct {
        struct vfu_header header;
        struct vfu_version version;
    } reply = {
        .header = {.id = 0, .command = VFU_VERSION, .bytes = sizeof reply, .flags = VFU_TYPE_REPLY},
        .version = {VFU_MAJOR, VFU_MINOR}};
    int ends[2];
    struct snap_transport *transport;
    struct snap_error error;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    CHECK(write(ends[1], &reply, sizeof reply) == (ssize_t)sizeof reply);
    CHECK_EQ(snap_vfio_user_attach(ends[0], 0, &transport, &error), SNAP_E_GONE);
    CHECK(strcmp(error.text, "DEVICE_GET_INFO: vfio-user: the server does not answer") == 0);
    CHECK(close(ends[1]) == 0);
}

int main(void)
{
    RUN(mappings_are_a_page_apart);
    RUN(ranges_are_kept_to);
    RUN(mappings_are_limited);
    CHECK(mkdtemp(root) != NULL);
    RUN(function_is_looked_up);
    RUN(odd_addresses_are_refused);
    RUN(missing_iommu_is_explained);
    RUN(binding_is_explained);
    RUN(group_that_is_not_viable_is_explained);
    RUN(replies_that_came_in_a_stall_are_taken);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r %s", root);
    CHECK(system(command) == 0);
    return 0;
}
