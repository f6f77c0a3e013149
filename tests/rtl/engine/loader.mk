# SPDX-License-Identifier: Apache-2.0
# The ways into and out of the point engine, and the engine as a whole.
ENGINE_T := tests/rtl/engine
ENGINE_PACKAGES := $(ABI_SV) $(ISA_SV)
ENGINE_LOADER_SV := $(ENGINE_PACKAGES) rtl/common/snap_fifo_sync.sv $(wildcard rtl/hash/*.sv) rtl/common/snap_ram_1r1w.sv rtl/engine/snap_point_image.sv rtl/engine/snap_point_loader.sv
$(eval $(call rtl_test,engine_loader,snap_point_loader,$(ENGINE_LOADER_SV),$(ENGINE_T)/loader_test.cpp))
$(eval $(call rtl_test,engine_collector,snap_point_collector,$(ENGINE_PACKAGES) $(ENGINE_T)/collector.vlt rtl/common/snap_ram_1r1w.sv rtl/engine/snap_point_collector.sv,$(ENGINE_T)/collector_test.cpp tests/rtl/queue/ports.h,,-isystem $(VERILATOR_INCLUDE)/vltstd -DHEADER_ROOT='"Vengine_collector___024root.h"'))

# The whole engine, with the image that the build makes.
ENGINE_SV := $(ENGINE_PACKAGES) $(wildcard rtl/common/*.sv rtl/hash/*.sv rtl/field/*.sv rtl/engine/*.sv)
$(eval $(call rtl_test,engine_whole,snap_point_engine,$(ENGINE_SV),$(ENGINE_T)/engine_test.cpp $(ENGINE_T)/jobs.cpp $(ENGINE_T)/jobs.h,,-Xlinker --no-as-needed -lsecp256k1))
