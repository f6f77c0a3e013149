// SPDX-License-Identifier: Apache-2.0
// snap_delay for every length that it offers: bits 16*(n-1) +: 16 of data_o come n cycles late.
module delays (
    input  logic             clk_i,
    input  logic             rst_ni,
    input  logic [15:0]      data_i,
    output logic [16*17-1:0] data_o
);

  for (genvar i = 0; i < 17; i++) begin : g_delay
    snap_delay #(.Width(16), .Cycles(i + 1)) u_delay (
        .clk_i, .rst_ni, .data_i, .data_o(data_o[16*i +: 16])
    );
  end

endmodule
