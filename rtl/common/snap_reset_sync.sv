// SPDX-License-Identifier: Apache-2.0

// Reset synchroniser: rst_no falls with rst_async_ni at once and rises on the second clock edge behind it,
// so that all flops of the domain leave reset in the same cycle.
module snap_reset_sync (
  input  logic clk_i,
  input  logic rst_async_ni,
  output logic rst_no
);
  // Both bits are one vector: the first is shifted, the second resets a whole domain; that is no mix-up.
  // verilator lint_off SYNCASYNCNET
  (* async_reg = "true", keep = "true" *) logic [1:0] sync_q;
  // verilator lint_on SYNCASYNCNET

  always_ff @(posedge clk_i or negedge rst_async_ni) begin
    if (!rst_async_ni) sync_q <= 2'b00;
    else sync_q <= {sync_q[0], 1'b1};
  end

  assign rst_no = sync_q[1];
endmodule
