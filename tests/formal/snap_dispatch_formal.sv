// SPDX-License-Identifier: Apache-2.0

// snap_dispatch with four feeders: three of SHA-256 and, between them, one of SM3. Slots, the room of the feeders and of the
// completion writer are free. Proven:
//   - a slot leaves once, as one job or as one completion, to a feeder of its opcode's kind that has room;
//   - it waits for nothing else: in the first cycle in which a feeder of its kind has room it is given away (a
//     completion: offered at once, behind an echo's words), and then the slot is taken within a cycle a word;
//   - a job's payload goes to its feeder only, whole, in order, out of its own slot, and before the payload of the
//     next job begins; an echo's result is the slot's first words;
//   - no feeder starves: of those of one kind, one that could take the job (it has room and is idle, or has room and none of its
//     kind is idle) is passed over at most once for each other feeder of the kind, whatever jobs of other kinds come
//     between (followed inside the module).
// Limits: slots go in order, so one whose kind has no room holds up those behind it; that feeders get room is theirs
// to show. A feeder that is busy may be passed over for ever by idle ones: that is wanted.
module snap_dispatch_formal #(
    parameter int unsigned WordsMax = 4  // of an inline payload
) (
    input logic clk_i,
    input logic rst_ni,
    input logic slot_valid_i,
    input logic [7:0] slot_status_i,
    input logic [7:0] slot_opcode_i,
    input logic [7:0] slot_flags_i,
    input logic [20:0] slot_length_i,
    input logic cpl_ready_i,
    input logic cpl_fetch_i,
    input logic [3:0] job_ready_i,
    input logic [3:0] idle_i
);
  localparam int unsigned DataWidth = 128;  // a word a beat: then the beats tell all
  localparam int unsigned BeatWidth = 5;
  localparam logic [5:0] HeaderWords = 6'd2;
  localparam logic [3:0] Sha256 = 4'b1101, Sm3 = 4'b0010;

  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);

  logic slot_take, read, cpl_valid, cpl_has_result;
  logic [BeatWidth-1:0] read_beat;
  logic [DataWidth-1:0] read_data;
  logic [DataWidth-1:0] cpl_result;
  logic [511:0] echo_words;
  logic [3:0] job_valid, payload_valid;
  logic [127:0] payload_data;
  logic [3:0] number_q;  // of the slot: its index, queue and cookie

  snap_dispatch #(
      .DataWidth(DataWidth),
      .NumFeeders(4),
      .FeederEngine({
        snapcard_pkg::EngineSha256, snapcard_pkg::EngineSha256, snapcard_pkg::EngineSm3, snapcard_pkg::EngineSha256
      })
  ) dut (
      .clk_i,
      .rst_ni,
      .slot_valid_i,
      .slot_take_o(slot_take),
      .slot_queue_i(4'd0),
      .slot_index_i(16'd0),
      .slot_status_i,
      .slot_cookie_i(64'd0),
      .slot_opcode_i,
      .slot_flags_i,
      .slot_length_i,
      .slot_address_i(58'd0),
      .read_o(read),
      .read_beat_o(read_beat),
      .read_data_i(read_data),
      .cpl_valid_o(cpl_valid),
      .cpl_ready_i,
      .cpl_queue_o(),
      .cpl_slot_o(),
      .cpl_cookie_o(),
      .cpl_status_o(),
      .cpl_value_o(),
      .cpl_has_result_o(cpl_has_result),
      .cpl_fetch_i,
      .cpl_result_o(cpl_result),
      .formal_result_o(echo_words),
      .job_valid_o(job_valid),
      .job_ready_i,
      .idle_i,
      .job_queue_o(),
      .job_slot_o(),
      .job_cookie_o(),
      .job_opcode_o(),
      .job_flags_o(),
      .job_length_o(),
      .job_address_o(),
      .payload_valid_o(payload_valid),
      .payload_data_o(payload_data)
  );

  // ---------------------------------------------------------------- the slot buffer
  // The oldest slot stays until it is taken. Its words tell which they are: {slot, word}.
  logic was_valid_q, was_taken_q, was_taken_before_q;
  always_ff @(posedge clk_i) was_taken_before_q <= was_taken_q;
  logic [36:0] was_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      was_valid_q <= 1'b0;
      was_taken_q <= 1'b0;
      number_q <= '0;
    end else begin
      was_valid_q <= slot_valid_i;
      was_taken_q <= slot_take;
      number_q <= number_q + 4'(slot_take);
    end
  end
  always_ff @(posedge clk_i) was_q <= {slot_status_i, slot_flags_i, slot_length_i};
  logic [7:0] was_opcode_q;
  always_ff @(posedge clk_i) was_opcode_q <= slot_opcode_i;

  logic good, indirect, to_sha256, to_sm3, echo;
  logic [3:0] kind;
  logic [5:0] words;
  assign good = slot_status_i == snapcard_pkg::StatusOk;
  assign indirect = slot_flags_i[snapcard_pkg::FlagIndirectBit];
  assign to_sha256 = good && (slot_opcode_i == snapcard_pkg::OpSha256 || slot_opcode_i == snapcard_pkg::OpMerkleSha256d);
  assign to_sm3 = good && slot_opcode_i == snapcard_pkg::OpSm3;
  assign kind = to_sha256 ? Sha256 : to_sm3 ? Sm3 : 4'd0;
  assign echo = good && kind == 4'd0 && slot_flags_i[snapcard_pkg::FlagEchoBit];
  assign words = indirect ? 6'd0 : 6'((slot_length_i[9:0] + 10'd15) >> 4);
  always_comb begin
    if (was_valid_q && !was_taken_q)
      assume (slot_valid_i && was_q == {slot_status_i, slot_flags_i, slot_length_i} && was_opcode_q == slot_opcode_i);
    if (good) assume (to_sha256 || to_sm3 || slot_opcode_i == snapcard_pkg::OpNoop);
    if (good && kind != 4'd0 && !indirect) assume (slot_length_i <= 21'(16 * WordsMax));
  end

  logic [3:0] read_number_q;
  logic [BeatWidth-1:0] read_beat_q;
  logic read_q;
  always_ff @(posedge clk_i) begin
    read_q <= read;
    read_number_q <= number_q;
    read_beat_q <= read_beat;
  end
  assign read_data = read_q ? {119'd0, read_number_q, read_beat_q} : '1;

  // ---------------------------------------------------------------- one way for each slot, a cycle after it came
  logic looked;
  assign looked = was_valid_q && !was_taken_q;
  logic given_q, job;
  logic [5:0] age_q;  // cycles since the job was given
  logic [3:0] echo_age_q;
  assign job = job_valid != '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      given_q <= 1'b0;
      age_q <= '0;
      echo_age_q <= '0;
    end else begin
      given_q <= !slot_take && (given_q || job);
      age_q <= slot_take ? '0 : age_q + 6'(given_q || job);
      if (slot_take || !slot_valid_i) echo_age_q <= '0;
      else if (looked && echo && !cpl_valid) echo_age_q <= echo_age_q + 4'd1;
    end
  end

  logic [3:0] owner_q;
  logic [5:0] owed_q, next_q;
  logic [3:0] owner_slot_q;
  logic last_payload;
  assign last_payload = payload_valid != '0 && owed_q == 6'd1;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      owed_q <= '0;
      next_q <= '0;
      owner_q <= '0;
      owner_slot_q <= '0;
    end else if (job_valid != '0) begin
      owner_q <= job_valid;
      owed_q <= words;
      next_q <= HeaderWords;
      owner_slot_q <= number_q;
    end else if (payload_valid != '0) begin
      owed_q <= owed_q - 6'd1;
      next_q <= next_q + 6'd1;
    end
  end

  always_comb begin
    if (rst_ni) begin
      assert (!slot_take || slot_valid_i);
      assert ((job_valid & (job_valid - 4'd1)) == '0);
      assert ((job_valid & ~(job_ready_i & kind)) == '0);
      if ((job_ready_i & kind & idle_i) != '0) assert ((job_valid & ~idle_i) == '0);
      assert (job_valid == '0 || (slot_valid_i && !given_q && !cpl_valid));
      assert (job_valid == '0 || payload_valid == '0);  // a slot's first cycle lies between
      assert (!cpl_valid || (slot_valid_i && kind == 4'd0));
      assert (cpl_has_result == (cpl_valid && echo));
      // Taken with its completion, or when the job is given and read.
      if (kind == 4'd0) assert (slot_take == (cpl_valid && cpl_ready_i));
      if (slot_take && kind != 4'd0) assert (given_q || (job_valid != '0 && words == 6'd0));
      // Bounded: at most one cycle for the last word of the slot before.
      if (looked && !given_q && (job_ready_i & kind) != '0) assert (job_valid != '0);
      if (looked && kind == 4'd0 && !echo) assert (cpl_valid);
      assert (age_q <= words);
      if (given_q && age_q == words) assert (slot_take);
      assert (echo_age_q <= 4'd7);

      // The payload
      assert (payload_valid == '0 || (payload_valid == owner_q && owed_q != '0));
      if (payload_valid != '0) assert (payload_data[9:0] == {1'b0, owner_slot_q, next_q[4:0]});
      if (job_valid != '0) assert (owed_q == '0 || last_payload);
      if (slot_take && kind != 4'd0) assert (owed_q <= 6'd2 || words == 6'd0);
    end
  end
  // The beats of an echo's result that have been fetched: the completion writer asks for four, of a job that is offered.
  logic [2:0] fetched_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fetched_q <= '0;
    else fetched_q <= slot_take ? '0 : fetched_q + 3'(cpl_fetch_i && cpl_has_result);
  end
  always_comb begin
    if (cpl_fetch_i) assume (cpl_valid && fetched_q < 3'd4);
    if (rst_ni) begin
      assert (fetched_q == '0 || cpl_has_result);
      if (cpl_has_result && fetched_q < 3'd4)
        assert (cpl_result[8:0] == {number_q, 5'(HeaderWords) + {2'b00, fetched_q}});
    end
  end
  // An echo's words have come in from the top: one a cycle from the third on. They leave at the bottom.
  for (genvar i = 0; i < 4; i++) begin : g_result
    localparam logic [3:0] Place = i;
    logic [3:0] word;
    assign word = echo_age_q >= 4'd6 ? Place : Place + echo_age_q - 4'd6;
    always_comb begin
      if (rst_ni && echo && echo_age_q >= 4'd3 && Place + (echo_age_q >= 4'd6 ? 4'd6 : echo_age_q) >= 4'd6)
        if ({1'b0, Place} + {2'b00, fetched_q} < 5'd4)
          assert (echo_words[128*i+:9] == {number_q, 5'(HeaderWords) + {1'b0, word} + {2'b00, fetched_q}});
    end
  end

  // What ties the ghosts to the ports, for induction.
  logic payload;
  assign payload = payload_valid != '0;
  always_comb begin
    if (rst_ni) begin
      assert (given_q == (slot_valid_i && kind != '0 && read));
      assert (!(given_q || echo_age_q != '0) || (was_valid_q && !was_taken_q));
      if (given_q) begin
        assert (age_q >= 6'd1 && age_q <= words);
        assert ({1'b0, read_beat} == HeaderWords + age_q - 6'd1);
        assert (owed_q == words + 6'd1 - age_q + {5'd0, payload});
        assert (owner_slot_q == number_q && payload == (age_q != 6'd1));
      end else begin
        assert (age_q == '0 && owed_q == {5'd0, payload});
      end
      if (payload) assert (read_q && read_number_q == owner_slot_q && {1'b0, read_beat_q} == next_q);
      if (owed_q != '0) assert (next_q + owed_q <= HeaderWords + 6'(WordsMax));
      if (given_q) assert (next_q + {5'd0, payload} == {1'b0, read_beat});
      if (echo && slot_valid_i) begin
        assert (echo_age_q <= 4'd7);
        assert (read == (echo_age_q >= 4'd1 && echo_age_q <= 4'd4));
        if (read) assert (read_beat == 5'(HeaderWords) + {1'b0, echo_age_q} - 5'd1);
        if (echo_age_q >= 4'd2 && echo_age_q <= 4'd5)
          assert (read_q && read_number_q == number_q && read_beat_q == 5'(HeaderWords) + {1'b0, echo_age_q} - 5'd2);
        assert (cpl_valid == (echo_age_q == 4'd7));
      end
    end
  end

  always_ff @(posedge clk_i) begin
    cover (past_valid_q && rst_ni && job_valid[3] && was_taken_before_q && owner_q == 4'b0010);
    cover (past_valid_q && rst_ni && cpl_has_result && cpl_ready_i && number_q != '0);
  end
endmodule
