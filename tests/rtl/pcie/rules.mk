# SPDX-License-Identifier: Apache-2.0
# snap_pcie at each data width, with different numbers of tags; a short time-out, so that lost reads end.
PCIE_RTL := $(ABI_SV) $(wildcard rtl/common/*.sv rtl/pcie/*.sv)
PCIE_TEST := tests/rtl/pcie/pcie_test.cpp tests/rtl/pcie/pcie_tlp.h

$(eval $(call rtl_test,pcie_128,snap_pcie,$(PCIE_RTL),$(PCIE_TEST),-GCplTimeoutCycles=6000))
$(eval $(call rtl_test,pcie_256,snap_pcie,$(PCIE_RTL),$(PCIE_TEST),-GDataWidth=256 -GSlotReadTags=4 -GDataReadTags=32 -GCplTimeoutCycles=6000))
$(eval $(call rtl_test,pcie_512,snap_pcie,$(PCIE_RTL),$(PCIE_TEST),-GDataWidth=512 -GSlotReadTags=32 -GDataReadTags=16 -GCplTimeoutCycles=6000))
