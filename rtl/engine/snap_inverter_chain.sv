// SPDX-License-Identifier: Apache-2.0
// The numbers f, g, d, e of two inversions, and one step on them: nine limbs of 30 bits, low limb 
//
// A step is what its token says. In the cycle after the token is given the low limb begins, a cycle later the next
// one, and so on; the token travels along. Each limb takes two cycles:
//   first    g' = g + or - f, a = e + or - d; f and d keep their values or take those of g and e
//   second   b = a + (0, or the modulus if that makes the number even); g'/2 and b/2 need one bit of the limb above,
//            which is one cycle behind, so that both are there when the next step of the same inversion begins
// The other inversion uses the limb in the cycles between. So each limb has two ranks of registers, first and second,
// and in each cycle they hold numbers of different inversions ("places").
// Numbers are two's complement; 270 bits hold every sum (see snap_inverter).
module snap_inverter_chain #(
    // the coefficient e starts with 2^ScaleBits; modulo an order with 2^(256 + ScaleBits)
    parameter int unsigned  ScaleBits = 9,
    parameter int unsigned  WordBits  = 64,
    localparam int unsigned LimbBits  = 30,
    localparam int unsigned Limbs     = 9
) (
    input  logic                clk_i,
    // the place whose token is given, for the low limb's first cycle, in this cycle
    input  logic                phase_i,
    // token; modulus as in snap_moduli
    input  logic                load_i,     // take the place's entry: f = modulus, g = entry, d = 0, e = start
    input  logic                swap_i,     // f = g, d = e
    input  logic                add_i,      // add f to g, d to e ...
    input  logic                negative_i, // ... or subtract
    input  logic                keep_i,     // else the old e counts as 0
    input  logic                test_i,     // say if the new g is 0
    input  logic [1:0]          modulus_i,
    // the next word of a place's entry, below those before
    input  logic                entry_we_i,
    input  logic                entry_place_i,
    input  logic [WordBits-1:0] entry_word_i,
    // low bit of the new g and second bit of the new f, in the cycle after the token, for the place's next token
    output logic                g_odd_o,
    output logic                f_second_o,
    // a tested step made g 0
    output logic                zero_o,
    output logic                zero_place_o,
    // limb limb_index_i of e, as its first cycle sees it
    input  logic [3:0]          limb_index_i,
    output logic [LimbBits-1:0] limb_o
);
  localparam int unsigned Bits = Limbs * LimbBits;

  localparam int unsigned TokenWidth = 9;

  // Constants of the moduli: f's start, and e's. As 2^256 - m < 2^225, the latter is 2^(256 + ScaleBits) mod m.
  // Doubled like all that a load takes, because the step halves it.
  logic [Bits-1:0] f_start [0:3];
  logic [Bits-1:0] e_start [0:3];
  for (genvar k = 0; k < 4; k++) begin : g_modulus
    logic [255:0] modulus, unit, unused_half;
    snap_moduli u_moduli (.modulus_i(2'(k)), .modulus_o(modulus), .half_o(unused_half));
    assign unit       = ((k % 2) != 0) ? -modulus : 256'd1;
    assign f_start[k] = Bits'(modulus);
    assign e_start[k] = Bits'(unit) << (ScaleBits + 1);
  end

  logic [255:0] entry_q [0:1];
  for (genvar p = 0; p < 2; p++) begin : g_entry
    always_ff @(posedge clk_i)
      if (entry_we_i && entry_place_i == 1'(p)) entry_q[p] <= {entry_q[p][255-WordBits:0], entry_word_i};
  end

  logic [TokenWidth-1:0]  token [0:Limbs-1];
  logic [Limbs-1:0]       odd_q;     // second cycle's: a is odd, so the modulus is added
  logic [Limbs-1:0]       test_q;
  logic [LimbBits-1:0]    g_sum_q [0:Limbs-1]; // second cycle's numbers
  logic [LimbBits-1:0]    b_sum   [0:Limbs-1];
  logic [LimbBits-1:0]    e       [0:Limbs-1]; // first cycle's
  // Carry into each limb.
  // verilator lint_off UNUSEDSIGNAL
  logic [Limbs:0]         g_carry, a_carry, b_carry; // out of the top one it has no meaning
  // verilator lint_on UNUSEDSIGNAL
  logic [Limbs:0]         nonzero;

  assign g_carry[0] = negative_i;
  assign a_carry[0] = negative_i;
  assign b_carry[0] = 1'b0;
  assign nonzero[0] = 1'b0;
  assign token[0]   = {phase_i, load_i, swap_i, add_i, negative_i, keep_i, test_i, modulus_i};

  for (genvar i = 0; i < Limbs; i++) begin : g_limb
    localparam int unsigned Lsb = LimbBits * i;

    // ---------------------------------------------------------------- travelling along
    // The place travels too: computed from phase_i it would be one net for all limbs.
    logic       place, load, swap, add, negative, keep, test;
    logic       load_q; // second cycle's
    logic [1:0] modulus, modulus_q;
    assign {place, load, swap, add, negative, keep, test, modulus} = token[i];
    always_ff @(posedge clk_i) begin
      load_q    <= load;
      modulus_q <= modulus;
      test_q[i] <= test;
    end
    if (i > 0) begin : g_travel
      logic [TokenWidth-1:0] token_q;
      assign token[i] = token_q;
      always_ff @(posedge clk_i) token_q <= token[i-1];
    end

    // ---------------------------------------------------------------- entry, doubled: the step halves it
    logic [LimbBits-1:0] entry [0:1];
    assign entry[0] = LimbBits'({(Bits)'(entry_q[0]), 1'b0} >> Lsb);
    assign entry[1] = LimbBits'({(Bits)'(entry_q[1]), 1'b0} >> Lsb);

    // ---------------------------------------------------------------- first cycle
    logic [LimbBits-1:0] f_q, d_q, g, g_operand, f_operand, e_operand, d_operand, f_load;
    logic [LimbBits:0]   g_sum, a_sum;
    logic [LimbBits-1:0] f_second_q, d_second_q, a_sum_q;
    logic                g_carry_q, a_carry_q;
    assign f_load    = f_start[modulus][Lsb +: LimbBits];
    assign g_operand = load ? entry[place] : g;
    assign f_operand = (f_q ^ {LimbBits{negative}}) & {LimbBits{add}};
    assign e_operand = e[i] & {LimbBits{keep}};
    assign d_operand = (d_q ^ {LimbBits{negative}}) & {LimbBits{add}};
    assign g_sum = (LimbBits + 1)'(g_operand) + (LimbBits + 1)'(f_operand) + (LimbBits + 1)'(g_carry[i]);
    assign a_sum = (LimbBits + 1)'(e_operand) + (LimbBits + 1)'(d_operand) + (LimbBits + 1)'(a_carry[i]);
    assign g_carry[i+1] = g_carry_q;
    assign a_carry[i+1] = a_carry_q;
    always_ff @(posedge clk_i) begin
      {g_carry_q, g_sum_q[i]} <= g_sum;
      {a_carry_q, a_sum_q}    <= a_sum;
      f_second_q <= load ? f_load : swap ? g : f_q;
      d_second_q <= load ? '0 : swap ? e[i] : d_q;
    end

    if (i == 0) begin : g_low
      assign f_second_o = f_second_q[1];
      always_ff @(posedge clk_i) odd_q[0] <= a_sum[0];
    end else begin : g_above_low
      always_ff @(posedge clk_i) odd_q[i] <= odd_q[i-1];
    end

    // ---------------------------------------------------------------- second cycle
    logic [LimbBits-1:0] correction;
    logic [LimbBits-2:0] b_q, g_q; // without the bit that halving drops
    logic                b_carry_out, b_carry_q, nonzero_q;
    always_comb begin
      if (load_q) correction = e_start[modulus_q][Lsb +: LimbBits];
      else if (odd_q[i]) correction = f_start[modulus_q][Lsb +: LimbBits];
      else correction = '0;
    end
    assign {b_carry_out, b_sum[i]} =
        (LimbBits + 1)'(a_sum_q) + (LimbBits + 1)'(correction) + (LimbBits + 1)'(b_carry[i]);
    assign b_carry[i+1] = b_carry_q;
    assign nonzero[i+1] = nonzero_q;
    always_ff @(posedge clk_i) begin
      b_carry_q <= b_carry_out;
      nonzero_q <= (g_sum_q[i] != '0) || nonzero[i];
      b_q <= b_sum[i][LimbBits-1:1];
      g_q <= g_sum_q[i][LimbBits-1:1];
      f_q <= f_second_q;
      d_q <= d_second_q;
    end

    // ---------------------------------------------------------------- halved, for the next first cycle
    if (i == Limbs - 1) begin : g_sign
      assign g    = {g_q[LimbBits-2], g_q};
      assign e[i] = {b_q[LimbBits-2], b_q};
    end else begin : g_above
      assign g    = {g_sum_q[i+1][0], g_q};
      assign e[i] = {b_sum[i+1][0], b_q};
    end
  end

  assign g_odd_o    = g_sum_q[0][1];
  assign limb_o     = e[limb_index_i];

  // The top limb's second cycle is Limbs cycles behind the low limb's 
  logic tested_q, zero_place_q;
  always_ff @(posedge clk_i) begin
    tested_q     <= test_q[Limbs-1];
    zero_place_q <= phase_i ^ 1'(Limbs % 2);
  end
  assign zero_o       = tested_q && !nonzero[Limbs];
  assign zero_place_o = zero_place_q;
endmodule
