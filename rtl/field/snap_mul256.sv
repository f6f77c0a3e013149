// SPDX-License-Identifier: Apache-2.0
// 256 x 256 -> 512 bits, one product a cycle, Latency cycles, 144 hardware multipliers: two levels of
// Karatsuba make nine products of 64 to 66 bits (snap_mul64, 16 multipliers each).
//
//   stage 1      operands                   a(0..3), b(0..3): words of 64 bits
//   stages 2, 3  sums of words              a(0)+a(1), a(2)+a(3), a(0)+a(2), a(1)+a(3), all four
//   stages 4-9   nine products              low, middle, high of each of low, middle, high
//   stages 10-13 recombination              twice, limbs of 32 bits with their carries kept
//   stage 14     carries move one limb up   limbs of 33 bits, none negative
//   stages 15-17 carry lookahead, increment
//
// Carries kept in limbs make every addition but the words' sums at most 40 bits wide, use one carry chain
// and one register a bit where carry-save adders would use two of each, and need no delay lines: the
// limbs of a product are all there at the same time.
//
// Karatsuba subtracts, so limbs can be negative, and lookahead wants carries of one sign only. Therefore
// every limb of the nine products lies too low by a bias: B = 2^20 in products of single words, 2 B in
// products of sums of two, 4 B in the product of the sums of four. A limb of middle - low - high + low'
// then has 2 B - B - B + B (or 4 B - 2 B - 2 B + 2 B, so twice the bias again), and at the end every one of the
// 16 limbs x(k) is too low by just B. Stage 14 gives it back with the carry:
//   w(k) = x(k) mod W + (floor(x(k-1) / W) + B)
// |floor(x / W)| <= 2^7 (x has 40 bits signed), so 0 <= w(k) < W + B + 2^7.
//
// Above limb 15 a product of 512 bits leaves nothing: out_of_range_o says that something is there, which only a
// fault brings about. The residue check (snap_residue) relies on it.
module snap_mul256 #(
    parameter int unsigned TagWidth = 8,
    parameter              Target   = "generic",
    localparam int unsigned Latency = 17
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                valid_i,
    input  logic [255:0]        a_i,
    input  logic [255:0]        b_i,
    input  logic [TagWidth-1:0] tag_i,
    output logic                valid_o,
    output logic [511:0]        product_o,
    output logic                out_of_range_o,
    output logic [TagWidth-1:0] tag_o
);

  snap_sideband #(.TagWidth(TagWidth), .Cycles(Latency)) u_sideband (
      .clk_i, .rst_ni, .valid_i, .tag_i, .valid_o, .tag_o
  );

  // ---------------------------------------------------------------- stages 1 to 3: operands and sums
  logic [255:0] a1_q, b1_q, a2_q, b2_q, a3_q, b3_q;
  always_ff @(posedge clk_i) begin
    a1_q <= a_i;
    b1_q <= b_i;
    a2_q <= a1_q;
    b2_q <= b1_q;
    a3_q <= a2_q;
    b3_q <= b2_q;
  end

  // Names say which words are summed: a23 = a(2) + a(3).
  logic [64:0] a01_2_q, a23_2_q, a02_2_q, a13_2_q, a01_q, a23_q, a02_q, a13_q;
  logic [64:0] b01_2_q, b23_2_q, b02_2_q, b13_2_q, b01_q, b23_q, b02_q, b13_q;
  logic [65:0] a0123_q, b0123_q;
  always_ff @(posedge clk_i) begin
    a01_2_q <= 65'(a1_q[63:0]) + 65'(a1_q[127:64]);
    a23_2_q <= 65'(a1_q[191:128]) + 65'(a1_q[255:192]);
    a02_2_q <= 65'(a1_q[63:0]) + 65'(a1_q[191:128]);
    a13_2_q <= 65'(a1_q[127:64]) + 65'(a1_q[255:192]);
    b01_2_q <= 65'(b1_q[63:0]) + 65'(b1_q[127:64]);
    b23_2_q <= 65'(b1_q[191:128]) + 65'(b1_q[255:192]);
    b02_2_q <= 65'(b1_q[63:0]) + 65'(b1_q[191:128]);
    b13_2_q <= 65'(b1_q[127:64]) + 65'(b1_q[255:192]);

    a01_q <= a01_2_q;
    a23_q <= a23_2_q;
    a02_q <= a02_2_q;
    a13_q <= a13_2_q;
    a0123_q <= 66'(a01_2_q) + 66'(a23_2_q);
    b01_q <= b01_2_q;
    b23_q <= b23_2_q;
    b02_q <= b02_2_q;
    b13_q <= b13_2_q;
    b0123_q <= 66'(b01_2_q) + 66'(b23_2_q);
  end

  // ---------------------------------------------------------------- stages 4 to 9: nine products
  logic [4*34-1:0] low_low, low_high, high_low, high_high;
  logic [4*36-1:0] low_middle, high_middle, middle_low, middle_high;
  logic [4*38-1:0] middle_middle;

  snap_mul64 #(.OperandWidth(64), .Target(Target)) u_low_low (
      .clk_i, .a_i(a3_q[63:0]), .b_i(b3_q[63:0]), .limbs_o(low_low));
  snap_mul64 #(.OperandWidth(65), .Target(Target)) u_low_middle (
      .clk_i, .a_i(a01_q), .b_i(b01_q), .limbs_o(low_middle));
  snap_mul64 #(.OperandWidth(64), .Target(Target)) u_low_high (
      .clk_i, .a_i(a3_q[127:64]), .b_i(b3_q[127:64]), .limbs_o(low_high));

  snap_mul64 #(.OperandWidth(65), .Target(Target)) u_middle_low (
      .clk_i, .a_i(a02_q), .b_i(b02_q), .limbs_o(middle_low));
  snap_mul64 #(.OperandWidth(66), .Target(Target)) u_middle_middle (
      .clk_i, .a_i(a0123_q), .b_i(b0123_q), .limbs_o(middle_middle));
  snap_mul64 #(.OperandWidth(65), .Target(Target)) u_middle_high (
      .clk_i, .a_i(a13_q), .b_i(b13_q), .limbs_o(middle_high));

  snap_mul64 #(.OperandWidth(64), .Target(Target)) u_high_low (
      .clk_i, .a_i(a3_q[191:128]), .b_i(b3_q[191:128]), .limbs_o(high_low));
  snap_mul64 #(.OperandWidth(65), .Target(Target)) u_high_middle (
      .clk_i, .a_i(a23_q), .b_i(b23_q), .limbs_o(high_middle));
  snap_mul64 #(.OperandWidth(64), .Target(Target)) u_high_high (
      .clk_i, .a_i(a3_q[255:192]), .b_i(b3_q[255:192]), .limbs_o(high_high));

  // ---------------------------------------------------------------- stages 10 to 13: recombination
  // Limbs of 34, 36 and 38 bits signed are below 2^32 + 2^20, 2^34 + 2^20 and 2^36 + 2^20 (snap_mul64):
  // 2^34 + 3 2^32 + ... < 2^36, 2^36 + 3 2^34 + ... < 2^37 and then 2^37 + 3 2^36 < 2^39.
  logic [8*37-1:0] low, high;
  logic [8*39-1:0] middle;
  snap_karatsuba_join #(.Limbs(4), .LowWidth(34), .MiddleWidth(36)) u_low (
      .clk_i, .low_i(low_low), .middle_i(low_middle), .high_i(low_high), .joined_o(low));
  snap_karatsuba_join #(.Limbs(4), .LowWidth(36), .MiddleWidth(38)) u_middle (
      .clk_i, .low_i(middle_low), .middle_i(middle_middle), .high_i(middle_high), .joined_o(middle));
  snap_karatsuba_join #(.Limbs(4), .LowWidth(34), .MiddleWidth(36)) u_high (
      .clk_i, .low_i(high_low), .middle_i(high_middle), .high_i(high_high), .joined_o(high));

  logic [16*40-1:0] x;
  snap_karatsuba_join #(.Limbs(8), .LowWidth(37), .MiddleWidth(39)) u_product (
      .clk_i, .low_i(low), .middle_i(middle), .high_i(high), .joined_o(x));

  // ---------------------------------------------------------------- stage 14: no limb is negative
  // floor(x / W) + 2^20 costs no logic: sign-extend to 20 bits and put the inverted sign above.
  logic [33*16-1:0] w_q;
  logic [7:0]       above14_q;
  for (genvar i = 0; i < 16; i++) begin : g_limb
    logic [20:0] carry;
    if (i == 0) begin : g_first
      assign carry = 21'h100000;
    end else begin : g_other
      assign carry = {~x[40*i-1], {12{x[40*i-1]}}, x[40*(i-1)+32 +: 8]};
    end
    always_ff @(posedge clk_i) w_q[33*i +: 33] <= 33'(x[40*i +: 32]) + 33'(carry);
  end
  always_ff @(posedge clk_i) above14_q <= x[40*15+32 +: 8];

  // ---------------------------------------------------------------- stages 15 to 17: carries
  logic [16:0]  carry;
  logic [511:0] base15_q, base16_q, product_q;
  logic [7:0]   above15_q, above16_q;
  logic         out_of_range_q;
  snap_carries #(.Limbs(16)) u_carries (.clk_i, .limbs_i(w_q), .carry_i(1'b0), .carry_o(carry));
  for (genvar i = 0; i < 16; i++) begin : g_product
    always_ff @(posedge clk_i) begin
      base15_q[32*i +: 32]  <= w_q[33*i +: 32];
      base16_q[32*i +: 32]  <= base15_q[32*i +: 32];
      product_q[32*i +: 32] <= base16_q[32*i +: 32] + 32'(carry[i]);
    end
  end
  // The sum of what the last limb passes on, -2^7 to 2^7 and a carry, is 0.
  always_ff @(posedge clk_i) begin
    above15_q <= above14_q;
    above16_q <= above15_q;
    out_of_range_q <= above16_q != {8{carry[16]}};
  end
  assign product_o = product_q;
  assign out_of_range_o = out_of_range_q;

endmodule
