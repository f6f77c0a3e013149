# SPDX-License-Identifier: Apache-2.0
HASH_SV := $(ABI_SV) $(wildcard rtl/hash/*.sv)
HASH_ENGINE_TEST := tests/rtl/hash/engine_test.cpp tests/rtl/hash/engine.h tests/rtl/hash/reference.cpp tests/rtl/hash/reference.h
HASH_CORE_TEST := tests/rtl/hash/core_test.cpp tests/rtl/hash/reference.cpp tests/rtl/hash/reference.h
$(eval $(call rtl_test,hash_engine_sha256,snap_hash_engine,$(HASH_SV),$(HASH_ENGINE_TEST),-GSm3=0,-DSM3=0 -DROUND_CYCLES=1))
$(eval $(call rtl_test,hash_engine_sm3,snap_hash_engine,$(HASH_SV),$(HASH_ENGINE_TEST),-GSm3=1,-DSM3=1 -DROUND_CYCLES=1))
$(eval $(call rtl_test,hash_engine_sm3_2,snap_hash_engine,$(HASH_SV),$(HASH_ENGINE_TEST),-GSm3=1 -GSm3RoundCycles=2,-DSM3=1 -DROUND_CYCLES=2))
$(eval $(call rtl_test,hash_engine_messages,snap_hash_engine,$(HASH_SV),tests/rtl/hash/messages_test.cpp $(filter-out %/engine_test.cpp,$(HASH_ENGINE_TEST)),-GMerkle=0,-DSM3_ROUND_CYCLES=1))
$(eval $(call rtl_test,hash_engine_messages_2,snap_hash_engine,$(HASH_SV),tests/rtl/hash/messages_test.cpp $(filter-out %/engine_test.cpp,$(HASH_ENGINE_TEST)),-GMerkle=0 -GSm3RoundCycles=2,-DSM3_ROUND_CYCLES=2))
$(eval $(call rtl_test,hash_core_sha256,snap_sha256_core,rtl/hash/snap_hash_sequence.sv rtl/hash/snap_sha256_core.sv,$(HASH_CORE_TEST),,-DSM3=0 -DROUND_CYCLES=1))
$(eval $(call rtl_test,hash_core_sm3,snap_sm3_core,rtl/hash/snap_hash_sequence.sv rtl/hash/snap_sm3_core.sv,$(HASH_CORE_TEST),,-DSM3=1 -DROUND_CYCLES=1))
$(eval $(call rtl_test,hash_core_sm3_2,snap_sm3_core,rtl/hash/snap_hash_sequence.sv rtl/hash/snap_sm3_core.sv,$(HASH_CORE_TEST),-GRoundCycles=2,-DSM3=1 -DROUND_CYCLES=2))
$(eval $(call rtl_test,hash_buffer,snap_hash_buffer,rtl/hash/snap_hash_buffer.sv,tests/rtl/hash/buffer_test.cpp,-GWidth=32))
$(eval $(call rtl_test,hash_stack,snap_merkle_stack,rtl/hash/snap_merkle_stack.sv,tests/rtl/hash/stack_test.cpp,))
$(eval $(call rtl_test,hash_sequence_1,snap_hash_sequence,rtl/hash/snap_hash_sequence.sv,tests/rtl/hash/sequence_test.cpp,-GLoadWords=1,-DLOAD_WORDS=1 -DROUND_CYCLES=1))
$(eval $(call rtl_test,hash_sequence_4,snap_hash_sequence,rtl/hash/snap_hash_sequence.sv,tests/rtl/hash/sequence_test.cpp,-GLoadWords=4,-DLOAD_WORDS=4 -DROUND_CYCLES=1))
$(eval $(call rtl_test,hash_sequence_1_2,snap_hash_sequence,rtl/hash/snap_hash_sequence.sv,tests/rtl/hash/sequence_test.cpp,-GLoadWords=1 -GRoundCycles=2,-DLOAD_WORDS=1 -DROUND_CYCLES=2))
$(eval $(call rtl_test,hash_sequence_4_2,snap_hash_sequence,rtl/hash/snap_hash_sequence.sv,tests/rtl/hash/sequence_test.cpp,-GLoadWords=4 -GRoundCycles=2,-DLOAD_WORDS=4 -DROUND_CYCLES=2))
HASH_BLOCKS_SV := $(ABI_SV) rtl/hash/snap_merkle_stack.sv rtl/hash/snap_hash_blocks.sv
$(eval $(call rtl_test,hash_blocks_sha256,snap_hash_blocks,$(HASH_BLOCKS_SV),tests/rtl/hash/blocks_test.cpp,-GSm3=0,-DSM3=0))
$(eval $(call rtl_test,hash_blocks_sm3,snap_hash_blocks,$(HASH_BLOCKS_SV),tests/rtl/hash/blocks_test.cpp,-GSm3=1,-DSM3=1))
