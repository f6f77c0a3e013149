// SPDX-License-Identifier: Apache-2.0
// A product of two operands of 64, 65 or 66 bits from 16 hardware multipliers, one a cycle, 6 cycles.
//
// The operands are limbs of 16 bits, the last one of up to 18. With P(i,j) = a(i) b(j) and W = 2^32:
//   column sums  c(k) = sum of P(i,j) over i + j = k          (stages 3 and 4)
//   wide limbs   d(k) = c(2k) + 2^16 c(2k+1)  < 2^52          (stage 5)
//   limbs        f(k) = d(k) mod W + floor(d(k-1) / W) - bias (stage 6)
// so that product = sum (f(k) + bias) W^k. Carries stay in the limbs: the final carry chain is the
// business of the 512-bit product alone, and no addition here is wider than 36 bits.
//
// The bias is Bias = 2^20 times 1, 2 or 4 for operands of 64, 65 or 66 bits. Every floor(d/W) is below
// 2^20, so that subtracting it costs no logic: the bits above it are constants. snap_mul256 explains
// what it is for.
//
// Bounds, with products as large as their widths allow (a faulty multiplier must not overflow a limb), T the
// width of the top limbs (16..18): c(3) < 2 2^(16+T) + 2 2^32 < 2^36, c(4) the same, c(5) < 2^(17+T),
// P(3,3) < 2^(2T); hence d(1), d(2) < 2^52. f(0..2) fit 34 bits signed, f(3) fits 2 T + 2 bits signed.
module snap_mul64 #(
    parameter int unsigned OperandWidth = 64,
    parameter              Target       = "generic",
    localparam int unsigned LimbWidth = 2 * OperandWidth - 94
) (
    input  logic                    clk_i,
    input  logic [OperandWidth-1:0] a_i,
    input  logic [OperandWidth-1:0] b_i,
    output logic [4*LimbWidth-1:0]  limbs_o
);

  localparam int unsigned Top  = OperandWidth - 48;
  localparam int unsigned Zeros = OperandWidth - 64;

  if (OperandWidth < 64 || OperandWidth > 66) begin : g_check
    $error("snap_mul64: operands have 64, 65 or 66 bits");
  end

  // ---------------------------------------------------------------- stages 1 and 2: multipliers
  for (genvar i = 0; i < 4; i++) begin : g_a
    localparam int unsigned AWidth = (i == 3) ? Top : 16;
    for (genvar j = 0; j < 4; j++) begin : g_b
      localparam int unsigned BWidth = (j == 3) ? Top : 16;
      logic [AWidth+BWidth-1:0] p;
      snap_dsp_mul #(.AWidth(AWidth), .BWidth(BWidth), .Target(Target)) u_mul (
          .clk_i, .a_i(a_i[16*i +: AWidth]), .b_i(b_i[16*j +: BWidth]), .p_o(p)
      );
    end
  end

  // ---------------------------------------------------------------- stage 3: pairs
  logic [32:0] s01_q, s02_q, s12_q;
  logic [16+Top:0] s03_q, s13_q, s23_q;
  logic [31:0] p00_q, p11_q, p22_q;
  logic [2*Top-1:0] p33_q;
  always_ff @(posedge clk_i) begin
    s01_q <= 33'(g_a[0].g_b[1].p) + 33'(g_a[1].g_b[0].p);
    s02_q <= 33'(g_a[0].g_b[2].p) + 33'(g_a[2].g_b[0].p);
    s12_q <= 33'(g_a[1].g_b[2].p) + 33'(g_a[2].g_b[1].p);
    s03_q <= (17 + Top)'(g_a[0].g_b[3].p) + (17 + Top)'(g_a[3].g_b[0].p);
    s13_q <= (17 + Top)'(g_a[1].g_b[3].p) + (17 + Top)'(g_a[3].g_b[1].p);
    s23_q <= (17 + Top)'(g_a[2].g_b[3].p) + (17 + Top)'(g_a[3].g_b[2].p);
    p00_q <= g_a[0].g_b[0].p;
    p11_q <= g_a[1].g_b[1].p;
    p22_q <= g_a[2].g_b[2].p;
    p33_q <= g_a[3].g_b[3].p;
  end

  // ---------------------------------------------------------------- stage 4: columns
  logic [49:0] d0_q;
  logic [33:0] c2_q;
  logic [17+Top:0] c3_q, c4_q;
  logic [16+Top:0] c5_q;
  logic [2*Top-1:0] c6_q;
  always_ff @(posedge clk_i) begin
    d0_q <= {34'(p00_q[31:16]) + 34'(s01_q), p00_q[15:0]};
    c2_q <= 34'(s02_q) + 34'(p11_q);
    c3_q <= (18 + Top)'(s03_q) + (18 + Top)'(s12_q);
    c4_q <= (18 + Top)'(s13_q) + (18 + Top)'(p22_q);
    c5_q <= s23_q;
    c6_q <= p33_q;
  end

  // ---------------------------------------------------------------- stage 5: wide limbs
  logic [49:0] wide0_q;
  logic [51:0] wide1_q, wide2_q;
  logic [2*Top-1:0] wide3_q;
  always_ff @(posedge clk_i) begin
    wide0_q <= d0_q;
    wide1_q <= {36'(c2_q[33:16]) + 36'(c3_q), c2_q[15:0]};
    wide2_q <= {36'(c4_q[17+Top:16]) + 36'(c5_q), c4_q[15:0]};
    wide3_q <= c6_q;
  end

  // ---------------------------------------------------------------- stage 6: limbs
  // {ones, zeros, carry} = carry - 2^(20 + zeros)
  localparam logic [63:0] MinusBias = 64'hffff_ffff_fff0_0000 << Zeros;
  logic [4*LimbWidth-1:0] limbs_q;
  always_ff @(posedge clk_i) begin
    limbs_q[0*LimbWidth +: LimbWidth] <= LimbWidth'(wide0_q[31:0]) + LimbWidth'(MinusBias);
    limbs_q[1*LimbWidth +: LimbWidth] <=
        LimbWidth'(wide1_q[31:0]) + (LimbWidth'(MinusBias) | LimbWidth'(wide0_q[49:32]));
    limbs_q[2*LimbWidth +: LimbWidth] <=
        LimbWidth'(wide2_q[31:0]) + (LimbWidth'(MinusBias) | LimbWidth'(wide1_q[51:32]));
    limbs_q[3*LimbWidth +: LimbWidth] <=
        LimbWidth'(wide3_q) + (LimbWidth'(MinusBias) | LimbWidth'(wide2_q[51:32]));
  end
  assign limbs_o = limbs_q;

endmodule
