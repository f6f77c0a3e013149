# SPDX-License-Identifier: Apache-2.0
# The package goes first, then everything the point engine's datapath is made of.
DATAPATH_SV := $(ISA_SV) $(addprefix rtl/common/,snap_ram_wide.sv snap_ram_ecp5.sv snap_fanout_copy.sv snap_fanout.sv) $(wildcard rtl/field/*.sv) \
  $(addprefix rtl/engine/,snap_parity.sv snap_parity_check.sv \
    $(foreach part,banks fixed constants product sum datapath,snap_point_$(part).sv))
DATAPATH_IMAGE = $(BUILD)/tests/data/rtl_engine_$(1)
# $(call datapath_test,NAME,MORE SV SOURCES,VERILATOR FLAGS,C++ FLAGS)
datapath_test = $(call rtl_test,engine_$(1),snap_point_datapath,$(DATAPATH_SV) $(2),tests/rtl/engine/datapath_test.cpp tests/rtl/engine/datapath.h,-GImageDir='"$(DATAPATH_IMAGE)"' $(3),-DIMAGE_DIR='"$(DATAPATH_IMAGE)"' -isystem $(VERILATOR_INCLUDE)/vltstd $(4))

# The header of the class's inside is what lets the test break things in there.
$(eval $(call datapath_test,datapath,tests/rtl/engine/datapath_public.vlt,,-DDATAPATH_FAULTS='"Vengine_datapath___024root.h"'))
$(eval $(call datapath_test,datapath_ecp5,tests/rtl/field/ecp5/MULT18X18D.sv tests/rtl/field/ecp5/DP16KD.sv,-GTarget='"ecp5"'))

# ---------------------------------------------------------------- the register banks, and netlists
BANKS_SV := $(addprefix rtl/common/,snap_ram_wide.sv snap_ram_ecp5.sv snap_fanout_copy.sv snap_fanout.sv) rtl/engine/snap_point_banks.sv
ECP5_CELLS := $(wildcard tests/rtl/field/ecp5/*.sv)
# What synthesis makes has its own style.
NETLIST_FLAGS := -Wno-lint -Wno-style

# $(call netlist,TOP,SV SOURCES): build/netlist/TOP.v, synthesised for the ECP5.
define netlist
$(BUILD)/netlist/$(1).v: $(2)
	@mkdir -p $$(@D)
	$$(call say,SYNTH,$$@)
	$$(Q)yosys -q -l $$(@:.v=.log) -p 'read_verilog -sv $(2); chparam -set Target "ecp5" $(1); synth_ecp5 -top $(1); splitnets; write_verilog -noattr $$@' \
	  >$$(@:.v=.out) 2>&1 || { cat $$(@:.v=.out); exit 1; }
endef
$(eval $(call netlist,snap_point_banks,$(BANKS_SV)))
$(eval $(call netlist,snap_mul256,$(wildcard rtl/field/*.sv)))

$(eval $(call rtl_test,engine_banks,snap_point_banks,$(BANKS_SV),tests/rtl/engine/banks_test.cpp))
$(eval $(call rtl_test,engine_banks_ecp5,snap_point_banks,tests/rtl/field/ecp5/DP16KD.sv $(BANKS_SV),tests/rtl/engine/banks_test.cpp,-GTarget='"ecp5"'))
$(eval $(call rtl_test,engine_banks_netlist,snap_point_banks,$(ECP5_CELLS) $(BUILD)/netlist/snap_point_banks.v,tests/rtl/engine/banks_test.cpp,$(NETLIST_FLAGS)))
$(eval $(call rtl_test,field_mul256_netlist,snap_mul256,$(ECP5_CELLS) $(BUILD)/netlist/snap_mul256.v,tests/rtl/field/mul_test.cpp tests/rtl/field/field.h tests/rtl/field/pipeline.h,$(NETLIST_FLAGS)))
# Some 16,000 flip-flops, each a statement: minutes to make, so it belongs to `make soak`, and is compiled unoptimized.
$(BUILD)/verilated/field_mul256_netlist/Vfield_mul256_netlist__ALL.a: VERILATED_OPT := -O0
TEST_DEPS := $(filter-out $(BUILD)/tests/rtl_field_mul256_netlist,$(TEST_DEPS))
