// SPDX-License-Identifier: Apache-2.0

// One register of snap_fanout.
(* keep_hierarchy *)
module snap_fanout_copy #(
  parameter int unsigned Width = 1
) (
  input  logic             clk_i,
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);
  always_ff @(posedge clk_i) data_o <= data_i;
endmodule
