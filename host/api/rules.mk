# SPDX-License-Identifier: Apache-2.0
# The HTTP interface.

HOST_API := $(addprefix host/api/,abi_cache.c account.c authorizers.c block.c block_traces.c connections.c contract.c currency.c event_text.c \
	events.c exchange.c failed_ids.c failure.c feed.c health.c info.c metrics.c out.c plain_push.c producers.c push.c request.c router.c server.c table.c \
	table_key.c trace.c trace_out.c transaction.c transaction_find.c values.c)

# The page that describes it is in the program.
$(foreach kind,obj san fuzz,$(BUILD)/$(kind)/host/api/info.o): host/api/openapi.json

# ---------------------------------------------------------------- tests
API_SOURCES := host/base/log.c $(HOST_API) $(HOST_CONSENSUS) $(HOST_INTAKE) $(LEDGER_CHAIN) $(LEDGER_EXECUTE) $(HOST_STORE) $(HOST_WIRE) $(HOST_SOURCES)
API_LIBRARIES := $(CRYPTO_LIBRARIES) -ljansson -llmdb -lmicrohttpd -luv -lz -lpthread -lm
$(eval $(call c_test,api_text_test,$(API_SOURCES) tests/unit/api_text_test.c,$(API_LIBRARIES)))
$(eval $(call c_test,api_feed_test,$(API_SOURCES) tests/unit/ledger_chain_rig.c tests/unit/api_feed_test.c,$(API_LIBRARIES)))
# A node in one process, for the tests in Python.
$(eval $(call c_test,api_node,$(API_SOURCES) tests/unit/api_node.c,$(API_LIBRARIES)))

# The threads once more, under ThreadSanitizer.
API_FEED_TEST := $(API_SOURCES) tests/unit/ledger_chain_rig.c tests/unit/api_feed_test.c
$(BUILD)/tests/api_feed_tsan: $(patsubst %.c,$(BUILD)/tsan/%.o,$(API_FEED_TEST))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -fsanitize=thread $^ -o $@ $(API_LIBRARIES)
TEST_DEPS += $(BUILD)/tests/api_feed_tsan
$(BUILD)/tsan/host/api/info.o: host/api/openapi.json
$(BUILD)/tsan/host/ledger/native_abi.o: $(LEDGER_ABI_H)

$(eval $(call c_fuzz,api_plain_push,$(WIRE_SOURCES) host/api/plain_push.c tests/fuzz/api_plain_push.c,$(WIRE_LIBRARIES)))
$(eval $(call c_fuzz,api_request,$(API_SOURCES) tests/unit/ledger_chain_rig.c tests/fuzz/api_request.c,$(API_LIBRARIES)))

# ---------------------------------------------------------------- figures
API_BENCH := $(API_SOURCES) host/node/merkle.c $(addprefix tests/bench/,node_rig.c node_raw.c node_http.c)
$(BUILD)/bench/node_http: $(patsubst %.c,$(BUILD)/obj/%.o,$(API_BENCH))
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $^ -o $@ $(API_LIBRARIES)
BENCHES += $(BUILD)/bench/node_http
