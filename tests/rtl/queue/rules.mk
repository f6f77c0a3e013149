# SPDX-License-Identifier: Apache-2.0
# Each module of rtl/queue, and of rtl/top but for the top itself, against a model of it.
QUEUE_T := tests/rtl/queue
$(eval $(call rtl_test,queue_ring,snap_ring,$(ABI_SV) rtl/queue/snap_ring.sv,$(QUEUE_T)/ring_test.cpp $(QUEUE_T)/ring_model.h))
QUEUE_COMMON := rtl/common/snap_arbiter_rr.sv rtl/common/snap_fifo_sync.sv rtl/common/snap_ram_1r1w.sv
define completion_test
$(call rtl_test,queue_completion_$(1),snap_completion,$(ABI_SV) rtl/common/snap_arbiter_rr.sv rtl/queue/snap_completion.sv,$(QUEUE_T)/completion_test.cpp $(QUEUE_T)/ports.h,\
  -GDataWidth=$(1) -GNumSources=3 -GNumQueues=5)
endef
$(foreach width,128 256 512,$(eval $(call completion_test,$(width))))
$(eval $(call rtl_test,queue_small_modules,small_modules,$(ABI_SV) $(QUEUE_COMMON) rtl/common/snap_sync.sv $(addprefix rtl/queue/snap_,fifo_ram.sv moderation.sv slot_check.sv opcode_map.sv) rtl/top/snap_reset_control.sv $(QUEUE_T)/small_modules.sv,$(QUEUE_T)/small_modules_test.cpp $(QUEUE_T)/slot_model.h))
FEEDER_SV := $(ABI_SV) $(QUEUE_COMMON) rtl/common/snap_sync.sv rtl/common/snap_fifo_async.sv rtl/common/snap_cdc_handshake.sv rtl/queue/snap_fifo_ram.sv rtl/queue/snap_feeder.sv
define feeder_test
$(call rtl_test,queue_feeder_$(1)$(2),snap_feeder,$(FEEDER_SV),$(QUEUE_T)/feeder_test.cpp $(QUEUE_T)/data_host.h,\
  -GDataWidth=$(1) -GTagged=$(if $(2),1,0),-DTAGGED=$(if $(2),true,false))
endef
$(foreach width,128 256 512,$(eval $(call feeder_test,$(width),)))
$(foreach width,128 512,$(eval $(call feeder_test,$(width),_tagged)))
$(eval $(call rtl_test,queue_slot_fetch,snap_slot_fetch,$(ABI_SV) rtl/common/snap_arbiter_rr.sv rtl/queue/snap_slot_fetch.sv,$(QUEUE_T)/slot_fetch_test.cpp $(QUEUE_T)/ports.h,-GNumQueues=5))
SLOT_BUFFER_SV := $(ABI_SV) $(QUEUE_COMMON) rtl/queue/snap_slot_check.sv rtl/queue/snap_slot_buffer.sv
define slot_buffer_test
$(call rtl_test,queue_slot_buffer_$(1),snap_slot_buffer,$(SLOT_BUFFER_SV),$(QUEUE_T)/slot_buffer_test.cpp $(QUEUE_T)/slot_model.h,-GDataWidth=$(1))
endef
$(foreach width,128 512,$(eval $(call slot_buffer_test,$(width))))
define dispatch_test
$(call rtl_test,queue_dispatch_$(1),snap_dispatch,$(ABI_SV) rtl/queue/snap_dispatch.sv,$(QUEUE_T)/dispatch_test.cpp $(QUEUE_T)/slot_model.h,-GDataWidth=$(1) -GNumFeeders=4 -GFeederEngine=8\'b11100101)
endef
$(foreach width,128 512,$(eval $(call dispatch_test,$(width))))
$(eval $(call rtl_test,queue_page,snap_queue_page,$(ABI_SV) $(addprefix rtl/queue/snap_,ring.sv moderation.sv queue_page.sv),$(QUEUE_T)/queue_page_test.cpp $(QUEUE_T)/ring_model.h,))
$(eval $(call rtl_test,queue_registers,snap_registers,$(ABI_SV) rtl/queue/snap_registers.sv,$(QUEUE_T)/registers_test.cpp $(QUEUE_T)/ports.h,\
  -GNumQueues=3 -GDataWidth=256 -GReadTags=48 -GNumSha256=7 -GNumSm3=5 -GNumPoint=2 -GBuildId=32\'hC0FFEE01))
