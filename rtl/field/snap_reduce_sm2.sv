// SPDX-License-Identifier: Apache-2.0
// Any x_i < 2^512 modulo the SM2 prime p = 2^256 - c, c = W^7 + W^3 - W^2 + 1 with W = 2^32: the canonical
// residue, in [0, p). One a cycle, Latency cycles, the same as snap_reduce_secp256k1's.
//
//   stages 1-4  Folding W^8 = c into itself writes W^8 .. W^15 in W^0 .. W^7; x(8) .. x(15) times these
//               coefficients and x(0) .. x(7) give column sums, sum y(k) W^k = x (mod p):
//                 y(0) = x0 + x8 + x9 + x10 + x11 + x12 + 2 x13 + 2 x14 + 2 x15
//                 y(1) = x1 + x9 + x10 + x11 + x12 + x13 + 2 x14 + 2 x15
//                 y(2) = x2 - x8 - x9 - x13 - x14
//                 y(3) = x3 + x8 + x11 + x12 + 2 x13 + x14 + x15
//                 y(4) = x4 + x9 + x12 + x13 + 2 x14 + x15
//                 y(5) = x5 + x10 + x13 + x14 + 2 x15
//                 y(6) = x6 + x11 + x14 + x15
//                 y(7) = x7 + x8 + x9 + x10 + x11 + 2 x12 + 2 x13 + 2 x14 + 3 x15
//               -4 W < y(k) < 14 W, and Y = sum y(k) W^k >= 0: y(2) is negative only if x8, x9, x13 or x14 is
//               not 0, and then y(7) > 0 outweighs it.
//               From each y(k) but y(0) a bias is taken: B = 256, from y(2) B + 1. Stage 7 gives it back.
//   stage 5     w(k) = y(k) mod W + floor(y(k-1) / W), w(7) likewise, h = floor(y(7) / W), -1 <= h <= 13
//   stage 6     Z = (sum of w(k) W^k) + c h: z(0) = w(0) + h, z(2) = w(2) - h, z(3) = w(3) + h,
//               z(7) = w(7) + h; |floor(z(k) / W)| <= 1
//   stage 7     carries and biases: u(k) = z(k) mod W + (floor(z(k-1) / W) + B), never negative
//               U = Z, V = Z + c = Z - p + 2^256; c adds 1 to limbs 0, 3 and 7 and takes 1 from limb 2, where
//               U's adder has the carry-in (its bias is B + 1) and V's has not
//   stages 8-11 V modulo 2^256 if V >= 2^256, so Z >= p; else U
//
// 0 <= Z < 2 p (biases given back): with y7 for the whole y(7), h = floor((y7 - B) / W).
//   h = -1: y7 < B, Y < (B + 15) W^7, Z = Y + p.
//   h >= 0: y7 = h W + B + r with 0 <= r < W, so Z = (B + r) W^7 + (sum of y(k) W^k for k < 7) + h c;
//           above -5 W^3 + B W^7 > 0 and below W^8 + (B + 15 + 14) W^7 < 2^256 + 2^233 < 2 p.
module snap_reduce_sm2 #(
    parameter int unsigned TagWidth = 8,
    localparam int unsigned Latency = 11
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                valid_i,
    input  logic [511:0]        x_i,
    input  logic [TagWidth-1:0] tag_i,
    output logic                valid_o,
    output logic [255:0]        result_o,
    output logic [TagWidth-1:0] tag_o
);

  snap_sideband #(.TagWidth(TagWidth), .Cycles(Latency)) u_sideband (
      .clk_i, .rst_ni, .valid_i, .tag_i, .valid_o, .tag_o
  );

  // Column sums and their parts are 37 bits signed, (-2^36, 2^36).
  localparam int unsigned Y = 37;
  localparam logic [Y-1:0] Bias = 37'd256;

  logic [Y-1:0] x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15;
  assign x0  = Y'(x_i[32*0 +: 32]);
  assign x1  = Y'(x_i[32*1 +: 32]);
  assign x2  = Y'(x_i[32*2 +: 32]);
  assign x3  = Y'(x_i[32*3 +: 32]);
  assign x4  = Y'(x_i[32*4 +: 32]);
  assign x5  = Y'(x_i[32*5 +: 32]);
  assign x6  = Y'(x_i[32*6 +: 32]);
  assign x7  = Y'(x_i[32*7 +: 32]);
  assign x8  = Y'(x_i[32*8 +: 32]);
  assign x9  = Y'(x_i[32*9 +: 32]);
  assign x10 = Y'(x_i[32*10 +: 32]);
  assign x11 = Y'(x_i[32*11 +: 32]);
  assign x12 = Y'(x_i[32*12 +: 32]);
  assign x13 = Y'(x_i[32*13 +: 32]);
  assign x14 = Y'(x_i[32*14 +: 32]);
  assign x15 = Y'(x_i[32*15 +: 32]);

  // ---------------------------------------------------------------- stages 1 to 4: column sums
  // Stage 1: sums that several columns share, and the first sum of each column.
  logic [Y-1:0] s8_9_q, s10_11_q, s11_12_q, s12_13_q, s13_14_q, s14_15_q;
  logic [Y-1:0] c0_1_q, c1_1_q, c2_1_q, c3_1_q, c4_1_q, c5_1_q, c6_1_q, c7_1_q;
  logic [Y-1:0] x12_q, x13_q, x15_q;
  always_ff @(posedge clk_i) begin
    s8_9_q   <= x8 + x9;
    s10_11_q <= x10 + x11;
    s11_12_q <= x11 + x12;
    s12_13_q <= x12 + x13;
    s13_14_q <= x13 + x14;
    s14_15_q <= x14 + x15;
    c0_1_q <= x0 + x12;
    c1_1_q <= x1 + x9;
    c2_1_q <= x2 - (Bias + 37'd1);
    c3_1_q <= x3 + x8;
    c4_1_q <= x4 + x9;
    c5_1_q <= x5 + x10;
    c6_1_q <= x6 + x11;
    c7_1_q <= x7 + x15;
    x12_q <= x12;
    x13_q <= x13;
    x15_q <= x15;
  end

  // Stage 2: columns 0 and 7 share s8_11 + 2 s13_15.
  logic [Y-1:0] s8_11_q, s13_15_q;
  logic [Y-1:0] c0_2_q, c1_2_q, c1_more_q, c2_2_q, c2_less_q, c3_2_q, c3_more_q, c4_2_q, c4_more_q;
  logic [Y-1:0] c5_2_q, c5_more_q, c6_2_q, c7_2_q;
  always_ff @(posedge clk_i) begin
    s8_11_q   <= s8_9_q + s10_11_q;
    s13_15_q  <= s13_14_q + x15_q;
    c0_2_q    <= c0_1_q;
    c1_2_q    <= c1_1_q + s10_11_q;
    c1_more_q <= s12_13_q + (s14_15_q << 1);
    c2_2_q    <= c2_1_q;
    c2_less_q <= s8_9_q + s13_14_q;
    c3_2_q    <= c3_1_q + s11_12_q;
    c3_more_q <= s14_15_q + (x13_q << 1);
    c4_2_q    <= c4_1_q + x12_q;
    c4_more_q <= s13_14_q + s14_15_q;
    c5_2_q    <= c5_1_q + s13_14_q;
    c5_more_q <= (x15_q << 1) - Bias;
    c6_2_q    <= c6_1_q + s14_15_q;
    c7_2_q    <= c7_1_q + (x12_q << 1);
  end

  // Stage 3
  logic [Y-1:0] shared_q;
  logic [Y-1:0] c0_3_q, c1_3_q, c2_3_q, c3_3_q, c4_3_q, c5_3_q, c6_3_q, c7_3_q;
  always_ff @(posedge clk_i) begin
    shared_q <= s8_11_q + (s13_15_q << 1);
    c0_3_q <= c0_2_q;
    c1_3_q <= c1_2_q + c1_more_q;
    c2_3_q <= c2_2_q - c2_less_q;
    c3_3_q <= c3_2_q + c3_more_q;
    c4_3_q <= c4_2_q + c4_more_q;
    c5_3_q <= c5_2_q + c5_more_q;
    c6_3_q <= c6_2_q - Bias;
    c7_3_q <= c7_2_q - Bias;
  end

  // Stage 4; y of limb k is y_q[37*k +: 37].
  logic [Y*8-1:0] y_q;
  always_ff @(posedge clk_i) begin
    y_q[Y*0 +: Y] <= c0_3_q + shared_q;
    y_q[Y*1 +: Y] <= c1_3_q - Bias;
    y_q[Y*2 +: Y] <= c2_3_q;
    y_q[Y*3 +: Y] <= c3_3_q - Bias;
    y_q[Y*4 +: Y] <= c4_3_q - Bias;
    y_q[Y*5 +: Y] <= c5_3_q;
    y_q[Y*6 +: Y] <= c6_3_q;
    y_q[Y*7 +: Y] <= c7_3_q + shared_q;
  end

  // ---------------------------------------------------------------- stage 5: carries move one limb up
  // w of limb k is w_q[34*k +: 34], signed.
  logic [34*8-1:0] w_q;
  logic [33:0]     h_q;
  for (genvar i = 0; i < 8; i++) begin : g_carry
    if (i == 0) begin : g_first
      always_ff @(posedge clk_i) w_q[33:0] <= 34'(y_q[31:0]);
    end else begin : g_other
      always_ff @(posedge clk_i)
        w_q[34*i +: 34] <= 34'(y_q[Y*i +: 32]) +
                           {{29{y_q[Y*i-1]}}, y_q[Y*(i-1)+32 +: 5]};
    end
  end
  always_ff @(posedge clk_i) h_q <= {{29{y_q[Y*8-1]}}, y_q[Y*7+32 +: 5]};

  // ---------------------------------------------------------------- stage 6: second fold
  logic [34*8-1:0] z_q;
  always_ff @(posedge clk_i) begin
    z_q <= w_q;
    z_q[34*0 +: 34] <= w_q[34*0 +: 34] + h_q;
    z_q[34*2 +: 34] <= w_q[34*2 +: 34] - h_q;
    z_q[34*3 +: 34] <= w_q[34*3 +: 34] + h_q;
    z_q[34*7 +: 34] <= w_q[34*7 +: 34] + h_q;
  end

  // ---------------------------------------------------------------- stage 7: candidates
  // floor(z / W) + 256 costs no logic: sign-extend to 8 bits and put the inverted sign above. The lowest bit of
  // each addend is the carry into the chain.
  localparam logic [7:0] CarryU = 8'b0000_0100;
  localparam logic [7:0] CarryV = 8'b1000_1001;
  logic [33*8-1:0] u_q, v_q;
  logic            top_q;
  for (genvar i = 0; i < 8; i++) begin : g_candidate
    logic [9:0] up;
    if (i == 0) begin : g_first
      assign up = 10'd1;
    end else begin : g_other
      assign up = {~z_q[34*i-1], {6{z_q[34*i-1]}}, z_q[34*(i-1)+32 +: 2], 1'b1};
    end
    always_ff @(posedge clk_i) begin
      u_q[33*i +: 33] <= 33'((34'({z_q[34*i +: 32], CarryU[i]}) + 34'(up)) >> 1);
      v_q[33*i +: 33] <= 33'((34'({z_q[34*i +: 32], CarryV[i]}) + 34'(up)) >> 1);
    end
  end
  // The whole top is -1, 0 or 1 and leaves 0 or 1 with the carry; its parity says which.
  always_ff @(posedge clk_i) top_q <= z_q[34*7+32];
  logic unused_sign;
  assign unused_sign = z_q[34*7+33];

  // ---------------------------------------------------------------- stages 8 to 11: choice
  logic unused_by_v;
  snap_carry_select #(.Limbs(8)) u_select (
      .clk_i, .u_i(u_q), .u_carry_i(1'b0), .v_i(v_q), .v_top_i(top_q), .by_u_i(1'b0), .result_o, .by_v_o(unused_by_v)
  );

endmodule
