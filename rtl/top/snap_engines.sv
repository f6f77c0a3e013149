// SPDX-License-Identifier: Apache-2.0
// The engines, each with its feeder, and the arbitration of the data reads between the feeders.
// Feeders 0 .. NumSha256-1 are SHA-256, those behind are SM3.
module snap_engines #(
    parameter int unsigned DataWidth = 128,
    parameter int unsigned NumSha256 = 2,
    parameter int unsigned NumSm3 = 1,
    parameter int unsigned MetaWidth = 24,
    localparam int unsigned NumFeeders = NumSha256 + NumSm3
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
    input logic [20:0] job_length_i,
    input logic job_indirect_i,
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
    output logic [NumFeeders*32-1:0] cpl_engine_cycles_o,
    output logic [NumFeeders*256-1:0] cpl_digest_o
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
    logic in_valid, in_ready, in_last, in_error, out_valid, out_ready, out_error;
    logic [127:0] in_data;
    logic [255:0] out_digest;
    logic [31:0] out_cycles;

    snap_feeder #(
        .DataWidth(DataWidth)
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
        .job_length_i,
        .job_indirect_i,
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
        .cpl_engine_cycles_o(cpl_engine_cycles_o[f*32+:32]),
        .cpl_digest_o(cpl_digest_o[f*256+:256]),
        .engine_clk_i,
        .engine_rst_ni,
        .engine_in_valid_o(in_valid),
        .engine_in_ready_i(in_ready),
        .engine_in_data_o(in_data),
        .engine_in_last_o(in_last),
        .engine_in_error_o(in_error),
        .engine_out_valid_i(out_valid),
        .engine_out_ready_o(out_ready),
        .engine_out_digest_i(out_digest),
        .engine_out_error_i(out_error),
        .engine_out_cycles_i(out_cycles)
    );

    snap_hash_engine #(
        .Sm3(f >= NumSha256)
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
        .out_digest_o(out_digest),
        .out_error_o(out_error),
        .out_cycles_o(out_cycles)
    );
  end

endmodule
