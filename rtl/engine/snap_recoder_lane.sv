// SPDX-License-Identifier: Apache-2.0
// One stream of snap_recoder: a scalar of 134 bits, shifted down a position at a time, and whether it has a digit there.
// Two lanes make one of 262 bits: 128 in the lower, the others in the upper, with a half of the words each.
//
// wNAF of width w, from the lowest bit: where bit and carry differ, the digit is the number u of the w bits from there,
// with bit 0 set (that adds the carry), or u - 2^w if bit w - 1 is set; then that is the carry, and the next w - 1
// positions have no digit. Where they do not differ, the carry stays as it is.
module snap_recoder_lane #(
    parameter int unsigned  WordBits = 64,
    localparam int unsigned LaneBits = snap_isa_pkg::HalfBits + 2,
    localparam int unsigned RawWidth = 11
) (
    input  logic                clk_i,
    // whose digits; not active: none
    input  logic [2:0]          program_i,
    input  logic [2:0]          stream_i,
    input  logic                active_i,
    // The next word, below those before, which go up. All words of a scalar push out what was there; half of them do
    // not, and with the first of these it is dropped.
    input  logic                load_i,
    input  logic                first_i,
    input  logic [WordBits-1:0] word_i,
    input  logic                above_i, // comes in at bit HalfScalar of the lower of two lanes that are one
    output logic                head_o,  // goes out into the lane below
    // step to position_i; present_o: it has a digit, and then raw_o, from the next cycle on until the next step, tells
    // which: bits 1 and up of u, or a comb's d
    input  logic                step_i,
    input  logic [8:0]          position_i,
    output logic                present_o,
    output logic [RawWidth-1:0] raw_o,
    // carry out of the digit last found, before the next position that can have one
    input  logic                carry_we_i,
    input  logic                carry_i,
    input  logic                end_i   // no position is left
);
  // verilator lint_off UNUSEDSIGNAL
  snap_isa_pkg::stream_t stream; // the tables' addresses are of no interest here
  // verilator lint_on UNUSEDSIGNAL
  assign stream = snap_isa_pkg::stream_word(program_i, stream_i);

  localparam int TeethMax   = 8;
  localparam int SpacingMax = (LaneBits - 1) / (TeethMax - 1);
  localparam int HalfScalar = 128;

  // Bit 0 is that of the position stepped to last; bit 1 that of position_i.
  logic [LaneBits:0]   bits_q;
  logic [LaneBits-1:0] loaded, stepped;
  logic              carry_q;
  logic [3:0]        skip_q; // positions without a digit to come

  always_ff @(posedge clk_i) begin
    if (load_i) bits_q <= {loaded, 1'b0};
    else if (step_i) bits_q <= {stepped, bits_q[1]};
  end
  always_comb begin
    loaded = {bits_q[LaneBits-WordBits:1], word_i};
    if (first_i) loaded[WordBits +: LaneBits - HalfScalar] = '0;
    stepped = {1'b0, bits_q[LaneBits:2]};
    stepped[HalfScalar-1] = bits_q[HalfScalar+1] || above_i;
  end
  assign head_o = bits_q[1];

  always_ff @(posedge clk_i) begin
    if (load_i) begin
      carry_q <= 1'b0;
      skip_q  <= '0;
    end else begin
      if (carry_we_i) carry_q <= carry_i;
      if (step_i) skip_q <= present_o ? stream.width_bits - 4'd1 : (skip_q != '0) ? skip_q - 4'd1 : '0;
    end
  end

  // Of position_i and of the position stepped to. Few spacings occur; synthesis finds out which.
  logic [TeethMax-1:0] teeth_next, teeth;
  always_comb begin
    teeth_next = '0;
    teeth      = '0;
    for (int s = 1; s <= SpacingMax; s++) begin
      for (int j = 0; j < TeethMax; j++) begin
        if (stream.spacing == 5'(s)) begin
          teeth_next[j] = bits_q[j * s + 1];
          teeth[j]      = bits_q[j * s];
        end
      end
    end
  end

  assign present_o = active_i && (stream.comb ? position_i < 9'(stream.spacing) && teeth_next != '0
                                         : skip_q == '0 && bits_q[1] != carry_q);
  assign raw_o     = stream.comb ? RawWidth'(teeth) : bits_q[RawWidth:1];

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (end_i && active_i && stream.comb)
      assert (32'(stream.width_bits) <= TeethMax && 32'(stream.spacing) <= SpacingMax);
    if (end_i && active_i && !stream.comb) assert (bits_q[LaneBits:1] == '0 && !carry_q);
  end
`endif
endmodule
