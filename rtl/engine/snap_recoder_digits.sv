// SPDX-License-Identifier: Apache-2.0
// All streams of a program from the lowest position up: an event for each digit, at one position the lowest stream's
// first. A cycle a position that has one event or none, else one an event.
module snap_recoder_digits #(
    parameter int unsigned  WordBits   = 64,
    localparam int unsigned Streams    = snap_isa_pkg::Streams,
    localparam int unsigned WordIndex  = $clog2(256 / WordBits),
    localparam int unsigned EventWidth = 23
) (
    input  logic                  clk_i,
    input  logic                  rst_ni,
    input  logic [2:0]            program_i, // stays as long as it is worked upon
    // a word of a scalar, the highest first, or (negative) of what counts as minus it; the last one loaded counts
    input  logic                  load_i,
    input  logic [2:0]            load_stream_i,
    input  logic [WordIndex-1:0]  load_index_i,
    input  logic [WordBits-1:0]   load_word_i,
    input  logic                  load_negative_i,
    // every scalar is loaded
    input  logic                  start_i,
    output logic                  event_valid_o,
    output logic [EventWidth-1:0] event_o, // {doublings, stream, negative, entry}
    output logic                  end_o    // no event comes any more
);
  localparam int unsigned RawWidth = 11;

  // A program's streams of the full width take two lanes each, the even one for the lower half of the words.
  // verilator lint_off UNUSEDSIGNAL
  snap_isa_pkg::stream_t lowest;
  assign lowest = snap_isa_pkg::stream_word(program_i, 3'd0);
  // verilator lint_on UNUSEDSIGNAL
  logic wide;
  assign wide = !lowest.half && !lowest.comb;

  // ---------------------------------------------------------------- lanes
  logic                step, carry;
  logic                found_q; // a digit, of lane found_lane_q
  logic [2:0]          found_lane_q;
  logic [8:0]          position_q; // that the next step goes to
  logic [Streams-1:0]  present, head, negative_q;
  logic [RawWidth-1:0] raw [0:Streams-1];

  for (genvar i = 0; i < Streams; i++) begin : g_lane
    logic       load, active, above;
    logic [2:0] stream;
    assign stream = wide ? 3'(i / 2) : 3'(i);
    assign active = 4'(stream) < snap_isa_pkg::stream_count(program_i) && !(wide && i % 2 != 0);
    assign above  = (i % 2 == 0) ? wide && head[(i + 1) % Streams] : 1'b0;
    assign load   = load_i && load_stream_i == stream && !(wide && load_index_i[WordIndex-1] != (i % 2 != 0));
    snap_recoder_lane #(.WordBits(WordBits)) u_lane (
        .clk_i, .program_i, .stream_i(stream), .active_i(active), .load_i(load),
        .first_i(wide && load_index_i[WordIndex-2:0] == '1), .word_i(load_word_i), .above_i(above), .head_o(head[i]),
        .step_i(step),
        .position_i(position_q), .present_o(present[i]), .raw_o(raw[i]),
        .carry_we_i(found_q && found_lane_q == 3'(i)), .carry_i(carry), .end_i(end_o)
    );
    always_ff @(posedge clk_i) if (load) negative_q[i] <= load_negative_i;
  end

  // ---------------------------------------------------------------- positions
  logic               running_q;
  logic [Streams-1:0] left_q, left_next; // lanes whose digit at this position has no event yet
  logic [Streams-1:0] first;             // the lowest of them, a bit for it
  logic [8:0]         gap_q;             // from the event before to this position
  logic               all_stepped, finish;
  always_comb begin
    first[0] = left_q[0];
    for (int i = 1; i < Streams; i++) first[i] = left_q[i] && (left_q & Streams'((1 << i) - 1)) == '0;
  end
  assign left_next   = left_q & ~first;
  assign all_stepped = position_q == snap_isa_pkg::stream_positions(program_i);
  assign step        = running_q && left_next == '0 && !all_stepped;
  assign finish      = running_q && left_next == '0 && all_stepped;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q  <= 1'b0;
      left_q     <= '0;
      position_q <= '0;
      gap_q      <= '0;
    end else if (start_i) begin
      running_q  <= 1'b1;
      left_q     <= '0;
      position_q <= '0;
      gap_q      <= '1; // the first step, to position 0, makes it 0
    end else if (running_q) begin
      running_q  <= !finish;
      left_q     <= step ? present : left_next;
      position_q <= position_q + 9'(step);
      gap_q      <= ((left_q != '0) ? 9'd0 : gap_q) + 9'(step);
    end
  end

  // ---------------------------------------------------------------- the digit found: lane, what it is made of
  logic [2:0]          lane;
  logic [RawWidth-1:0] raw_first, raw_q;
  logic [8:0]          found_gap_q;
  always_comb begin
    lane      = '0;
    raw_first = '0;
    for (int i = 0; i < Streams; i++) begin
      if (first[i]) lane = lane | 3'(i);
      raw_first = raw_first | (raw[i] & {RawWidth{first[i]}});
    end
  end
  always_ff @(posedge clk_i) begin
    found_lane_q <= lane;
    raw_q        <= raw_first;
    found_gap_q  <= gap_q;
  end

  // ---------------------------------------------------------------- its event
  // verilator lint_off UNUSEDSIGNAL
  snap_isa_pkg::stream_t stream; // the tables' addresses are of no interest here
  // verilator lint_on UNUSEDSIGNAL
  logic [2:0] stream_number;
  logic [9:0] magnitude, entry; // bits of (|d| - 1) / 2
  assign stream_number = wide ? {1'b0, found_lane_q[2:1]} : found_lane_q;
  assign stream        = snap_isa_pkg::stream_word(program_i, stream_number);
  assign carry         = !stream.comb && raw_q[stream.width_bits - 4'd2];
  assign magnitude     = (10'd1 << (stream.width_bits - 4'd2)) - 10'd1;
  assign entry         = stream.comb ? raw_q[9:0] - 10'd1 : (raw_q[9:0] ^ {10{carry}}) & magnitude;
  always_ff @(posedge clk_i) event_o <= {found_gap_q, stream_number, carry ^ negative_q[found_lane_q], entry};

  logic [1:0] finish_q;
  assign end_o = finish_q[1];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      found_q       <= 1'b0;
      event_valid_o <= 1'b0;
      finish_q      <= '0;
    end else begin
      found_q       <= left_q != '0;
      event_valid_o <= found_q;
      finish_q      <= {finish_q[0], finish};
    end
  end
endmodule
