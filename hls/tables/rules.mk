# SPDX-License-Identifier: Apache-2.0
# Multiples of the generators, for simulation, synthesis and the model.

ENGINE_FIXED := $(BUILD)/engine/fixed.hex
$(ENGINE_FIXED): hls/tables/generate.py $(ISA_SOURCE)
	$(call say,TABLES,$@)
	$(Q)python3 hls/tables/generate.py $(ISA_SOURCE) $@
TEST_DEPS += $(ENGINE_FIXED)
