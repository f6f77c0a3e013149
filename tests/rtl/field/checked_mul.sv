// SPDX-License-Identifier: Apache-2.0
// The multiplier with its residue check, and a place to flip bits of the product between them.
module checked_mul #(
    parameter Target = "generic"
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic         valid_i,
    input  logic [255:0] a_i,
    input  logic [255:0] b_i,
    input  logic [511:0] flip_i,
    output logic         product_valid_o,
    output logic [511:0] product_o,
    output logic         out_of_range_o,
    output logic         valid_o,
    output logic         error_o
);

  logic unused_tag;
  snap_mul256 #(.TagWidth(1), .Target(Target)) u_mul (
      .clk_i, .rst_ni, .valid_i, .a_i, .b_i, .tag_i(1'b0),
      .valid_o(product_valid_o), .product_o, .out_of_range_o, .tag_o(unused_tag)
  );

  snap_residue #(.Target(Target)) u_residue (
      .clk_i, .rst_ni, .a_i, .b_i,
      .product_valid_i(product_valid_o), .product_i(product_o ^ flip_i), .out_of_range_i(out_of_range_o),
      .valid_o, .error_o
  );

endmodule
