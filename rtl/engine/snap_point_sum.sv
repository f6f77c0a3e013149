// SPDX-License-Identifier: Apache-2.0
// The sum unit: add, sub, half, copy and neg modulo m, one a cycle, Cycles cycles. All are additions or subtractions
// (snap_addsub) of chosen operands:
//
//   add    a + b            half   (a >> 1) + (a odd ? (m + 1) / 2 : 0)
//   sub    a - b            copy   0 + b
//                           neg    0 - b
//
//   choice       operands; (m + 1) / 2 comes where a constant would: half has no b
//   6 cycles     snap_addsub; beside it the parity of the operands that the operation reads is checked
//   result       parity made, limbs looked at for zero
//   done         flag
module snap_point_sum #(
    parameter int unsigned TagWidth = 8,
    parameter int unsigned Cycles   = 9
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                valid_i,
    input  logic [2:0]          op_i,
    input  logic [1:0]          modulus_i,
    input  logic [263:0]        a_i,
    input  logic [263:0]        b_i,
    input  logic [7:0]          a_odd_i,  // eight copies of a_i[0]
    // a cycle before the others: the constant, and whether b is it
    input  logic [2:0]          early_op_i,
    input  logic [1:0]          early_modulus_i,
    input  logic [263:0]        early_constant_i,
    input  logic                early_b_is_constant_i,
    input  logic [1:0]          test_i,
    input  logic [TagWidth-1:0] tag_i,
    output logic                valid_o,
    output logic [263:0]        word_o,
    output logic [1:0]          test_o,
    output logic                value_o,
    output logic                fault_o,
    output logic [TagWidth-1:0] tag_o
);

  localparam int unsigned AddsubCycles = 6;
  localparam int unsigned ParityCycles = 2;
  localparam int unsigned EndCycles    = 2; // result, done
  if (Cycles != 1 + AddsubCycles + EndCycles) begin : g_check
    $error("snap_point_sum: the pipeline does not take Cycles");
  end

  // ---------------------------------------------------------------- a cycle earlier: the other b
  logic [255:0] half_of_1, unused_modulus;
  logic [263:0] other_q;
  logic         early_half, early_reads_a;
  snap_moduli u_moduli (.modulus_i(early_modulus_i), .modulus_o(unused_modulus), .half_o(half_of_1));
  assign early_half = early_op_i == 3'(snap_isa_pkg::SumOpHalf);
  assign early_reads_a = early_op_i != 3'(snap_isa_pkg::SumOpCopy) && early_op_i != 3'(snap_isa_pkg::SumOpNeg);
  always_ff @(posedge clk_i)
    other_q <= {early_constant_i[263:256], early_half ? half_of_1 : early_constant_i[255:0]};

  // ---------------------------------------------------------------- choice
  // What chooses has a register for each limb.
  localparam int unsigned Limbs = 8, ChoiceWidth = 3;
  logic [ChoiceWidth*Limbs-1:0] choices;
  snap_fanout #(.Width(ChoiceWidth), .Copies(Limbs)) u_choices (
      .clk_i, .data_i({early_half, early_reads_a, early_half || early_b_is_constant_i}), .data_o(choices)
  );
  logic [255:0] a_halved, a_q, b_q;
  assign a_halved = {1'b0, a_i[255:1]};
  for (genvar i = 0; i < Limbs; i++) begin : g_limb
    logic half, reads_a, b_is_other;
    assign {half, reads_a, b_is_other} = choices[ChoiceWidth*i +: ChoiceWidth];
    always_ff @(posedge clk_i) begin
      a_q[32*i +: 32] <= (half ? a_halved[32*i +: 32] : a_i[32*i +: 32]) & {32{reads_a}};
      b_q[32*i +: 32] <= (b_is_other ? other_q[32*i +: 32] : b_i[32*i +: 32]) & {32{!half || a_odd_i[i]}};
    end
  end

  logic                 subtract;
  logic [Limbs-1:0]     subtracts;
  logic [2*Limbs-1:0]   moduli;
  assign subtract = op_i == 3'(snap_isa_pkg::SumOpSub) || op_i == 3'(snap_isa_pkg::SumOpNeg);
  snap_fanout #(.Copies(Limbs)) u_subtracts (.clk_i, .data_i(subtract), .data_o(subtracts));
  snap_fanout #(.Width(2), .Copies(Limbs)) u_moduli_copies (.clk_i, .data_i(modulus_i), .data_o(moduli));

  localparam int unsigned ControlWidth = 2 + TagWidth; // test, tag
  logic                    chosen_valid;
  logic [ControlWidth-1:0] chosen_control;
  snap_sideband #(.TagWidth(ControlWidth), .Cycles(1)) u_chosen (
      .clk_i, .rst_ni, .valid_i, .tag_i({test_i, tag_i}), .valid_o(chosen_valid), .tag_o(chosen_control)
  );

  // ---------------------------------------------------------------- parity of what is read
  logic       a_odd, b_odd, other_odd, odd_late;
  logic       half_q, reads_a1_q, b_is_constant_q;
  logic [1:0] reads_a_q, reads_b_q, reads_other_q;
  snap_parity_check u_a_parity (.clk_i, .word_i(a_i), .error_o(a_odd));
  snap_parity_check u_b_parity (.clk_i, .word_i(b_i), .error_o(b_odd));
  snap_parity_check u_other_parity (.clk_i, .word_i(other_q), .error_o(other_odd));
  always_ff @(posedge clk_i) begin
    half_q          <= early_half;
    reads_a1_q      <= early_reads_a;
    b_is_constant_q <= early_b_is_constant_i;
    reads_a_q       <= {reads_a_q[0], reads_a1_q};
    reads_b_q       <= {reads_b_q[0], !half_q && !b_is_constant_q};
    reads_other_q   <= {reads_other_q[0], !half_q && b_is_constant_q};
  end
  snap_delay #(.Width(1), .Cycles(Cycles - ParityCycles)) u_odd (
      .clk_i, .rst_ni,
      .data_i((a_odd && reads_a_q[1]) || (b_odd && reads_b_q[1]) || (other_odd && reads_other_q[1])),
      .data_o(odd_late)
  );

  // ---------------------------------------------------------------- sum
  logic                    sum_valid, wrap;
  logic [255:0]            sum;
  logic [ControlWidth-1:0] sum_control;
  snap_addsub #(.TagWidth(ControlWidth)) u_addsub (
      .clk_i, .rst_ni, .valid_i(chosen_valid), .subtract_i(subtracts), .modulus_i(moduli), .a_i(a_q), .b_i(b_q),
      .tag_i(chosen_control), .valid_o(sum_valid), .result_o(sum), .wrap_o(wrap), .tag_o(sum_control)
  );

  // ---------------------------------------------------------------- result, done
  logic [EndCycles-1:0] valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= EndCycles'({valid_q, sum_valid});
  end

  logic [255:0]        result_q, done_q;
  logic [7:0]          parity, parity_q, done_parity_q, nonzero_q;
  logic [1:0]          test1_q, test2_q;
  logic [TagWidth-1:0] tag1_q, tag2_q;
  logic                wrap_q, value_q;
  snap_parity u_parity (.data_i(sum), .parity_o(parity));
  always_ff @(posedge clk_i) begin
    result_q      <= sum;
    parity_q      <= parity;
    wrap_q        <= wrap;
    done_q        <= result_q;
    done_parity_q <= parity_q;
    {test1_q, tag1_q} <= sum_control;
    {test2_q, tag2_q} <= {test1_q, tag1_q};
    value_q <= (test1_q == 2'(snap_isa_pkg::TestZero) && nonzero_q == '0) ||
               (test1_q == 2'(snap_isa_pkg::TestOdd) && result_q[0]) ||
               (test1_q == 2'(snap_isa_pkg::TestWrap) && wrap_q);
  end
  for (genvar i = 0; i < 8; i++) begin : g_nonzero
    always_ff @(posedge clk_i) nonzero_q[i] <= |sum[32*i +: 32];
  end

  assign valid_o = valid_q[EndCycles-1];
  assign word_o = {done_parity_q, done_q};
  assign test_o = test2_q;
  assign tag_o = tag2_q;
  assign value_o = value_q;
  assign fault_o = odd_late;

endmodule
