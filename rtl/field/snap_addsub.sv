// SPDX-License-Identifier: Apache-2.0
// a + b or a - b modulo one of the four moduli m that signatures need, one a cycle, Latency cycles:
//   adding, a + b < 2^256 + m:  a + b, less m if a + b >= m (wrap_o)
//   subtracting, any operands:  a - b if a >= b, else (wrap_o) a - b + m modulo 2^256
// With operands in [0, m) the result is in [0, m).
//
//   stage 1      b' = b, or its complement when subtracting; U = a + b' + subtract limb by limb, 33 bits each:
//                a + b, or a - b + 2^256 (the carry goes into the lookahead, it could overflow the limb)
//                V = a + b' + m' + 1, m' = m when subtracting, or its complement, in carry-save form
//   stage 2      V limb by limb: a + b - m + 2^256, or a - b + m + 2^256
//   stages 3-6   adding: V >= 2^256 says a + b >= m, the result is V, else U
//                subtracting: U >= 2^256 says a >= b, the result is U, else V (modulo 2^256)
// Adding: U < 2^256 + m and V < 2 * 2^256; subtracting: U < 2 * 2^256. V when subtracting can be more, but then it
// is only asked for modulo 2^256.
module snap_addsub #(
    parameter int unsigned TagWidth = 8,
    localparam int unsigned Latency = 6
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                valid_i,
    // A copy for each limb of 32 bits, so that each can come from a register nearby.
    input  logic [7:0]          subtract_i,
    // bit 1: SM2 instead of secp256k1; bit 0: the group's order instead of the field's prime
    input  logic [15:0]         modulus_i,
    input  logic [255:0]        a_i,
    input  logic [255:0]        b_i,
    input  logic [TagWidth-1:0] tag_i,
    output logic                valid_o,
    output logic [255:0]        result_o,
    output logic                wrap_o,
    output logic [TagWidth-1:0] tag_o
);

  snap_sideband #(.TagWidth(TagWidth), .Cycles(Latency)) u_sideband (
      .clk_i, .rst_ni, .valid_i, .tag_i, .valid_o, .tag_o
  );

  // ---------------------------------------------------------------- stages 1 and 2
  logic [255:0]    b, correction;
  logic [255:0]    sum_q, majority_q;
  logic [33*8-1:0] u1_q, u2_q, v_q;
  logic [1:0]      subtract_q;
  logic            v_top_q;
  for (genvar i = 0; i < 8; i++) begin : g_operands
    /* verilator lint_off UNUSEDSIGNAL */
    logic [255:0] modulus, half;  // of them this limb's
    /* verilator lint_on UNUSEDSIGNAL */
    snap_moduli u_moduli (.modulus_i(modulus_i[2*i +: 2]), .modulus_o(modulus), .half_o(half));
    assign b[32*i +: 32] = b_i[32*i +: 32] ^ {32{subtract_i[i]}};
    assign correction[32*i +: 32] = modulus[32*i +: 32] ^ {32{!subtract_i[i]}};
  end
  always_ff @(posedge clk_i) begin
    sum_q      <= a_i ^ b ^ correction;
    majority_q <= (a_i & b) | (a_i & correction) | (b & correction);
    u2_q       <= u1_q;
    v_top_q    <= majority_q[255];
    subtract_q <= {subtract_q[0], subtract_i[0]};
  end

  logic [255:0] carry; // of weight 1: the majorities one bit up, and the + 1 in V
  assign carry = {majority_q[254:0], 1'b1};
  for (genvar i = 0; i < 8; i++) begin : g_limb
    always_ff @(posedge clk_i) begin
      u1_q[33*i +: 33] <= 33'(a_i[32*i +: 32]) + 33'(b[32*i +: 32]);
      v_q[33*i +: 33]  <= 33'(sum_q[32*i +: 32]) + 33'(carry[32*i +: 32]);
    end
  end

  // ---------------------------------------------------------------- stages 3 to 6: choice
  snap_carry_select #(.Limbs(8)) u_select (
      .clk_i, .u_i(u2_q), .u_carry_i(subtract_q[1]), .v_i(v_q), .v_top_i(v_top_q),
      .by_u_i(subtract_q[1]), .result_o, .by_v_o(wrap_o)
  );

endmodule
