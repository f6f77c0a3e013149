# SPDX-License-Identifier: Apache-2.0
# Fuzzers. Each is registered by the part that it tests, with c_fuzz; FUZZERS is read late, when all are.
FUZZ_SECONDS := 600

$(eval $(call c_fuzz,vfio_user_server,tests/fuzz/vfio_user_server.c $(SIM_CARD_SOURCES) $(HLS_MODEL),-lcrypto))

.PHONY: fuzzers
fuzzers:
	+@$(MAKE) --no-print-directory -j2 $(addprefix $(BUILD)/fuzz/bin/,$(FUZZERS))

fuzz: deps-test ## fuzzes every parser, FUZZ_SECONDS each (default 600); new inputs stay in build/fuzz
	+@$(MAKE) --no-print-directory fuzzers
	@tests/fuzz/run.sh $(BUILD)/fuzz $(FUZZ_SECONDS) $(sort $(FUZZERS))
