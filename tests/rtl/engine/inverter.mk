# SPDX-License-Identifier: Apache-2.0
ENGINE_INVERTER_SV := rtl/field/snap_moduli.sv rtl/engine/snap_inverter_chain.sv rtl/engine/snap_inverter_control.sv rtl/engine/snap_inverter_finish.sv rtl/engine/snap_inverter.sv
ENGINE_RECODER_SV := $(ISA_SV) rtl/common/snap_ram_1r1w.sv rtl/engine/snap_event_ram.sv rtl/engine/snap_recoder_lane.sv rtl/engine/snap_recoder_digits.sv rtl/engine/snap_recoder.sv

# The tests change bits inside, which are members of the root class.
$(eval $(call rtl_test,engine_inverter,snap_inverter,$(ENGINE_INVERTER_SV),tests/rtl/engine/inverter_test.cpp tests/rtl/field/field.h,,-DROOT='"Vengine_inverter___024root.h"'))
$(eval $(call rtl_test,engine_recoder,snap_recoder,$(ENGINE_RECODER_SV),tests/rtl/engine/recoder_test.cpp tests/rtl/field/field.h $(ISA_H),,-DTHREADS=32u -DROOT='"Vengine_recoder___024root.h"'))
$(eval $(call rtl_test,engine_recoder_t8,snap_recoder,$(ENGINE_RECODER_SV),tests/rtl/engine/recoder_test.cpp tests/rtl/field/field.h $(ISA_H),-GThreads=8,-DTHREADS=8u -DROOT='"Vengine_recoder_t8___024root.h"'))
$(eval $(call rtl_test,engine_scalar_bus,snap_scalar_bus,rtl/engine/snap_scalar_bus.sv,tests/rtl/engine/scalar_bus_test.cpp))
$(eval $(call rtl_test,engine_scalar_receiver,snap_scalar_receiver,rtl/engine/snap_scalar_receiver.sv,tests/rtl/engine/scalar_receiver_test.cpp))
