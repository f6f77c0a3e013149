# SPDX-License-Identifier: Apache-2.0
# snap_pcie at each data width, with different numbers of tags; a short time-out, so that lost reads end.
PCIE_RTL := $(ABI_SV) $(wildcard rtl/common/*.sv rtl/pcie/*.sv)
PCIE_TEST := tests/rtl/pcie/pcie_test.cpp tests/rtl/pcie/pcie_tlp.h

$(eval $(call rtl_test,pcie_128,snap_pcie,$(PCIE_RTL),$(PCIE_TEST),-GCplTimeoutCycles=6000))
$(eval $(call rtl_test,pcie_256,snap_pcie,$(PCIE_RTL),$(PCIE_TEST),-GDataWidth=256 -GSlotReadTags=4 -GDataReadTags=32 -GCplTimeoutCycles=6000))
$(eval $(call rtl_test,pcie_512,snap_pcie,$(PCIE_RTL),$(PCIE_TEST),-GDataWidth=512 -GSlotReadTags=32 -GDataReadTags=16 -GCplTimeoutCycles=6000))

# Its parts by themselves, for what the whole does not reach or show.
$(eval $(call rtl_test,pcie_msix,snap_msix,rtl/common/snap_arbiter_rr.sv rtl/pcie/snap_msix.sv,tests/rtl/pcie/msix_test.cpp,-GNumVectors=40))
define pcie_write_test
$(call rtl_test,pcie_write_$(1),snap_pcie_write,rtl/common/snap_fifo_sync.sv rtl/pcie/snap_pcie_write.sv,tests/rtl/pcie/write_test.cpp tests/rtl/pcie/pcie_tlp.h,-GDataWidth=$(1))
endef
$(foreach width,128 256 512,$(eval $(call pcie_write_test,$(width))))
$(eval $(call rtl_test,pcie_regs_port,snap_pcie_regs_port,rtl/pcie/snap_pcie_regs_port.sv,tests/rtl/pcie/regs_port_test.cpp tests/rtl/pcie/pcie_tlp.h,))
$(eval $(call rtl_test,pcie_cpl,snap_pcie_cpl,rtl/pcie/snap_pcie_cpl.sv,tests/rtl/pcie/cpl_test.cpp tests/rtl/pcie/pcie_tlp.h,))
$(eval $(call rtl_test,pcie_64_tags,snap_pcie,$(PCIE_RTL),$(PCIE_TEST),-GSlotReadTags=64 -GDataReadTags=64 -GCplTimeoutCycles=6000))
$(eval $(call rtl_test,pcie_tags,snap_pcie_tags,rtl/pcie/snap_pcie_tags.sv,tests/rtl/pcie/tags_test.cpp,-GTags=64 -GTagIdxWidth=6 -GClient=1 -GCplTimeoutCycles=500))
$(eval $(call rtl_test,pcie_read,snap_pcie_read,rtl/common/snap_ram_1r1w.sv rtl/pcie/snap_pcie_tags.sv rtl/pcie/snap_pcie_read.sv,tests/rtl/pcie/read_test.cpp tests/rtl/pcie/pcie_tlp.h,-GTags=8 -GTagIdxWidth=5 -GClient=1 -GMetaWidth=8 -GCplTimeoutCycles=1500))
