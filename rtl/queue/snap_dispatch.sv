// SPDX-License-Identifier: Apache-2.0
// Gives each slot its way: a slot that failed its fetch or its check, or a NOOP, becomes a completion here; any
// other job goes to a feeder of an engine of its opcode's kind, with its payload when that is inline.
//
// A slot is looked at for a cycle, and goes its way from the next on.
// Among the feeders of a kind that have room an idle one comes first, else round robin.
module snap_dispatch #(
    parameter int unsigned DataWidth = 128,
    parameter int unsigned NumFeeders = 3,
    parameter logic [2*NumFeeders-1:0] FeederEngine = {NumFeeders{2'd1}},  // snapcard_pkg::Engine* of each
    localparam int unsigned BeatBytes = DataWidth / 8,
    localparam int unsigned BeatWidth = $clog2(512 / BeatBytes)
) (
    input logic clk_i,
    input logic rst_ni,

    // the oldest slot of snap_slot_buffer
    input logic slot_valid_i,
    output logic slot_take_o,
    input logic [3:0] slot_queue_i,
    input logic [15:0] slot_index_i,
    input logic [7:0] slot_status_i,
    input logic [63:0] slot_cookie_i,
    input logic [7:0] slot_opcode_i,
    input logic [7:0] slot_flags_i,
    input logic [20:0] slot_length_i,
    input logic [57:0] slot_address_i,
    output logic read_o,
    output logic [BeatWidth-1:0] read_beat_o,
    input logic [DataWidth-1:0] read_data_i,

    // completions made here
    output logic cpl_valid_o,
    input logic cpl_ready_i,
    output logic [3:0] cpl_queue_o,
    output logic [15:0] cpl_slot_o,
    output logic [63:0] cpl_cookie_o,
    output logic [7:0] cpl_status_o,
    output logic [63:0] cpl_value_o,
    output logic cpl_has_result_o,
    input logic cpl_fetch_i,  // the next beat of the result, from the next cycle on
    output logic [DataWidth-1:0] cpl_result_o,
`ifdef FORMAL
    output logic [511:0] formal_result_o,
`endif

    // jobs for the feeders: the description is common, then the payload follows one word a cycle
    output logic [NumFeeders-1:0] job_valid_o,
    input logic [NumFeeders-1:0] job_ready_i,  // room for the job and for the longest inline payload
    input logic [NumFeeders-1:0] idle_i,
    output logic [3:0] job_queue_o,
    output logic [15:0] job_slot_o,
    output logic [63:0] job_cookie_o,
    output logic [7:0] job_opcode_o,
    output logic [7:0] job_flags_o,
    output logic [20:0] job_length_o,
    output logic [57:0] job_address_o,
    output logic [NumFeeders-1:0] payload_valid_o,
    output logic [127:0] payload_data_o
);

  localparam int unsigned WordsPerBeat = BeatBytes / 16;
  localparam int unsigned SubWidth = $clog2(WordsPerBeat);
  localparam int unsigned EchoWords = snapcard_pkg::ResultBytes / 16;
  localparam int unsigned HeaderWords = snapcard_pkg::JobHeaderBytes / 16;

  typedef enum logic [1:0] {
    Decide,
    Stream,   // payload words to a feeder
    Echo,     // payload words into the result
    Complete
  } state_e;
  state_e state_q;

  // ---------------------------------------------------------------- decide
  logic indirect;
  logic [1:0] kind;
  always_comb begin
    kind = snapcard_pkg::EngineNone;
    for (int unsigned i = 0; i < snapcard_pkg::NumOpcodes; i++) begin
      if (slot_opcode_i == snapcard_pkg::OpcodeValue[8*i+:8]) kind = snapcard_pkg::OpcodeEngine[2*i+:2];
    end
  end

  // What the slot says, while it stays.
  logic known_q, good_q, direct_q, echo_q;
  logic [1:0] kind_q;
  logic [5:0] inline_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) known_q <= 1'b0;
    else known_q <= slot_valid_i && !slot_take_o;
  end
  always_ff @(posedge clk_i) begin
    good_q <= slot_status_i == snapcard_pkg::StatusOk;
    direct_q <= slot_status_i != snapcard_pkg::StatusOk || kind == snapcard_pkg::EngineNone;
    kind_q <= kind;
    echo_q <= slot_flags_i[snapcard_pkg::FlagEchoBit];
    // The inline payload's words, at most those of the larger slot.
    inline_q <= indirect ? 6'd0 : 6'((slot_length_i[9:0] + 10'd15) >> 4);
  end
  assign indirect = slot_flags_i[snapcard_pkg::FlagIndirectBit];

  logic [NumFeeders-1:0] fitting, able, able_idle, choices, first, grant, feeder_q;
  logic assign_job;
  for (genvar f = 0; f < NumFeeders; f++) begin : g_fitting
    assign fitting[f] = kind_q == FeederEngine[2*f+:2];
  end
  assign able = known_q && !direct_q && state_q == Decide ? job_ready_i & fitting : '0;
  assign able_idle = able & idle_i;
  assign assign_job = able != '0;

  // Each kind has its own turn: jobs of another kind in between must not bring it back to where it was. behind_q: those of
  // a kind behind the one that had its last job; they come first.
  logic [NumFeeders-1:0] behind_q;
  assign choices = able_idle != '0 ? able_idle : able;
  assign first = choices & behind_q;
  assign grant = first != '0 ? first & (~first + 1'b1) : choices & (~choices + 1'b1);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) behind_q <= '0;
    else if (assign_job) behind_q <= (behind_q & ~fitting) | (fitting & ~((grant - 1'b1) | grant));
  end

  assign job_valid_o = grant;
  assign job_queue_o = slot_queue_i;
  assign job_slot_o = slot_index_i;
  assign job_cookie_o = slot_cookie_i;
  assign job_opcode_o = slot_opcode_i;
  assign job_flags_o = slot_flags_i;
  assign job_length_o = slot_length_i;
  assign job_address_o = slot_address_i;

  // ---------------------------------------------------------------- words of the payload
  logic [5:0] word_q, end_q;  // of 16 bytes, from the slot's begin
  logic reading, word_valid_q, last_word;
  logic [127:0] word;
  assign reading = (state_q == Stream || state_q == Echo) && word_q != end_q;
  assign last_word = word_q + 6'd1 == end_q;
  assign read_o = reading;
  assign read_beat_o = word_q[SubWidth+:BeatWidth];

  if (WordsPerBeat == 1) begin : g_one_word
    assign word = read_data_i;
  end else begin : g_words
    logic [SubWidth-1:0] sub_q;
    always_ff @(posedge clk_i) sub_q <= word_q[SubWidth-1:0];
    assign word = read_data_i[sub_q*128+:128];
  end

  logic stream_valid_q, echo_valid_q;
  assign payload_valid_o = word_valid_q && stream_valid_q ? feeder_q : '0;
  assign payload_data_o = word;

  logic [511:0] result_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Decide;
      feeder_q <= '0;
      word_q <= 6'd0;
      end_q <= 6'd0;
      word_valid_q <= 1'b0;
      stream_valid_q <= 1'b0;
      echo_valid_q <= 1'b0;
    end else begin
      word_valid_q <= reading;
      stream_valid_q <= state_q == Stream;
      echo_valid_q <= state_q == Echo;
      if (reading) word_q <= word_q + 6'd1;
      unique case (state_q)
        Decide: begin
          word_q <= 6'(HeaderWords);
          feeder_q <= grant;
          if (assign_job) begin
            end_q <= 6'(HeaderWords) + inline_q;
            if (inline_q != 6'd0) state_q <= Stream;
          end else if (known_q && good_q && direct_q && echo_q) begin
            end_q <= 6'(HeaderWords + EchoWords);
            state_q <= Echo;
          end
        end
        Stream: if (last_word) state_q <= Decide;
        Echo: if (!reading && !word_valid_q) state_q <= Complete;
        Complete: if (cpl_ready_i) state_q <= Decide;
        default: state_q <= Decide;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (word_valid_q && echo_valid_q) result_q <= {word, result_q[511:128]};
    else if (cpl_fetch_i) result_q <= result_q >> DataWidth;
  end

  // ---------------------------------------------------------------- completion
  logic direct;
  assign direct = state_q == Decide && known_q && direct_q && !(good_q && echo_q);
  assign cpl_valid_o = direct || state_q == Complete;
  assign cpl_queue_o = slot_queue_i;
  assign cpl_slot_o = slot_index_i;
  assign cpl_cookie_o = slot_cookie_i;
  assign cpl_status_o = slot_status_i;
  assign cpl_value_o = good_q ? {43'd0, slot_length_i} : 64'd0;
  assign cpl_has_result_o = state_q == Complete;
  assign cpl_result_o = result_q[DataWidth-1:0];

  // A slot is taken when its last word is being read, or its completion.
  assign slot_take_o = (cpl_valid_o && cpl_ready_i)
      || (assign_job && inline_q == 6'd0)
      || (state_q == Stream && last_word);

`ifdef FORMAL
  assign formal_result_o = result_q;

  // Follows one feeder: how many jobs of its kind others have had since its own last one, or since it last was no choice.
  localparam int unsigned WhoWidth = NumFeeders > 1 ? $clog2(NumFeeders) : 1;
  (* anyconst *) logic [WhoWidth-1:0] f_who;
  logic [NumFeeders-1:0] f_kind, f_behind;  // of its kind; those of them behind the one that had the last job
  logic [WhoWidth:0] f_waits_q, f_ahead, f_others;
  always_comb begin
    assume (32'(f_who) < NumFeeders);
    f_ahead = '0;
    f_others = '0;
    for (int unsigned i = 0; i < NumFeeders; i++) begin
      f_kind[i] = FeederEngine[2*i+:2] == FeederEngine[2*f_who+:2];
      f_behind[i] = f_kind[i] && behind_q[i];
    end
    for (int unsigned i = 0; i < NumFeeders; i++) begin
      if (f_kind[i] && i != 32'(f_who)) begin
        f_others = f_others + 1'b1;
        if (f_behind[f_who] ? f_behind[i] && i < 32'(f_who) : f_behind[i] || i < 32'(f_who)) f_ahead = f_ahead + 1'b1;
      end
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) f_waits_q <= '0;
    else if (assign_job && fitting[f_who])
      f_waits_q <= grant[f_who] || !choices[f_who] ? '0 : f_waits_q + 1'b1;
  end
  always_comb begin
    if (rst_ni) begin
      // Of a kind, behind_q has all above one place.
      for (int unsigned i = 0; i < NumFeeders; i++)
        for (int unsigned k = i + 1; k < NumFeeders; k++)
          if (FeederEngine[2*i+:2] == FeederEngine[2*k+:2]) assert (!behind_q[i] || behind_q[k]);
      assert (f_waits_q <= f_others);
      if (f_waits_q != '0) assert (f_waits_q + f_ahead <= f_others);
      if (f_waits_q == f_others && assign_job && choices[f_who]) assert (grant[f_who]);
      assert ((grant & ~choices) == '0 && (grant & (grant - 1'b1)) == '0 && (grant != '0) == assign_job);
    end
  end

  // What is read of a slot, and when.
  always_comb begin
    if (rst_ni) begin
      if (known_q) assert (slot_valid_i && kind_q == kind && good_q == (slot_status_i == snapcard_pkg::StatusOk));
      if (known_q) assert (echo_q == slot_flags_i[snapcard_pkg::FlagEchoBit]);
      if (known_q) assert (direct_q == (!good_q || kind == snapcard_pkg::EngineNone));
      if (known_q) assert (inline_q == (indirect ? 6'd0 : 6'((slot_length_i[9:0] + 10'd15) >> 4)));
      assert (state_q == Stream || state_q == Echo || !reading);
      if (state_q == Stream) assert (word_q >= 6'(HeaderWords) && word_q < end_q && end_q == 6'(HeaderWords) + inline_q);
      if (state_q == Stream) assert (known_q && good_q && !direct_q && !echo_valid_q);
      if (state_q == Stream) assert (word_valid_q == (word_q != 6'(HeaderWords)) && (!word_valid_q || stream_valid_q));
      if (state_q == Echo) assert (word_q >= 6'(HeaderWords) && word_q <= end_q && end_q == 6'(HeaderWords + EchoWords));
      if (state_q == Echo || state_q == Complete) assert (known_q && good_q && direct_q && echo_q);
      if (state_q == Complete) assert (!word_valid_q && word_q == end_q);
      assert (!word_valid_q || stream_valid_q != echo_valid_q);
      if (state_q == Decide) assert (!word_valid_q || stream_valid_q);
      if (state_q == Echo) assert (!stream_valid_q && (echo_valid_q || (word_q == 6'(HeaderWords) && !word_valid_q)));
    end
  end
`endif

endmodule
