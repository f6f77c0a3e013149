# SPDX-License-Identifier: Apache-2.0
# The whole card, at each width of the data path.
define top_test
$(call rtl_test,top_$(1),snapcard,$(RTL_SOURCES),tests/rtl/top/top_test.cpp tests/rtl/top/host.h tests/rtl/top/driver.h,\
  -GDataWidth=$(1) -GCplTimeoutCycles=3000)
endef
$(foreach width,128 256 512,$(eval $(call top_test,$(width))))
$(eval $(call rtl_test,engines,snap_engines,$(RTL_SOURCES),tests/rtl/top/engines_test.cpp tests/rtl/top/driver.h tests/rtl/top/host.h tests/rtl/queue/data_host.h tests/rtl/queue/ports.h,))
