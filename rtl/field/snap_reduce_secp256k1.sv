// SPDX-License-Identifier: Apache-2.0
// Any x_i < 2^512 modulo the secp256k1 prime p = 2^256 - c, c = 2^32 + 977: the canonical residue, in
// [0, p). One a cycle, Latency cycles, the same as snap_reduce_sm2's.
//
// W = 2^32; x = L + 2^256 H with eight limbs each; 2^256 = c = W + 977 (mod p). 977 = 1025 - 3 * 16.
//   stages 1-3  y(k) = L(k) + H(k-1) + 977 H(k), k = 0..7, and y(8) = H(7): sum y(k) W^k = L + c H
//               y(k) <= 979 (W - 1) < 2^42
//   stage 4     w(k) = y(k) mod W + floor(y(k-1) / W) < W + 979, w(8) = H(7) + floor(y(7) / W) < 2^33
//   stages 4-6  Z = sum of w(k) W^k for k < 8, plus c w(8): z(0) = w(0) + 977 w(8), z(1) = w(1) + w(8).
//               977 H(7) is there already (stage 2), only 977 floor(y(7) / W) is new
//               Z < 2^256 + 979 (W + ... + W^7) + 2^33 c < 2^256 + 2^235 < 2 p, and Z >= 0
//   stage 7     carries move one limb up: U = Z, and V = Z + c, which is Z - p + 2^256
//   stages 8-11 V modulo 2^256 if V >= 2^256, so Z >= p; else U (V < 2 p + c < 2 * 2^256)
module snap_reduce_secp256k1 #(
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

  // ---------------------------------------------------------------- stages 1 to 3: first fold
  // y of limb k is y[42*k +: 42].
  logic [42*8-1:0] y;
  logic [41:0]     q7_2_q, q7_q;
  logic [31:0]     h7_1_q, h7_2_q, h7_q;
  for (genvar i = 0; i < 8; i++) begin : g_fold
    logic [31:0] h;
    assign h = x_i[256+32*i +: 32];

    logic [33:0] h3_q;
    logic [42:0] h1025_q;
    logic [32:0] low1_q, low2_q;
    logic [41:0] q_q, y_q;
    always_ff @(posedge clk_i) begin
      h3_q    <= 34'({h, 1'b0}) + 34'(h);
      h1025_q <= {33'(h) + 33'(h[31:10]), h[9:0]};
      low2_q  <= low1_q;
      q_q     <= {38'(h1025_q[41:4]) - 38'(h3_q), h1025_q[3:0]};
      y_q     <= q_q + 42'(low2_q);
    end
    // 977 h < 2^42: what is above cancels in the difference
    logic unused_top;
    assign unused_top = h1025_q[42];

    if (i == 0) begin : g_first
      always_ff @(posedge clk_i) low1_q <= 33'(x_i[31:0]);
    end else begin : g_other
      always_ff @(posedge clk_i) low1_q <= 33'(x_i[32*i +: 32]) + 33'(x_i[256+32*(i-1) +: 32]);
    end
    if (i == 7) begin : g_last
      assign q7_2_q = q_q;
    end
    assign y[42*i +: 42] = y_q;
  end
  always_ff @(posedge clk_i) begin
    h7_1_q <= x_i[511:480];
    h7_2_q <= h7_1_q;
    h7_q   <= h7_2_q;
    q7_q   <= q7_2_q;
  end

  // ---------------------------------------------------------------- stages 4 to 6: second fold
  // k is floor(y(7) / W) <= 978; 977 k = 1025 k - 32 k - 16 k.
  logic [9:0]  k4_q;
  logic [19:0] k993_q, k977_q;
  logic [32:0] w1_q, w8_q;
  logic [33:0] z1_5_q, z1_q;
  logic [41:0] f4_q, f5_q, z0_q;
  logic [9:0]  y7_top;
  assign y7_top = y[42*7+32 +: 10];
  always_ff @(posedge clk_i) begin
    k4_q   <= y7_top;
    k993_q <= {y7_top, y7_top} - {5'b0, y7_top, 5'b0};
    w1_q   <= 33'(y[42*1 +: 32]) + 33'(y[42*0+32 +: 10]);
    w8_q   <= 33'(h7_q) + 33'(y7_top);
    f4_q   <= 42'(y[31:0]) + q7_q;

    k977_q <= k993_q - {6'b0, k4_q, 4'b0};
    z1_5_q <= 34'(w1_q) + 34'(w8_q);
    f5_q   <= f4_q;

    z0_q   <= f5_q + 42'(k977_q);
    z1_q   <= z1_5_q;
  end

  // limbs 2 to 7 wait; limb k is w[33*(k-2) +: 33]
  logic [33*6-1:0] w4_q, w5_q, w_q;
  for (genvar i = 2; i < 8; i++) begin : g_w
    always_ff @(posedge clk_i)
      w4_q[33*(i-2) +: 33] <= 33'(y[42*i +: 32]) + 33'(y[42*(i-1)+32 +: 10]);
  end
  always_ff @(posedge clk_i) begin
    w5_q <= w4_q;
    w_q  <= w5_q;
  end

  // ---------------------------------------------------------------- stage 7: candidates
  logic [33*8-1:0] u_q, v_q;
  logic            top_q;
  always_ff @(posedge clk_i) begin
    u_q[33*0 +: 33] <= {1'b0, z0_q[31:0]};
    v_q[33*0 +: 33] <= 33'(z0_q[31:0]) + 33'd977;
    u_q[33*1 +: 33] <= 33'(z1_q[31:0]) + 33'(z0_q[41:32]);
    // + 1 as the carry into the chain
    v_q[33*1 +: 33] <= 33'((34'({z1_q[31:0], 1'b1}) + 34'({z0_q[41:32], 1'b1})) >> 1);
    u_q[33*2 +: 33] <= 33'(w_q[31:0]) + 33'(z1_q[33:32]);
    v_q[33*2 +: 33] <= 33'(w_q[31:0]) + 33'(z1_q[33:32]);
    top_q <= w_q[33*5+32];
  end
  for (genvar i = 3; i < 8; i++) begin : g_candidate
    always_ff @(posedge clk_i) begin
      u_q[33*i +: 33] <= 33'(w_q[33*(i-2) +: 32]) + 33'(w_q[33*(i-3)+32]);
      v_q[33*i +: 33] <= 33'(w_q[33*(i-2) +: 32]) + 33'(w_q[33*(i-3)+32]);
    end
  end

  // ---------------------------------------------------------------- stages 8 to 11: choice
  logic unused_by_v;
  snap_carry_select #(.Limbs(8)) u_select (
      .clk_i, .u_i(u_q), .u_carry_i(1'b0), .v_i(v_q), .v_top_i(top_q), .by_u_i(1'b0), .result_o, .by_v_o(unused_by_v)
  );

endmodule
