// SPDX-License-Identifier: Apache-2.0

// The bus between what the sum unit may send and its receivers: no scalar is lost, none comes twice or in another's place;
// its words come in a row, the highest first, with its tag. Assumptions, promises and invariants are at the end of the
// module. The numbers assumed, besides those in its header:
//   - the recoder changes hands by a fault once in 27 cycles: the scalar that makes it one takes ten cycles to the
//     recoder, and the next thread's first scalar comes 21 cycles later at the earliest
//   - a place of the inverter gets its next number 44 cycles later: 10 to the inverter, more than 10 until 0 is seen
//     through the chain, 18 of halving, 14 of the next sum
module snap_scalar_bus_formal #(
    parameter int unsigned Depth = 4,
    localparam int unsigned Words = 4,
    localparam int unsigned WordWidth = 2,
    localparam int unsigned TagWidth = 1
) (
    input logic clk_i,
    input logic rst_ni,
    input logic [1:0] valid_i,
    input logic [Words*WordWidth-1:0] data_i,
    input logic [TagWidth-1:0] tag_i
);
  snap_scalar_bus #(
      .Words(Words),
      .WordWidth(WordWidth),
      .TagWidth(TagWidth),
      .Depth(Depth)
  ) dut (
      .clk_i,
      .rst_ni,
      .valid_i,
      .data_i,
      .tag_i,
      .start_o(),
      .word_o(),
      .tag_o()
  );

  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);
endmodule
