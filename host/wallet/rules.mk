# SPDX-License-Identifier: Apache-2.0
# The wallet: `snapscale`.

WALLET_KEYSTORE := $(addprefix host/wallet/,keystore.c keystore_file.c seal.c secret.c)
WALLET_SOURCES := $(WALLET_KEYSTORE) $(addprefix host/wallet/,arguments.c command.c draft.c draft_send.c draft_sign.c get_commands.c http.c \
	key_commands.c keyring.c node.c passphrase.c send_commands.c snapscale.c tool.c transaction_commands.c) $(WIRE_SOURCES)
WALLET_LIBRARIES := $(WIRE_LIBRARIES) -lcurl
$(eval $(call c_program,snapscale,$(WALLET_SOURCES),$(WALLET_LIBRARIES)))

# ---------------------------------------------------------------- installation
.PHONY: install-wallet
install-wallet: $(BUILD)/bin/snapscale ## snapscale and its manual (PREFIX=, DESTDIR=)
	install -d $(addprefix $(INSTALLED)/,bin share/man/man1)
	install -m 755 $< $(INSTALLED)/bin
	install -m 644 host/wallet/snapscale.1 $(INSTALLED)/share/man/man1

# ---------------------------------------------------------------- tests
$(eval $(call c_test,wallet_keystore,$(WALLET_KEYSTORE) $(WIRE_SOURCES) tests/unit/wallet_keystore.c,$(WIRE_LIBRARIES)))
$(eval $(call c_test,wallet_keystore_file,$(WALLET_KEYSTORE) $(WIRE_SOURCES) tests/unit/wallet_keystore_file.c,$(WIRE_LIBRARIES)))
$(eval $(call c_fuzz,wallet_keystore,$(WALLET_KEYSTORE) $(WIRE_SOURCES) tests/fuzz/wallet_keystore.c,$(WIRE_LIBRARIES)))
# The whole program under the sanitizers, for the tests that run it.
$(eval $(call c_test,snapscale,$(WALLET_SOURCES),$(WALLET_LIBRARIES)))
