// SPDX-License-Identifier: Apache-2.0
// Takes scalars from the sum unit, which cannot wait, and sends them a word a cycle, the highest first, to the recoder or
// the inverter: a quarter of the wires for the long way. snap_scalar_receiver is the other end.
//
// Scalars wait in a chain of registers and move up as places in front of them become free: registers are what the
// smallest target has plenty of, a memory that is written 256 bits wide and its output's choice are LUTs.
//
// Room for four is enough, with four words of a scalar:
//   - the thread that has the recoder sends one every FetchCycles = 6 cycles at most; if a fault has taken the recoder
//     from it, its last one may come two cycles before the first of the next thread
//   - the inverter's two places are reserved before their numbers come: one number a place in 44 cycles
// Proven with these as assumptions (tests/formal/snap_scalar_bus_formal.sv). Should one come all the same when there is no
// room, after an upset, it is lost, and no verdict comes of it: the recoder gives its thread up as a fault after
// ScalarCyclesMax; a number for the inverter keeps its place and its thread, whose job has no answer, as when a thread
// is lost (docs/faults.md).
module snap_scalar_bus #(
    parameter int unsigned Words     = 4,
    parameter int unsigned WordWidth = 66, // with parity
    parameter int unsigned TagWidth  = 12,
    parameter int unsigned Targets   = 2,
    parameter int unsigned Depth     = 4
) (
    input  logic                       clk_i,
    input  logic                       rst_ni,
    input  logic [Targets-1:0]         valid_i, // a bit for the target, or none
    input  logic [Words*WordWidth-1:0] data_i,
    input  logic [TagWidth-1:0]        tag_i,
    // With the first word; the others follow in the next cycles, the tag stays.
    output logic [Targets-1:0]         start_o,
    output logic [WordWidth-1:0]       word_o,
    output logic [TagWidth-1:0]        tag_o
);
  localparam int unsigned IndexWidth = $clog2(Words);
  localparam int unsigned Width      = Words * WordWidth;

  if (Words < 2 || (Words & (Words - 1)) != 0) begin : g_check
    $error("snap_scalar_bus: Words must be a power of two, at least 2");
  end

  // ---------------------------------------------------------------- the chain: place 0 is sent, the last takes what comes
  logic [Targets-1:0]    target_q [0:Depth-1]; // none: the place is empty
  logic [Width-1:0]      data_q   [0:Depth-1];
  logic [TagWidth-1:0]   tag_q    [0:Depth-1];
  logic [Depth-1:0]      ready; // empty, or empty from the next cycle on
  logic [IndexWidth-1:0] index_q; // the word of place 0 to be sent
  logic                  sending;
  assign sending  = target_q[0] != '0;
  assign ready[0] = !sending || index_q == '0;
  for (genvar i = 0; i < Depth; i++) begin : g_place
    logic [Targets-1:0]  target;
    logic [Width-1:0]    data;
    logic [TagWidth-1:0] tag;
    if (i == Depth - 1) begin : g_last
      assign {target, data, tag} = {valid_i, data_i, tag_i};
    end else begin : g_front
      assign {target, data, tag} = {target_q[i+1], data_q[i+1], tag_q[i+1]};
      assign ready[i+1] = target_q[i+1] == '0 || ready[i];
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) target_q[i] <= '0;
      else if (ready[i]) target_q[i] <= target;
    end
    always_ff @(posedge clk_i) begin
      if (ready[i]) {data_q[i], tag_q[i]} <= {data, tag};
    end
  end

  // ---------------------------------------------------------------- word after word
  logic [Targets-1:0]   start_q;
  logic [WordWidth-1:0] word_q;
  logic [WordWidth-1:0] words [0:Words-1];
  logic [TagWidth-1:0]  word_tag_q;
  for (genvar i = 0; i < Words; i++) begin : g_word
    assign words[i] = data_q[0][WordWidth*i +: WordWidth];
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      index_q <= '1;
      start_q <= '0;
    end else begin
      index_q <= index_q - IndexWidth'(sending);
      start_q <= target_q[0] & {Targets{index_q == '1}};
    end
  end
  always_ff @(posedge clk_i) begin
    word_q     <= words[index_q];
    word_tag_q <= tag_q[0];
  end
  assign {start_o, word_o, tag_o} = {start_q, word_q, word_tag_q};

`ifdef VERILATOR
  always_ff @(posedge clk_i or negedge rst_ni)
    if (rst_ni) assert (valid_i == '0 || ready[Depth-1]);
`endif

`ifdef FORMAL
  // ---------------------------------------------------------------- what the sum unit promises: cycles between sends
  localparam int unsigned ScalarCycles   = 6;  // of the recoder's thread (target 0) ...
  localparam int unsigned ChangeCycles   = 2;  // ... if another has the recoder by now ...
  localparam int unsigned ChangesCycles  = 27; // ... which happens so seldom
  localparam int unsigned PlaceCycles    = 44; // of a place of the inverter (target 1)
  logic [2:0] f_scalar_q; // cycles since, and no further
  logic [4:0] f_change_q;
  logic [5:0] f_place_q [0:1];
  logic       f_older;    // place that has been sent to longer ago
  assign f_older = f_place_q[1] > f_place_q[0];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f_scalar_q   <= '1;
      f_change_q   <= 5'(ChangesCycles);
      f_place_q[0] <= 6'(PlaceCycles);
      f_place_q[1] <= 6'(PlaceCycles);
    end else begin
      if (f_scalar_q != '1) f_scalar_q <= f_scalar_q + 3'd1;
      if (f_change_q != 5'(ChangesCycles)) f_change_q <= f_change_q + 5'd1;
      for (int i = 0; i < 2; i++) if (f_place_q[i] != 6'(PlaceCycles)) f_place_q[i] <= f_place_q[i] + 6'd1;
      if (valid_i[0]) f_scalar_q <= 3'd1;
      if (valid_i[0] && f_scalar_q < 3'(ScalarCycles)) f_change_q <= 5'd1;
      if (valid_i[1]) f_place_q[f_older] <= 6'd1;
    end
  end
  always_comb begin
    assume (valid_i != 2'b11);
    if (valid_i[0] && f_scalar_q < 3'(ScalarCycles))
      assume (f_scalar_q >= 3'(ChangeCycles) && f_change_q == 5'(ChangesCycles));
    if (valid_i[1]) assume (f_place_q[f_older] == 6'(PlaceCycles));
  end

  // ---------------------------------------------------------------- one scalar, followed
  // The solver picks which. It comes out as it came, when as many have left as were in front of it.
  (* anyseq *) logic         f_track;
  logic                      f_inside_q;
  logic [$clog2(Depth)-1:0]  f_at_q;      // place in the chain
  logic [$clog2(Depth):0]    f_ahead_q, f_used, f_used_ahead;
  logic [Targets-1:0]        f_target_q;
  logic [Width-1:0]          f_data_q;
  logic [TagWidth-1:0]       f_tag_q;
  logic                      f_leaves, f_sent_q, f_ours_q; // the word that is out: one, of the scalar followed
  logic [IndexWidth-1:0]     f_index_q;
  assign f_leaves = sending && index_q == '0;
  always_comb begin
    f_used       = '0;
    f_used_ahead = '0;
    for (int i = 0; i < Depth; i++) begin
      f_used = f_used + ($clog2(Depth) + 1)'(target_q[i] != '0);
      if (i < 32'(f_at_q)) f_used_ahead = f_used_ahead + ($clog2(Depth) + 1)'(target_q[i] != '0);
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {f_inside_q, f_sent_q, f_ours_q} <= '0;
      f_at_q    <= '0;
      f_ahead_q <= '0;
    end else begin
      f_sent_q <= sending;
      f_ours_q <= sending && f_inside_q && f_ahead_q == '0;
      if (!f_inside_q && f_track && valid_i != '0) begin
        f_inside_q <= 1'b1;
        f_at_q     <= ($clog2(Depth))'(Depth - 1);
        f_ahead_q  <= f_used - ($clog2(Depth) + 1)'(f_leaves);
        {f_target_q, f_data_q, f_tag_q} <= {valid_i, data_i, tag_i};
      end else if (f_inside_q) begin
        if (f_leaves && f_ahead_q == '0) f_inside_q <= 1'b0;
        f_ahead_q <= f_ahead_q - ($clog2(Depth) + 1)'(f_leaves && f_ahead_q != '0);
        if (f_at_q != '0 && ready[f_at_q - 1'b1]) f_at_q <= f_at_q - 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i) f_index_q <= index_q;

  // ---------------------------------------------------------------- cycles until all is sent, and a bound for them
  // A scalar on its way needs a cycle a place, and a cycle a word behind the one in front. What the sum unit has sent
  // counts Words cycles, and less from then on: in 66ths of a cycle 44 less with each cycle, 10 for the second of a
  // change, 6 for each place, together not more than the bus sends.
  logic [5:0]  f_cycles;
  logic [10:0] f_bound;
  always_comb begin
    f_cycles = sending ? 6'(index_q) + 6'd1 : '0;
    for (int i = 1; i < Depth; i++)
      if (target_q[i] != '0) f_cycles = (f_cycles > 6'(i) ? f_cycles : 6'(i)) + 6'(Words);
    f_bound = 11'(66 * (Depth - 1)) + 11'd44 * 11'(3'd7 - f_scalar_q);
    if (f_change_q < 5'd19) f_bound = f_bound + 11'd10 * 11'(5'd19 - f_change_q);
    for (int i = 0; i < 2; i++) f_bound = f_bound + 11'd6 * 11'(6'd45 - f_place_q[i]);
  end

  always_comb begin
    if (rst_ni) begin
      // ---- what this module promises
      if (valid_i != '0) assert (ready[Depth-1]);
      if (f_ours_q) begin
        assert (word_o == f_data_q[WordWidth*f_index_q +: WordWidth] && tag_o == f_tag_q);
        assert (start_o == (f_index_q == '1 ? f_target_q : '0));
      end
      if (!f_sent_q || f_index_q != '1) assert (start_o == '0);

      // ---- what induction needs
      if (!sending) assert (index_q == '1);
      if (f_inside_q) begin
        assert (f_ahead_q == f_used_ahead && (f_at_q != '0 || f_ahead_q == '0));
        assert ({target_q[f_at_q], data_q[f_at_q], tag_q[f_at_q]} == {f_target_q, f_data_q, f_tag_q});
        assert (f_target_q != '0);
      end
      assert (11'd66 * 11'(f_cycles) <= f_bound);
      assert (f_scalar_q != '0 && f_change_q != '0 && f_place_q[0] != '0 && f_place_q[1] != '0);
      assert (f_change_q <= 5'(ChangesCycles) && f_place_q[0] <= 6'(PlaceCycles) && f_place_q[1] <= 6'(PlaceCycles));
      assert (5'(f_scalar_q) <= f_change_q);
    end
  end
  always_ff @(posedge clk_i) begin
    cover (rst_ni && f_used == ($clog2(Depth) + 1)'(Depth));
    cover (rst_ni && f_ours_q && f_index_q == '0 && f_target_q == 2'b10 && sending && target_q[0] == 2'b01);
  end
`endif
endmodule
