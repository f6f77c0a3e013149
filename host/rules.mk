# SPDX-License-Identifier: Apache-2.0
# The host: what stands above the driver, and the demo.

HOST_BASE := host/base/clock.c host/base/csv.c host/base/hex.c
HOST_CRYPTO := host/crypto/digest.c host/crypto/ecdsa.c
OFFLOAD_CORE := host/offload/kind.c host/offload/cpu.c host/offload/known.c host/offload/core.c host/offload/lane.c
HOST_SOURCES := $(HOST_BASE) $(HOST_CRYPTO) $(OFFLOAD_CORE) host/offload/offload.c
CRYPTO_LIBRARIES := -lsecp256k1 -lcrypto

# ---------------------------------------------------------------- the demo
DEMO_SOURCES := host/tools/demo_block.c host/tools/block_data.c host/offload/driver_card.c $(HOST_SOURCES) $(DRIVER_SOURCES)
DEMO_LIBRARIES := $(CRYPTO_LIBRARIES) -ljansson -lpthread
$(eval $(call c_program,demo-block,$(DEMO_SOURCES),$(DEMO_LIBRARIES)))

# The packages come first, then make starts anew and sees them.
demo: demo-block ## the main job, from nothing: installs what it needs, builds, runs it

demo-block: deps-build ## verifies a Bitcoin block on the virtual card (CORRUPT=n, FAULT=name, MODEL=1)
	+@$(MAKE) --no-print-directory -s -j2 $(BUILD)/bin/demo-block $(BUILD)/bin/snapcard-sim
	@rm -f $(BUILD)/demo-block.json
	@CORRUPT='$(CORRUPT)' FAULT='$(FAULT)' MODEL='$(MODEL)' host/tools/demo.sh --json $(BUILD)/demo-block.json

# ---------------------------------------------------------------- tests
FAKE_CARD := tests/unit/offload_fake_card.c
$(eval $(call c_test,host_base_test,$(HOST_BASE) tests/unit/host_base_test.c))
$(eval $(call c_test,host_crypto_test,$(HOST_BASE) $(HOST_CRYPTO) host/tools/block_data.c tests/unit/host_crypto_test.c,$(CRYPTO_LIBRARIES)))
$(eval $(call c_test,offload_core_test,$(HOST_BASE) $(HOST_CRYPTO) $(OFFLOAD_CORE) $(FAKE_CARD) tests/unit/offload_core_test.c,$(CRYPTO_LIBRARIES) -lpthread))
$(eval $(call c_test,offload_threads_test,$(HOST_SOURCES) $(FAKE_CARD) tests/unit/offload_threads_test.c,$(CRYPTO_LIBRARIES) -lpthread))
# On the driver and a simulated card; the demo under the sanitizers too.
$(eval $(call c_test,offload_card_test,host/offload/driver_card.c $(HOST_SOURCES) $(DRIVER_SOURCES) $(FAKE_CARD) tests/unit/offload_card_test.c,$(CRYPTO_LIBRARIES) -lpthread))
$(eval $(call c_test,demo-block,$(DEMO_SOURCES),$(DEMO_LIBRARIES)))
$(eval $(call c_fuzz,host_csv,$(HOST_BASE) $(HOST_CRYPTO) host/tools/block_data.c tests/fuzz/host_csv.c,$(CRYPTO_LIBRARIES)))

# The threads once more, under ThreadSanitizer.
$(BUILD)/tsan/%.o: %.c $(ABI_H)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CFLAGS) -O1 -fsanitize=thread -fno-omit-frame-pointer -MMD -MP -c $< -o $@
$(BUILD)/tests/offload_threads_tsan: $(patsubst %.c,$(BUILD)/tsan/%.o,$(HOST_SOURCES) $(FAKE_CARD) tests/unit/offload_threads_test.c)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -fsanitize=thread $^ -o $@ $(CRYPTO_LIBRARIES) -lpthread
TEST_DEPS += $(BUILD)/tests/offload_threads_tsan $(BUILD)/bin/demo-block $(BUILD)/bin/snapcard-sim
