// SPDX-License-Identifier: Apache-2.0
// The register bus of BAR0: the global page is here, queue pages are passed on. Outside the domain that
// CONTROL.RESET resets, so that registers answer while a reset is under way; queue pages do not take writes then.
//
//   cycle 0: the bus asks   1: every page has looked its register up   2: acknowledge, side effects
module snap_registers #(
    parameter int unsigned NumQueues = 4,
    parameter int unsigned DataWidth = 128,
    parameter int unsigned ReadTags = 32,
    parameter int unsigned NumSha256 = 2,
    parameter int unsigned NumSm3 = 1,
    parameter int unsigned NumPoint = 1,
    parameter int unsigned NumFeeders = NumSha256 + NumSm3 + NumPoint,
    parameter logic [31:0] BuildId = 32'd0
) (
    input logic clk_i,
    input logic rst_ni,

    input logic reg_req_i,
    input logic reg_write_i,
    input logic [16:0] reg_addr_i,
    input logic [31:0] reg_wdata_i,
    output logic reg_ack_o,
    output logic [31:0] reg_rdata_o,

    output logic [11:0] page_addr_o,
    output logic [31:0] page_wdata_o,
    output logic [NumQueues-1:0] page_write_o,
    input logic [NumQueues*32-1:0] page_rdata_i,

    input logic [255:0] opcodes_i,
    input logic [63:0] cycles_i,
    input logic [63:0] engine_cycles_i,
    input logic [31:0] jobs_i,
    input logic resetting_i,
    input logic jobs_inflight_i,
    input logic bus_master_i,
    input logic err_request_i,
    input logic err_completion_i,
    input logic err_read_i,
    input logic [NumFeeders-1:0] fault_i,  // a job of this feeder has ended as ENGINE_FAULT
    input logic [NumFeeders*2-1:0] fault_cause_i,
    input logic [31:0] microcode_i,
    input logic [31:0] microcode_checksum_i,
    output logic reset_o  // pulse: the host asks for a reset
);

  // ---------------------------------------------------------------- bus
  typedef enum logic [1:0] {
    Idle,
    Lookup,
    Acknowledge
  } state_e;
  state_e state_q;

  logic [4:0] page;
  logic global_page, effect;
  assign page = reg_addr_i[16:12];
  assign global_page = page == 5'd0;
  assign effect = state_q == Lookup;

  logic [31:0] rdata_d, rdata_q, global_rdata_d, global_rdata_q;
  always_comb begin
    rdata_d = global_page ? global_rdata_q : 32'd0;
    for (int unsigned q = 0; q < NumQueues; q++) begin
      if (page == 5'(16 + q)) rdata_d = page_rdata_i[q*32+:32];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      rdata_q <= 32'd0;
      global_rdata_q <= 32'd0;
    end else begin
      global_rdata_q <= global_rdata_d;
      unique case (state_q)
        Idle: if (reg_req_i) state_q <= Lookup;
        Lookup: begin
          state_q <= Acknowledge;
          rdata_q <= rdata_d;
        end
        default: state_q <= Idle;
      endcase
    end
  end

  assign reg_ack_o = state_q == Acknowledge;
  assign reg_rdata_o = rdata_q;
  assign page_addr_o = reg_addr_i[11:0];
  assign page_wdata_o = reg_wdata_i;
  always_comb begin
    for (int unsigned q = 0; q < NumQueues; q++) begin
      page_write_o[q] = effect && reg_write_i && page == 5'(16 + q) && !resetting_i;
    end
  end
  assign reset_o = effect && reg_write_i && global_page && reg_addr_i[11:0] == snapcard_pkg::RegControl
      && reg_wdata_i[snapcard_pkg::ControlResetLsb];

  // ---------------------------------------------------------------- global page
  logic [31:0] cycles_hi_q, engine_cycles_hi_q;
  // The high halves that belong to the low halves looked up.
  logic [31:0] cycles_lookup_q, engine_cycles_lookup_q;
  logic [31:0] err_request_q, err_completion_q, err_read_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      cycles_hi_q <= 32'd0;
      engine_cycles_hi_q <= 32'd0;
      cycles_lookup_q <= 32'd0;
      engine_cycles_lookup_q <= 32'd0;
    end else begin
      cycles_lookup_q <= cycles_i[63:32];
      engine_cycles_lookup_q <= engine_cycles_i[63:32];
      if (effect && !reg_write_i && global_page) begin
        if (reg_addr_i[11:0] == snapcard_pkg::RegCyclesLo) cycles_hi_q <= cycles_lookup_q;
        if (reg_addr_i[11:0] == snapcard_pkg::RegEngineCyclesLo) begin
          engine_cycles_hi_q <= engine_cycles_lookup_q;
        end
      end
    end
  end

  function automatic logic [31:0] count_up(input logic [31:0] count, input logic pulse);
    count_up = count + {31'd0, pulse && count != 32'hFFFFFFFF};
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      err_request_q <= 32'd0;
      err_completion_q <= 32'd0;
      err_read_q <= 32'd0;
    end else begin
      err_request_q <= count_up(err_request_q, err_request_i);
      err_completion_q <= count_up(err_completion_q, err_completion_i);
      err_read_q <= count_up(err_read_q, err_read_i);
    end
  end

  // Feeders complete jobs one at a time, so faults do not come together.
  localparam int unsigned Causes = 3;
  logic [31:0] err_engine_q;
  logic [8*Causes-1:0] err_cause_q;
  logic [1:0] cause;
  always_comb begin
    cause = 2'd0;
    for (int unsigned f = 0; f < NumFeeders; f++) cause = cause | (fault_cause_i[2*f+:2] & {2{fault_i[f]}});
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      err_engine_q <= 32'd0;
      err_cause_q <= '0;
    end else begin
      err_engine_q <= count_up(err_engine_q, fault_i != '0);
      for (int unsigned c = 0; c < Causes; c++) begin
        if (fault_i != '0 && cause == 2'(c) && err_cause_q[8*c+:8] != 8'hFF) begin
          err_cause_q[8*c+:8] <= err_cause_q[8*c+:8] + 8'd1;
        end
      end
    end
  end

  always_comb begin
    unique case (reg_addr_i[11:0])
      snapcard_pkg::RegMagic: global_rdata_d = snapcard_pkg::AbiMagic;
      snapcard_pkg::RegAbiVersion: global_rdata_d = snapcard_pkg::AbiVersion;
      snapcard_pkg::RegBuildId: global_rdata_d = BuildId;
      snapcard_pkg::RegLayout:
      global_rdata_d = {
        8'(snapcard_pkg::EntriesLog2Max), 8'(DataWidth / 8), 8'(NumQueues), 8'(NumQueues)
      };
      snapcard_pkg::RegReadTags: global_rdata_d = 32'(ReadTags);
      snapcard_pkg::RegMessageBytesMax: global_rdata_d = 32'(snapcard_pkg::MessageBytesMax);
      snapcard_pkg::RegEngines: global_rdata_d = {8'd0, 8'(NumPoint), 8'(NumSm3), 8'(NumSha256)};
      snapcard_pkg::RegCyclesLo: global_rdata_d = cycles_i[31:0];
      snapcard_pkg::RegCyclesHi: global_rdata_d = cycles_hi_q;
      snapcard_pkg::RegEngineCyclesLo: global_rdata_d = engine_cycles_i[31:0];
      snapcard_pkg::RegEngineCyclesHi: global_rdata_d = engine_cycles_hi_q;
      snapcard_pkg::RegStatus: global_rdata_d = {29'd0, bus_master_i, jobs_inflight_i, resetting_i};
      snapcard_pkg::RegJobs: global_rdata_d = jobs_i;
      snapcard_pkg::RegErrRequest: global_rdata_d = err_request_q;
      snapcard_pkg::RegErrCompletion: global_rdata_d = err_completion_q;
      snapcard_pkg::RegErrRead: global_rdata_d = err_read_q;
      snapcard_pkg::RegErrEngine: global_rdata_d = err_engine_q;
      snapcard_pkg::RegErrEngineCause: global_rdata_d = {8'd0, err_cause_q};
      snapcard_pkg::RegMicrocode: global_rdata_d = microcode_i;
      snapcard_pkg::RegMicrocodeChecksum: global_rdata_d = microcode_checksum_i;
      default: global_rdata_d = 32'd0;
    endcase
    if (reg_addr_i[11:5] == snapcard_pkg::RegOpcodes[11:5]) begin
      global_rdata_d = opcodes_i[{reg_addr_i[4:2], 5'd0}+:32];
    end
  end

endmodule
