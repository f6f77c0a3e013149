// SPDX-License-Identifier: Apache-2.0
// The product unit: a b modulo either prime, or one half of the product as it is; one a cycle, Cycles cycles,
// whatever the operation.
//
//   Spare        operands wait, so that all adds up to Cycles
//   MulCycles    snap_mul256; beside it the operands' parity is checked
//   ReduceCycles both reductions, and the half that `low` and `high` want waits; beside them the residue is checked
//   choice       one of the three
//   result       parity made, limbs looked at for zero
//   done         flag
//
// The reductions have no check of their own: docs/point-engine.md says what catches their errors.
module snap_point_product #(
    parameter              Target    = "generic",
    parameter int unsigned TagWidth  = 8,
    parameter int unsigned Cycles    = 32,
    parameter int unsigned MulCycles = 17
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                valid_i,
    input  logic [263:0]        a_i,
    input  logic [263:0]        b_i,
    input  logic [2:0]          op_i,
    input  logic                sm2_i,
    input  logic [1:0]          test_i,
    input  logic [TagWidth-1:0] tag_i,
    output logic                valid_o,
    output logic [263:0]        word_o,
    output logic [1:0]          test_o,
    output logic                value_o,
    output logic                fault_o,
    output logic [TagWidth-1:0] tag_o
);

  localparam int unsigned ReduceCycles  = 11;
  localparam int unsigned ResidueCycles = 7;
  localparam int unsigned ParityCycles  = 2;
  localparam int unsigned EndCycles     = 3; // choice, result, done
  if (Cycles < MulCycles + ReduceCycles + EndCycles) begin : g_check
    $error("snap_point_product: the pipeline is longer than Cycles");
  end
  localparam int unsigned Spare = Cycles - (MulCycles + ReduceCycles + EndCycles);

  // ---------------------------------------------------------------- parity of the operands
  logic a_odd, b_odd, odd;
  snap_parity_check u_a_parity (.clk_i, .word_i(a_i), .error_o(a_odd));
  snap_parity_check u_b_parity (.clk_i, .word_i(b_i), .error_o(b_odd));
  snap_delay #(.Width(1), .Cycles(Spare + MulCycles - ParityCycles)) u_odd (
      .clk_i, .rst_ni, .data_i(a_odd || b_odd), .data_o(odd)
  );

  // ---------------------------------------------------------------- operands on their way
  localparam int unsigned ControlWidth = 3 + 2 + TagWidth; // raw, high, sm2, test, tag
  logic                    valid;
  logic [255:0]            a, b;
  logic [ControlWidth-1:0] control_i, control;
  assign control_i = {
      op_i != 3'(snap_isa_pkg::ProductOpMul), op_i == 3'(snap_isa_pkg::ProductOpHigh), sm2_i, test_i, tag_i};
  if (Spare == 0) begin : g_at_once
    assign {a, b, valid, control} = {a_i[255:0], b_i[255:0], valid_i, control_i};
  end else begin : g_spare
    snap_delay #(.Width(512), .Cycles(Spare)) u_operands (
        .clk_i, .rst_ni, .data_i({a_i[255:0], b_i[255:0]}), .data_o({a, b})
    );
    snap_sideband #(.TagWidth(ControlWidth), .Cycles(Spare)) u_control (
        .clk_i, .rst_ni, .valid_i, .tag_i(control_i), .valid_o(valid), .tag_o(control)
    );
  end

  // ---------------------------------------------------------------- product
  logic                    product_valid, out_of_range;
  logic [511:0]            product;
  logic [ControlWidth-1:0] product_control;
  snap_mul256 #(.TagWidth(ControlWidth), .Target(Target)) u_mul (
      .clk_i, .rst_ni, .valid_i(valid), .a_i(a), .b_i(b), .tag_i(control),
      .valid_o(product_valid), .product_o(product), .out_of_range_o(out_of_range), .tag_o(product_control)
  );

  logic residue_valid, residue_error, residue_late;
  snap_residue #(.Target(Target), .ProductCycles(MulCycles)) u_residue (
      .clk_i, .rst_ni, .a_i(a), .b_i(b),
      .product_valid_i(product_valid), .product_i(product), .out_of_range_i(out_of_range),
      .valid_o(residue_valid), .error_o(residue_error)
  );
  snap_delay #(.Width(1), .Cycles(ReduceCycles + EndCycles - ResidueCycles)) u_residue_error (
      .clk_i, .rst_ni, .data_i(residue_error), .data_o(residue_late)
  );

  // ---------------------------------------------------------------- reduction
  logic                  high, reduced_valid, unused_sm2_valid, unused_sm2_tag;
  logic [255:0]          half, reduced_secp256k1, reduced_sm2;
  localparam int unsigned ReducedWidth = 1 + 2 + TagWidth; // parity error, test, tag
  logic [ReducedWidth-1:0] reduced_control;
  assign high = product_control[ControlWidth-2];
  snap_reduce_secp256k1 #(.TagWidth(ReducedWidth)) u_secp256k1 (
      .clk_i, .rst_ni, .valid_i(product_valid), .x_i(product),
      .tag_i({odd, product_control[ControlWidth-4:0]}),
      .valid_o(reduced_valid), .result_o(reduced_secp256k1), .tag_o(reduced_control)
  );
  snap_reduce_sm2 #(.TagWidth(1)) u_sm2 (
      .clk_i, .rst_ni, .valid_i(product_valid), .x_i(product), .tag_i(1'b0),
      .valid_o(unused_sm2_valid), .result_o(reduced_sm2), .tag_o(unused_sm2_tag)
  );
  snap_delay #(.Width(256), .Cycles(ReduceCycles)) u_half (
      .clk_i, .rst_ni, .data_i(high ? product[511:256] : product[255:0]), .data_o(half)
  );

  // ---------------------------------------------------------------- choice, result, done
  // What chooses has a register for each limb.
  localparam int unsigned Limbs = 8;
  logic [1:0]         early_choice;
  logic [2*Limbs-1:0] choices;
  snap_delay #(.Width(2), .Cycles(ReduceCycles - 1)) u_choice (
      .clk_i, .rst_ni, .data_i({product_control[ControlWidth-1], product_control[ControlWidth-3]}),
      .data_o(early_choice)
  );
  snap_fanout #(.Width(2), .Copies(Limbs)) u_choices (.clk_i, .data_i(early_choice), .data_o(choices));

  logic                odd_operand;
  logic [1:0]          test;
  logic [TagWidth-1:0] tag;
  assign {odd_operand, test, tag} = reduced_control;

  logic [EndCycles-1:0] valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= EndCycles'({valid_q, reduced_valid});
  end

  logic [255:0]        choice_q, result_q, done_q;
  logic [7:0]          parity, parity_q, done_parity_q, nonzero_q;
  logic [2:0]          odd_operand_q;
  logic [1:0]          test1_q, test2_q, test3_q;
  logic [TagWidth-1:0] tag1_q, tag2_q, tag3_q;
  logic                value_q;
  snap_parity u_parity (.data_i(choice_q), .parity_o(parity));
  always_ff @(posedge clk_i) begin
    result_q      <= choice_q;
    parity_q      <= parity;
    done_q        <= result_q;
    done_parity_q <= parity_q;
    odd_operand_q <= {odd_operand_q[1:0], odd_operand};
    {test1_q, tag1_q} <= {test, tag};
    {test2_q, tag2_q} <= {test1_q, tag1_q};
    {test3_q, tag3_q} <= {test2_q, tag2_q};
    value_q <= (test2_q == 2'(snap_isa_pkg::TestZero) && nonzero_q == '0) ||
               (test2_q == 2'(snap_isa_pkg::TestOdd) && result_q[0]);
  end
  for (genvar i = 0; i < Limbs; i++) begin : g_limb
    logic raw, sm2;
    assign {raw, sm2} = choices[2*i +: 2];
    always_ff @(posedge clk_i) begin
      choice_q[32*i +: 32] <= raw ? half[32*i +: 32] : sm2 ? reduced_sm2[32*i +: 32] : reduced_secp256k1[32*i +: 32];
      nonzero_q[i]         <= |choice_q[32*i +: 32];
    end
  end

  assign valid_o = valid_q[EndCycles-1];
  assign word_o = {done_parity_q, done_q};
  assign test_o = test3_q;
  assign tag_o = tag3_q;
  assign value_o = value_q;
  assign fault_o = odd_operand_q[2] || residue_late;

  logic unused_residue_valid;
  assign unused_residue_valid = residue_valid;

`ifdef VERILATOR
  // MulCycles is what the multiplier takes.
  logic [MulCycles-1:0] in_mul_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_mul_q <= '0;
    end else begin
      in_mul_q <= MulCycles'({in_mul_q, valid});
      assert (in_mul_q[MulCycles-1] == product_valid);
    end
  end
`endif

endmodule
