// SPDX-License-Identifier: Apache-2.0
// SHA-256 compression (FIPS 180-4, section 6.2.2): one round a cycle, 65 cycles a block. For the order of
// events and the beats see snap_hash_sequence.
//
// Words are big-endian as in the standard: beat_i[127:96] is the block's first word, digest_o[255:224] is H0.
// digest_o is valid from done_o until round 16 of the next block (a block with `first` then replaces it by
// the initial value, as what its result is added to).
//
// Paths: h + K + W of a round is summed one cycle before (h is the g of then), and the rest is
// carry-save, so that each of the new a and e needs one 32-bit carry chain.
module snap_sha256_core #(
    parameter int unsigned TagWidth = 8
) (
    input  logic                clk_i,
    input  logic                rst_ni,

    input  logic                block_valid_i,
    input  logic                hold_i,
    input  logic [127:0]        beat_i,
    input  logic                beat_first_i,
    input  logic [TagWidth-1:0] beat_tag_i,
    output logic                beat_next_o,
    output logic                load_o,

    output logic                done_o,
    output logic [255:0]        digest_o,
    output logic [TagWidth-1:0] tag_o,
    output logic                busy_o
);

  // Initial hash value, FIPS 180-4, section 5.3.3.
  localparam logic [255:0] InitialValue = {
      32'h6a09e667, 32'hbb67ae85, 32'h3c6ef372, 32'ha54ff53a,
      32'h510e527f, 32'h9b05688c, 32'h1f83d9ab, 32'h5be0cd19};

  // K, FIPS 180-4, section 4.2.2.
  function automatic logic [31:0] round_constant(input logic [5:0] round);
    unique case (round)
      6'd0: round_constant = 32'h428a2f98;
      6'd1: round_constant = 32'h71374491;
      6'd2: round_constant = 32'hb5c0fbcf;
      6'd3: round_constant = 32'he9b5dba5;
      6'd4: round_constant = 32'h3956c25b;
      6'd5: round_constant = 32'h59f111f1;
      6'd6: round_constant = 32'h923f82a4;
      6'd7: round_constant = 32'hab1c5ed5;
      6'd8: round_constant = 32'hd807aa98;
      6'd9: round_constant = 32'h12835b01;
      6'd10: round_constant = 32'h243185be;
      6'd11: round_constant = 32'h550c7dc3;
      6'd12: round_constant = 32'h72be5d74;
      6'd13: round_constant = 32'h80deb1fe;
      6'd14: round_constant = 32'h9bdc06a7;
      6'd15: round_constant = 32'hc19bf174;
      6'd16: round_constant = 32'he49b69c1;
      6'd17: round_constant = 32'hefbe4786;
      6'd18: round_constant = 32'h0fc19dc6;
      6'd19: round_constant = 32'h240ca1cc;
      6'd20: round_constant = 32'h2de92c6f;
      6'd21: round_constant = 32'h4a7484aa;
      6'd22: round_constant = 32'h5cb0a9dc;
      6'd23: round_constant = 32'h76f988da;
      6'd24: round_constant = 32'h983e5152;
      6'd25: round_constant = 32'ha831c66d;
      6'd26: round_constant = 32'hb00327c8;
      6'd27: round_constant = 32'hbf597fc7;
      6'd28: round_constant = 32'hc6e00bf3;
      6'd29: round_constant = 32'hd5a79147;
      6'd30: round_constant = 32'h06ca6351;
      6'd31: round_constant = 32'h14292967;
      6'd32: round_constant = 32'h27b70a85;
      6'd33: round_constant = 32'h2e1b2138;
      6'd34: round_constant = 32'h4d2c6dfc;
      6'd35: round_constant = 32'h53380d13;
      6'd36: round_constant = 32'h650a7354;
      6'd37: round_constant = 32'h766a0abb;
      6'd38: round_constant = 32'h81c2c92e;
      6'd39: round_constant = 32'h92722c85;
      6'd40: round_constant = 32'ha2bfe8a1;
      6'd41: round_constant = 32'ha81a664b;
      6'd42: round_constant = 32'hc24b8b70;
      6'd43: round_constant = 32'hc76c51a3;
      6'd44: round_constant = 32'hd192e819;
      6'd45: round_constant = 32'hd6990624;
      6'd46: round_constant = 32'hf40e3585;
      6'd47: round_constant = 32'h106aa070;
      6'd48: round_constant = 32'h19a4c116;
      6'd49: round_constant = 32'h1e376c08;
      6'd50: round_constant = 32'h2748774c;
      6'd51: round_constant = 32'h34b0bcb5;
      6'd52: round_constant = 32'h391c0cb3;
      6'd53: round_constant = 32'h4ed8aa4a;
      6'd54: round_constant = 32'h5b9cca4f;
      6'd55: round_constant = 32'h682e6ff3;
      6'd56: round_constant = 32'h748f82ee;
      6'd57: round_constant = 32'h78a5636f;
      6'd58: round_constant = 32'h84c87814;
      6'd59: round_constant = 32'h8cc70208;
      6'd60: round_constant = 32'h90befffa;
      6'd61: round_constant = 32'ha4506ceb;
      6'd62: round_constant = 32'hbef9a3f7;
      6'd63: round_constant = 32'hc67178f2;
    endcase
  endfunction

  function automatic logic [31:0] rotr(input logic [31:0] x, input int unsigned count);
    rotr = (x >> count) | (x << (32 - count));
  endfunction

  // Carry-save addition: save_sum + save_carry = x + y + z.
  function automatic logic [31:0] save_sum(input logic [31:0] x, input logic [31:0] y,
                                           input logic [31:0] z);
    save_sum = x ^ y ^ z;
  endfunction
  function automatic logic [31:0] save_carry(input logic [31:0] x, input logic [31:0] y,
                                             input logic [31:0] z);
    save_carry = ((x & y) | (x & z) | (y & z)) << 1;
  endfunction
  function automatic logic [31:0] add4(input logic [31:0] w, input logic [31:0] x,
                                       input logic [31:0] y, input logic [31:0] z);
    logic [31:0] s, c;
    s = save_sum(w, x, y);
    c = save_carry(w, x, y);
    add4 = save_sum(s, c, z) + save_carry(s, c, z);
  endfunction

  logic init, init_start, first, round_valid, word_valid, unused_step;  // each cycle is one
  logic [5:0] round;
  logic [1:0] word;

  snap_hash_sequence #(.TagWidth(TagWidth), .LoadWords(1)) u_sequence (
      .clk_i, .rst_ni,
      .block_valid_i, .hold_i, .beat_first_i, .beat_tag_i, .beat_next_o,
      .step_o(unused_step), .load_o,
      .init_o(init), .init_start_o(init_start), .first_o(first),
      .round_valid_o(round_valid), .round_o(round),
      .word_valid_o(word_valid), .word_o(word),
      .done_o, .tag_o, .busy_o
  );

  // ---------------------------------------------------------------- message schedule
  // w_q[0] is W(t+1) in round t and w_q[i] the word i before it; W(t+2) comes in.
  logic [31:0] w_q [0:15];
  logic [31:0] w_beat, w_expanded;

  assign w_beat = beat_i[127 - 32 * word -: 32];
  assign w_expanded = add4(rotr(w_q[1], 17) ^ rotr(w_q[1], 19) ^ (w_q[1] >> 10), w_q[6],
                           rotr(w_q[14], 7) ^ rotr(w_q[14], 18) ^ (w_q[14] >> 3), w_q[15]);

  always_ff @(posedge clk_i) begin
    w_q[0] <= (load_o || word_valid) ? w_beat : w_expanded;
    for (int i = 1; i < 16; i++) w_q[i] <= w_q[i-1];
  end

  // k_q is K(t+1) in round t, K(0) in init and while idle.
  logic [31:0] k_q;
  logic [5:0] k_index_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      k_q       <= round_constant(6'd0);
      k_index_q <= 6'd1;
    end else if (init_start || (round_valid && round != 6'd63)) begin
      k_q       <= round_constant(k_index_q);
      k_index_q <= k_index_q + 6'd1;
    end
  end

  // ---------------------------------------------------------------- rounds
  // The working variables are 0 while no block is worked on, so that the addition of an init that ends no
  // block changes nothing.
  logic [31:0] a_q, b_q, c_q, d_q, e_q, f_q, g_q, h_q;
  logic [31:0] hkw_q;  // h + K + W of this round
  logic [255:0] digest_q, sum, start;
  logic [31:0] sigma0, sigma1, choice, majority, t1_sum, t1_carry, e_next, a_next;
  logic [31:0] h_next, h_addend;

  for (genvar i = 0; i < 8; i++) begin : gen_sum
    logic [31:0] working;
    assign working = (i == 0) ? h_q : (i == 1) ? g_q : (i == 2) ? f_q : (i == 3) ? e_q :
                     (i == 4) ? d_q : (i == 5) ? c_q : (i == 6) ? b_q : a_q;
    assign sum[32*i +: 32] = digest_q[32*i +: 32] + working;
  end

  assign start = first ? InitialValue : sum;

  assign sigma0   = rotr(a_q, 2) ^ rotr(a_q, 13) ^ rotr(a_q, 22);
  assign sigma1   = rotr(e_q, 6) ^ rotr(e_q, 11) ^ rotr(e_q, 25);
  assign choice   = (e_q & f_q) ^ (~e_q & g_q);
  assign majority = (a_q & b_q) ^ (a_q & c_q) ^ (b_q & c_q);
  assign t1_sum   = save_sum(hkw_q, sigma1, choice);
  assign t1_carry = save_carry(hkw_q, sigma1, choice);
  assign e_next   = save_sum(t1_sum, t1_carry, d_q) + save_carry(t1_sum, t1_carry, d_q);
  assign a_next   = add4(t1_sum, t1_carry, sigma0, majority);

  // h of the next round, in init as two numbers that are still to be added.
  assign h_next   = !init ? g_q : first ? InitialValue[31:0] : digest_q[31:0];
  assign h_addend = (init && !first) ? h_q : '0;

  always_ff @(posedge clk_i) begin
    hkw_q <= add4(h_next, h_addend, k_q, w_q[0]);
    // Constants by the registers' synchronous reset or set: that takes no logic.
    if (init && !init_start) begin
      {a_q, b_q, c_q, d_q, e_q, f_q, g_q, h_q} <= '0;
    end else if (init) begin
      {a_q, b_q, c_q, d_q, e_q, f_q, g_q, h_q} <= start;
    end else if (round_valid) begin
      {a_q, b_q, c_q, d_q} <= {a_next, a_q, b_q, c_q};
      {e_q, f_q, g_q, h_q} <= {e_next, e_q, f_q, g_q};
    end
    if (first && round == 6'd16) digest_q <= InitialValue;
    else if (init) digest_q <= sum;
  end

  assign digest_o = digest_q;

endmodule
