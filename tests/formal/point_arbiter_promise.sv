// SPDX-License-Identifier: Apache-2.0

// Instead of snap_point_arbiter: whatever does what formal-point-arbiter-n16 proves of it, for any number of requesters.
module snap_point_arbiter #(
    parameter int unsigned N = 2,
    localparam int unsigned IndexWidth = $clog2(N)
) (
    input logic clk_i,
    input logic rst_ni,
    input logic [N-1:0] req_i,
    input logic hold_i,
    output logic valid_o,
    output logic [N-1:0] grant_o,
    output logic [IndexWidth-1:0] index_o
);
  (* anyseq *) logic [IndexWidth-1:0] choice;
  assign valid_o = req_i != '0 && !hold_i;
  assign index_o = choice;
  always_comb begin
    if (valid_o) assume (req_i[choice]);
    for (int unsigned i = 0; i < N; i++) grant_o[i] = valid_o && choice == IndexWidth'(i);
  end
  logic unused;
  assign unused = clk_i ^ rst_ni;
endmodule
