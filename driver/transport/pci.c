// SPDX-License-Identifier: Apache-2.0
#include "driver/transport/pci.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/base/error.h"

static bool is_bdf(const char *text)
{
    static const char form[] = "xxxx:xx:xx.7";
    if (strlen(text) != sizeof form - 1)
        return false;
    for (size_t i = 0; form[i] != '\0'; i++) {
        bool fits = form[i] == 'x'   ? isxdigit((unsigned char)text[i]) != 0
                    : form[i] == '7' ? text[i] >= '0' && text[i] <= '7'
                                     : text[i] == form[i];
        if (!fits)
            return false;
    }
    return true;
}

/* The last part of what the link `name` of the function points to; false when there is no such
 * link. */
static bool read_link(const char *root, const char *bdf, const char *name, char *last, size_t room)
{
    char path[PATH_MAX], target[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/sys/bus/pci/devices/%s/%s", root, bdf, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return false;
    ssize_t count = readlink(path, target, sizeof target - 1);
    if (count <= 0)
        return false;
    target[count] = '\0';
    const char *slash = strrchr(target, '/');
    length = snprintf(last, room, "%s", slash != NULL ? slash + 1 : target);
    return length > 0 && (size_t)length < room;
}

/* A file that holds one hexadecimal number of 16 bits, as `vendor` and `device` do. */
static bool read_id(const char *root, const char *bdf, const char *name, uint16_t *id)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/sys/bus/pci/devices/%s/%s", root, bdf, name);
    if (length < 0 || (size_t)length >= sizeof path)
        return false;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool found = fscanf(file, "0x%4" SCNx16, id) == 1;
    (void)fclose(file); /* it was only read */
    return found;
}

static bool parse_group(const char *text, unsigned *group)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    *group = (unsigned)value;
    return isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0 && value <= INT_MAX;
}

int snap_pci_look_up(const char *root, const char *bdf, struct snap_pci_function *function,
                     struct snap_error *error)
{
    memset(function, 0, sizeof *function);
    if (!is_bdf(bdf))
        return snap_fail(error, SNAP_E_ARGUMENT,
                         "'%.100s' is not a PCI address: write it in full, as in vfio:0000:01:00.0",
                         bdf);
    memcpy(function->bdf, bdf, strlen(bdf) + 1);
    if (!read_id(root, bdf, "vendor", &function->vendor_id) ||
        !read_id(root, bdf, "device", &function->device_id))
        return snap_fail(
            error, SNAP_E_NO_CARD,
            "there is no PCI function %s; `snapcard list` shows the cards that are there", bdf);
    if (!read_link(root, bdf, "driver", function->driver, sizeof function->driver))
        function->driver[0] = '\0';
    char group[SNAP_PCI_NAME_BYTES];
    if (!read_link(root, bdf, "iommu_group", group, sizeof group) ||
        !parse_group(group, &function->group))
        return snap_fail(
            error, SNAP_E_ACCESS,
            "%s is in no IOMMU group, so nothing would confine its memory accesses: switch the "
            "IOMMU "
            "on in the firmware (VT-d, AMD-Vi or SMMU) and boot the kernel with intel_iommu=on or "
            "amd_iommu=on",
            bdf);
    return SNAP_OK;
}

int snap_pci_require_vfio(const struct snap_pci_function *function, struct snap_error *error)
{
    if (strcmp(function->driver, "vfio-pci") == 0)
        return SNAP_OK;
    char unbind[160] = "";
    char bound[96] = "no driver";
    if (function->driver[0] != '\0') {
        (void)snprintf(unbind, sizeof unbind, "echo %s > /sys/bus/pci/devices/%s/driver/unbind; ",
                       function->bdf, function->bdf);
        (void)snprintf(bound, sizeof bound, "'%s'", function->driver);
    }
    return snap_fail(error, SNAP_E_ACCESS,
                     "%s is bound to %s, not to vfio-pci; as root: modprobe vfio-pci; "
                     "echo vfio-pci > /sys/bus/pci/devices/%s/driver_override; %s"
                     "echo %s > /sys/bus/pci/drivers_probe",
                     function->bdf, bound, function->bdf, unbind, function->bdf);
}

int snap_pci_fail_not_viable(const char *root, unsigned group, struct snap_error *error)
{
    char path[PATH_MAX];
    char others[256] = "";
    size_t used = 0;
    int length = snprintf(path, sizeof path, "%s/sys/kernel/iommu_groups/%u/devices", root, group);
    DIR *folder = length > 0 && (size_t)length < sizeof path ? opendir(path) : NULL;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        char driver[SNAP_PCI_NAME_BYTES];
        if (!is_bdf(entry->d_name) ||
            !read_link(root, entry->d_name, "driver", driver, sizeof driver) ||
            strcmp(driver, "vfio-pci") == 0)
            continue;
        length = snprintf(others + used, sizeof others - used, "%s%s (%s)", used ? ", " : "",
                          entry->d_name, driver);
        if (length < 0 || (size_t)length >= sizeof others - used)
            break; /* cut: the first ones show the way */
        used += (size_t)length;
    }
    if (folder != NULL)
        (void)closedir(folder);
    return snap_fail(
        error, SNAP_E_ACCESS,
        "IOMMU group %u is not viable: these functions of it are bound to other drivers: "
        "%s. Bind each to vfio-pci or to none, or move the card to a slot whose group it "
        "has to itself",
        group, used ? others : "(none found; look at /sys/kernel/iommu_groups)");
}
