# SPDX-License-Identifier: Apache-2.0
# snapscaled: everything together.

HOST_NODE := host/base/log.c $(addprefix host/node/,check_task.c config_file.c data_folder.c file.c key_file.c make_genesis.c merkle.c node.c notify.c \
	open_chain.c options.c place.c setting.c tasks.c)
NODE_SOURCES := $(HOST_NODE) $(HOST_API) $(HOST_CONSENSUS) $(HOST_INTAKE) $(LEDGER_CHAIN) $(LEDGER_EXECUTE) $(HOST_STORE) \
	$(HOST_WIRE) host/offload/driver_card.c $(HOST_SOURCES) $(DRIVER_SOURCES)
NODE_LIBRARIES := $(CRYPTO_LIBRARIES) -ljansson -llmdb -lmicrohttpd -luv -linih -lz -lpthread

$(eval $(call c_program,snapscaled,$(NODE_SOURCES) host/node/main.c,$(NODE_LIBRARIES)))

# ---------------------------------------------------------------- installation
.PHONY: install-node
install-node: $(BUILD)/bin/snapscaled ## snapscaled, its manual, systemd unit and example configuration (PREFIX=, DESTDIR=)
	install -d $(addprefix $(INSTALLED)/,bin share/man/man8 lib/systemd/system share/doc/snapscale)
	install -m 755 $< $(INSTALLED)/bin
	install -m 644 host/node/snapscaled.8 $(INSTALLED)/share/man/man8
	install -m 644 host/node/snapscaled.ini $(INSTALLED)/share/doc/snapscale
	sed 's|/usr/local/bin|$(PREFIX)/bin|' host/node/snapscaled.service >$(INSTALLED)/lib/systemd/system/snapscaled.service

# ---------------------------------------------------------------- tests
NODE_CHAIN_RIG := host/base/log.c $(HOST_CONSENSUS) $(HOST_INTAKE) host/node/merkle.c $(LEDGER_CHAIN) $(LEDGER_EXECUTE) $(HOST_STORE) $(HOST_WIRE) \
	$(HOST_SOURCES) tests/unit/ledger_chain_rig.c
$(eval $(call c_test,node_blocks_test,$(NODE_CHAIN_RIG) tests/unit/node_blocks_test.c,$(CONSENSUS_LIBRARIES) -llmdb))
# The program under the sanitizers.
$(eval $(call c_test,snapscaled,$(NODE_SOURCES) host/node/main.c,$(NODE_LIBRARIES)))
$(eval $(call c_test,node_log_test,host/base/log.c tests/unit/node_log_test.c))
$(eval $(call c_test,node_merkle_test,host/node/merkle.c $(HOST_SOURCES) $(FAKE_CARD) tests/unit/node_merkle_test.c,$(CRYPTO_LIBRARIES) -lpthread))
$(eval $(call c_test,node_options_test,host/base/log.c host/wire/name.c $(addprefix host/node/,config_file.c options.c setting.c) tests/unit/node_options_test.c,-linih))

# ---------------------------------------------------------------- figures
NODE_BENCH := $(filter-out tests/unit/ledger_chain_rig.c,$(NODE_CHAIN_RIG)) tests/bench/callgrind.c tests/bench/node_rig.c
comma := ,
define node_bench
$(BUILD)/bench/$(1): $(patsubst %.c,$(BUILD)/obj/%.o,$(NODE_BENCH) tests/bench/$(1).c)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$^ -o $$@ $(2) $(CONSENSUS_LIBRARIES) -llmdb
BENCHES += $(BUILD)/bench/$(1)
endef
$(eval $(call node_bench,node_inprocess))
$(eval $(call node_bench,node_transfer,-Wl$(comma)--wrap=mdb_env_set_mapsize))
