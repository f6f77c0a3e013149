# SPDX-License-Identifier: Apache-2.0
SEQUENCER_SV := $(ISA_SV) rtl/common/snap_fifo_sync.sv \
  $(addprefix rtl/engine/snap_point_,arbiter.sv microcode.sv flags.sv lane.sv threads.sv control.sv sequencer.sv)
SEQUENCER_TEST := $(addprefix tests/rtl/engine/,sequencer_test.cpp sequencer.cpp sequencer.h)
# $(call sequencer_test,NAME,THREADS): a short watchdog, for the test that waits for it.
sequencer_test = $(call rtl_test,engine_$(1),snap_point_sequencer,$(SEQUENCER_SV) tests/rtl/engine/sequencer_public.vlt,$(SEQUENCER_TEST),-GThreads=$(2) -GWatchdogLog2=17 -GImageDir='""',-DTHREADS=$(2) -DSEQUENCER_INSIDE='"Vengine_$(1)___024root.h"' -isystem $(VERILATOR_INCLUDE)/vltstd)
$(eval $(call sequencer_test,sequencer,32))
$(eval $(call sequencer_test,sequencer_8,8))
build/tests/rtl_engine_sequencer build/tests/rtl_engine_sequencer_8: $(ISA_H)
