// SPDX-License-Identifier: Apache-2.0

// A register in several copies, so that each drives its part of a wide word from nearby: one register that
// chooses 256 bits has wires across the whole chip. One cycle. Synthesis keeps the copies apart because each is a
// module of its own that it may not dissolve.
module snap_fanout #(
  parameter int unsigned Width  = 1,
  parameter int unsigned Copies = 8
) (
  input  logic                    clk_i,
  input  logic [Width-1:0]        data_i,
  output logic [Width*Copies-1:0] data_o
);
  for (genvar i = 0; i < Copies; i++) begin : g_copy
    snap_fanout_copy #(.Width(Width)) u_copy (.clk_i, .data_i, .data_o(data_o[Width*i +: Width]));
  end
endmodule
