// SPDX-License-Identifier: Apache-2.0
// The last step of a modular operation: of two candidates U and V, congruent and still with carries in their
// limbs, gives the one that lies in [0, modulus) without carries. Four cycles, one a cycle.
//
//   U = sum u(k) 2^(32k) + u_carry,  V = sum v(k) 2^(32k) + v_top 2^(32 Limbs)
//
// with limbs of at most 2^33 - 2 (see snap_carries). U and V must be in [0, 2 * 2^(32 Limbs)), so that
// "at least 2^(32 Limbs)" is one bit: the parity of the top and the last carry, and the top's other bits need
// not come. result = V if V reaches 2^(32 Limbs), else U; with by_u_i it is U if U reaches it, else V
// (and then U has no top). Both modulo 2^(32 Limbs).
module snap_carry_select #(
    parameter int unsigned Limbs = 8
) (
    input  logic                clk_i,
    input  logic [33*Limbs-1:0] u_i,
    input  logic                u_carry_i,
    input  logic [33*Limbs-1:0] v_i,
    input  logic                v_top_i,
    input  logic                by_u_i,
    output logic [32*Limbs-1:0] result_o,
    // the result is V
    output logic                by_v_o
);

  // ---------------------------------------------------------------- stages 1 and 2: carries
  logic [Limbs:0] u_carry, v_carry;
  snap_carries #(.Limbs(Limbs)) u_u_carries (.clk_i, .limbs_i(u_i), .carry_i(u_carry_i), .carry_o(u_carry));
  snap_carries #(.Limbs(Limbs)) u_v_carries (.clk_i, .limbs_i(v_i), .carry_i(1'b0), .carry_o(v_carry));

  logic [1:0] v_top_q, by_u_q;
  always_ff @(posedge clk_i) begin
    v_top_q <= {v_top_q[0], v_top_i};
    by_u_q  <= {by_u_q[0], by_u_i};
  end

  // ---------------------------------------------------------------- stage 3: choice
  logic take_v, took_v_q, by_v_q;
  assign take_v = by_u_q[1] ? !u_carry[Limbs] : (v_carry[Limbs] ^ v_top_q[1]);
  always_ff @(posedge clk_i) begin
    took_v_q <= take_v;
    by_v_q   <= took_v_q;
  end
  assign by_v_o = by_v_q;

  for (genvar i = 0; i < Limbs; i++) begin : g_limb
    logic [31:0] u1_q, u2_q, v1_q, v2_q, base_q, result_q;
    logic        carry_q;
    always_ff @(posedge clk_i) begin
      u1_q <= u_i[33*i +: 32];
      v1_q <= v_i[33*i +: 32];
      u2_q <= u1_q;
      v2_q <= v1_q;
      base_q  <= take_v ? v2_q : u2_q;
      carry_q <= take_v ? v_carry[i] : u_carry[i];
      // stage 4
      result_q <= base_q + 32'(carry_q);
    end
    assign result_o[32*i +: 32] = result_q;
  end

endmodule
