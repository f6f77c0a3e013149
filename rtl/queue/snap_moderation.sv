// SPDX-License-Identifier: Apache-2.0
// Interrupt moderation of one queue. The host arms with the index it has looked at; completions behind it are
// unseen. One interrupt per arm: at once when COUNT completions are unseen, else TIMER cycles after the first.
// The count is taken from cq_tail, which moves when the completion's write has been accepted, so the
// interrupt request is behind that write.
module snap_moderation (
    input logic clk_i,
    input logic rst_ni,
    input logic started_i,  // the queue begins a new life: nothing is armed
    input logic [15:0] cq_tail_i,
    input logic [23:0] timer_i,  // cycles
    input logic [7:0] count_i,
    input logic arm_i,
    input logic [15:0] arm_seen_i,
    output logic irq_valid_o,
    input logic irq_ready_i,
    output logic busy_o  // an interrupt is on its way, or its timer runs
);

  logic armed_q, irq_valid_q;
  logic [15:0] seen_q;
  logic [23:0] waited_q;

  logic [15:0] unseen;
  logic waiting, due;
  assign unseen = cq_tail_i - seen_q;
  assign waiting = armed_q && unseen != 16'd0 && !started_i;
  assign due = waiting && (unseen >= {8'd0, count_i} || waited_q >= timer_i);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      armed_q <= 1'b0;
      seen_q <= 16'd0;
      waited_q <= 24'd0;
      irq_valid_q <= 1'b0;
    end else begin
      if (irq_valid_q && irq_ready_i) irq_valid_q <= 1'b0;
      if (due && !irq_valid_q) begin
        irq_valid_q <= 1'b1;
        armed_q <= 1'b0;
      end
      waited_q <= waiting && waited_q != {24{1'b1}} ? waited_q + 24'd1 : waited_q;
      if (arm_i) begin
        armed_q <= 1'b1;
        seen_q <= arm_seen_i;
        waited_q <= 24'd0;
      end
      if (started_i) armed_q <= 1'b0;
    end
  end

  assign irq_valid_o = irq_valid_q;
  assign busy_o = waiting || irq_valid_q;

endmodule
