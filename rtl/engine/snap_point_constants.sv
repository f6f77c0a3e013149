// SPDX-License-Identifier: Apache-2.0
// The constants C, 32 words of 264 bits, in distributed RAM: two read ports of two cycles. Writes come with
// an image, when nothing reads.
module snap_point_constants #(
    parameter ImageDir = "build/engine"
) (
    input  logic         clk_i,
    input  logic         we_i,
    input  logic [4:0]   addr_i,
    input  logic [255:0] data_i,

    input  logic [4:0]   prod_addr_i,
    output logic [263:0] prod_word_o,
    input  logic [4:0]   sum_addr_i,
    output logic [263:0] sum_word_o
);

  (* ram_style = "distributed" *) logic [263:0] mem [0:31];
  initial $readmemh({ImageDir, "/constants.hex"}, mem);

  logic [7:0] parity;
  snap_parity u_parity (.data_i, .parity_o(parity));

  logic [4:0]   prod_addr_q, sum_addr_q;
  logic [263:0] prod_word_q, sum_word_q;
  always_ff @(posedge clk_i) begin
    if (we_i) mem[addr_i] <= {parity, data_i};
    prod_addr_q <= prod_addr_i;
    sum_addr_q  <= sum_addr_i;
    prod_word_q <= mem[prod_addr_q];
    sum_word_q  <= mem[sum_addr_q];
  end
  assign prod_word_o = prod_word_q;
  assign sum_word_o = sum_word_q;

endmodule
