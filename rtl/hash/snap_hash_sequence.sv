// SPDX-License-Identifier: Apache-2.0
// The order of events that both compression functions share: 64 rounds and one cycle more between two blocks, so
// with one round a cycle 65 cycles a block when the next one waits:
//
//   cycle      ... c          c+1    c+2      c+3 ...  c+65     c+66
//   block n    ... round 63   add    done
//   block n+1      load       init   round 0  ...      round 63 add
//
//   load  the message schedule takes the block's first words (it no longer needs the old ones)
//   init  the working variables start from the chaining value, which block n's `add` makes in this cycle
//   done  the chaining value is in its register; tag_o is what came with the block's last beat
//
// With RoundCycles = 2 each round is two cycles, 129 a block. State changes at the end of cycles with step_o only: the
// second of the two, and any without a round. done_o, and with it busy_o, is the exception: it is one cycle long
// whatever follows, as it is counted.
//
// A block is four beats of 128 bits; beat_i of the core is the next one, and beat_next_o takes it. There is
// no stall inside a block, so whoever sets block_valid_i promises that its beats will be there in time:
// one every four cycles with step_o from `load` on.
module snap_hash_sequence #(
    parameter int unsigned TagWidth    = 8,
    parameter int unsigned RoundCycles = 1,  // 1 or 2
    parameter int unsigned LoadWords   = 1  // words that the schedule takes in `load`: 1, or a whole beat (4)
) (
    input  logic                clk_i,
    input  logic                rst_ni,

    input  logic                block_valid_i,
    input  logic                hold_i,         // do not load a block now
    input  logic                beat_first_i,   // with the first beat: start from the initial value
    input  logic [TagWidth-1:0] beat_tag_i,     // with the last beat
    output logic                beat_next_o,

    output logic                step_o,         // the core's registers change in this cycle
    output logic                load_o,
    output logic                init_o,
    output logic                init_start_o,   // in init: a block was loaded
    output logic                first_o,        // of the block that was loaded last
    output logic                round_valid_o,
    output logic [5:0]          round_o,
    output logic                word_valid_o,   // the schedule takes a word of the beat (after `load`)
    output logic [1:0]          word_o,         // which word of the beat

    output logic                done_o,
    output logic [TagWidth-1:0] tag_o,
    output logic                busy_o          // from init to done
);

  if (LoadWords != 1 && LoadWords != 4) begin : gen_bad_load_words
    $error("LoadWords must be 1 or 4");
  end
  if (RoundCycles != 1 && RoundCycles != 2) begin : gen_bad_round_cycles
    $error("RoundCycles must be 1 or 2");
  end

  logic       round_valid_q, last_round_q, init_q, add_q, start_q, first_q, done_q, words_q;
  logic [5:0] round_q;
  logic [3:0] word_q;
  logic [TagWidth-1:0] tag_q;
  logic load, step;

  if (RoundCycles == 1) begin : gen_one_cycle
    assign step = 1'b1;
  end else begin : gen_two_cycles
    logic second_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) second_q <= 1'b0;
      else second_q <= round_valid_q && !second_q;
    end
    assign step = second_q || !round_valid_q;
  end

  assign load = block_valid_i && !hold_i && step && (last_round_q || (!round_valid_q && !init_q));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      round_valid_q <= 1'b0;
      round_q       <= '0;
      last_round_q  <= 1'b0;
      init_q        <= 1'b0;
      add_q         <= 1'b0;
      start_q       <= 1'b0;
      first_q       <= 1'b0;
      words_q       <= 1'b0;
      word_q        <= '0;
      tag_q         <= '0;
    end else if (step) begin
      last_round_q <= round_valid_q && round_q == 6'd62;
      init_q  <= load || last_round_q;
      add_q   <= last_round_q;
      start_q <= load;
      if (init_q) round_valid_q <= start_q;
      else if (last_round_q) round_valid_q <= 1'b0;
      if (round_valid_q) round_q <= round_q + 6'd1;  // wraps to 0 for the next block
      if (load) first_q <= beat_first_i;

      if (load) begin
        words_q <= 1'b1;
        word_q  <= 4'(LoadWords);
      end else if (words_q) begin
        words_q <= word_q != 4'd15;
        word_q  <= word_q + 4'd1;
      end
      if (words_q && word_q == 4'd15) tag_q <= beat_tag_i;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) done_q <= 1'b0;
    else done_q <= add_q;
  end

  assign step_o        = step;
  assign load_o        = load;
  assign init_o        = init_q;
  assign init_start_o  = start_q;
  assign first_o       = first_q;
  assign round_valid_o = round_valid_q;
  assign round_o       = round_q;
  assign word_valid_o  = words_q;
  assign word_o        = word_q[1:0];  // 0 between blocks
  assign beat_next_o   = load ? (LoadWords == 4) : (words_q && step && word_q[1:0] == 2'd3);
  assign done_o        = done_q;
  assign tag_o         = tag_q;
  assign busy_o        = round_valid_q || init_q || done_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
    end else begin
      assert (!(round_valid_q && init_q));
      assert (!(words_q && load));
      assert (words_q || word_q == 4'd0);
      assert (round_valid_q || round_q == 6'd0);
      assert (!start_q || init_q);
      assert (last_round_q == (round_valid_q && round_q == 6'd63));
    end
  end
`endif

endmodule
