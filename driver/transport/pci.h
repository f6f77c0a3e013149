/* SPDX-License-Identifier: Apache-2.0 */
/* What sysfs knows about a PCI function: its driver, its IOMMU group and who else is in that group.
 * `root` is "" on a running system; the tests give a folder that holds a made-up /sys. */
#ifndef DRIVER_TRANSPORT_PCI_H
#define DRIVER_TRANSPORT_PCI_H

#include "snapcard.h"

#define SNAP_PCI_NAME_BYTES 64

struct snap_pci_function {
    char bdf[16];                     /* "0000:01:00.0" */
    char driver[SNAP_PCI_NAME_BYTES]; /* "" when none is bound */
    unsigned group;                   /* number of the IOMMU group */
    uint16_t vendor_id, device_id;
};

/* Looks the function up. SNAP_E_ARGUMENT when bdf is not of the form DDDD:BB:DD.F, SNAP_E_NO_CARD
 * when it does not exist, SNAP_E_ACCESS when it is in no IOMMU group. */
int snap_pci_look_up(const char *root, const char *bdf, struct snap_pci_function *function,
                     struct snap_error *error);

/* SNAP_E_ACCESS with the commands that bind it, unless it is bound to vfio-pci. */
int snap_pci_require_vfio(const struct snap_pci_function *function, struct snap_error *error);

/* For a group that the kernel calls not viable: SNAP_E_ACCESS, naming the functions that are bound
 * to other drivers than vfio-pci. */
int snap_pci_fail_not_viable(const char *root, unsigned group, struct snap_error *error);

#endif
