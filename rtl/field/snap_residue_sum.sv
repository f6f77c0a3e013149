// SPDX-License-Identifier: Apache-2.0
// The sum of Terms numbers of 17 bits as a tree with a register behind each addition: log2(Terms) cycles.
module snap_residue_sum #(
    parameter int unsigned Terms = 16,
    localparam int unsigned Levels = $clog2(Terms)
) (
    input  logic                 clk_i,
    input  logic [17*Terms-1:0]  terms_i,
    output logic [17+Levels-1:0] sum_o
);

  if (Terms < 2 || Terms != 1 << Levels) begin : g_check
    $error("snap_residue_sum: a power of two of terms");
  end

  for (genvar level = 0; level < Levels; level++) begin : g_level
    localparam int unsigned Count = Terms >> (level + 1);
    localparam int unsigned Width = 17 + level;
    logic [2*Count*Width-1:0]   terms;
    logic [Count*(Width+1)-1:0] sums_q;
    if (level == 0) begin : g_first
      assign terms = terms_i;
    end else begin : g_other
      assign terms = g_level[level-1].sums_q;
    end
    for (genvar i = 0; i < Count; i++) begin : g_sum
      always_ff @(posedge clk_i)
        sums_q[i*(Width+1) +: Width+1] <= (Width + 1)'(terms[(2*i)*Width +: Width]) +
                                          (Width + 1)'(terms[(2*i+1)*Width +: Width]);
    end
  end
  assign sum_o = g_level[Levels-1].sums_q;

endmodule
