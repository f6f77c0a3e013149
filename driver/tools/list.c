// SPDX-License-Identifier: Apache-2.0
/* snapcard list: what is on the PCI bus. */
#include <pci/pci.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/tools/tool.h"

#define SYSFS_PCI "/sys/bus/pci/devices"

/* libpci calls this when it cannot go on, and must not get control back. */
static void __attribute__((noreturn, format(printf, 1, 2))) fail_libpci(char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)fputs("snapcard: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputc('\n', stderr);
    va_end(arguments);
    exit(TOOL_FAILED);
}

struct entry {
    char address[32];
    const char *driver, *group; /* "" when there is none */
    const char *missing;        /* before it can be used; "" when nothing is */
};

static struct entry describe(struct pci_dev *device)
{
    struct entry entry;
    (void)snprintf(entry.address, sizeof entry.address, "vfio:%04x:%02x:%02x.%d",
                   (unsigned)device->domain, device->bus, device->dev, device->func);
    const char *driver = pci_get_string_property(device, PCI_FILL_DRIVER);
    const char *group = pci_get_string_property(device, PCI_FILL_IOMMU_GROUP);
    entry.driver = driver != NULL ? driver : "";
    entry.group = group != NULL ? group : "";
    if (entry.group[0] == '\0')
        entry.missing = "an IOMMU: switch it on in the firmware and the kernel's command line";
    else if (strcmp(entry.driver, "vfio-pci") != 0)
        entry.missing = "binding to vfio-pci: `snapcard info` of it says how";
    else
        entry.missing = "";
    return entry;
}

static void print_entry(const struct entry *entry)
{
    (void)printf("%s  driver %s  IOMMU group %s  %s%s\n", entry->address,
                 entry->driver[0] != '\0' ? entry->driver : "none",
                 entry->group[0] != '\0' ? entry->group : "none",
                 entry->missing[0] != '\0' ? "needs " : "ready", entry->missing);
}

static int append_json(json_t *cards, const struct entry *entry)
{
    return json_array_append_new(
        cards, json_pack("{s:s,s:s,s:s,s:b,s:s}", "address", entry->address, "driver",
                         entry->driver, "iommu_group", entry->group, "ready",
                         entry->missing[0] == '\0', "missing", entry->missing));
}

int tool_list(const struct tool_options *options)
{
    json_t *cards = json_array();
    unsigned count = 0;
    if (access(SYSFS_PCI, R_OK) == 0) { /* a machine without PCI has no cards */
        struct pci_access *access_pci = pci_alloc();
        access_pci->method = PCI_ACCESS_SYS_BUS_PCI;
        access_pci->error = fail_libpci;
        pci_init(access_pci);
        pci_scan_bus(access_pci);
        for (struct pci_dev *device = access_pci->devices; device != NULL; device = device->next) {
            (void)pci_fill_info(device, PCI_FILL_IDENT | PCI_FILL_DRIVER | PCI_FILL_IOMMU_GROUP);
            if (device->vendor_id != options->vendor_id || device->device_id != options->device_id)
                continue;
            struct entry entry = describe(device);
            count++;
            if (!options->json) {
                print_entry(&entry);
            } else if (append_json(cards, &entry) != 0) {
                json_decref(cards);
                cards = NULL;
            }
        }
        pci_cleanup(access_pci);
    }
    if (options->json)
        return tool_print_json(cards);
    json_decref(cards);
    if (count == 0)
        (void)fprintf(stderr, "snapcard: no PCI function with ID %04x:%04x\n", options->vendor_id,
                      options->device_id);
    return fflush(stdout) == 0 ? TOOL_OK : TOOL_FAILED;
}
