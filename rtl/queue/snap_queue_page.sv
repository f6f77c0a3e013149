// SPDX-License-Identifier: Apache-2.0
// One queue pair as the host sees it: its register page, with the ring and the interrupt moderation behind it.
// A held register can be written only while the queue is off, so that nothing behind it has to sample it.
module snap_queue_page (
    input logic clk_i,
    input logic rst_ni,

    // Register access: rdata_o is the register at addr_i one cycle later; write_i is one pulse a write.
    input  logic [11:0] addr_i,
    input  logic        write_i,
    input  logic [31:0] wdata_i,
    output logic [31:0] rdata_o,

    // slot fetch
    output logic        running_o,
    output logic [15:0] available_o,  // 0 unless running
    output logic [15:0] sq_issued_o,
    output logic [51:0] sq_base_o,  // 4 KiB units
    output logic        slot_512_o,
    input  logic        claim_i,
    input  logic        claim_two_i,
    input  logic        received_i,

    // completions
    output logic [15:0] cq_tail_o,
    output logic [15:0] sq_head_o,
    output logic [ 3:0] entries_log2_o,
    output logic [15:0] generation_o,
    output logic [51:0] cq_base_o,
    output logic [51:0] result_base_o,
    input  logic        completed_i,

    output logic irq_valid_o,
    input  logic irq_ready_i,

    output logic jobs_o,  // jobs are in flight
    output logic busy_o   // jobs are in flight, or an interrupt is on its way
);

  // ---------------------------------------------------------------- registers
  logic [31:0] config_q;
  logic [63:0] sq_base_q, cq_base_q, result_base_q;
  logic [31:0] irq_config_q;
  logic [1:0] state;

  // Bits that are not in the layout read as 0.
  localparam logic [31:0] ConfigMask = 32'hFFFF001F;

  logic held_write;
  assign held_write = write_i && state == 2'd0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      config_q <= 32'd0;
      sq_base_q <= 64'd0;
      cq_base_q <= 64'd0;
      result_base_q <= 64'd0;
      irq_config_q <= 32'd0;
    end else begin
      if (held_write) begin
        unique case (addr_i)
          snapcard_pkg::RegQueueConfig: config_q <= wdata_i & ConfigMask;
          snapcard_pkg::RegSqBaseLo: sq_base_q[31:0] <= wdata_i;
          snapcard_pkg::RegSqBaseHi: sq_base_q[63:32] <= wdata_i;
          snapcard_pkg::RegCqBaseLo: cq_base_q[31:0] <= wdata_i;
          snapcard_pkg::RegCqBaseHi: cq_base_q[63:32] <= wdata_i;
          snapcard_pkg::RegResultBaseLo: result_base_q[31:0] <= wdata_i;
          snapcard_pkg::RegResultBaseHi: result_base_q[63:32] <= wdata_i;
          default: ;
        endcase
      end
      if (write_i && addr_i == snapcard_pkg::RegIrqConfig) irq_config_q <= wdata_i;
    end
  end

  logic [3:0] entries_log2;
  logic config_good;
  assign entries_log2 = config_q[snapcard_pkg::QueueConfigEntriesLog2Lsb+:4];
  assign config_good = entries_log2 >= 4'(snapcard_pkg::EntriesLog2Min)
      && entries_log2 <= 4'(snapcard_pkg::EntriesLog2Max)
      && sq_base_q[11:0] == 12'd0 && cq_base_q[11:0] == 12'd0 && result_base_q[11:0] == 12'd0;

  // ---------------------------------------------------------------- ring
  logic [7:0] error;
  logic [15:0] inflight;
  logic started;

  snap_ring u_ring (
      .clk_i,
      .rst_ni,
      .enable_write_i(write_i && addr_i == snapcard_pkg::RegQueueControl),
      .enable_value_i(wdata_i[snapcard_pkg::QueueControlEnableLsb]),
      .config_good_i(config_good),
      .entries_log2_i(entries_log2),
      .doorbell_i(write_i && addr_i == snapcard_pkg::RegDoorbell),
      .doorbell_tail_i(wdata_i[snapcard_pkg::DoorbellTailLsb+:16]),
      .doorbell_cq_head_i(wdata_i[snapcard_pkg::DoorbellCqHeadLsb+:16]),
      .claim_i,
      .claim_two_i,
      .received_i,
      .completed_i,
      .state_o(state),
      .error_o(error),
      .started_o(started),
      .running_o,
      .available_o,
      .inflight_o(inflight),
      .sq_issued_o,
      .sq_head_o,
      .cq_tail_o
  );

  // ---------------------------------------------------------------- interrupts
  logic irq_busy;
  snap_moderation u_moderation (
      .clk_i,
      .rst_ni,
      .started_i(started),
      .cq_tail_i(cq_tail_o),
      .timer_i(irq_config_q[snapcard_pkg::IrqConfigTimerLsb+:24]),
      .count_i(irq_config_q[snapcard_pkg::IrqConfigCountLsb+:8]),
      .arm_i(write_i && addr_i == snapcard_pkg::RegIrqArm),
      .arm_seen_i(wdata_i[snapcard_pkg::IrqArmSeenLsb+:16]),
      .irq_valid_o,
      .irq_ready_i,
      .busy_o(irq_busy)
  );

  // ---------------------------------------------------------------- read
  logic [31:0] rdata_d, rdata_q;
  logic enabled;
  assign enabled = state[0];  // Running or Error
  always_comb begin
    unique case (addr_i)
      snapcard_pkg::RegQueueControl: rdata_d = {31'd0, enabled};
      snapcard_pkg::RegQueueStatus: rdata_d = {inflight, error, 6'd0, state};
      snapcard_pkg::RegQueueConfig: rdata_d = config_q;
      snapcard_pkg::RegSqBaseLo: rdata_d = sq_base_q[31:0];
      snapcard_pkg::RegSqBaseHi: rdata_d = sq_base_q[63:32];
      snapcard_pkg::RegCqBaseLo: rdata_d = cq_base_q[31:0];
      snapcard_pkg::RegCqBaseHi: rdata_d = cq_base_q[63:32];
      snapcard_pkg::RegResultBaseLo: rdata_d = result_base_q[31:0];
      snapcard_pkg::RegResultBaseHi: rdata_d = result_base_q[63:32];
      snapcard_pkg::RegQueueIndex: rdata_d = {cq_tail_o, sq_head_o};
      snapcard_pkg::RegIrqConfig: rdata_d = irq_config_q;
      default: rdata_d = 32'd0;
    endcase
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) rdata_q <= 32'd0;
    else rdata_q <= rdata_d;
  end

  assign rdata_o = rdata_q;
  assign sq_base_o = sq_base_q[63:12];
  assign slot_512_o = config_q[snapcard_pkg::QueueConfigSlot512Lsb];
  assign entries_log2_o = entries_log2;
  assign generation_o = config_q[snapcard_pkg::QueueConfigGenerationLsb+:16];
  assign cq_base_o = cq_base_q[63:12];
  assign result_base_o = result_base_q[63:12];
  assign jobs_o = inflight != 16'd0;
  assign busy_o = jobs_o || irq_busy || state == 2'd2;

endmodule
