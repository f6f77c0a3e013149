# SPDX-License-Identifier: Apache-2.0
# The host: what stands above the driver, and the demo.

HOST_BASE := $(addprefix host/base/,base58.c bytes.c clock.c csv.c hex.c piece.c)
HOST_CRYPTO := $(addprefix host/crypto/,digest.c ecdsa.c point.c schnorr.c sm2.c)
OFFLOAD_CORE := host/offload/kind.c host/offload/cpu.c host/offload/known.c host/offload/core.c host/offload/lane.c
HOST_SOURCES := $(HOST_BASE) $(HOST_CRYPTO) $(OFFLOAD_CORE) host/offload/offload.c
CRYPTO_LIBRARIES := -lsecp256k1 -lcrypto

# ---------------------------------------------------------------- the demo
DEMO_SOURCES := $(addprefix host/tools/,demo_block.c demo_report.c block_data.c) host/offload/driver_card.c $(HOST_SOURCES) $(DRIVER_SOURCES)
DEMO_LIBRARIES := $(CRYPTO_LIBRARIES) -ljansson -lpthread
$(eval $(call c_program,demo-block,$(DEMO_SOURCES),$(DEMO_LIBRARIES)))

# Who verifies the block, each in a run of its own, and how many signatures (0: all).
RUNS := card,cpu,both
SIGNATURES := 0

# The packages come first, then make starts anew and sees them.
demo-block: deps-build ## verifies a Bitcoin block: card, CPU, both (RUNS=list, SIGNATURES=n, CORRUPT=n, FAULT=name, MODEL=1)
	+@$(MAKE) --no-print-directory -s -j2 $(BUILD)/bin/demo-block $(BUILD)/bin/snapcard-sim
	@rm -f $(BUILD)/demo-block.json
	@CORRUPT='$(CORRUPT)' FAULT='$(FAULT)' MODEL='$(MODEL)' host/tools/demo.sh --json $(BUILD)/demo-block.json \
	  --runs '$(RUNS)' --signatures '$(SIGNATURES)'

# ---------------------------------------------------------------- tests
FAKE_CARD := tests/unit/offload_fake_card.c
$(eval $(call c_test,host_base_test,$(HOST_BASE) tests/unit/host_base_test.c))
$(eval $(call c_test,host_piece_test,host/base/piece.c tests/unit/host_piece_test.c,-lpthread))
$(eval $(call c_test,host_crypto_test,driver/card/known_point.c $(HOST_BASE) $(HOST_CRYPTO) host/tools/block_data.c tests/unit/host_crypto_test.c,$(CRYPTO_LIBRARIES)))
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
# Pieces are cut from chunks there only: AddressSanitizer sees each by itself.
$(BUILD)/tests/host_piece_tsan: $(patsubst %.c,$(BUILD)/tsan/%.o,host/base/piece.c tests/unit/host_piece_test.c)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -fsanitize=thread $^ -o $@ -lpthread
TEST_DEPS += $(BUILD)/tests/offload_threads_tsan $(BUILD)/tests/host_piece_tsan $(BUILD)/bin/demo-block $(BUILD)/bin/snapcard-sim $(BUILD)/bin/demo-node $(BUILD)/bin/snapscaled

# ---------------------------------------------------------------- the node, a folder a layer
include $(foreach folder,wire store ledger intake consensus api wallet node,$(wildcard host/$(folder)/rules.mk))

# ---------------------------------------------------------------- the node's demo
DEMO_NODE_SOURCES := $(addprefix host/tools/,demo_node.c demo_client.c) host/wallet/http.c $(WIRE_SOURCES)
$(eval $(call c_program,demo-node,$(DEMO_NODE_SOURCES),$(WIRE_LIBRARIES) -lcurl))

# How many accounts pay each other, how often in all, how long, and what card: rtl, model or none.
ACCOUNTS := 200
RATE := 200
SECONDS := 20
CARD := rtl

demo: deps-build ## the main job, from nothing: a node and a virtual card, real transfers (RATE=n, SECONDS=n, ACCOUNTS=n, CARD=rtl|model|none)
	+@$(MAKE) --no-print-directory -s -j2 $(addprefix $(BUILD)/bin/,demo-node snapscaled snapcard-sim)
	@rm -f $(BUILD)/demo.json
	@CARD='$(CARD)' BIN=$(BUILD)/bin host/tools/demo_node.sh --json $(BUILD)/demo.json --accounts '$(ACCOUNTS)' --rate '$(RATE)' --seconds '$(SECONDS)'
