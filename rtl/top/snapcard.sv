// SPDX-License-Identifier: Apache-2.0
// The card behind its PCIe hard block: TLPs in and out, two clocks that need not be related. See
// docs/ARCHITECTURE.md for the TLP port and docs/card-reference.md for what software sees.
module snapcard #(
    parameter int unsigned DataWidth = 128,  // 128, 256 or 512
    parameter int unsigned NumQueues = 4,    // 1 to 16; as many MSI-X vectors
    parameter int unsigned SlotReadTags = DataWidth / 8,  // 512 bytes each; so many hide 300 cycles of latency
    parameter int unsigned DataReadTags = 16,
    parameter int unsigned NumSha256 = 2,
    parameter int unsigned NumSm3 = 1,
    parameter int unsigned NumPoint = 1,
    parameter int unsigned PointThreads = snap_isa_pkg::Threads,  // 8, 16 or 32 a point engine
    parameter int unsigned Sm3RoundCycles = 1,  // 1, or 2 for a faster clock at half of SM3's rate
    parameter Target = "generic",  // of the memories: "ecp5" asks for its block RAM
    parameter ImageDir = "build/engine",  // where the point engines' first image lies when the RTL is read
    parameter int unsigned CplTimeoutCycles = 1 << 20,  // of pcie_clk_i
    parameter logic [31:0] BuildId = 32'd0
) (
    input logic pcie_clk_i,
    input logic pcie_rst_ni,  // asynchronous, power-on or fundamental reset
    input logic engine_clk_i,

    input logic rx_req_valid_i,
    output logic rx_req_ready_o,
    input logic rx_req_sop_i,
    input logic rx_req_eop_i,
    input logic [127:0] rx_req_hdr_i,
    input logic [DataWidth-1:0] rx_req_data_i,

    input logic rx_cpl_valid_i,
    output logic rx_cpl_ready_o,
    input logic rx_cpl_sop_i,
    input logic rx_cpl_eop_i,
    input logic [127:0] rx_cpl_hdr_i,
    input logic [DataWidth-1:0] rx_cpl_data_i,

    output logic tx_rd_valid_o,
    input logic tx_rd_ready_i,
    output logic [127:0] tx_rd_hdr_o,

    output logic tx_wr_valid_o,
    input logic tx_wr_ready_i,
    output logic tx_wr_sop_o,
    output logic tx_wr_eop_o,
    output logic [127:0] tx_wr_hdr_o,
    output logic [DataWidth-1:0] tx_wr_data_o,
    output logic [DataWidth/32-1:0] tx_wr_strb_o,

    output logic tx_cpl_valid_o,
    input logic tx_cpl_ready_i,
    output logic [127:0] tx_cpl_hdr_o,
    output logic [DataWidth-1:0] tx_cpl_data_o,

    input logic [15:0] cfg_requester_id_i,
    input logic [2:0] cfg_max_payload_i,
    input logic [2:0] cfg_max_read_i,
    input logic cfg_ext_tag_i,
    input logic cfg_bus_master_i,
    input logic cfg_msix_enable_i,
    input logic cfg_msix_mask_i,

    input logic flr_i,
    output logic flr_done_o,
    output logic busy_o
);

  localparam int unsigned MetaWidth = 24;
  localparam int unsigned NumFeeders = NumSha256 + NumSm3 + NumPoint;

  function automatic logic [2*NumFeeders-1:0] feeder_engines();
    for (int unsigned f = 0; f < NumFeeders; f++) begin
      feeder_engines[2*f+:2] = f + 1 <= NumSha256 ? snapcard_pkg::EngineSha256
          : f + 1 <= NumSha256 + NumSm3 ? snapcard_pkg::EngineSm3 : snapcard_pkg::EnginePoint;
    end
  endfunction
  localparam logic [2*NumFeeders-1:0] FeederEngine = feeder_engines();

  if (NumFeeders < 1 || NumSha256 > 16 || NumSm3 > 16 || NumPoint > 4) begin : g_check
    $error("snapcard: up to 16 hash engines of a kind and 4 point engines, one engine at least");
  end

  // ---------------------------------------------------------------- resets and clocks
  logic por_rst_n, core_rst_n, engine_por_rst_n, engine_rst_async_n, engine_rst_n;
  logic reset_request, resetting, drain, drained, msix_clear, engine_live_q;

  snap_reset_sync u_por (
      .clk_i(pcie_clk_i),
      .rst_async_ni(pcie_rst_ni),
      .rst_no(por_rst_n)
  );
  snap_reset_sync u_engine_por (
      .clk_i(engine_clk_i),
      .rst_async_ni(pcie_rst_ni),
      .rst_no(engine_por_rst_n)
  );
  snap_reset_control u_reset (
      .clk_i(pcie_clk_i),
      .rst_ni(por_rst_n),
      .reset_i(reset_request),
      .flr_i,
      .flr_done_o,
      .resetting_o(resetting),
      .drain_o(drain),
      .drained_i(drained),
      .msix_clear_o(msix_clear),
      .core_rst_no(core_rst_n),
      .engine_rst_no(engine_rst_async_n),
      .engine_live_i(engine_live_q)
  );
  snap_reset_sync u_engine_reset (
      .clk_i(engine_clk_i),
      .rst_async_ni(engine_rst_async_n),
      .rst_no(engine_rst_n)
  );
  always_ff @(posedge engine_clk_i or negedge engine_rst_n) begin
    if (!engine_rst_n) engine_live_q <= 1'b0;
    else engine_live_q <= 1'b1;
  end

  logic [63:0] cycles_q, engine_cycles_q, engine_cycles;
  always_ff @(posedge pcie_clk_i or negedge por_rst_n) begin
    if (!por_rst_n) cycles_q <= 64'd0;
    else cycles_q <= cycles_q + 64'd1;
  end
  always_ff @(posedge engine_clk_i or negedge engine_por_rst_n) begin
    if (!engine_por_rst_n) engine_cycles_q <= 64'd0;
    else engine_cycles_q <= engine_cycles_q + 64'd1;
  end
  snap_cdc_word #(
      .Width(64)
  ) u_engine_cycles (
      .src_clk_i(engine_clk_i),
      .src_rst_ni(engine_por_rst_n),
      .src_data_i(engine_cycles_q),
      .dst_clk_i(pcie_clk_i),
      .dst_rst_ni(por_rst_n),
      .dst_data_o(engine_cycles)
  );

  // ---------------------------------------------------------------- PCIe
  logic reg_req, reg_write, reg_ack;
  logic [16:0] reg_addr;
  logic [31:0] reg_wdata, reg_rdata;
  logic [3:0] read_block_log2;
  logic s_req_valid, s_req_ready, s_rsp_valid, s_rsp_ready, s_rsp_last;
  logic d_req_valid, d_req_ready, d_rsp_valid, d_rsp_ready, unused_d_rsp_last;
  logic [63:0] s_req_addr, d_req_addr;
  logic [3:0] s_req_units, d_req_units;
  logic [MetaWidth-1:0] s_req_meta, d_req_meta, s_rsp_meta, d_rsp_meta;
  logic [DataWidth-1:0] s_rsp_data, d_rsp_data;
  logic [2:0] s_rsp_error, d_rsp_error;
  logic wr_valid, wr_ready, wr_last;
  logic [63:0] wr_addr;
  logic [DataWidth-1:0] wr_data;
  logic [6:0] wr_bytes;
  logic irq_valid, irq_ready;
  logic [7:0] irq_vector;
  logic err_request, err_completion, err_read, pcie_busy;

  snap_pcie #(
      .DataWidth(DataWidth),
      .SlotReadTags(SlotReadTags),
      .DataReadTags(DataReadTags),
      .MetaWidth(MetaWidth),
      .NumVectors(NumQueues),
      .CplTimeoutCycles(CplTimeoutCycles)
  ) u_pcie (
      .clk_i(pcie_clk_i),
      .rst_ni(por_rst_n),
      .rx_req_valid_i,
      .rx_req_ready_o,
      .rx_req_sop_i,
      .rx_req_eop_i,
      .rx_req_hdr_i,
      .rx_req_data_i,
      .rx_cpl_valid_i,
      .rx_cpl_ready_o,
      .rx_cpl_sop_i,
      .rx_cpl_eop_i,
      .rx_cpl_hdr_i,
      .rx_cpl_data_i,
      .tx_rd_valid_o,
      .tx_rd_ready_i,
      .tx_rd_hdr_o,
      .tx_wr_valid_o,
      .tx_wr_ready_i,
      .tx_wr_sop_o,
      .tx_wr_eop_o,
      .tx_wr_hdr_o,
      .tx_wr_data_o,
      .tx_wr_strb_o,
      .tx_cpl_valid_o,
      .tx_cpl_ready_i,
      .tx_cpl_hdr_o,
      .tx_cpl_data_o,
      .cfg_requester_id_i,
      .cfg_max_payload_i,
      .cfg_max_read_i,
      .cfg_ext_tag_i,
      .cfg_bus_master_i,
      .cfg_msix_enable_i,
      .cfg_msix_mask_i,
      .drain_i(drain),
      .drained_o(drained),
      .msix_clear_i(msix_clear),
      .reg_req_o(reg_req),
      .reg_write_o(reg_write),
      .reg_addr_o(reg_addr),
      .reg_wdata_o(reg_wdata),
      .reg_ack_i(reg_ack),
      .reg_rdata_i(reg_rdata),
      .read_block_log2_o(read_block_log2),
      .s_req_valid_i(s_req_valid),
      .s_req_ready_o(s_req_ready),
      .s_req_addr_i(s_req_addr),
      .s_req_units_i(s_req_units),
      .s_req_meta_i(s_req_meta),
      .s_rsp_valid_o(s_rsp_valid),
      .s_rsp_ready_i(s_rsp_ready),
      .s_rsp_data_o(s_rsp_data),
      .s_rsp_last_o(s_rsp_last),
      .s_rsp_error_o(s_rsp_error),
      .s_rsp_meta_o(s_rsp_meta),
      .d_req_valid_i(d_req_valid),
      .d_req_ready_o(d_req_ready),
      .d_req_addr_i(d_req_addr),
      .d_req_units_i(d_req_units),
      .d_req_meta_i(d_req_meta),
      .d_rsp_valid_o(d_rsp_valid),
      .d_rsp_ready_i(d_rsp_ready),
      .d_rsp_data_o(d_rsp_data),
      .d_rsp_last_o(unused_d_rsp_last),
      .d_rsp_error_o(d_rsp_error),
      .d_rsp_meta_o(d_rsp_meta),
      .wr_valid_i(wr_valid),
      .wr_ready_o(wr_ready),
      .wr_addr_i(wr_addr),
      .wr_data_i(wr_data),
      .wr_last_i(wr_last),
      .wr_bytes_i(wr_bytes),
      .irq_valid_i(irq_valid),
      .irq_ready_o(irq_ready),
      .irq_vector_i(irq_vector),
      .err_request_o(err_request),
      .err_completion_o(err_completion),
      .err_read_o(err_read),
      .busy_o(pcie_busy)
  );

  // ---------------------------------------------------------------- registers
  logic [255:0] opcodes;
  logic [11:0] page_addr;
  logic [31:0] page_wdata, jobs;
  logic [NumQueues-1:0] page_write;
  logic [NumQueues*32-1:0] page_rdata;
  logic inflight, work, queues_busy;
  logic [NumFeeders-1:0] fault;
  logic [NumFeeders*2-1:0] fault_cause;
  logic [31:0] image_size, image_checksum, engine_image_size, engine_image_checksum;

  snap_opcode_map #(
      .HasSha256(NumSha256 != 0),
      .HasSm3(NumSm3 != 0),
      .NumPoint(NumPoint)
  ) u_opcodes (
      .opcodes_o(opcodes)
  );

  snap_registers #(
      .NumQueues(NumQueues),
      .DataWidth(DataWidth),
      .ReadTags(SlotReadTags + DataReadTags),
      .NumSha256(NumSha256),
      .NumSm3(NumSm3),
      .NumPoint(NumPoint),
      .NumFeeders(NumFeeders),
      .BuildId(BuildId)
  ) u_registers (
      .clk_i(pcie_clk_i),
      .rst_ni(por_rst_n),
      .reg_req_i(reg_req),
      .reg_write_i(reg_write),
      .reg_addr_i(reg_addr),
      .reg_wdata_i(reg_wdata),
      .reg_ack_o(reg_ack),
      .reg_rdata_o(reg_rdata),
      .page_addr_o(page_addr),
      .page_wdata_o(page_wdata),
      .page_write_o(page_write),
      .page_rdata_i(page_rdata),
      .opcodes_i(opcodes),
      .cycles_i(cycles_q),
      .engine_cycles_i(engine_cycles),
      .jobs_i(jobs),
      .resetting_i(resetting),
      .jobs_inflight_i(inflight),
      .bus_master_i(cfg_bus_master_i),
      .err_request_i(err_request),
      .err_completion_i(err_completion),
      .err_read_i(err_read),
      .fault_i(fault),
      .fault_cause_i(fault_cause),
      .microcode_i(image_size),
      .microcode_checksum_i(image_checksum),
      .reset_o(reset_request)
  );

  // ---------------------------------------------------------------- queues and engines
  logic [NumFeeders-1:0] job_valid, job_ready, feeder_idle, payload_valid, cpl_valid, cpl_ready;
  logic [3:0] job_queue;
  logic [15:0] job_slot;
  logic [63:0] job_cookie;
  logic [7:0] job_opcode;
  logic [20:0] job_length;
  logic [7:0] job_flags;
  logic [57:0] job_address;
  logic [127:0] payload_data;
  logic [NumFeeders*4-1:0] cpl_queue;
  logic [NumFeeders*16-1:0] cpl_slot;
  logic [NumFeeders*64-1:0] cpl_cookie;
  logic [NumFeeders*8-1:0] cpl_status;
  logic [NumFeeders*32-1:0] cpl_engine_cycles;
  logic [NumFeeders*64-1:0] cpl_value;
  logic [NumFeeders-1:0] cpl_has_result;
  logic [1:0] cpl_beat;
  logic [NumFeeders*DataWidth-1:0] cpl_result;

  logic flush;
  snap_fanout #(
      .Width(1),
      .Copies(1)
  ) u_flush (
      .clk_i(pcie_clk_i),
      .data_i(drain),
      .data_o(flush)
  );

  snap_queues #(
      .DataWidth(DataWidth),
      .NumQueues(NumQueues),
      .NumFeeders(NumFeeders),
      .FeederEngine(FeederEngine),
      .MetaWidth(MetaWidth)
  ) u_queues (
      .clk_i(pcie_clk_i),
      .rst_ni(core_rst_n),
      .flush_i(flush),
      .opcodes_i(opcodes),
      .cycles_i(cycles_q[31:0]),
      .read_block_log2_i(read_block_log2),
      .page_addr_i(page_addr),
      .page_wdata_i(page_wdata),
      .page_write_i(page_write),
      .page_rdata_o(page_rdata),
      .jobs_o(jobs),
      .s_req_valid_o(s_req_valid),
      .s_req_ready_i(s_req_ready),
      .s_req_addr_o(s_req_addr),
      .s_req_units_o(s_req_units),
      .s_req_meta_o(s_req_meta),
      .s_rsp_valid_i(s_rsp_valid),
      .s_rsp_ready_o(s_rsp_ready),
      .s_rsp_data_i(s_rsp_data),
      .s_rsp_last_i(s_rsp_last),
      .s_rsp_error_i(s_rsp_error),
      .s_rsp_meta_i(s_rsp_meta),
      .job_valid_o(job_valid),
      .job_ready_i(job_ready),
      .idle_i(feeder_idle),
      .job_queue_o(job_queue),
      .job_slot_o(job_slot),
      .job_cookie_o(job_cookie),
      .job_opcode_o(job_opcode),
      .job_flags_o(job_flags),
      .job_length_o(job_length),
      .job_address_o(job_address),
      .payload_valid_o(payload_valid),
      .payload_data_o(payload_data),
      .cpl_valid_i(cpl_valid),
      .cpl_ready_o(cpl_ready),
      .cpl_queue_i(cpl_queue),
      .cpl_slot_i(cpl_slot),
      .cpl_cookie_i(cpl_cookie),
      .cpl_status_i(cpl_status),
      .cpl_value_i(cpl_value),
      .cpl_engine_cycles_i(cpl_engine_cycles),
      .cpl_has_result_i(cpl_has_result),
      .cpl_beat_o(cpl_beat),
      .cpl_result_i(cpl_result),
      .wr_valid_o(wr_valid),
      .wr_ready_i(wr_ready),
      .wr_addr_o(wr_addr),
      .wr_data_o(wr_data),
      .wr_last_o(wr_last),
      .wr_bytes_o(wr_bytes),
      .irq_valid_o(irq_valid),
      .irq_ready_i(irq_ready),
      .irq_vector_o(irq_vector),
      .inflight_o(inflight),
      .work_o(work),
      .busy_o(queues_busy)
  );

  snap_engines #(
      .DataWidth(DataWidth),
      .NumSha256(NumSha256),
      .NumSm3(NumSm3),
      .NumPoint(NumPoint),
      .PointThreads(PointThreads),
      .Sm3RoundCycles(Sm3RoundCycles),
      .Target(Target),
      .ImageDir(ImageDir),
      .MetaWidth(MetaWidth)
  ) u_engines (
      .clk_i(pcie_clk_i),
      .rst_ni(core_rst_n),
      .engine_clk_i,
      .engine_rst_ni(engine_rst_n),
      .read_block_log2_i(read_block_log2),
      .job_valid_i(job_valid),
      .job_ready_o(job_ready),
      .idle_o(feeder_idle),
      .job_queue_i(job_queue),
      .job_slot_i(job_slot),
      .job_cookie_i(job_cookie),
      .job_opcode_i(job_opcode),
      .job_flags_i(job_flags),
      .job_length_i(job_length),
      .job_address_i(job_address),
      .payload_valid_i(payload_valid),
      .payload_data_i(payload_data),
      .d_req_valid_o(d_req_valid),
      .d_req_ready_i(d_req_ready),
      .d_req_addr_o(d_req_addr),
      .d_req_units_o(d_req_units),
      .d_req_meta_o(d_req_meta),
      .d_rsp_valid_i(d_rsp_valid),
      .d_rsp_ready_o(d_rsp_ready),
      .d_rsp_data_i(d_rsp_data),
      .d_rsp_error_i(d_rsp_error),
      .d_rsp_meta_i(d_rsp_meta),
      .cpl_valid_o(cpl_valid),
      .cpl_ready_i(cpl_ready),
      .cpl_queue_o(cpl_queue),
      .cpl_slot_o(cpl_slot),
      .cpl_cookie_o(cpl_cookie),
      .cpl_status_o(cpl_status),
      .cpl_value_o(cpl_value),
      .cpl_engine_cycles_o(cpl_engine_cycles),
      .cpl_has_result_o(cpl_has_result),
      .cpl_beat_i(cpl_beat),
      .cpl_result_o(cpl_result),
      .fault_o(fault),
      .fault_cause_o(fault_cause),
      .image_size_o(engine_image_size),
      .image_checksum_o(engine_image_checksum)
  );

  snap_cdc_word #(
      .Width(64)
  ) u_image (
      .src_clk_i(engine_clk_i),
      .src_rst_ni(engine_por_rst_n),
      .src_data_i({engine_image_checksum, engine_image_size}),
      .dst_clk_i(pcie_clk_i),
      .dst_rst_ni(por_rst_n),
      .dst_data_o({image_checksum, image_size})
  );

  // Slots that wait without bus mastering wait for the host, not for a clock.
  assign busy_o = pcie_busy || queues_busy || (work && cfg_bus_master_i) || resetting || reg_req;

endmodule
