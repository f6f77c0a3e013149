// SPDX-License-Identifier: Apache-2.0
// Resets queues and engines, at power-on, for CONTROL.RESET and for a function-level reset.
//
//   Idle --request--> Drain --nothing in flight--> Assert --engines in reset--> Release --engines out--> Idle
//                                                    ^                                     flr_done_o
//                                                    power-on
//
// Both clock domains are in reset at the same time before either leaves it, so that the FIFOs between them
// start empty on both sides. Queues leave last: they find running engines. A function-level reset is one of the
// MSI-X table, too; CONTROL.RESET is not.
module snap_reset_control (
    input logic clk_i,
    input logic rst_ni,  // power-on
    input logic reset_i,  // pulse; has no effect while a reset is under way
    input logic flr_i,  // level; served once, then it must fall
    output logic flr_done_o,
    output logic resetting_o,

    output logic drain_o,
    input logic drained_i,
    output logic msix_clear_o,
    output logic core_rst_no,
    output logic engine_rst_no,  // to be synchronised by the engines' domain
    input logic engine_live_i    // from a register of that domain: it is out of reset
);

  typedef enum logic [1:0] {
    Assert = 2'd0,
    Idle = 2'd1,
    Drain = 2'd2,
    Release = 2'd3
  } state_e;
  state_e state_q;

  // A request that was accepted in the last cycle before the drain is in flight a few cycles later.
  localparam logic [2:0] QuietCycles = 3'd7;
  logic [2:0] quiet_q;
  logic flr_q, flr_served_q, flr_done_q, core_rst_nq, engine_rst_nq;
  logic engine_live;

  snap_sync u_sync (
      .clk_i,
      .rst_ni,
      .d_i(engine_live_i),
      .q_o(engine_live)
  );

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Assert;
      quiet_q <= 3'd0;
      flr_q <= 1'b0;
      flr_served_q <= 1'b0;
      flr_done_q <= 1'b0;
      core_rst_nq <= 1'b0;
      engine_rst_nq <= 1'b0;
    end else begin
      flr_done_q <= 1'b0;
      if (!flr_i) flr_served_q <= 1'b0;
      unique case (state_q)
        Idle: begin
          quiet_q <= 3'd0;
          flr_q <= flr_i && !flr_served_q;
          if (reset_i || (flr_i && !flr_served_q)) state_q <= Drain;
        end
        Drain: begin
          quiet_q <= drained_i ? quiet_q + 3'd1 : 3'd0;
          if (drained_i && quiet_q == QuietCycles) begin
            state_q <= Assert;
            core_rst_nq <= 1'b0;
            engine_rst_nq <= 1'b0;
          end
        end
        Assert:
        if (!engine_live) begin
          state_q <= Release;
          engine_rst_nq <= 1'b1;
        end
        Release:
        if (engine_live) begin
          state_q <= Idle;
          core_rst_nq <= 1'b1;
          flr_done_q <= flr_q;
          flr_served_q <= flr_q;
        end
        default: state_q <= Assert;
      endcase
    end
  end

  assign flr_done_o = flr_done_q;
  assign resetting_o = state_q != Idle || (flr_i && !flr_served_q);
  assign drain_o = state_q != Idle;
  assign msix_clear_o = state_q == Assert && flr_q;
  assign core_rst_no = core_rst_nq;
  assign engine_rst_no = engine_rst_nq;

endmodule
