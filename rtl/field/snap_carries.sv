// SPDX-License-Identifier: Apache-2.0
// The carries between limbs of 33 bits that each stand for 32: carry_o[k] goes into limb k, carry_o[Limbs]
// out of the last; carry_o[0] is carry_i. Two cycles, one set a cycle.
//
// Every limb is at most 2^33 - 2. Then it passes one carry on at most, whatever comes in: it generates one
// (bit 32) or passes on the one that comes (its lower bits all ones), never both. A carry chain of
// Limbs bits does the lookahead: adding g | p and g makes bit k of the sum p(k) ^ carry(k).
module snap_carries #(
    parameter int unsigned Limbs = 16
) (
    input  logic                clk_i,
    input  logic [33*Limbs-1:0] limbs_i,
    input  logic                carry_i,
    output logic [Limbs:0]      carry_o
);

  logic [Limbs-1:0] generate_q, propagate_q;
  logic             carry_in_q;
  always_ff @(posedge clk_i) carry_in_q <= carry_i;
  for (genvar i = 0; i < Limbs; i++) begin : g_limb
    always_ff @(posedge clk_i) begin
      generate_q[i]  <= limbs_i[33*i+32];
      propagate_q[i] <= &limbs_i[33*i +: 32];
    end
  end

  logic [Limbs:0] sum, carry_q;
  assign sum = (Limbs + 1)'(((Limbs + 2)'({generate_q | propagate_q, 1'b1}) +
                             (Limbs + 2)'({generate_q, carry_in_q})) >> 1);
  always_ff @(posedge clk_i) carry_q <= sum ^ {1'b0, propagate_q};
  assign carry_o = carry_q;

endmodule
