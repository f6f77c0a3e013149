# SPDX-License-Identifier: Apache-2.0
# $(call rtl_test,NAME,TOP,SV SOURCES,TEST SOURCES (.cpp .c .h),VERILATOR FLAGS,C++ FLAGS): build/tests/rtl_NAME.
# The class is V$(NAME). The same test source may serve several parameter sets, with -DV=V$(NAME)
# and -DHEADER="V$(NAME).h".
define rtl_test
$(call verilated,$(1),$(2),$(3),$(5))
$(BUILD)/tests/rtl_$(1): $(4) tests/rtl/tb.h $(BUILD)/verilated/$(1)/V$(1)__ALL.a $(VERILATED_RUNTIME) $(ABI_H)
	@mkdir -p $$(@D)
	$$(call say,CXX,$$@)
	$$(Q)$$(CXX) $$(CXXFLAGS) -Itests/rtl -I$(BUILD)/verilated/$(1) -isystem $(VERILATOR_INCLUDE) -DV=V$(1) \
	  -DHEADER='"V$(1).h"' $(6) $$(filter %.cpp,$(4)) -x c++ $$(filter %.c,$(4)) -x none \
	  $(BUILD)/verilated/$(1)/V$(1)__ALL.a $(VERILATED_RUNTIME) -lpthread -lz -llz4 -lcrypto -o $$@
TEST_DEPS += $(BUILD)/tests/rtl_$(1)
endef

include $(sort $(wildcard tests/rtl/*/rules.mk))
