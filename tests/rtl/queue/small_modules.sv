// SPDX-License-Identifier: Apache-2.0
// The modules that are too small for a simulation each, side by side: they share nothing but the clock.
module small_modules #(
    localparam int unsigned FifoDepth = 16
) (
    input logic clk_i,
    input logic rst_ni,

    input  logic        fifo_wvalid_i,
    input  logic [39:0] fifo_wdata_i,
    output logic        fifo_rvalid_o,
    input  logic        fifo_rready_i,
    output logic [39:0] fifo_rdata_o,
    output logic [ 4:0] fifo_level_o,

    input  logic        started_i,
    input  logic [15:0] cq_tail_i,
    input  logic [23:0] timer_i,
    input  logic [ 7:0] count_i,
    input  logic        arm_i,
    input  logic [15:0] arm_seen_i,
    output logic        irq_valid_o,
    input  logic        irq_ready_i,
    output logic        irq_busy_o,

    input  logic reset_i,
    input  logic flr_i,
    output logic flr_done_o,
    output logic resetting_o,
    output logic drain_o,
    input  logic drained_i,
    output logic msix_clear_o,
    output logic core_rst_no,
    output logic engine_rst_no,
    input  logic engine_live_i,

    input  logic [255:0] header_i,
    input  logic         slot_512_i,
    input  logic [255:0] opcodes_i,
    output logic [  7:0] status_o,

    output logic [255:0] opcodes_none_o,
    output logic [255:0] opcodes_sha256_o,
    output logic [255:0] opcodes_sm3_o,
    output logic [255:0] opcodes_point_o,
    output logic [255:0] opcodes_points_o,
    output logic [255:0] opcodes_all_o
);

  snap_fifo_ram #(
      .Width(40),
      .Depth(FifoDepth)
  ) u_fifo (
      .clk_i,
      .rst_ni,
      .wvalid_i(fifo_wvalid_i),
      .wdata_i(fifo_wdata_i),
      .rvalid_o(fifo_rvalid_o),
      .rready_i(fifo_rready_i),
      .rdata_o(fifo_rdata_o),
      .level_o(fifo_level_o)
  );

  snap_moderation u_moderation (
      .clk_i,
      .rst_ni,
      .started_i,
      .cq_tail_i,
      .timer_i,
      .count_i,
      .arm_i,
      .arm_seen_i,
      .irq_valid_o,
      .irq_ready_i,
      .busy_o(irq_busy_o)
  );

  snap_reset_control u_reset (
      .clk_i,
      .rst_ni,
      .reset_i,
      .flr_i,
      .flr_done_o,
      .resetting_o,
      .drain_o,
      .drained_i,
      .msix_clear_o,
      .core_rst_no,
      .engine_rst_no,
      .engine_live_i
  );

  snap_slot_check u_check (
      .clk_i,
      .header_i,
      .slot_512_i,
      .opcodes_i,
      .status_o
  );

  snap_opcode_map #(
      .HasSha256(0),
      .HasSm3(0),
      .NumPoint(0)
  ) u_none (
      .opcodes_o(opcodes_none_o)
  );
  snap_opcode_map #(
      .HasSm3(0),
      .NumPoint(0)
  ) u_sha256 (
      .opcodes_o(opcodes_sha256_o)
  );
  snap_opcode_map #(
      .HasSha256(0),
      .NumPoint(0)
  ) u_sm3 (
      .opcodes_o(opcodes_sm3_o)
  );
  snap_opcode_map #(
      .HasSha256(0),
      .HasSm3(0)
  ) u_point (
      .opcodes_o(opcodes_point_o)
  );
  snap_opcode_map #(
      .HasSha256(0),
      .HasSm3(0),
      .NumPoint(2)
  ) u_points (
      .opcodes_o(opcodes_points_o)
  );
  snap_opcode_map u_all (.opcodes_o(opcodes_all_o));

endmodule
