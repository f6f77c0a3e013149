# SPDX-License-Identifier: Apache-2.0
# A virtual machine with two virtual cards behind its IOMMU: the guest's programs drive them through the
# kernel's vfio-pci. QEMU and the kernel are Debian's, unpacked into build/; nothing is installed.

QEMU_DIR := $(BUILD)/qemu
QEMU_TREE := $(QEMU_DIR)/host/fetched
QEMU_KERNEL := $(QEMU_DIR)/kernel/fetched

# Of the 400 MB of kernel modules the guest loads a few of drivers/vfio and virt/lib.
QEMU_LEAVE_OUT := --exclude './lib/modules/*/kernel/[!dv]*' --exclude './lib/modules/*/kernel/drivers/[!v]*'

$(QEMU_TREE): tests/tools/debs.sh tests/qemu/rules.mk
	tests/tools/debs.sh $(@D) trixie,trixie-backports qemu-system-x86
	@touch $@
$(QEMU_KERNEL): tests/tools/debs.sh tests/qemu/rules.mk
	tests/tools/debs.sh --match '^linux-image-' $(QEMU_LEAVE_OUT) $(@D) bookworm linux-image-amd64
	@touch $@

# $(call qemu_program,NAME,SOURCES): build/qemu/bin/NAME, a test that runs in the guest, with the driver as it
# ships: sanitizers would make an emulated processor too slow.
define qemu_program
$(QEMU_DIR)/bin/$(1): $(patsubst %.c,$(BUILD)/obj/%.o,$(2)) $(DRIVER_LIBRARY)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$^ -o $$@ -lsecp256k1 -lcrypto -lpthread
QEMU_PROGRAMS += $(QEMU_DIR)/bin/$(1)
endef
$(eval $(call qemu_program,driver_card,tests/unit/driver_card.c host/crypto/point.c))
$(foreach name,isolation lifecycle permissions two_cards release removal,\
  $(eval $(call qemu_program,$(name),tests/qemu/$(name).c tests/qemu/jobs.c)))
QEMU_PROGRAMS += tests/qemu/tool $(BUILD)/bin/snapcard $(ENGINE_IMAGE)

$(QEMU_DIR)/initramfs: tests/qemu/initramfs.py tests/qemu/init $(QEMU_PROGRAMS) $(QEMU_KERNEL)
	tests/qemu/initramfs.py --kernel-tree $(QEMU_DIR)/kernel/tree --module vfio_iommu_type1 --module vfio-pci \
	  --init tests/qemu/init --output $@ $(QEMU_PROGRAMS)

TEST_DEPS += $(QEMU_TREE) $(QEMU_DIR)/initramfs $(BUILD)/bin/snapcard-sim

.PHONY: test-qemu-deps
test-qemu-deps: $(QEMU_TREE) $(QEMU_DIR)/initramfs $(BUILD)/bin/snapcard-sim
test-qemu: deps-test ## the card as a PCIe card of a virtual machine
	+@$(MAKE) --no-print-directory -j2 test-qemu-deps
	tests/qemu/run --card $(BUILD)/bin/snapcard-sim --card $(BUILD)/bin/snapcard-sim
