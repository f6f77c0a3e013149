# SPDX-License-Identifier: Apache-2.0
COMMON_TESTS := tests/rtl/common
$(eval $(call rtl_test,common_fifo_sync_2,snap_fifo_sync,rtl/common/snap_fifo_sync.sv,$(COMMON_TESTS)/fifo_sync_test.cpp,-GWidth=32 -GDepth=2,-DDEPTH=2))
$(eval $(call rtl_test,common_fifo_sync_16,snap_fifo_sync,rtl/common/snap_fifo_sync.sv,$(COMMON_TESTS)/fifo_sync_test.cpp,-GWidth=32 -GDepth=16,-DDEPTH=16))
$(eval $(call rtl_test,common_fifo_async,snap_fifo_async,rtl/common/snap_sync.sv rtl/common/snap_fifo_async.sv,$(COMMON_TESTS)/fifo_async_test.cpp,-GWidth=32 -GDepth=16,-DDEPTH=16))
$(eval $(call rtl_test,common_arbiter_rr_5,snap_arbiter_rr,rtl/common/snap_arbiter_rr.sv,$(COMMON_TESTS)/arbiter_rr_test.cpp,-GN=5,-DCOUNT=5))
$(eval $(call rtl_test,common_cdc_word,snap_cdc_word,rtl/common/snap_sync.sv rtl/common/snap_cdc_word.sv,$(COMMON_TESTS)/cdc_word_test.cpp,-GWidth=64))
$(eval $(call rtl_test,common_cdc_handshake,snap_cdc_handshake,rtl/common/snap_sync.sv rtl/common/snap_cdc_handshake.sv,$(COMMON_TESTS)/cdc_handshake_test.cpp,))
$(eval $(call rtl_test,common_ram,ram_bench,rtl/common/snap_ram_1r1w.sv $(COMMON_TESTS)/ram_bench.sv,$(COMMON_TESTS)/ram_test.cpp,))
$(eval $(call rtl_test,common_sync,sync_bench,rtl/common/snap_sync.sv rtl/common/snap_reset_sync.sv $(COMMON_TESTS)/sync_bench.sv,$(COMMON_TESTS)/sync_test.cpp,))
