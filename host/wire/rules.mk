# SPDX-License-Identifier: Apache-2.0
# What travels and what stands in blocks: names, assets, keys, transactions, blocks, ABIs.

HOST_WIRE := $(addprefix host/wire/,abi_builtin.c abi_decode.c abi_definition.c abi_encode.c abi_read.c abi_type.c \
	asset.c authority.c authority_json.c block.c hash.c key.c key_k1.c key_sm2.c key_text.c member.c name.c \
	signed_transaction.c time.c transaction.c transaction_from_json.c transaction_json.c zip.c)
WIRE_SOURCES := $(HOST_BASE) $(HOST_CRYPTO) $(HOST_WIRE)
WIRE_LIBRARIES := $(CRYPTO_LIBRARIES) -ljansson -lz -lpthread

# ---------------------------------------------------------------- tests
WIRE_VECTORS := tests/unit/wire_vectors.c
$(foreach name,bytes text key transaction block abi json,\
	$(eval $(call c_test,wire_$(name),$(WIRE_SOURCES) $(WIRE_VECTORS) tests/unit/wire_$(name).c,$(WIRE_LIBRARIES))))
$(foreach name,transaction block abi value text,\
	$(eval $(call c_fuzz,wire_$(name),$(WIRE_SOURCES) tests/fuzz/wire_$(name).c,$(WIRE_LIBRARIES))))
