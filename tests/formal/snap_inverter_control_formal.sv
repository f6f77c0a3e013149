// SPDX-License-Identifier: Apache-2.0

// The inverter's places with whatever steps and whatever finishing unit: see the assumptions and invariants at the
// end of the module. Here only the environment.
module snap_inverter_control_formal #(
  parameter int unsigned Halvings = 2,
  parameter int unsigned StepsMax = 4,
  parameter int unsigned TagWidth = 2
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic                take_i,
  input logic                in_begin_i,
  input logic                in_valid_i,
  input logic [1:0]          in_modulus_i,
  input logic [TagWidth-1:0] in_tag_i,
  input logic                g_odd_i,
  input logic                f_second_i,
  input logic                zero_i,
  input logic                zero_place_i,
  input logic                finish_done_i
);
  logic                free, load, finish_start;
  logic [TagWidth-1:0] finish_tag;

  snap_inverter_control #(.Halvings(Halvings), .StepsMax(StepsMax), .TagWidth(TagWidth)) dut (
    .clk_i, .rst_ni, .free_o(free), .take_i, .in_begin_i, .in_valid_i, .in_modulus_i, .in_tag_i, .entry_place_o(), .phase_o(),
    .load_o(load), .swap_o(), .add_o(), .negative_o(), .keep_o(), .test_o(), .modulus_o(), .g_odd_i, .f_second_i,
    .zero_i, .zero_place_i, .finish_start_o(finish_start), .finish_tag_o(finish_tag), .finish_done_i
  );

  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);

  always_ff @(posedge clk_i) begin
    cover (rst_ni && load && !free);
    cover (rst_ni && finish_start && in_valid_i && finish_tag != in_tag_i);
  end
endmodule
