// SPDX-License-Identifier: Apache-2.0
// Turns a thread's scalars into its events (docs/microcode.md, "Digits") and keeps the events of all threads.
//
// One thread has it at a time, from take_i to done_valid_o. Its scalars come in the order of isa.toml, halves as v and as
// -v; the one below 2^HalfBits is used. Each comes in words in a row, the highest first (snap_scalar_receiver); its last
// word decides. A scalar of another thread is ignored: it can only come from one that has lost the recoder by a fault. One
// whose parity is wrong is a fault. Events lie from index 0, the lowest position, up; the thread reads them downwards.
module snap_recoder #(
    parameter int unsigned Threads = 32,
    parameter              Target  = "generic",
    // cycles without a scalar after which the thread loses the recoder: enough for all products between two
    parameter int unsigned ScalarCyclesMax = 1 << 18,
    parameter int unsigned WordBits     = 64,
    localparam int unsigned WordIndex   = $clog2(256 / WordBits),
    localparam int unsigned ThreadWidth = $clog2(Threads),
    localparam int unsigned IndexWidth  = 9,
    localparam int unsigned EventWidth  = 23
) (
    input  logic                              clk_i,
    input  logic                              rst_ni,
    output logic                              free_o,
    input  logic                              take_i, // only if it is free
    input  logic [ThreadWidth-1:0]            take_thread_i,
    input  logic [2:0]                        take_program_i,
    input  logic                              word_valid_i,
    input  logic [WordIndex-1:0]              word_index_i,   // last: 0
    input  logic [WordBits-1:0]               word_data_i,
    input  logic                              word_error_i,   // with the last
    input  logic [ThreadWidth-1:0]            scalar_thread_i, // with each word
    input  logic [3:0]                        scalar_arg_i,   // {negative, stream}
    output logic                              done_valid_o,
    output logic [ThreadWidth-1:0]            done_thread_o,
    output logic [IndexWidth-1:0]             done_count_o,   // of events; 0 with a fault
    output logic                              fault_o,        // with done_valid_o
    // read port: two cycles later the event {doublings, stream, negative, entry}, and whether its parity is wrong
    input  logic                              event_re_i,
    input  logic [ThreadWidth+IndexWidth-1:0] event_addr_i,   // {thread, index}
    output logic [EventWidth-1:0]             event_data_o,
    output logic                              event_parity_error_o
);
  localparam int unsigned CombBits  = 64; // of a comb's scalar that is no half
  localparam int unsigned WaitWidth = $clog2(ScalarCyclesMax + 1);

  typedef enum logic [1:0] {Free, Collecting, Recoding, Done} state_e;
  state_e                 state_q;
  logic [ThreadWidth-1:0] thread_q;
  logic [2:0]             program_q;
  logic                   fault_q;
  assign free_o        = state_q == Free;
  assign done_valid_o  = state_q == Done;
  assign done_thread_o = thread_q;
  assign fault_o       = fault_q;

  // ---------------------------------------------------------------- scalars: the one expected next, is it right
  // verilator lint_off UNUSEDSIGNAL
  snap_isa_pkg::stream_t stream; // the tables are of no interest here
  // verilator lint_on UNUSEDSIGNAL
  logic [2:0]           stream_q;
  logic                 negative_q, have_q; // v was small
  logic [WaitWidth-1:0] wait_q;
  logic                 mine, here, expected, fits, usable, load, last;
  logic                 over_half_q, over_comb_q; // words so far: not below 2^HalfBits, 2^CombBits
  assign stream   = snap_isa_pkg::stream_word(program_q, stream_q);
  assign mine     = state_q == Collecting && word_valid_i && scalar_thread_i == thread_q;
  assign here     = mine && word_index_i == '0;
  assign expected = scalar_arg_i == {negative_q, stream_q} && !word_error_i;
  assign load     = mine && !(negative_q && have_q);
  assign last     = 4'(stream_q) + 4'd1 == snap_isa_pkg::stream_count(program_q) && stream.half == negative_q;
  always_comb begin
    fits = 1'b1;
    if (stream.half) fits = !over_half_q;
    else if (stream.comb) fits = !over_comb_q;
    usable = stream.half && !negative_q ? 1'b1 : fits || have_q;
  end

  // The last word lies below both.
  if (WordBits > CombBits) begin : g_check
    $error("snap_recoder: a word is wider than a comb's scalar");
  end
  function automatic logic above(logic [WordIndex-1:0] index, logic [WordBits-1:0] word, int unsigned bits);
    if (32'(index) == bits / WordBits) above = (word >> (bits % WordBits)) != '0;
    else above = 32'(index) > bits / WordBits && word != '0;
  endfunction
  always_ff @(posedge clk_i) begin
    over_half_q <= (over_half_q && word_index_i != '1) || above(word_index_i, word_data_i, snap_isa_pkg::HalfBits);
    over_comb_q <= (over_comb_q && word_index_i != '1) || above(word_index_i, word_data_i, CombBits);
  end

  logic start, event_valid, recoded;
  logic fault; // while collecting
  assign fault = (here && !(expected && usable)) || wait_q == WaitWidth'(ScalarCyclesMax) ||
                 snap_isa_pkg::stream_count(program_q) == '0;
  assign start = here && last && !fault;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      stream_q   <= '0;
      negative_q <= 1'b0;
      have_q     <= 1'b0;
      wait_q     <= '0;
    end else if (state_q == Free) begin
      stream_q   <= '0;
      negative_q <= 1'b0;
      have_q     <= 1'b0;
      wait_q     <= '0;
    end else begin
      wait_q <= here ? '0 : wait_q + 1'b1;
      if (here) begin
        stream_q   <= stream_q + 3'(stream.half == negative_q);
        negative_q <= stream.half && !negative_q;
        have_q     <= stream.half && !negative_q && fits;
      end
    end
  end

  // ---------------------------------------------------------------- states
  logic                  full, event_we;
  logic [IndexWidth-1:0] count_q;
  assign full         = count_q == IndexWidth'(snap_isa_pkg::Events);
  assign event_we     = event_valid && !full;
  assign done_count_o = fault_q ? '0 : count_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Free;
      fault_q <= 1'b0;
      count_q <= '0;
    end else begin
      unique case (state_q)
        Free: begin
          fault_q <= 1'b0;
          count_q <= '0;
          if (take_i) state_q <= Collecting;
        end
        Collecting: begin
          fault_q <= fault;
          if (fault) state_q <= Done;
          else if (start) state_q <= Recoding;
        end
        Recoding: begin
          count_q <= count_q + IndexWidth'(event_we);
          if (event_valid && full) fault_q <= 1'b1;
          if (recoded) state_q <= Done;
        end
        Done: state_q <= Free;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    if (take_i && free_o) begin
      thread_q  <= take_thread_i;
      program_q <= take_program_i;
    end
  end

  // ---------------------------------------------------------------- digits and events
  logic [EventWidth-1:0] event_word;
  snap_recoder_digits #(.WordBits(WordBits)) u_digits (
      .clk_i, .rst_ni, .program_i(program_q), .load_i(load), .load_stream_i(stream_q),
      .load_index_i(word_index_i), .load_word_i(word_data_i), .load_negative_i(negative_q), .start_i(start),
      .event_valid_o(event_valid), .event_o(event_word), .end_o(recoded)
  );
  snap_event_ram #(.Threads(Threads), .Target(Target)) u_events (
      .clk_i, .rst_ni, .we_i(event_we), .waddr_i({thread_q, count_q}), .wdata_i(event_word),
      .re_i(event_re_i), .raddr_i(event_addr_i), .rdata_o(event_data_o), .parity_error_o(event_parity_error_o)
  );

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    assert (!take_i || free_o);
    assert (!(event_valid && full)); // the digits' spacing does not allow more
    if (state_q == Collecting && stream.comb && !stream.half)
      assert (32'(stream.width_bits) * 32'(stream.spacing) == CombBits);
  end
`endif

`ifdef FORMAL
  // Follows the thread that has the recoder: what it has given, and what it gets.
  logic                   f_taken_q;
  logic [ThreadWidth-1:0] f_thread_q;
  logic [2:0]             f_program_q;
  logic [7:0]             f_loaded_q, f_negated_q;  // streams whose number, or whose negative, has come
  logic [IndexWidth-1:0]  f_events_q;               // written for it
  logic                   f_damaged_q;              // one of its numbers came damaged
  logic [WaitWidth-1:0]   f_quiet_q;                // cycles since it came or gave a number
  logic [7:0]             f_streams;                // of its program
  logic                   f_last;                   // word of a scalar
  assign f_last = word_valid_i && word_index_i == '0;
  assign f_streams = 8'((9'd1 << snap_isa_pkg::stream_count(f_program_q)) - 9'd1);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f_taken_q   <= 1'b0;
      f_damaged_q <= 1'b0;
      f_loaded_q  <= '0;
      f_negated_q <= '0;
      f_events_q  <= '0;
      f_quiet_q   <= '0;
    end else if (take_i) begin
      f_taken_q   <= 1'b1;
      {f_thread_q, f_program_q} <= {take_thread_i, take_program_i};
      f_damaged_q <= 1'b0;
      f_loaded_q  <= '0;
      f_negated_q <= '0;
      f_events_q  <= '0;
      f_quiet_q   <= '0;
    end else begin
      if (done_valid_o) f_taken_q <= 1'b0;
      if (f_last && scalar_thread_i == f_thread_q && state_q == Collecting) begin
        f_quiet_q <= '0;
        if (word_error_i) f_damaged_q <= 1'b1;
        if (scalar_arg_i[3]) f_negated_q[scalar_arg_i[2:0]] <= 1'b1;
        else f_loaded_q[scalar_arg_i[2:0]] <= 1'b1;
      end else if (state_q == Collecting) begin
        f_quiet_q <= f_quiet_q + 1'b1;
      end
      if (event_we) f_events_q <= f_events_q + 1'b1;
    end
  end

  // Streams that are halves.
  logic [7:0] f_half_streams;
  // verilator lint_off UNUSEDSIGNAL
  snap_isa_pkg::stream_t f_stream;
  // verilator lint_on UNUSEDSIGNAL
  always_comb begin
    f_half_streams = '0;
    for (int unsigned i = 0; i < 8; i++) begin
      f_stream = snap_isa_pkg::stream_word(f_program_q, 3'(i));
      f_half_streams[i] = f_stream.half;
    end
  end
  logic f_idle_q;  // nothing left of the digits
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) f_idle_q <= 1'b1;
    else f_idle_q <= start ? 1'b0 : f_idle_q || recoded;
  end

  always_comb begin
    if (take_i) assume (free_o);
    if (f_idle_q) assume (!event_valid && !recoded);
    if (full) assume (!event_valid);  // the digits' spacing: snap_recoder_lane
    if (rst_ni) begin
      // ---- what this module promises
      assert (free_o == !f_taken_q);                      // one thread at a time ...
      if (done_valid_o) assert (f_taken_q && done_thread_o == f_thread_q);  // ... which gets its own answer, once
      if (done_valid_o) assert (done_count_o == (fault_o ? '0 : f_events_q));
      if (load) assert (word_valid_i && scalar_thread_i == f_thread_q && state_q == Collecting);
      // Recoding begins with every stream of the program, halves also negative, and nothing else.
      if (start) begin
        assert (!f_damaged_q && !word_error_i);
        assert (f_loaded_q == (f_streams & ~(scalar_arg_i[3] ? 8'd0 : 8'd1 << scalar_arg_i[2:0])));
        assert ((f_negated_q | (scalar_arg_i[3] ? 8'd1 << scalar_arg_i[2:0] : 8'd0)) == f_half_streams);
      end
      // Events are written one behind the other into the thread's own part, which they never leave.
      if (event_we) assert (f_taken_q && count_q == f_events_q && 32'(count_q) < snap_isa_pkg::Events);
      if (state_q == Collecting && f_quiet_q == WaitWidth'(ScalarCyclesMax)) assert (fault);

      // ---- what induction needs
      if (state_q != Free) assert (thread_q == f_thread_q && program_q == f_program_q);
      if (state_q == Collecting) begin
        assert (wait_q == f_quiet_q && f_events_q == '0 && count_q == '0 && f_idle_q && !fault_q && !f_damaged_q);
        assert (f_loaded_q == (8'((9'd1 << stream_q) - 9'd1) | ({7'd0, negative_q} << stream_q)));
        assert (f_negated_q == (8'((9'd1 << stream_q) - 9'd1) & f_half_streams));
        assert (4'(stream_q) < snap_isa_pkg::stream_count(program_q) || fault);
        assert (!negative_q || stream.half);
      end
      if (state_q == Recoding) assert (count_q == f_events_q && !f_idle_q && !fault_q);
      if (state_q == Done) assert (f_idle_q && (fault_q || count_q == f_events_q));
      if (state_q == Free) assert (f_idle_q);
      assert (32'(f_events_q) <= snap_isa_pkg::Events);
    end
  end
  always_ff @(posedge clk_i) begin
    cover (rst_ni && done_valid_o && !fault_o && done_count_o == IndexWidth'(2));
    cover (rst_ni && fault && !here && f_quiet_q == WaitWidth'(ScalarCyclesMax));
    cover (rst_ni && f_last && state_q == Collecting && scalar_thread_i != f_thread_q);
  end
`endif
endmodule
