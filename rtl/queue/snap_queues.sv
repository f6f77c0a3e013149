// SPDX-License-Identifier: Apache-2.0
// All queue pairs with what they share: slot fetch, slot buffer, dispatch, completion writer, interrupts.
//
//   pages --available--> slot fetch --s_req--> (snap_pcie) --s_rsp--> slot buffer --> dispatch --> feeders
//     ^                                                                                  |            |
//     +------------- completed ------------ completion writer <--------------------------+------------+
module snap_queues #(
    parameter int unsigned DataWidth = 128,
    parameter int unsigned NumQueues = 4,
    parameter int unsigned NumFeeders = 3,
    parameter logic [2*NumFeeders-1:0] FeederEngine = {NumFeeders{2'd1}},
    parameter int unsigned MetaWidth = 24
) (
    input logic clk_i,
    input logic rst_ni,
    input logic flush_i,  // a reset is coming: take and drop what arrives
    input logic [255:0] opcodes_i,
    input logic [31:0] cycles_i,
    input logic [3:0] read_block_log2_i,

    // register pages
    input logic [11:0] page_addr_i,
    input logic [31:0] page_wdata_i,
    input logic [NumQueues-1:0] page_write_i,
    output logic [NumQueues*32-1:0] page_rdata_o,
    output logic [31:0] jobs_o,

    // slots
    output logic s_req_valid_o,
    input logic s_req_ready_i,
    output logic [63:0] s_req_addr_o,
    output logic [3:0] s_req_units_o,
    output logic [MetaWidth-1:0] s_req_meta_o,
    input logic s_rsp_valid_i,
    output logic s_rsp_ready_o,
    input logic [DataWidth-1:0] s_rsp_data_i,
    input logic s_rsp_last_i,
    input logic [2:0] s_rsp_error_i,
    input logic [MetaWidth-1:0] s_rsp_meta_i,

    // jobs to the feeders, completions from them
    output logic [NumFeeders-1:0] job_valid_o,
    input logic [NumFeeders-1:0] job_ready_i,
    input logic [NumFeeders-1:0] idle_i,
    output logic [3:0] job_queue_o,
    output logic [15:0] job_slot_o,
    output logic [63:0] job_cookie_o,
    output logic [7:0] job_opcode_o,
    output logic [7:0] job_flags_o,
    output logic [20:0] job_length_o,
    output logic [57:0] job_address_o,
    output logic [NumFeeders-1:0] payload_valid_o,
    output logic [127:0] payload_data_o,
    input logic [NumFeeders-1:0] cpl_valid_i,
    output logic [NumFeeders-1:0] cpl_ready_o,
    input logic [NumFeeders*4-1:0] cpl_queue_i,
    input logic [NumFeeders*16-1:0] cpl_slot_i,
    input logic [NumFeeders*64-1:0] cpl_cookie_i,
    input logic [NumFeeders*8-1:0] cpl_status_i,
    input logic [NumFeeders*64-1:0] cpl_value_i,
    input logic [NumFeeders*32-1:0] cpl_engine_cycles_i,
    input logic [NumFeeders-1:0] cpl_has_result_i,
    output logic [1:0] cpl_beat_o,
    input logic [NumFeeders*DataWidth-1:0] cpl_result_i,  // that beat of each

    // writes and interrupts
    output logic wr_valid_o,
    input logic wr_ready_i,
    output logic [63:0] wr_addr_o,
    output logic [DataWidth-1:0] wr_data_o,
    output logic wr_last_o,
    output logic [6:0] wr_bytes_o,
    output logic irq_valid_o,
    input logic irq_ready_i,
    output logic [7:0] irq_vector_o,

    output logic inflight_o,  // jobs are in flight
    output logic work_o,      // slots wait to be fetched
    output logic busy_o       // jobs are in flight, or an interrupt is on its way
);

  if (NumQueues < 1 || NumQueues > snapcard_pkg::QueuesMax) begin : g_check
    $error("snap_queues: NumQueues must be 1 to 16");
  end

  // ---------------------------------------------------------------- pages
  logic [NumQueues*16-1:0] available, sq_issued, sq_head, cq_tail, generation;
  logic [NumQueues*52-1:0] sq_base, cq_base, result_base;
  logic [NumQueues*4-1:0] entries_log2;
  logic [NumQueues-1:0] running, slot_512, claim, received, completed;
  logic [NumQueues-1:0] irq_valid, irq_ready, jobs, busy;
  logic claim_two;

  for (genvar q = 0; q < NumQueues; q++) begin : g_page
    snap_queue_page u_page (
        .clk_i,
        .rst_ni,
        .addr_i(page_addr_i),
        .write_i(page_write_i[q]),
        .wdata_i(page_wdata_i),
        .rdata_o(page_rdata_o[q*32+:32]),
        .running_o(running[q]),
        .available_o(available[q*16+:16]),
        .sq_issued_o(sq_issued[q*16+:16]),
        .sq_base_o(sq_base[q*52+:52]),
        .slot_512_o(slot_512[q]),
        .claim_i(claim[q]),
        .claim_two_i(claim_two),
        .received_i(received[q]),
        .cq_tail_o(cq_tail[q*16+:16]),
        .sq_head_o(sq_head[q*16+:16]),
        .entries_log2_o(entries_log2[q*4+:4]),
        .generation_o(generation[q*16+:16]),
        .cq_base_o(cq_base[q*52+:52]),
        .result_base_o(result_base[q*52+:52]),
        .completed_i(completed[q]),
        .irq_valid_o(irq_valid[q]),
        .irq_ready_i(irq_ready[q]),
        .jobs_o(jobs[q]),
        .busy_o(busy[q])
    );
  end

  logic [31:0] jobs_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) jobs_q <= 32'd0;
    else jobs_q <= jobs_q + {31'd0, completed != '0};
  end
  assign jobs_o = jobs_q;

  // ---------------------------------------------------------------- slots
  snap_slot_fetch #(
      .NumQueues(NumQueues),
      .MetaWidth(MetaWidth)
  ) u_fetch (
      .clk_i,
      .rst_ni,
      .read_block_log2_i,
      .running_i(running),
      .available_i(available),
      .sq_issued_i(sq_issued),
      .sq_base_i(sq_base),
      .entries_log2_i(entries_log2),
      .slot_512_i(slot_512),
      .claim_o(claim),
      .claim_two_o(claim_two),
      .req_valid_o(s_req_valid_o),
      .req_ready_i(s_req_ready_i),
      .req_addr_o(s_req_addr_o),
      .req_units_o(s_req_units_o),
      .req_meta_o(s_req_meta_o),
      .work_o
  );

  localparam int unsigned BeatWidth = $clog2(4096 / DataWidth);
  logic slot_valid, slot_take, read;
  logic [3:0] slot_queue;
  logic [15:0] slot_index;
  logic [7:0] slot_status, slot_opcode, slot_flags;
  logic [63:0] slot_cookie;
  logic [20:0] slot_length;
  logic [57:0] slot_address;
  logic [BeatWidth-1:0] read_beat;
  logic [DataWidth-1:0] read_data;

  snap_slot_buffer #(
      .NumQueues(NumQueues),
      .DataWidth(DataWidth),
      .MetaWidth(MetaWidth)
  ) u_buffer (
      .clk_i,
      .rst_ni,
      .flush_i,
      .opcodes_i,
      .rsp_valid_i(s_rsp_valid_i),
      .rsp_ready_o(s_rsp_ready_o),
      .rsp_data_i(s_rsp_data_i),
      .rsp_last_i(s_rsp_last_i),
      .rsp_error_i(s_rsp_error_i),
      .rsp_meta_i(s_rsp_meta_i),
      .received_o(received),
      .slot_valid_o(slot_valid),
      .slot_take_i(slot_take),
      .slot_queue_o(slot_queue),
      .slot_index_o(slot_index),
      .slot_status_o(slot_status),
      .slot_cookie_o(slot_cookie),
      .slot_opcode_o(slot_opcode),
      .slot_flags_o(slot_flags),
      .slot_length_o(slot_length),
      .slot_address_o(slot_address),
      .read_i(read),
      .read_beat_i(read_beat),
      .read_data_o(read_data)
  );

  // ---------------------------------------------------------------- dispatch
  logic direct_valid, direct_ready, direct_has_result;
  logic [3:0] direct_queue;
  logic [15:0] direct_slot;
  logic [63:0] direct_cookie;
  logic [7:0] direct_status;
  logic [63:0] direct_value;
  logic [DataWidth-1:0] direct_result;
  logic direct_fetch;

  snap_dispatch #(
      .DataWidth(DataWidth),
      .NumFeeders(NumFeeders),
      .FeederEngine(FeederEngine)
  ) u_dispatch (
      .clk_i,
      .rst_ni,
      .slot_valid_i(slot_valid),
      .slot_take_o(slot_take),
      .slot_queue_i(slot_queue),
      .slot_index_i(slot_index),
      .slot_status_i(slot_status),
      .slot_cookie_i(slot_cookie),
      .slot_opcode_i(slot_opcode),
      .slot_flags_i(slot_flags),
      .slot_length_i(slot_length),
      .slot_address_i(slot_address),
      .read_o(read),
      .read_beat_o(read_beat),
      .read_data_i(read_data),
      .cpl_valid_o(direct_valid),
      .cpl_ready_i(direct_ready),
      .cpl_queue_o(direct_queue),
      .cpl_slot_o(direct_slot),
      .cpl_cookie_o(direct_cookie),
      .cpl_status_o(direct_status),
      .cpl_value_o(direct_value),
      .cpl_has_result_o(direct_has_result),
      .cpl_fetch_i(direct_fetch),
      .cpl_result_o(direct_result),
      .job_valid_o,
      .job_ready_i,
      .idle_i,
      .job_queue_o,
      .job_slot_o,
      .job_cookie_o,
      .job_opcode_o,
      .job_flags_o,
      .job_length_o,
      .job_address_o,
      .payload_valid_o,
      .payload_data_o
  );

  // ---------------------------------------------------------------- completions
  // Source NumFeeders is the dispatcher.
  localparam int unsigned NumSources = NumFeeders + 1;
  logic [NumSources-1:0] src_ready, src_fetch;
  assign {direct_ready, cpl_ready_o} = src_ready;
  assign direct_fetch = src_fetch[NumFeeders];  // the feeders go by the beat's number
  logic unused_fetch;
  assign unused_fetch = ^src_fetch[NumFeeders-1:0];

  snap_completion #(
      .DataWidth(DataWidth),
      .NumQueues(NumQueues),
      .NumSources(NumSources)
  ) u_completion (
      .clk_i,
      .rst_ni,
      .src_valid_i({direct_valid, cpl_valid_i}),
      .src_ready_o(src_ready),
      .src_queue_i({direct_queue, cpl_queue_i}),
      .src_slot_i({direct_slot, cpl_slot_i}),
      .src_cookie_i({direct_cookie, cpl_cookie_i}),
      .src_status_i({direct_status, cpl_status_i}),
      .src_value_i({direct_value, cpl_value_i}),
      .src_engine_cycles_i({32'd0, cpl_engine_cycles_i}),
      .src_has_result_i({direct_has_result, cpl_has_result_i}),
      .src_beat_o(cpl_beat_o),
      .src_fetch_o(src_fetch),
      .src_result_i({direct_result, cpl_result_i}),
      .cq_tail_i(cq_tail),
      .sq_head_i(sq_head),
      .entries_log2_i(entries_log2),
      .generation_i(generation),
      .cq_base_i(cq_base),
      .result_base_i(result_base),
      .cycles_i,
      .completed_o(completed),
      .wr_valid_o,
      .wr_ready_i,
      .wr_addr_o,
      .wr_data_o,
      .wr_last_o,
      .wr_bytes_o
  );

  // ---------------------------------------------------------------- interrupts
  localparam int unsigned QueueWidth = NumQueues > 1 ? $clog2(NumQueues) : 1;
  logic [NumQueues-1:0] irq_grant;
  logic [QueueWidth-1:0] irq_queue;
  snap_arbiter_rr #(
      .N(NumQueues)
  ) u_irq_arbiter (
      .clk_i,
      .rst_ni,
      .req_i(irq_valid),
      .grant_o(irq_grant),
      .grant_idx_o(irq_queue),
      .advance_i(irq_ready_i)
  );
  assign irq_valid_o = irq_valid != '0;
  assign irq_vector_o = 8'(irq_queue);
  assign irq_ready = irq_ready_i ? irq_grant : '0;

  assign inflight_o = jobs != '0;
  assign busy_o = busy != '0;

endmodule
