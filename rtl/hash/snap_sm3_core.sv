// SPDX-License-Identifier: Apache-2.0
// SM3 compression (GM/T 0004-2012, section 5.3): 65 cycles a block with one round a cycle, 129 with two cycles a round.
// Ports and the lifetime of digest_o are those of snap_sha256_core.
//
// Paths: D + W' and H + W of a round are summed one round before (D and H are the C and G of then), so a
// round has two 32-bit carry chains: SS1, then TT1 and TT2 side by side. Both need what the round before has made,
// so only a register between the two shortens the path, and the round is then two cycles: RoundCycles = 2, where this
// core would else limit the clock.
module snap_sm3_core #(
    parameter int unsigned RoundCycles = 1,  // 1 or 2
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

  // GM/T 0004-2012: initial value (section 4.1) and constants T (section 4.2).
  localparam logic [255:0] InitialValue = {
      32'h7380166f, 32'h4914b2b9, 32'h172442d7, 32'hda8a0600,
      32'ha96f30bc, 32'h163138aa, 32'he38dee4d, 32'hb0fb0e4e};
  localparam logic [31:0] T0  = 32'h79cc4519;
  localparam logic [31:0] T16 = 32'h7a879d8a;

  function automatic logic [31:0] rotl(input logic [31:0] x, input int unsigned count);
    rotl = (x << count) | (x >> (32 - count));
  endfunction
  function automatic logic [31:0] add3(input logic [31:0] x, input logic [31:0] y,
                                       input logic [31:0] z);
    logic [31:0] carry;
    carry = ((x & y) | (x & z) | (y & z)) << 1;  // carry-save: one carry chain for three numbers
    add3 = (x ^ y ^ z) + carry;
  endfunction
  function automatic logic [31:0] majority(input logic [31:0] x, input logic [31:0] y,
                                           input logic [31:0] z);
    majority = (x & y) | (x & z) | (y & z);
  endfunction

  logic step, init, init_start, first, round_valid, word_valid;
  logic [5:0] round;
  logic [1:0] word;

  snap_hash_sequence #(.RoundCycles(RoundCycles), .TagWidth(TagWidth), .LoadWords(4)) u_sequence (
      .clk_i, .rst_ni,
      .block_valid_i, .hold_i, .beat_first_i, .beat_tag_i, .beat_next_o,
      .step_o(step), .load_o,
      .init_o(init), .init_start_o(init_start), .first_o(first),
      .round_valid_o(round_valid), .round_o(round),
      .word_valid_o(word_valid), .word_o(word),
      .done_o, .tag_o, .busy_o
  );

  // ---------------------------------------------------------------- message expansion
  // In round j w_in is W(j+5) and w_q[i] the word i + 1 before it. Round j+1 needs W(j+1), which is w_q[3],
  // and W'(j+1) = W(j+1) ^ W(j+5); that is why a block starts with its first four words at once.
  logic [31:0] w_q [0:15];
  logic [31:0] w_in, mix_q, rest_q, expanded;

  // What an expanded word is made of is there one round before it: the argument of P1, and what is added to P1.
  assign expanded = mix_q ^ rotl(mix_q, 15) ^ rotl(mix_q, 23) ^ rest_q;
  assign w_in = word_valid ? beat_i[127 - 32 * word -: 32] : expanded;

  always_ff @(posedge clk_i) begin
    if (step) begin
      for (int i = 1; i < 16; i++) w_q[i] <= w_q[i-1];
      w_q[0] <= w_in;
      mix_q  <= w_q[14] ^ w_q[7] ^ rotl(w_q[1], 15);
      rest_q <= rotl(w_q[11], 7) ^ w_q[4];
      if (load_o) begin
        w_q[3] <= beat_i[127:96];
        w_q[2] <= beat_i[95:64];
        w_q[1] <= beat_i[63:32];
        w_q[0] <= beat_i[31:0];
      end
    end
  end

  // T(j) rotated by j: one place further every round instead of a shifter by j.
  logic [31:0] t_q;
  logic late_q;  // rounds 16 to 63

  always_ff @(posedge clk_i) begin
    if (step) begin
      if (init) begin
        t_q    <= T0;
        late_q <= 1'b0;
      end else if (round == 6'd15) begin
        t_q    <= rotl(T16, 16);
        late_q <= 1'b1;
      end else begin
        t_q <= rotl(t_q, 1);
      end
    end
  end

  // ---------------------------------------------------------------- rounds
  // The working variables are 0 while no block is worked on, so that the XOR of an init that ends no block
  // changes nothing.
  logic [31:0] a_q, b_q, c_q, d_q, e_q, f_q, g_q, h_q;
  logic [31:0] dw_q, hw_q;  // D + W' and H + W of this round
  logic [255:0] digest_q, sum, start;
  logic [31:0] ss1_sum, ss1, ss2, ff, gg, tt1, tt2, d_next, h_next;

  assign sum   = digest_q ^ {a_q, b_q, c_q, d_q, e_q, f_q, g_q, h_q};
  assign start = first ? InitialValue : sum;

  assign ss1_sum = add3(rotl(a_q, 12), e_q, t_q);
  if (RoundCycles == 1) begin : gen_one_cycle
    assign ss1 = rotl(ss1_sum, 7);
  end else begin : gen_two_cycles
    logic [31:0] ss1_sum_q;
    always_ff @(posedge clk_i) ss1_sum_q <= ss1_sum;
    assign ss1 = rotl(ss1_sum_q, 7);
  end
  assign ss2 = ss1 ^ rotl(a_q, 12);
  assign ff  = late_q ? majority(a_q, b_q, c_q) : a_q ^ b_q ^ c_q;
  assign gg  = late_q ? (e_q & f_q) | (~e_q & g_q) : e_q ^ f_q ^ g_q;
  assign tt1 = add3(ff, dw_q, ss2);
  assign tt2 = add3(gg, hw_q, ss1);

  assign d_next = init ? start[159:128] : c_q;
  assign h_next = init ? start[31:0] : g_q;

  always_ff @(posedge clk_i) begin
    if (step) begin
      dw_q <= d_next + (w_q[3] ^ w_in);
      hw_q <= h_next + w_q[3];
      // Constants by the registers' synchronous reset or set: that takes no logic.
      if (init && !init_start) begin
        {a_q, b_q, c_q, d_q, e_q, f_q, g_q, h_q} <= '0;
      end else if (init) begin
        {a_q, b_q, c_q, d_q, e_q, f_q, g_q, h_q} <= start;
      end else if (round_valid) begin
        {a_q, b_q, c_q, d_q} <= {tt1, a_q, rotl(b_q, 9), c_q};
        {e_q, f_q, g_q, h_q} <= {tt2 ^ rotl(tt2, 9) ^ rotl(tt2, 17), e_q, rotl(f_q, 19), g_q};
      end
      if (first && round == 6'd16) digest_q <= InitialValue;
      else if (init) digest_q <= sum;
    end
  end

  assign digest_o = digest_q;

endmodule
