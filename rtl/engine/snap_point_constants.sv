// SPDX-License-Identifier: Apache-2.0
// The constants C, 32 words of 264 bits: two read ports of two cycles. Writes come with an image, when nothing reads.
//
// A copy for each port: the products' in block RAM, for whose words the way to the multiplier is long anyway, the
// sums' in distributed RAM. On the ECP5 that is eight blocks instead of a thousand LUT sites.
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

  (* ram_style = "block" *)       logic [263:0] prod_mem [0:31];
  (* ram_style = "distributed" *) logic [263:0] sum_mem  [0:31];
  initial begin
    $readmemh({ImageDir, "/constants.hex"}, prod_mem);
    $readmemh({ImageDir, "/constants.hex"}, sum_mem);
  end

  logic [7:0] parity;
  snap_parity u_parity (.data_i, .parity_o(parity));

  logic [4:0]   sum_addr_q;
  logic [263:0] prod_read_q, prod_word_q, sum_word_q;
  always_ff @(posedge clk_i) begin
    if (we_i) begin
      prod_mem[addr_i] <= {parity, data_i};
      sum_mem[addr_i]  <= {parity, data_i};
    end
    prod_read_q <= we_i && addr_i == prod_addr_i ? {264{1'bx}} : prod_mem[prod_addr_i];
    prod_word_q <= prod_read_q;
    sum_addr_q  <= sum_addr_i;
    sum_word_q  <= sum_mem[sum_addr_q];
  end
  assign prod_word_o = prod_word_q;
  assign sum_word_o = sum_word_q;

endmodule
