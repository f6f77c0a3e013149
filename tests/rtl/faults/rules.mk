# SPDX-License-Identifier: Apache-2.0
# Faults in the whole point engine, with the image that ships. Eight threads: less state, faster, all there is of it in use.
FAULTS_T := tests/rtl/faults
FAULTS_THREADS := 8
FAULTS_SV := $(ABI_SV) $(ISA_SV) $(wildcard rtl/common/*.sv rtl/hash/*.sv rtl/field/*.sv rtl/engine/*.sv) $(FAULTS_T)/state.vlt
FAULTS_TEST := $(wildcard $(FAULTS_T)/*.cpp $(FAULTS_T)/*.h) tests/rtl/engine/jobs.cpp tests/rtl/engine/jobs.h
# What the host encloses batches with, and the CPU's opinion.
FAULTS_HOST := $(patsubst %.c,$(BUILD)/obj/%.o,$(HOST_CRYPTO) host/offload/kind.c host/offload/cpu.c host/offload/known.c)
FAULTS_OBJECTS := $(FAULTS_HOST) $(BUILD)/verilated/runtime/verilated_save.o

# Assertions are about an engine without faults. The table of all variables is cut into functions that compile in a moment.
$(eval $(call rtl_test,faults,snap_point_engine,$(FAULTS_SV),$(FAULTS_TEST),--no-assert --savable --vpi --output-split-cfuncs 1000 -GThreads=$(FAULTS_THREADS),-DTHREADS=$(FAULTS_THREADS) -DROOT=Vfaults___024root -DROOT_HEADER='"Vfaults___024root.h"' -DSETTLE=Vfaults___024root___eval_settle -isystem $(VERILATOR_INCLUDE)/vltstd $(FAULTS_OBJECTS) -Xlinker --no-as-needed -lsecp256k1))
$(BUILD)/tests/rtl_faults: $(FAULTS_OBJECTS) $(ISA_H)
