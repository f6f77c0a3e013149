# SPDX-License-Identifier: Apache-2.0
# The ledger: what transactions do to the state, and the chain of blocks that they stand in.

LEDGER_CHAIN := $(addprefix host/ledger/,block_log.c chain.c chain_apply.c chain_block.c chain_final.c chain_open.c chain_rows.c \
	chain_traces.c chain_transaction.c check.c genesis.c genesis_block.c pending.c recent.c record_buffer.c trace_index.c trace_record.c)

LEDGER_EXECUTE := $(addprefix host/ledger/,accounts.c apply.c arena.c authority_check.c authorization.c contract.c \
	error.c execute.c journal.c native_abi.c permission.c resource.c system.c system_account.c system_data.c \
	system_permission.c tables.c token.c trace.c)

# The ABIs of the native contracts, packed.
LEDGER_ABI_H := $(BUILD)/abi/ledger_native_abi.h
LEDGER_ABI_JSON := $(addprefix host/ledger/abi/,eosio.json eosio.token.json)
$(LEDGER_ABI_H): host/ledger/abi/pack.py $(LEDGER_ABI_JSON)
	@mkdir -p $(@D)
	$(call say,ABI,$@)
	$(Q)host/ledger/abi/pack.py $@ $(LEDGER_ABI_JSON)
$(foreach kind,obj san fuzz,$(BUILD)/$(kind)/host/ledger/native_abi.o): $(LEDGER_ABI_H)

# ---------------------------------------------------------------- tests
LEDGER_SOURCES := $(WIRE_SOURCES) $(HOST_STORE) $(LEDGER_EXECUTE)
LEDGER_LIBRARIES := $(sort $(WIRE_LIBRARIES) $(STORE_LIBRARIES))
# Of these the tests of execution need the genesis only.
LEDGER_WORLD := $(LEDGER_SOURCES) host/ledger/genesis.c tests/unit/ledger_world.c tests/unit/ledger_script.c
$(foreach name,apply authority permission resource system tables token,\
	$(eval $(call c_test,ledger_$(name),$(LEDGER_WORLD) tests/unit/ledger_$(name).c,$(LEDGER_LIBRARIES))))
$(eval $(call c_test,ledger_random,$(LEDGER_WORLD) tests/unit/ledger_audit.c tests/unit/ledger_random.c,$(LEDGER_LIBRARIES)))
$(eval $(call c_fuzz,ledger_action,$(LEDGER_WORLD) tests/unit/ledger_audit.c tests/fuzz/ledger_action.c,$(LEDGER_LIBRARIES)))

CHAIN_SOURCES := $(LEDGER_SOURCES) $(LEDGER_CHAIN) tests/unit/ledger_chain_rig.c
$(foreach name,chain chain_forks chain_genesis chain_open chain_threads,\
	$(eval $(call c_test,ledger_$(name),$(CHAIN_SOURCES) tests/unit/ledger_$(name).c,$(LEDGER_LIBRARIES))))
$(eval $(call c_test,ledger_chain_crash,$(CHAIN_SOURCES) tests/unit/store_disk.c tests/unit/ledger_chain_crash.c,$(LEDGER_LIBRARIES)))
$(eval $(call c_test,ledger_chain_recent,host/ledger/recent.c tests/unit/ledger_chain_recent.c))

# The threads once more, under ThreadSanitizer.
$(BUILD)/tsan/host/ledger/native_abi.o: $(LEDGER_ABI_H)
$(BUILD)/tests/ledger_chain_threads_tsan: $(patsubst %.c,$(BUILD)/tsan/%.o,$(CHAIN_SOURCES) tests/unit/ledger_chain_threads.c)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -fsanitize=thread $^ -o $@ $(LEDGER_LIBRARIES)
TEST_DEPS += $(BUILD)/tests/ledger_chain_threads_tsan
$(eval $(call c_fuzz,ledger_trace_record,host/ledger/trace_record.c host/ledger/record_buffer.c host/ledger/trace.c $(WIRE_SOURCES) tests/fuzz/ledger_trace_record.c,$(WIRE_LIBRARIES)))
