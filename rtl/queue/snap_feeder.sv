// SPDX-License-Identifier: Apache-2.0
// Feeds one engine: takes jobs, brings each one's payload (inline, or read from host memory) as a control word and
// 16-byte words through an asynchronous FIFO to the engine, and pairs the results with the jobs: in order, or, if the
// engine has several jobs at the same time (Tagged), by the tag that each job is given with its control word.
//
//   jobs --> request --> stream --> pending ------------------> completion
//               |          ^  |                       ^
//               v reads    |  +--> words FIFO --> engine --> result
//          host memory --> landing        (PCIe clock | engine clock)
//   inline payload ----> payload
//
// Space in `landing` is reserved before a read is requested, so the response stream, which the feeders share, never
// waits for an engine. The reads of a job run ahead of the engine, and up to one job ahead of the stream.
//
// After a failed read nothing more is requested for that job (a host that does not answer would cost a time-out
// for each read). The engine still gets every word that the control word promised it: 0, marked as wrong.
module snap_feeder #(
    parameter int unsigned DataWidth = 128,
    parameter bit Tagged = 1'b0,
    parameter int unsigned Tags = 32  // jobs that a Tagged engine has at the same time: a power of two, 2 to 32
) (
    input logic clk_i,
    input logic rst_ni,
    input logic [3:0] read_block_log2_i,  // bytes: 7, 8 or 9

    input logic job_valid_i,
    output logic job_ready_o,  // room for the job and for the longest inline payload
    input logic [3:0] job_queue_i,
    input logic [15:0] job_slot_i,
    input logic [63:0] job_cookie_i,
    input logic [7:0] job_opcode_i,
    input logic [7:0] job_flags_i,
    input logic [20:0] job_length_i,
    input logic [57:0] job_address_i,  // 64-byte units
    input logic payload_valid_i,       // inline words of the jobs taken, in order
    input logic [127:0] payload_data_i,
    output logic idle_o,

    output logic req_valid_o,
    input logic req_ready_i,
    output logic [63:0] req_addr_o,
    output logic [3:0] req_units_o,
    input logic rsp_valid_i,  // always taken
    input logic [DataWidth-1:0] rsp_data_i,
    input logic [2:0] rsp_error_i,

    output logic cpl_valid_o,
    input logic cpl_ready_i,
    output logic [3:0] cpl_queue_o,
    output logic [15:0] cpl_slot_o,
    output logic [63:0] cpl_cookie_o,
    output logic [7:0] cpl_status_o,
    output logic [63:0] cpl_value_o,
    output logic [31:0] cpl_engine_cycles_o,
    output logic cpl_has_result_o,
    input logic [1:0] cpl_beat_i,
    output logic [DataWidth-1:0] cpl_result_o,  // that beat of it
    output logic fault_o,  // pulse: a job has ended as ENGINE_FAULT
    output logic [1:0] fault_cause_o,

    // engine clock
    input logic engine_clk_i,
    input logic engine_rst_ni,
    output logic engine_in_valid_o,
    input logic engine_in_ready_i,
    output logic [127:0] engine_in_data_o,
    output logic engine_in_last_o,
    output logic engine_in_error_o,
    input logic engine_out_valid_i,
    output logic engine_out_ready_o,
    input logic [4:0] engine_out_tag_i,
    input logic [63:0] engine_out_value_i,
    input logic [1:0] engine_out_status_i,  // 0 ok, 1 a word was marked as wrong, 2 fault
    input logic [1:0] engine_out_cause_i,   // of the fault
    input logic engine_out_has_result_i,
    input logic [511:0] engine_out_result_i,
    input logic [31:0] engine_out_cycles_i
);

  localparam int unsigned Jobs = 4;
  localparam int unsigned PayloadWords = 64;
  localparam int unsigned InlineWordsMax = (512 - snapcard_pkg::JobHeaderBytes) / 16;
  localparam int unsigned LandingUnits = 16;  // of 64 bytes: two of the longest reads
  localparam int unsigned UnitBeats = 512 / DataWidth;
  localparam int unsigned WordsPerBeat = DataWidth / 128;
  localparam int unsigned SubWidth = WordsPerBeat > 1 ? $clog2(WordsPerBeat) : 1;

  // ---------------------------------------------------------------- jobs
  localparam int unsigned JobWidth = 4 + 16 + 64 + 8 + 8 + 21;
  logic job_wready, job_rvalid, job_take;
  logic [JobWidth-1:0] job_head;
  logic [57:0] job_head_address;
  logic job_indirect, job_head_indirect;
  logic [2:0] unused_job_level;

  snap_fifo_sync #(
      .Width(JobWidth + 58),
      .Depth(Jobs)
  ) u_jobs (
      .clk_i,
      .rst_ni,
      .wvalid_i(job_valid_i && job_ready_o),
      .wready_o(job_wready),
      .wdata_i({
        job_queue_i,
        job_slot_i,
        job_cookie_i,
        job_opcode_i,
        job_flags_i,
        job_length_i,
        job_address_i
      }),
      .rvalid_o(job_rvalid),
      .rready_i(job_take),
      .rdata_o({job_head, job_head_address}),
      .level_o(unused_job_level)
  );

  assign job_indirect = job_flags_i[snapcard_pkg::FlagIndirectBit];
  assign job_head_indirect = job_head[21+snapcard_pkg::FlagIndirectBit];

  // Words of inline payload that are promised or here.
  logic [6:0] reserved_q, reserve;
  logic payload_take;
  assign job_ready_o = job_wready && reserved_q <= 7'(PayloadWords - InlineWordsMax);
  assign reserve = job_valid_i && job_ready_o && !job_indirect
      ? 7'((job_length_i[9:0] + 10'd15) >> 4) : 7'd0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) reserved_q <= 7'd0;
    else reserved_q <= reserved_q + reserve - {6'd0, payload_take};
  end

  logic payload_rvalid;
  logic [127:0] payload_rdata;
  logic [6:0] unused_payload_level;
  snap_fifo_ram #(
      .Width(128),
      .Depth(PayloadWords)
  ) u_payload (
      .clk_i,
      .rst_ni,
      .wvalid_i(payload_valid_i),
      .wdata_i(payload_data_i),
      .rvalid_o(payload_rvalid),
      .rready_i(payload_take),
      .rdata_o(payload_rdata),
      .level_o(unused_payload_level)
  );

  // ---------------------------------------------------------------- request
  logic stream_wready, stream_rvalid, stream_take;
  logic [1:0] stream_level;
  logic [JobWidth-1:0] stream_head;
  assign job_take = job_rvalid && stream_wready && !active_q;

  snap_fifo_sync #(
      .Width(JobWidth),
      .Depth(2)
  ) u_stream (
      .clk_i,
      .rst_ni,
      .wvalid_i(job_take),
      .wready_o(stream_wready),
      .wdata_i(job_head),
      .rvalid_o(stream_rvalid),
      .rready_i(stream_take),
      .rdata_o(stream_head),
      .level_o(stream_level)
  );

  logic active_q;     // a job by address has not made all its requests
  logic abandoned_q;  // ... and will not make them: a read of it has failed
  logic req_valid_q;
  logic [57:0] addr_q;  // 64-byte units
  logic [14:0] left_q;  // units not yet requested
  logic [3:0] units_q;
  logic [4:0] free_q;  // units of `landing`
  logic failed, unit_freed;

  logic [3:0] block_units, block_left, units;
  assign block_units = 4'd1 << (read_block_log2_i - 4'd6);
  assign block_left = block_units - (addr_q[3:0] & (block_units - 4'd1));
  assign units = left_q < {11'd0, block_left} ? left_q[3:0] : block_left;

  logic planned_q;  // units_q is what comes next
  logic request, same_job;
  // The newest job of the stream is the one that makes requests.
  assign same_job = stream_level == 2'd1;
  assign request = active_q && planned_q && !abandoned_q && !req_valid_q && !(failed && same_job)
      && free_q >= {1'b0, units_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      active_q <= 1'b0;
      abandoned_q <= 1'b0;
      planned_q <= 1'b0;
      req_valid_q <= 1'b0;
      addr_q <= 58'd0;
      left_q <= 15'd0;
      units_q <= 4'd0;
      free_q <= 5'(LandingUnits);
    end else begin
      free_q <= free_q + {4'd0, unit_freed} - (request ? {1'b0, units_q} : 5'd0);
      planned_q <= active_q && !req_valid_q && !request && left_q != 15'd0;
      if (!req_valid_q) units_q <= units;
      if (job_take && job_head_indirect) begin
        active_q <= 1'b1;
        addr_q <= job_head_address;
        left_q <= 15'((job_head[20:0] + 21'd63) >> 6);
      end
      if (request) req_valid_q <= 1'b1;
      if (req_valid_q && req_ready_i) begin
        req_valid_q <= 1'b0;
        addr_q <= addr_q + {54'd0, units_q};
        left_q <= left_q - {11'd0, units_q};
      end
      if (active_q && !abandoned_q && !req_valid_q) begin
        if (left_q == 15'd0) active_q <= 1'b0;
        else if (failed && same_job) abandoned_q <= 1'b1;
      end
      if (abandoned_q && stream_take) begin
        active_q <= 1'b0;
        abandoned_q <= 1'b0;
      end
    end
  end

  assign req_valid_o = req_valid_q;
  assign req_addr_o = {addr_q, 6'd0};
  assign req_units_o = units_q;

  // ---------------------------------------------------------------- landing
  localparam int unsigned LandingBeats = LandingUnits * UnitBeats;
  logic landing_rvalid, landing_take;
  logic [DataWidth-1:0] landing_data;
  logic [2:0] landing_error;
  logic [$clog2(LandingBeats+1)-1:0] unused_landing_level;
  snap_fifo_ram #(
      .Width(DataWidth + 3),
      .Depth(LandingBeats)
  ) u_landing (
      .clk_i,
      .rst_ni,
      .wvalid_i(rsp_valid_i),
      .wdata_i({rsp_error_i, rsp_data_i}),
      .rvalid_o(landing_rvalid),
      .rready_i(landing_take),
      .rdata_o({landing_error, landing_data}),
      .level_o(unused_landing_level)
  );

  if (UnitBeats == 1) begin : g_beat_is_unit
    assign unit_freed = landing_take;
  end else begin : g_beats_in_unit
    logic [$clog2(UnitBeats)-1:0] beat_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) beat_q <= '0;
      else if (landing_take) beat_q <= beat_q + 1'b1;
    end
    assign unit_freed = landing_take && beat_q == {$clog2(UnitBeats) {1'b1}};
  end

  logic [127:0] landing_word;
  logic beat_end;  // the word is its beat's last
  logic [SubWidth-1:0] sub_q;
  if (WordsPerBeat == 1) begin : g_one_word
    assign landing_word = landing_data;
    assign beat_end = 1'b1;
  end else begin : g_words
    assign landing_word = landing_data[sub_q*128+:128];
    assign beat_end = sub_q == SubWidth'(WordsPerBeat - 1);
  end

  // ---------------------------------------------------------------- stream
  typedef enum logic [1:0] {
    Control,
    Words,
    Rest      // drop the beats behind the message in its last 64 bytes
  } state_e;
  state_e state_q;

  logic [3:0] queue;
  logic [15:0] slot;
  logic [63:0] cookie;
  logic [7:0] opcode, flags;
  logic [20:0] length;
  logic indirect;
  assign {queue, slot, cookie, opcode, flags, length} = stream_head;
  assign indirect = flags[snapcard_pkg::FlagIndirectBit];

  logic [16:0] words, words_left_q;
  logic [1:0] rest_beats, rest_q;
  assign words = 17'((length + 21'd15) >> 4);
  // Of the four words of the last 64 bytes, the last (words - 1) % 4 + 1 are used; the rest in whole beats:
  assign rest_beats = 2'((2'd3 - (words[1:0] - 2'd1)) >> (WordsPerBeat > 1 ? SubWidth : 0));

  logic pending_free, pending_empty, word_ready;
  logic [4:0] tag;
  logic from_landing, from_nowhere, word_valid, word_accept, word_last, word_error;
  logic [127:0] word;
  logic [7:0] status_q, status;
  logic in_words;
  assign in_words = state_q == Words;
  // Nothing is outstanding for an abandoned job: the words that it lacks come from nowhere.
  assign from_nowhere = in_words && abandoned_q && free_q == 5'(LandingUnits);
  assign from_landing = in_words && indirect && landing_rvalid;
  assign word_error = in_words && indirect && (from_nowhere || landing_error != 3'd0);

  always_comb begin
    unique case (state_q)
      Control: begin
        word_valid = stream_rvalid && pending_free;
        word = {cookie, 11'd0, length, 11'd0, tag, flags, opcode};
        word_last = length == 21'd0;
      end
      Words: begin
        word_valid = indirect ? from_landing || from_nowhere : payload_rvalid;
        word = from_nowhere ? 128'd0 : indirect ? landing_word : payload_rdata;
        word_last = words_left_q == 17'd1;
      end
      default: begin
        word_valid = 1'b0;
        word = 128'd0;
        word_last = 1'b0;
      end
    endcase
  end
  assign word_accept = word_valid && word_ready;
  assign payload_take = in_words && !indirect && word_accept;
  assign landing_take = (word_accept && from_landing && (beat_end || word_last))
      || (state_q == Rest && landing_rvalid);

  // The first failure is the job's.
  assign failed = in_words && status_q != snapcard_pkg::StatusOk;
  assign status = in_words && from_landing && !failed && landing_error != 3'd0
      ? snapcard_pkg::StatusDataUr + {5'd0, landing_error - 3'd1}
      : state_q == Control ? snapcard_pkg::StatusOk : status_q;

  logic rest_needed, job_end;
  assign rest_needed = in_words && indirect && !from_nowhere && rest_beats != 2'd0;
  assign job_end = word_accept && word_last;
  assign stream_take = (job_end && !rest_needed)
      || (state_q == Rest && landing_rvalid && rest_q == 2'd1);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Control;
      words_left_q <= 17'd0;
      rest_q <= 2'd0;
      sub_q <= '0;
      status_q <= snapcard_pkg::StatusOk;
    end else begin
      if (word_accept) status_q <= status;
      if (word_accept && from_landing) sub_q <= beat_end || word_last ? '0 : sub_q + 1'b1;
      unique case (state_q)
        Control:
        if (word_accept && !word_last) begin
          state_q <= Words;
          words_left_q <= words;
        end
        Words:
        if (word_accept) begin
          words_left_q <= words_left_q - 17'd1;
          rest_q <= rest_beats;
          if (word_last) state_q <= rest_needed ? Rest : Control;
        end
        Rest:
        if (landing_rvalid) begin
          rest_q <= rest_q - 2'd1;
          if (rest_q == 2'd1) state_q <= Control;
        end
        default: state_q <= Control;
      endcase
    end
  end

  logic [4:0] unused_words_free;
  logic words_rvalid, engine_in_valid_q;
  logic [129:0] words_rdata, engine_in_q;
  snap_fifo_async #(
      .Width(130),
      .Depth(16)
  ) u_words (
      .wclk_i(clk_i),
      .wrst_ni(rst_ni),
      .wvalid_i(word_valid),
      .wready_o(word_ready),
      .wdata_i({word_error, word_last, word}),
      .wfree_o(unused_words_free),
      .rclk_i(engine_clk_i),
      .rrst_ni(engine_rst_ni),
      .rvalid_o(words_rvalid),
      .rready_i(!engine_in_valid_q),
      .rdata_o(words_rdata)
  );

  // The engine reads a register, and its ready goes no further than to that: a word every two cycles at most, and no
  // engine takes more (a hash four in 65).
  always_ff @(posedge engine_clk_i) begin
    if (!engine_in_valid_q) engine_in_q <= words_rdata;
  end
  always_ff @(posedge engine_clk_i or negedge engine_rst_ni) begin
    if (!engine_rst_ni) engine_in_valid_q <= 1'b0;
    else engine_in_valid_q <= engine_in_valid_q ? !engine_in_ready_i : words_rvalid;
  end
  assign engine_in_valid_o = engine_in_valid_q;
  assign {engine_in_error_o, engine_in_last_o, engine_in_data_o} = engine_in_q;

  // ---------------------------------------------------------------- results
  // The first failure that a job has met in the stream is kept here, with where its completion goes; whatever the
  // engine says, such a job has no result.
  localparam int unsigned PendingWidth = 4 + 16 + 64 + 8;
  logic [PendingWidth-1:0] pending_new, pending;
  logic [7:0] pending_status_q;
  logic result_rvalid, result_take, result_known;  // known: it belongs to a job
  logic [1:0] result_status, result_cause;
  logic result_has;
  logic [63:0] result_value;

  // A result stays in the engine until its completion is taken.
  snap_cdc_handshake u_results (
      .src_clk_i(engine_clk_i),
      .src_rst_ni(engine_rst_ni),
      .src_valid_i(engine_out_valid_i),
      .src_ready_o(engine_out_ready_o),
      .dst_clk_i(clk_i),
      .dst_rst_ni(rst_ni),
      .dst_valid_o(result_rvalid),
      .dst_ready_i(result_take)
  );
  assign cpl_engine_cycles_o = engine_out_cycles_i;

  logic [511:0] result;
  if (UnitBeats == 1) begin : g_whole_result
    assign cpl_result_o = result;
    logic unused_beat;
    assign unused_beat = ^cpl_beat_i;
  end else if (UnitBeats == 2) begin : g_halves_of_result
    assign cpl_result_o = cpl_beat_i[0] ? result[511:256] : result[255:0];
    logic unused_beat;
    assign unused_beat = cpl_beat_i[1];
  end else begin : g_beats_of_result
    assign cpl_result_o = cpl_beat_i[1] ? cpl_beat_i[0] ? result[511:384] : result[383:256]
        : cpl_beat_i[0] ? result[255:128] : result[127:0];
  end

  // A result is looked at for a cycle: which job it belongs to, and how that has gone in the stream.
  logic looked_q, result_known_q;
  assign pending_new = {queue, slot, cookie, status};
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) looked_q <= 1'b0;
    else looked_q <= result_rvalid && !result_take && !(result_known && pending_empty);
  end
  always_ff @(posedge clk_i) begin
    {cpl_queue_o, cpl_slot_o, cpl_cookie_o, pending_status_q} <= pending;
    result_known_q <= result_known;
  end

  if (Tagged) begin : g_tagged
    // A tag is given when a job's words begin and free again when its result is taken. The table is written
    // with the last word, before the engine can have a result.
    localparam int unsigned TagWidth = $clog2(Tags);
    logic [PendingWidth-1:0] table_q [0:Tags-1];
    logic [Tags-1:0] used_q;
    logic [TagWidth-1:0] tag_q, result_tag;

    always_ff @(posedge clk_i) begin
      if (job_end) table_q[tag_q] <= pending_new;
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        used_q <= '0;
        tag_q <= '0;
      end else begin
        if (result_take && result_known_q) used_q[result_tag] <= 1'b0;
        if (job_end) used_q[tag_q] <= 1'b1;
        // The next tag in turn that is free; between jobs there is time to look for it.
        if (job_end || used_q[tag_q]) tag_q <= tag_q + 1'b1;
      end
    end
    assign tag = 5'(tag_q);
    assign pending_free = !used_q[tag_q];
    assign pending_empty = used_q == '0;
    assign pending = table_q[result_tag];
    assign result_known = used_q[result_tag];

    assign {result_tag, result_value, result_status, result_cause} =
        {engine_out_tag_i[TagWidth-1:0], engine_out_value_i, engine_out_status_i, engine_out_cause_i};
    assign result_has = engine_out_has_result_i;
    assign result = engine_out_result_i;

`ifdef FORMAL
    // Follows one tag: free, with a job whose words go to the engine, or with one that waits for its result.
    localparam int unsigned JobKeyWidth = 4 + 16 + 64;
    (* anyconst *) logic [TagWidth-1:0] f_tag;
    logic f_going_q, f_waiting_q, f_wrong_q;  // wrong: a word read came with an error
    logic [JobKeyWidth-1:0] f_job_q;
    logic [5:0] f_search_q;  // cycles in which no free tag was found, though this one is free
    logic f_given;
    logic [TagWidth-1:0] f_distance;  // to this tag
    assign f_distance = f_tag - tag_q;
    assign f_given = word_accept && state_q == Control && word[20:16] == 5'(f_tag);
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {f_going_q, f_waiting_q, f_wrong_q} <= '0;
        f_search_q <= '0;
      end else begin
        if (f_given) f_wrong_q <= 1'b0;
        else if (f_going_q && word_accept && from_landing && landing_error != 3'd0) f_wrong_q <= 1'b1;
        f_going_q <= (f_given || f_going_q) && !job_end;
        f_waiting_q <= ((f_given || f_going_q) && job_end) || (f_waiting_q && !(cpl_valid_o && cpl_ready_i && result_tag == f_tag));
        f_search_q <= pending_free || f_waiting_q ? '0 : f_search_q + 6'd1;
      end
    end
    always_ff @(posedge clk_i) if (f_given) f_job_q <= {queue, slot, cookie};

    // A result stays as it is until it is taken.
    logic f_held_q;
    logic [TagWidth+2:0] f_result_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) f_held_q <= 1'b0;
      else f_held_q <= result_rvalid && !result_take;
    end
    always_ff @(posedge clk_i) f_result_q <= {result_tag, result_status, result_has};
    always_comb assume (!f_held_q || (result_rvalid && {result_tag, result_status, result_has} == f_result_q));

    always_comb begin
      if (rst_ni) begin
        if (f_given) assert (!f_going_q && !f_waiting_q);
        if (word_accept && state_q == Control) assert (word[20:16] == 5'(tag_q) && word[127:64] == cookie);
        if (cpl_valid_o && result_tag == f_tag) begin
          assert (f_waiting_q && {cpl_queue_o, cpl_slot_o, cpl_cookie_o} == f_job_q);
          if (f_wrong_q) assert (cpl_status_o != snapcard_pkg::StatusOk && !cpl_has_result_o);
        end
        if (looked_q && result_tag == f_tag && !f_waiting_q) assert (result_take && !cpl_valid_o);
        if (looked_q && result_tag == f_tag && result_known_q) assert (f_waiting_q && cpl_valid_o);
        if (looked_q) assert (f_held_q);
        assert (f_search_q <= 6'(Tags - 1));

        assert (f_waiting_q == used_q[f_tag] && !(f_going_q && f_waiting_q));
        assert (f_going_q == (in_words && tag_q == f_tag));
        if (in_words) assert (!used_q[tag_q] && stream_rvalid);
        if (f_going_q) assert ({queue, slot, cookie} == f_job_q && f_wrong_q == (status_q != snapcard_pkg::StatusOk));
        if (f_waiting_q) assert (table_q[f_tag][PendingWidth-1:8] == f_job_q);
        if (f_waiting_q && f_wrong_q) assert (table_q[f_tag][7:0] != snapcard_pkg::StatusOk);
        if (looked_q && result_known_q && result_tag == f_tag)
          assert ({cpl_queue_o, cpl_slot_o, cpl_cookie_o, pending_status_q} == table_q[f_tag]);
        if (f_search_q != '0) assert (f_search_q + 6'(f_distance) <= 6'(Tags - 1));
      end
    end
    always_ff @(posedge clk_i) begin
      cover (rst_ni && cpl_valid_o && cpl_ready_i && result_tag == f_tag && f_wrong_q);
      cover (rst_ni && f_given && f_job_q != {queue, slot, cookie} && f_tag == '0 && used_q[1]);
    end
`endif
  end else begin : g_in_order
    // A digest for every job.
    logic [3:0] unused_level;
    logic pending_rvalid;

    snap_fifo_sync #(
        .Width(PendingWidth),
        .Depth(8)
    ) u_pending (
        .clk_i,
        .rst_ni,
        .wvalid_i(job_end),
        .wready_o(pending_free),
        .wdata_i(pending_new),
        .rvalid_o(pending_rvalid),
        .rready_i(result_take),
        .rdata_o(pending),
        .level_o(unused_level)
    );
    assign tag = 5'd0;
    assign pending_empty = !pending_rvalid;
    assign result_known = 1'b1;
    assign result_cause = 2'd0;
    assign result_has = 1'b1;
    assign result_value = 64'd0;
    assign result = {256'd0, engine_out_result_i[255:0]};
    assign result_status = engine_out_status_i;

    // What an engine that does one job after the other has no use for.
    logic unused_out;
    assign unused_out = ^{engine_out_tag_i, engine_out_value_i, engine_out_cause_i, engine_out_has_result_i,
                          engine_out_result_i[511:256]};
  end

  // ---------------------------------------------------------------- completion
  logic good;
  assign good = cpl_status_o == snapcard_pkg::StatusOk;
  assign cpl_valid_o = looked_q && result_known_q;
  // A result that no job waits for says nothing about any.
  assign result_take = looked_q && (cpl_ready_i || !result_known_q);
  assign cpl_status_o = pending_status_q != snapcard_pkg::StatusOk ? pending_status_q
      : result_status != 2'd0 ? snapcard_pkg::StatusEngineFault : snapcard_pkg::StatusOk;
  assign cpl_value_o = good ? result_value : 64'd0;
  assign cpl_has_result_o = good && result_has;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fault_o <= 1'b0;
    else fault_o <= cpl_valid_o && cpl_ready_i && cpl_status_o == snapcard_pkg::StatusEngineFault;
  end
  always_ff @(posedge clk_i) fault_cause_o <= result_cause;
  assign idle_o = !job_rvalid && !stream_rvalid && pending_empty;

`ifdef VERILATOR
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) begin
      assert (!payload_valid_i || reserved_q != 7'd0);
      assert (!job_end || pending_free);
      assert (!cpl_valid_o || result_status == 2'd2
              || (result_status == 2'd1) == (pending_status_q != snapcard_pkg::StatusOk));
      assert (free_q <= 5'(LandingUnits));
      assert (!rsp_valid_i || free_q != 5'(LandingUnits));
    end
  end
`endif

endmodule
