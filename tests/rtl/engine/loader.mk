# SPDX-License-Identifier: Apache-2.0
# The ways into and out of the point engine, and the engine as a whole.
ENGINE_T := tests/rtl/engine
ENGINE_PACKAGES := $(ABI_SV) $(ISA_SV)
ENGINE_LOADER_SV := $(ENGINE_PACKAGES) rtl/common/snap_fifo_sync.sv $(wildcard rtl/hash/*.sv) rtl/common/snap_ram_1r1w.sv rtl/engine/snap_point_image.sv rtl/engine/snap_point_loader.sv
$(eval $(call rtl_test,engine_loader,snap_point_loader,$(ENGINE_LOADER_SV),$(ENGINE_T)/loader_test.cpp))
$(eval $(call rtl_test,engine_collector,snap_point_collector,$(ENGINE_PACKAGES) $(ENGINE_T)/collector.vlt rtl/common/snap_ram_1r1w.sv rtl/engine/snap_parity.sv rtl/engine/snap_point_collector.sv,$(ENGINE_T)/collector_test.cpp tests/rtl/queue/ports.h,,-isystem $(VERILATOR_INCLUDE)/vltstd -DHEADER_ROOT='"Vengine_collector___024root.h"'))

# The whole engine, with the image that the build makes.
ENGINE_SV := $(ENGINE_PACKAGES) $(wildcard rtl/common/*.sv rtl/hash/*.sv rtl/field/*.sv rtl/engine/*.sv)
$(eval $(call rtl_test,engine_whole,snap_point_engine,$(ENGINE_SV),$(ENGINE_T)/engine_test.cpp $(ENGINE_T)/jobs.cpp $(ENGINE_T)/jobs.h tests/unit/engine_rig.h $(ISA_H),,-Xlinker --no-as-needed -lsecp256k1))

# The jobs of the model's tests with their answers, written by the same tests without the sanitizers.
RECORDED_JOBS := $(foreach test,bitcoin ecdsa sm2 sums,$(BUILD)/tests/data/jobs_$(test).bin)
$(BUILD)/tests/record_%: $(BUILD)/obj/tests/unit/engine_model_%.o $(patsubst %.c,$(BUILD)/obj/%.o,$(ENGINE_POINTS))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $^ -o $@ -lsecp256k1 -lcrypto
$(BUILD)/tests/data/jobs_%.bin: $(BUILD)/tests/record_% $(ENGINE_IMAGE) $(ENGINE_FIXED)
	@mkdir -p $(@D)
	$(call say,RECORD,$@)
	$(Q)rm -f $@ && RIG_RECORD=$@ $< >$@.log || { cat $@.log; exit 1; }
TEST_DEPS += $(RECORDED_JOBS)
