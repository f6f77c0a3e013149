# SPDX-License-Identifier: Apache-2.0
# From transactions that somebody sent to transactions whose signers are known.

HOST_INTAKE := $(addprefix host/intake/,pool.c recovery.c intake.c)

# ---------------------------------------------------------------- tests
# On a chain that executes nothing; the offload layer is the real one, on fake cards and the CPU.
INTAKE_RIG := host/ledger/error.c $(HOST_SOURCES) $(HOST_WIRE) $(HOST_INTAKE) $(FAKE_CARD) \
	$(addprefix tests/unit/,intake_chain.c intake_rig.c)
$(eval $(call c_test,intake_pool_test,$(INTAKE_RIG) tests/unit/intake_pool_test.c,$(WIRE_LIBRARIES)))
$(eval $(call c_test,intake_test,$(INTAKE_RIG) tests/unit/intake_test.c,$(WIRE_LIBRARIES)))
$(eval $(call c_test,intake_threads_test,$(INTAKE_RIG) tests/unit/intake_threads_test.c,$(WIRE_LIBRARIES)))

# The threads once more, under ThreadSanitizer.
$(BUILD)/tests/intake_threads_tsan: $(patsubst %.c,$(BUILD)/tsan/%.o,$(INTAKE_RIG) tests/unit/intake_threads_test.c)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -fsanitize=thread $^ -o $@ $(WIRE_LIBRARIES)
TEST_DEPS += $(BUILD)/tests/intake_threads_tsan
