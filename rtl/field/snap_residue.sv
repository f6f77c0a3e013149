// SPDX-License-Identifier: Apache-2.0
// Checks each product of snap_mul256 modulo m = 2^17 - 1: residue(a) * residue(b) = residue(product). The operands
// are taken where the multiplier takes them, the verdict comes CheckCycles after the product.
//
// Why 2^17 - 1: it is prime, its residues are sums of 17-bit pieces, and a product of two of them (up to 18 bits
// unfolded) fits one more hardware multiplier. An error in one of the 144 partial products, whichever bits it
// has, changes that partial product by 0 < |e| < 2^36 and the result by e c 2^s, where 2^s is the place in its
// 64-bit product and c is, with z = 2^64, one of
//     (1 - z)(1 - z^2), z (1 - z^2), z (z - 1)(1 - z^2), z^2 (1 - z), z^3, z^3 (z - 1),
//     z^2 (z^2 - 1)(1 - z), z^3 (z^2 - 1), z^3 (z - 1)(z^2 - 1).
// z = 2^13 and z^2 = 2^9 (mod m) are not 1 and m is prime, so m divides none of them: an error goes unseen only if m
// divides e. A stuck or flipped bit has e = 2^k: always seen. An arbitrary error passes once in 131,071.
// That holds for results as whole numbers; a result outside [0, 2^512) comes with out_of_range_i.
module snap_residue #(
    parameter              Target        = "generic",
    parameter int unsigned ProductCycles = 17,
    localparam int unsigned OperandCycles = 9,
    localparam int unsigned CheckCycles = 7
) (
    input  logic         clk_i,
    input  logic         rst_ni,
    input  logic [255:0] a_i,
    input  logic [255:0] b_i,
    // ProductCycles after a_i and b_i
    input  logic         product_valid_i,
    input  logic [511:0] product_i,
    input  logic         out_of_range_i,
    output logic         valid_o,
    output logic         error_o
);

  if (ProductCycles <= OperandCycles) begin : g_check
    $error("snap_residue: the product comes too early");
  end

  // ---------------------------------------------------------------- operands: 5 stages to 18 bits
  logic [20:0] a_sum, b_sum;
  logic [17:0] a_q, b_q;
  snap_residue_sum #(.Terms(16)) u_a (.clk_i, .terms_i({16'b0, a_i}), .sum_o(a_sum));
  snap_residue_sum #(.Terms(16)) u_b (.clk_i, .terms_i({16'b0, b_i}), .sum_o(b_sum));
  always_ff @(posedge clk_i) begin
    a_q <= 18'(a_sum[16:0]) + 18'(a_sum[20:17]);
    b_q <= 18'(b_sum[16:0]) + 18'(b_sum[20:17]);
  end

  // ---------------------------------------------------------------- stages 6 to 9: their product, 17 bits
  // Folding twice is enough. Let M = 2^17. A product P < M^2 gives at most 2 M - 2, so M - 1 with its top bit
  // added. P >= M^2 has an operand M + k, k <= 14. With the other M + j, j >= 0, P = M^2 + (k + j) M + k j
  // and the pieces are small; with M - t, t >= 1, P = M^2 + (k - t - 1) M + (M - k t), and the pieces add up
  // to 1 + (k - t - 1) + M - k t = M - t + k (1 - t) < M.
  logic [35:0] ab;
  logic [17:0] ab8_q;
  logic [1:0]  ab8_top_q;
  logic [16:0] ab_q;
  snap_dsp_mul #(.AWidth(18), .BWidth(18), .Target(Target)) u_ab (
      .clk_i, .a_i(a_q), .b_i(b_q), .p_o(ab)
  );
  always_ff @(posedge clk_i) begin
    ab8_q     <= 18'(ab[16:0]) + 18'(ab[33:17]);
    ab8_top_q <= ab[35:34];
    // the top bit is the carry into the chain
    ab_q      <= 17'((18'({ab8_q[16:0], 1'b1}) + 18'({ab8_top_q, ab8_q[17]})) >> 1);
  end

  logic [16:0] expected;
  snap_delay #(.Width(17), .Cycles(ProductCycles - OperandCycles)) u_expected (
      .clk_i, .rst_ni, .data_i(ab_q), .data_o(expected)
  );

  // ---------------------------------------------------------------- product - expected, to 18 bits
  // The complement of 17 bits is the negative modulo m.
  logic [21:0] difference;
  logic [17:0] folded_q;
  snap_residue_sum #(.Terms(32)) u_difference (
      .clk_i, .terms_i({~expected, 15'b0, product_i}), .sum_o(difference)
  );

  logic [CheckCycles-1:0] valid_q;
  logic [CheckCycles-2:0] out_of_range_q;
  logic                   error_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[CheckCycles-2:0], product_valid_i};
  end
  always_ff @(posedge clk_i) begin
    out_of_range_q <= {out_of_range_q[CheckCycles-3:0], out_of_range_i};
    folded_q <= 18'(difference[16:0]) + 18'(difference[21:17]);
    // Of the multiples of m, 2 m is out of reach, and 0 would be a product of 0 where one was expected that is
    // a multiple of m but not 0 (for that, ~expected is m).
    error_q <= folded_q != 18'h1ffff || out_of_range_q[CheckCycles-2];
  end
  assign valid_o = valid_q[CheckCycles-1];
  assign error_o = valid_o && error_q;

endmodule
