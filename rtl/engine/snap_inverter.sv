// SPDX-License-Identifier: Apache-2.0
// 1 / x modulo a prime of the field, 2^256 / x modulo a group's order; 0 for 0. Two at a time, some 550 cycles each.
//
// Bernstein's and Yang's division steps with delta = 1/2 at the start: f = m, g = x, d = 0, e = 1 (or 2^256), and until
// g is 0, which takes at most 590 steps,
//   delta > 0 and g odd:  delta = 1 - delta, f, g = g, (g - f) / 2, d, e = e, (e - d) / 2 modulo m
//   else:                 delta = 1 + delta, g = (g + (g odd) f) / 2, e = (e + (g odd) d) / 2 modulo m
// d x = f and e x = g modulo m (times 2^256) hold throughout, so at the end, with f = 1 or -1, d f is the inverse. The
// data are public: the time depends on x.
//
// d and e are not reduced: halving adds m if the number is odd, so each step adds at most m / 2 to the greater of their
// magnitudes. StepsMax = 624 steps leave it below 313 m < 2^9 m, sums below 2^268. At the end the coefficient is
// halved nine times more (and e started with 2^9 as much), which brings it above -m and below 2m.
module snap_inverter #(
    parameter int unsigned TagWidth = 9,
    parameter int unsigned WordBits = 64,
    localparam int unsigned WordIndex = $clog2(256 / WordBits)
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    // A free place is reserved first; an input, once for each reservation, is always accepted: words in a row, the highest
    // first (snap_scalar_receiver), with modulus and tag.
    output logic                free_o,
    input  logic                take_i,
    input  logic                word_valid_i,
    input  logic [WordIndex-1:0] word_index_i, // last: 0
    input  logic [WordBits-1:0] word_data_i,
    input  logic [1:0]          in_modulus_i, // as in snap_moduli
    input  logic [TagWidth-1:0] in_tag_i,     // that of the last word counts
    // In the order in which they end.
    output logic                out_valid_o,
    input  logic                out_ready_i,
    output logic [255:0]        out_data_o,
    output logic [TagWidth-1:0] out_tag_o
);
  localparam int unsigned LimbBits = 30;
  localparam int unsigned Limbs    = 9;
  localparam int unsigned Halvings = 9;

  logic                entry_place, phase, load, swap, add, negative, keep, test;
  logic [1:0]          modulus;
  logic                g_odd, f_second, zero, zero_place;
  logic                finish_start;
  logic [TagWidth-1:0] finish_tag;
  logic [3:0]          limb_index;
  logic [LimbBits-1:0] limb;

  snap_inverter_control #(.Halvings(Halvings), .TagWidth(TagWidth)) u_control (
      .clk_i, .rst_ni, .free_o, .take_i, .in_begin_i(word_valid_i && word_index_i == '1),
      .in_valid_i(word_valid_i && word_index_i == '0), .in_modulus_i, .in_tag_i,
      .entry_place_o(entry_place), .phase_o(phase), .load_o(load), .swap_o(swap), .add_o(add),
      .negative_o(negative), .keep_o(keep), .test_o(test), .modulus_o(modulus), .g_odd_i(g_odd),
      .f_second_i(f_second), .zero_i(zero), .zero_place_i(zero_place), .finish_start_o(finish_start),
      .finish_tag_o(finish_tag), .finish_done_i(out_valid_o && out_ready_i)
  );

  snap_inverter_chain #(.ScaleBits(Halvings), .WordBits(WordBits)) u_chain (
      .clk_i, .phase_i(phase), .load_i(load), .swap_i(swap), .add_i(add), .negative_i(negative),
      .keep_i(keep), .test_i(test), .modulus_i(modulus), .entry_we_i(word_valid_i),
      .entry_place_i(entry_place), .entry_word_i(word_data_i), .g_odd_o(g_odd), .f_second_o(f_second),
      .zero_o(zero), .zero_place_o(zero_place), .limb_index_i(limb_index), .limb_o(limb)
  );

  // The modulus of the token that hands over is the coefficient's.
  snap_inverter_finish #(.LimbBits(LimbBits), .Limbs(Limbs), .TagWidth(TagWidth)) u_finish (
      .clk_i, .rst_ni, .start_i(finish_start), .modulus_i(modulus), .tag_i(finish_tag),
      .limb_index_o(limb_index), .limb_i(limb), .out_valid_o, .out_ready_i, .out_data_o, .out_tag_o
  );
endmodule
