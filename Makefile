# SPDX-License-Identifier: Apache-2.0
# SnapScale. `make help` lists the targets; everything built lands in build/.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules
BUILD := build
# Commands are shown with V=1; otherwise a line says what is made.
Q := $(if $(V),,@)
say = @$(if $(V),:,printf '  %-9s %s\n' '$(1)' '$(patsubst $(BUILD)/%,%,$(2))')

.PHONY: help demo demo-block test test-qemu lint bench fuzz format clean all deps-build deps-test
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(filter-out %.d,$(MAKEFILE_LIST))

# ---------------------------------------------------------------- compilers and rules
# Three builds of every C file: obj (what ships), san (tests, under ASan and UBSan), fuzz (libFuzzer).
# Includes are relative to the root, so that a path names its layer; the generated headers and the
# driver's public header are found by name, as a user of the installed library finds them.
CC := gcc
CXX := g++
CLANG := clang
AR := ar
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
WARN_CXX := -Wall -Wextra -Werror
INCLUDES := -I. -I$(BUILD)/abi -I$(BUILD)/engine -Idriver/include
CFLAGS := -std=c17 -D_GNU_SOURCE -O2 -g -fPIC $(INCLUDES) $(WARN)
CXXFLAGS := -std=c++17 -O2 -g $(INCLUDES) $(WARN_CXX)
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ABI_H := $(BUILD)/abi/snapcard_abi.h
ABI_SV := $(BUILD)/abi/snapcard_pkg.sv
ISA_H := $(BUILD)/engine/snap_isa.h
ISA_SV := $(BUILD)/engine/snap_isa_pkg.sv

$(BUILD)/obj/%.o: %.c $(ABI_H) $(ISA_H)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c $< -o $@
$(BUILD)/obj/%.o: %.cpp $(ABI_H) $(ISA_H)
	@mkdir -p $(@D)
	$(call say,CXX,$@)
	$(Q)$(CXX) $(CXXFLAGS) -MMD -MP -c $< -o $@
$(BUILD)/san/%.o: %.c $(ABI_H) $(ISA_H)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) -O1 $(SAN) -MMD -MP -c $< -o $@
$(BUILD)/fuzz/%.o: %.c $(ABI_H) $(ISA_H)
	@mkdir -p $(@D)
	$(call say,CLANG,$@)
	$(Q)$(CLANG) $(CFLAGS) -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -MMD -MP -c $< -o $@

# $(call c_program,NAME,SOURCES,LIBRARIES): build/bin/NAME, as it ships.
define c_program
$(BUILD)/bin/$(1): $(patsubst %.c,$(BUILD)/obj/%.o,$(2))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$^ -o $$@ $(3)
all: $(BUILD)/bin/$(1)
endef
# $(call c_test,NAME,SOURCES,LIBRARIES): build/tests/NAME, under the sanitizers; part of `make test`.
define c_test
$(BUILD)/tests/$(1): $(patsubst %.c,$(BUILD)/san/%.o,$(2))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $(SAN) $$^ -o $$@ $(3)
TEST_DEPS += $(BUILD)/tests/$(1)
endef
# $(call c_fuzz,NAME,SOURCES,LIBRARIES): build/fuzz/bin/NAME with libFuzzer; corpus in tests/fuzz/corpus/NAME.
define c_fuzz
$(BUILD)/fuzz/bin/$(1): $(patsubst %.c,$(BUILD)/fuzz/%.o,$(2))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CLANG) -fsanitize=address,undefined,fuzzer $$^ -o $$@ $(3)
FUZZERS += $(1)
TEST_DEPS += $(BUILD)/fuzz/bin/$(1)
endef

all: deps-build ## builds the library, the virtual card and the programs into build/

include rtl/rules.mk hls/rules.mk bitstreams/rules.mk driver/rules.mk sim/rules.mk host/rules.mk tests/rules.mk

-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)

clean: ## removes build/
	rm -rf $(BUILD)
