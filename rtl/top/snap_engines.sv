// SPDX-License-Identifier: Apache-2.0
// The engines, each with its feeder, and the arbitration of the data reads between the feeders.
// Feeders 0 .. NumSha256-1 are SHA-256, those behind SM3, the last ones point engines.
module snap_engines #(
    parameter int unsigned DataWidth = 128,
    parameter int unsigned NumSha256 = 2,
    parameter int unsigned NumSm3 = 1,
    parameter int unsigned NumPoint = 1,
    parameter int unsigned Sm3RoundCycles = 1,  // 1 or 2
    // verilator lint_off UNUSEDPARAM  // without a point engine
    parameter int unsigned PointThreads = snap_isa_pkg::Threads,
    parameter Target = "generic",
    parameter ImageDir = "build/engine",
    // verilator lint_on UNUSEDPARAM
    parameter int unsigned MetaWidth = 24,
    localparam int unsigned NumFeeders = NumSha256 + NumSm3 + NumPoint
) (
    input logic clk_i,
    input logic rst_ni,
    input logic engine_clk_i,
    input logic engine_rst_ni,
    input logic [3:0] read_block_log2_i,

    input logic [NumFeeders-1:0] job_valid_i,
    output logic [NumFeeders-1:0] job_ready_o,
    output logic [NumFeeders-1:0] idle_o,
    input logic [3:0] job_queue_i,
    input logic [15:0] job_slot_i,
    input logic [63:0] job_cookie_i,
    input logic [7:0] job_opcode_i,
    input logic [7:0] job_flags_i,
    input logic [20:0] job_length_i,
    input logic [57:0] job_address_i,
    input logic [NumFeeders-1:0] payload_valid_i,
    input logic [127:0] payload_data_i,

    output logic d_req_valid_o,
    input logic d_req_ready_i,
    output logic [63:0] d_req_addr_o,
    output logic [3:0] d_req_units_o,
    output logic [MetaWidth-1:0] d_req_meta_o,  // number of the feeder
    input logic d_rsp_valid_i,
    output logic d_rsp_ready_o,
    input logic [DataWidth-1:0] d_rsp_data_i,
    input logic [2:0] d_rsp_error_i,
    input logic [MetaWidth-1:0] d_rsp_meta_i,

    output logic [NumFeeders-1:0] cpl_valid_o,
    input logic [NumFeeders-1:0] cpl_ready_i,
    output logic [NumFeeders*4-1:0] cpl_queue_o,
    output logic [NumFeeders*16-1:0] cpl_slot_o,
    output logic [NumFeeders*64-1:0] cpl_cookie_o,
    output logic [NumFeeders*8-1:0] cpl_status_o,
    output logic [NumFeeders*64-1:0] cpl_value_o,
    output logic [NumFeeders*32-1:0] cpl_engine_cycles_o,
    output logic [NumFeeders-1:0] cpl_has_result_o,
    input logic [1:0] cpl_beat_i,
    output logic [NumFeeders*DataWidth-1:0] cpl_result_o,  // that beat of it

    output logic [NumFeeders-1:0] fault_o,  // pulses: a job has ended as ENGINE_FAULT
    output logic [NumFeeders*2-1:0] fault_cause_o,
    // engine clock: the first point engine's image
    output logic [31:0] image_size_o,  // words, version; 0: none
    output logic [31:0] image_checksum_o
);

  localparam int unsigned FeederWidth = NumFeeders > 1 ? $clog2(NumFeeders) : 1;

  // ---------------------------------------------------------------- data reads
  logic [NumFeeders-1:0] req_valid, req_grant;
  logic [NumFeeders*64-1:0] req_addr;
  logic [NumFeeders*4-1:0] req_units;
  logic [FeederWidth-1:0] req_feeder;

  snap_arbiter_rr #(
      .N(NumFeeders)
  ) u_arbiter (
      .clk_i,
      .rst_ni,
      .req_i(req_valid),
      .grant_o(req_grant),
      .grant_idx_o(req_feeder),
      .advance_i(d_req_ready_i)
  );
  assign d_req_valid_o = req_valid != '0;
  assign d_req_addr_o = req_addr[req_feeder*64+:64];
  assign d_req_units_o = req_units[req_feeder*4+:4];
  assign d_req_meta_o = MetaWidth'(req_feeder);
  assign d_rsp_ready_o = 1'b1;  // the feeders have reserved the room

  for (genvar f = 0; f < NumFeeders; f++) begin : g_engine
    localparam bit IsPoint = f >= NumSha256 + NumSm3;
    logic in_valid, in_ready, in_last, in_error, out_valid, out_ready, out_has_result;
    logic [127:0] in_data;
    logic [4:0] out_tag;
    logic [63:0] out_value;
    logic [1:0] out_status, out_cause;
    logic [511:0] out_result;
    logic [31:0] out_cycles;

    snap_feeder #(
        .DataWidth(DataWidth),
        .Tagged(IsPoint)
    ) u_feeder (
        .clk_i,
        .rst_ni,
        .read_block_log2_i,
        .job_valid_i(job_valid_i[f]),
        .job_ready_o(job_ready_o[f]),
        .job_queue_i,
        .job_slot_i,
        .job_cookie_i,
        .job_opcode_i,
        .job_flags_i,
        .job_length_i,
        .job_address_i,
        .payload_valid_i(payload_valid_i[f]),
        .payload_data_i,
        .idle_o(idle_o[f]),
        .req_valid_o(req_valid[f]),
        .req_ready_i(req_grant[f] && d_req_ready_i),
        .req_addr_o(req_addr[f*64+:64]),
        .req_units_o(req_units[f*4+:4]),
        .rsp_valid_i(d_rsp_valid_i && d_rsp_meta_i == MetaWidth'(f)),
        .rsp_data_i(d_rsp_data_i),
        .rsp_error_i(d_rsp_error_i),
        .cpl_valid_o(cpl_valid_o[f]),
        .cpl_ready_i(cpl_ready_i[f]),
        .cpl_queue_o(cpl_queue_o[f*4+:4]),
        .cpl_slot_o(cpl_slot_o[f*16+:16]),
        .cpl_cookie_o(cpl_cookie_o[f*64+:64]),
        .cpl_status_o(cpl_status_o[f*8+:8]),
        .cpl_value_o(cpl_value_o[f*64+:64]),
        .cpl_engine_cycles_o(cpl_engine_cycles_o[f*32+:32]),
        .cpl_has_result_o(cpl_has_result_o[f]),
        .cpl_beat_i,
        .cpl_result_o(cpl_result_o[f*DataWidth+:DataWidth]),
        .fault_o(fault_o[f]),
        .fault_cause_o(fault_cause_o[f*2+:2]),
        .engine_clk_i,
        .engine_rst_ni,
        .engine_in_valid_o(in_valid),
        .engine_in_ready_i(in_ready),
        .engine_in_data_o(in_data),
        .engine_in_last_o(in_last),
        .engine_in_error_o(in_error),
        .engine_out_valid_i(out_valid),
        .engine_out_ready_o(out_ready),
        .engine_out_tag_i(out_tag),
        .engine_out_value_i(out_value),
        .engine_out_status_i(out_status),
        .engine_out_cause_i(out_cause),
        .engine_out_has_result_i(out_has_result),
        .engine_out_result_i(out_result),
        .engine_out_cycles_i(out_cycles)
    );

    if (IsPoint) begin : g_point
      logic [31:0] image_size, image_checksum;
      snap_point_engine #(
          .Threads(PointThreads),
          .Sm3RoundCycles(Sm3RoundCycles),
          .Target(Target),
          .ImageDir(ImageDir)
      ) u_engine (
          .clk_i(engine_clk_i),
          .rst_ni(engine_rst_ni),
          .in_valid_i(in_valid),
          .in_ready_o(in_ready),
          .in_data_i(in_data),
          .in_last_i(in_last),
          .in_error_i(in_error),
          .out_valid_o(out_valid),
          .out_ready_i(out_ready),
          .out_tag_o(out_tag),
          .out_value_o(out_value),
          .out_status_o(out_status),
          .out_cause_o(out_cause),
          .out_has_result_o(out_has_result),
          .out_result_o(out_result),
          .out_cycles_o(out_cycles),
          .image_size_o(image_size),
          .image_checksum_o(image_checksum)
      );

      if (f == NumSha256 + NumSm3) begin : g_first
        assign image_size_o = image_size;
        assign image_checksum_o = image_checksum;
      end else begin : g_other
        logic unused_image;
        assign unused_image = ^{image_size, image_checksum};
      end
    end else begin : g_hash
      logic out_error;
      snap_hash_engine #(
          .Sm3(f >= NumSha256),
          .Sm3RoundCycles(Sm3RoundCycles)
      ) u_engine (
          .clk_i(engine_clk_i),
          .rst_ni(engine_rst_ni),
          .in_valid_i(in_valid),
          .in_ready_o(in_ready),
          .in_data_i(in_data),
          .in_last_i(in_last),
          .in_error_i(in_error),
          .out_valid_o(out_valid),
          .out_ready_i(out_ready),
          .out_digest_o(out_result[255:0]),
          .out_error_o(out_error),
          .out_cycles_o(out_cycles)
      );
      assign out_tag = 5'd0;
      assign out_value = 64'd0;
      assign out_status = {1'b0, out_error};
      assign out_cause = 2'd0;
      assign out_has_result = 1'b1;
      assign out_result[511:256] = 256'd0;
    end
  end

  if (NumPoint == 0) begin : g_no_point
    assign image_size_o = 32'd0;
    assign image_checksum_o = 32'd0;
  end

endmodule
