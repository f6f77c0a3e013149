# SPDX-License-Identifier: Apache-2.0
# The virtual card: sim/card.

# Everything but the program's main and the Verilated card: tests and fuzzers link it too.
SIM_CARD_SOURCES := $(filter-out sim/card/main.c,$(sort $(wildcard sim/card/*.c)))

# The RTL as it ships, but for the completion time-out: 2^20 cycles would be seconds here. Its microcode is in the
# current folder, which verilated_card.cpp chooses.
$(eval $(call verilated,snapcard_sim,snapcard,$(RTL_SOURCES),--trace-fst -GCplTimeoutCycles=65536 '-GImageDir="."'))
SNAPCARD_SIM_VERILATED := $(BUILD)/verilated/snapcard_sim/Vsnapcard_sim__ALL.a
$(SNAPCARD_SIM_VERILATED): sim/rules.mk # the parameters

$(BUILD)/obj/sim/card/verilated_card.o: CXXFLAGS += -isystem $(VERILATOR_INCLUDE) -isystem $(VERILATOR_INCLUDE)/vltstd \
  -isystem $(BUILD)/verilated/snapcard_sim
$(BUILD)/obj/sim/card/verilated_card.o: $(SNAPCARD_SIM_VERILATED)

$(BUILD)/bin/snapcard-sim: $(patsubst %.c,$(BUILD)/obj/%.o,$(SIM_CARD_SOURCES) $(HLS_MODEL) sim/card/main.c) \
  $(BUILD)/obj/sim/card/verilated_card.o $(SNAPCARD_SIM_VERILATED) $(VERILATED_RUNTIME)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $^ -o $@ -lcrypto -lpthread -lz -llz4
all: $(BUILD)/bin/snapcard-sim
# The microcode and the tables that both cards read when they start.
$(BUILD)/bin/snapcard-sim: | $(ENGINE_IMAGE) $(ENGINE_FIXED)

$(eval $(call c_test,sim_dma,tests/unit/sim_dma.c sim/card/dma.c sim/card/shared_copy.c,))
$(eval $(call c_test,sim_config_space,tests/unit/sim_config_space.c sim/card/config_space.c,))
$(eval $(call c_test,sim_connection,tests/unit/sim_connection.c sim/card/connection.c,))
SIM_RIG := tests/unit/sim_rig.c $(SIM_CARD_SOURCES) $(HLS_MODEL)
$(eval $(call c_test,sim_server,tests/unit/sim_server.c $(SIM_RIG),-lcrypto))
$(eval $(call c_test,sim_model,tests/unit/sim_model.c $(SIM_RIG),-lcrypto))
$(eval $(call c_test,sim_faults,tests/unit/sim_faults.c $(SIM_RIG),-lcrypto))
$(eval $(call c_test,sim_root_complex,tests/unit/sim_root_complex.c sim/card/root_complex.c,))

# The C model and the RTL side by side.
$(BUILD)/tests/sim_twins: \
  $(patsubst %.c,$(BUILD)/san/%.o,$(addprefix tests/unit/sim_,twins.c point_jobs.c) driver/card/known_point.c $(SIM_RIG)) \
  $(BUILD)/obj/sim/card/verilated_card.o $(SNAPCARD_SIM_VERILATED) $(VERILATED_RUNTIME)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CXX) $(SAN) $^ -o $@ -lcrypto -lpthread -lz -llz4
TEST_DEPS += $(BUILD)/tests/sim_twins $(BUILD)/bin/snapcard-sim
