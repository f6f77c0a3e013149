# SPDX-License-Identifier: Apache-2.0
# The whole card, at each width of the data path. Without point engines, which take minutes to verilate.
TOP_SV := $(filter-out rtl/engine/%,$(RTL_SOURCES))
define top_test
$(call rtl_test,top_$(1),snapcard,$(TOP_SV),tests/rtl/top/top_test.cpp tests/rtl/top/host.h tests/rtl/top/driver.h,\
  -GDataWidth=$(1) -GCplTimeoutCycles=3000 -GNumPoint=0)
endef
$(foreach width,128 256 512,$(eval $(call top_test,$(width))))
$(eval $(call rtl_test,engines,snap_engines,$(TOP_SV),tests/rtl/top/engines_test.cpp tests/rtl/top/driver.h tests/rtl/top/host.h tests/rtl/queue/data_host.h tests/rtl/queue/ports.h,-GNumPoint=0 -GSm3RoundCycles=2))
# With one and with two point engines, of as few threads as they may have.
define top_point
$(call rtl_test,top_point_$(1),snapcard,$(RTL_SOURCES),tests/rtl/top/point_test.cpp tests/rtl/engine/jobs.cpp tests/rtl/top/host.h tests/rtl/top/driver.h tests/rtl/engine/jobs.h,\
  -GNumQueues=1 -GNumSha256=1 -GNumSm3=0 -GNumPoint=$(1) -GPointThreads=8 -GSm3RoundCycles=2 -GCplTimeoutCycles=3000,-DPOINTS=$(1)u -Xlinker --no-as-needed -lsecp256k1)
endef
$(foreach points,1 2,$(eval $(call top_point,$(points))))
