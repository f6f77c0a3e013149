// SPDX-License-Identifier: Apache-2.0

// snap_sync with and without a reset value, and snap_reset_sync on the same reset.
module sync_bench (
  input  logic       clk_i,
  input  logic       rst_ni,
  input  logic [2:0] d_i,
  output logic [2:0] q_o,
  output logic [2:0] q5_o,
  output logic       rst_no
);
  snap_sync #(.Width(3)) u_sync (.clk_i, .rst_ni, .d_i, .q_o);
  snap_sync #(.Width(3), .ResetValue(3'd5)) u_sync5 (.clk_i, .rst_ni, .d_i, .q_o(q5_o));
  snap_reset_sync u_reset_sync (.clk_i, .rst_async_ni(rst_ni), .rst_no);
endmodule
