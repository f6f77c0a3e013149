# SPDX-License-Identifier: Apache-2.0
# Who makes blocks, when, and what is final.

HOST_CONSENSUS := $(addprefix host/consensus/,schedule.c finality.c syncer.c producer.c)
CONSENSUS_LIBRARIES := $(WIRE_LIBRARIES) -luv

# ---------------------------------------------------------------- tests
CONSENSUS_RIG := host/base/log.c $(HOST_CONSENSUS) $(INTAKE_RIG)
$(eval $(call c_test,consensus_schedule_test,host/ledger/error.c $(HOST_SOURCES) $(HOST_WIRE) $(addprefix host/consensus/,schedule.c finality.c) tests/unit/consensus_schedule_test.c,$(WIRE_LIBRARIES)))
$(eval $(call c_test,consensus_producer_test,$(CONSENSUS_RIG) tests/unit/consensus_producer_test.c,$(CONSENSUS_LIBRARIES)))

# The producer with its threads once more, under ThreadSanitizer.
$(BUILD)/tests/consensus_producer_tsan: $(patsubst %.c,$(BUILD)/tsan/%.o,$(CONSENSUS_RIG) tests/unit/consensus_producer_test.c)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -fsanitize=thread $^ -o $@ $(CONSENSUS_LIBRARIES)
TEST_DEPS += $(BUILD)/tests/consensus_producer_tsan
