// SPDX-License-Identifier: Apache-2.0

// snap_completion behind two queues, on a bus of 128 bits (both kinds of write have several beats): every job that a
// source hands over has exactly one completion, behind its result, at its queue's next index and with that pass's phase;
// a queue that is off gets none.
// The sources are free, except that they offer only jobs whose slots have arrived (which is what dispatcher and
// feeders do: a job exists once) and keep them until they are handed over. Source 1 counts the beats of its result itself.
module completion_formal (
    input logic clk_i,
    input logic rst_ni,
    input logic [1:0] start_i,
    input logic [1:0] stop_i,
    input logic [1:0] received_i,
    input logic [31:0] sq_head_i,
    input logic [1:0] src_valid_i,
    input logic [1:0] src_queue_i,
    input logic [31:0] src_slot_i,
    input logic [1:0] src_has_result_i,
    input logic wr_ready_i
);

  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);

  // ---------------------------------------------------------------- two queues
  // A ring of 2 and one of 4 entries (symbolic sizes are too much for the solver), anywhere.
  localparam logic [7:0] entries_log2 = {4'd2, 4'd1};
  localparam logic [31:0] generation = {16'hBEEF, 16'h1234};
  // Far apart, and such that no address carries into them: the adder is not what is looked at here.
  localparam logic [103:0] cq_base = {52'h0000123456780, 52'h8000000000010};
  localparam logic [103:0] result_base = {52'h00000ABCDEF00, 52'h4000000000020};

  // What ring_formal proves of a ring, and no more: jobs arrive while it is on, it goes off only with none in
  // the card. It starts with its index at 0; here at any of the first eight, as if jobs had come before, so that the ring's
  // end is near.
  (* anyconst *) logic [2:0] first;
  logic [1:0] on_q, completed;
  logic [31:0] cq_tail;
  logic [5:0] in_card_q;
  for (genvar q = 0; q < 2; q++) begin : g_ring
    logic [15:0] cq_tail_q;
    assign cq_tail[q*16+:16] = cq_tail_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        on_q[q] <= 1'b0;
        cq_tail_q <= 16'd0;
        in_card_q[q*3+:3] <= 3'd0;
      end else begin
        if (start_i[q] && !on_q[q]) begin
          on_q[q] <= 1'b1;
          cq_tail_q <= {13'd0, first};
        end
        if (stop_i[q] && on_q[q] && in_card_q[q*3+:3] == 3'd0) on_q[q] <= 1'b0;
        if (completed[q]) cq_tail_q <= cq_tail_q + 16'd1;
        in_card_q[q*3+:3] <= in_card_q[q*3+:3] + {2'd0, received_i[q]} - {2'd0, completed[q]};
      end
    end
    always_comb if (received_i[q]) assume (on_q[q] && !stop_i[q] && in_card_q[q*3+:3] < 3'd4);
  end

  // ---------------------------------------------------------------- the writer
  logic [1:0] src_ready;
  logic wr_valid;
  logic [63:0] wr_addr;
  logic [127:0] wr_data;
  logic wr_last;
  logic [6:0] wr_bytes;
  logic [1:0] writer_state, writer_grant;
  logic [3:0] writer_queue;
  logic [63:0] writer_cq_addr, writer_result_addr;
  logic [255:0] writer_completion;
  logic [127:0] writer_result;
  logic [2:0] writer_fetched;
  logic writer_second, writer_held;
  // What the sources bring, one constant each: the writer must not mix them.
  localparam logic [63:0] Cookie0 = 64'h0123456789ABCDEF, Cookie1 = ~Cookie0;
  localparam logic [511:0] Result0 = {Cookie0, 64'd3, Cookie0, 64'd2, Cookie0, 64'd1, Cookie0, 64'd0};
  localparam logic [511:0] Result1 = {Cookie1, 64'd7, Cookie1, 64'd6, Cookie1, 64'd5, Cookie1, 64'd4};
  logic source_q;
  logic [63:0] cookie;
  logic [511:0] result;
  assign cookie = source_q ? Cookie1 : Cookie0;
  assign result = source_q ? Result1 : Result0;

  logic [1:0] src_beat, src_fetch;
  logic [2:0] count_q;  // source 1
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= 3'd0;
    else count_q <= src_valid_i[1] && src_ready[1] ? 3'd0 : count_q + {2'd0, src_fetch[1]};
  end

  snap_completion #(
      .DataWidth(128),
      .NumQueues(2),
      .NumSources(2)
  ) dut (
      .clk_i,
      .rst_ni,
      .src_valid_i,
      .src_ready_o(src_ready),
      .src_queue_i({3'd0, src_queue_i[1], 3'd0, src_queue_i[0]}),
      .src_slot_i,
      .src_cookie_i({Cookie1, Cookie0}),
      .src_status_i({8'h10, 8'h01}),
      .src_value_i(128'd0),
      .src_engine_cycles_i(64'd0),
      .src_has_result_i,
      .src_beat_o(src_beat),
      .src_fetch_o(src_fetch),
      .src_result_i({Result1[128*count_q[1:0]+:128], Result0[128*src_beat+:128]}),
      .cq_tail_i(cq_tail),
      .sq_head_i(sq_head_i),
      .entries_log2_i(entries_log2),
      .generation_i(generation),
      .cq_base_i(cq_base),
      .result_base_i(result_base),
      .cycles_i(32'd0),
      .completed_o(completed),
      .formal_grant_o(writer_grant),
      .formal_state_o(writer_state),
      .formal_queue_o(writer_queue),
      .formal_cq_addr_o(writer_cq_addr),
      .formal_result_addr_o(writer_result_addr),
      .formal_completion_o(writer_completion),
      .formal_result_o(writer_result),
      .formal_fetched_o(writer_fetched),
      .formal_second_o(writer_second),
      .formal_held_o(writer_held),
      .wr_valid_o(wr_valid),
      .wr_ready_i,
      .wr_addr_o(wr_addr),
      .wr_data_o(wr_data),
      .wr_last_o(wr_last),
      .wr_bytes_o(wr_bytes)
  );

  // ---------------------------------------------------------------- a model of what is owed
  localparam logic [1:0] Take = 2'd0, Lookup = 2'd1, Result = 2'd2, Completion = 2'd3;
  logic open_q, queue_q, result_owed_q, result_written_q, handed_q;
  logic [15:0] slot_q;
  logic [1:0] beat_q;  // of the write that goes
  logic [3:0] patience_q;  // cycles with the write port ready since the job was taken
  logic take, write, completion_write;
  logic [1:0] taken, handed;
  assign taken = writer_state == Take ? writer_grant : 2'b00;
  assign take = taken != 2'b00;
  assign handed = src_valid_i & src_ready;
  assign write = wr_valid && wr_ready_i;
  assign completion_write = write && wr_last && wr_bytes == 7'd32;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q <= 1'b0;
      queue_q <= 1'b0;
      source_q <= 1'b0;
      slot_q <= 16'd0;
      result_owed_q <= 1'b0;
      result_written_q <= 1'b0;
      handed_q <= 1'b0;
      beat_q <= 2'd0;
      patience_q <= 4'd0;
    end else begin
      if (take) begin
        open_q <= 1'b1;
        queue_q <= src_queue_i[taken[1]];
        source_q <= taken[1];
        slot_q <= src_slot_i[taken[1]*16+:16];
        result_owed_q <= src_has_result_i[taken[1]];
        result_written_q <= 1'b0;
        handed_q <= handed != 2'b00;
        patience_q <= 4'd0;
      end else begin
        if (open_q && wr_ready_i) patience_q <= patience_q + 4'd1;
        if (handed != 2'b00) handed_q <= 1'b1;
      end
      if (write) beat_q <= wr_last ? 2'd0 : beat_q + 2'd1;
      if (write && wr_last && wr_bytes != 7'd32) result_written_q <= 1'b1;
      if (completion_write) open_q <= 1'b0;
    end
  end

  // The next entry and its phase, counted the way the host counts: to the ring's end, then over again.
  logic [31:0] entry_q;
  logic [1:0] phase_q;
  for (genvar q = 0; q < 2; q++) begin : g_entry
    logic [15:0] last;
    assign last = (16'd1 << entries_log2[q*4+:4]) - 16'd1;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        entry_q[q*16+:16] <= 16'd0;
        phase_q[q] <= 1'b1;
      end else if (start_i[q] && !on_q[q]) begin
        entry_q[q*16+:16] <= {13'd0, first} & last;
        phase_q[q] <= !first[entries_log2[q*4+:4]];
      end else if (completion_write && queue_q == q) begin
        entry_q[q*16+:16] <= entry_q[q*16+:16] == last ? 16'd0 : entry_q[q*16+:16] + 16'd1;
        phase_q[q] <= entry_q[q*16+:16] == last ? !phase_q[q] : phase_q[q];
      end
    end
    // For induction: the model and the ring's index are the same thing.
    always_comb begin
      if (rst_ni) begin
        assert (entry_q[q*16+:16] == (cq_tail[q*16+:16] & last));
        assert (phase_q[q] == !cq_tail[q*16+entries_log2[q*4+:4]]);
      end
    end
  end

  // What is offered stays until it is taken.
  logic [1:0] waiting_q;
  logic [1:0] was_queue_q, was_has_result_q;
  logic [31:0] was_slot_q;
  always_ff @(posedge clk_i) {was_queue_q, was_has_result_q, was_slot_q} <= {src_queue_i, src_has_result_i, src_slot_i};
  for (genvar i = 0; i < 2; i++) begin : g_stays
    always_comb if (rst_ni && waiting_q[i])
      assume (was_queue_q[i] == src_queue_i[i] && was_has_result_q[i] == src_has_result_i[i]
              && was_slot_q[16*i+:16] == src_slot_i[16*i+:16]);
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) waiting_q <= 2'b00;
    else waiting_q <= src_valid_i & ~src_ready;
  end
  always_comb if (rst_ni) assume ((waiting_q & ~src_valid_i) == 2'b00);

  // A source offers a job only if its slot is in the card and it is not one of those offered or taken.
  logic [5:0] offered;
  for (genvar q = 0; q < 2; q++) begin : g_offered
    assign offered[q*3+:3] = {2'd0, src_valid_i[0] && src_queue_i[0] == q}
        + {2'd0, src_valid_i[1] && src_queue_i[1] == q} + {2'd0, open_q && handed_q && queue_q == q};
    always_comb begin
      if (rst_ni) begin
        assume (offered[q*3+:3] <= in_card_q[q*3+:3]);
        assert (in_card_q[q*3+:3] == 3'd0 || on_q[q]);
        assert (in_card_q[q*3+:3] <= 3'd4);
      end
    end
  end

  // ---------------------------------------------------------------- what is promised
  snapcard_pkg::completion_t completion;
  assign completion = {wr_data, wr_data};  // a half at a time
  always_comb begin
    if (rst_ni) begin
      assert (!(take && open_q));
      assert (!wr_valid || open_q);
      // A job is handed over once, while it is written.
      assert (src_ready == 2'b00 || (take ? src_ready == taken && (src_has_result_i & taken) == 2'b00
          : open_q && !handed_q && result_owed_q && src_ready == 2'b01 << source_q));
      assert ((src_ready & ~src_valid_i) == 2'b00);
      if (handed != 2'b00 && !take)
        assert (src_slot_i[source_q*16+:16] == slot_q && src_queue_i[source_q] == queue_q
                && src_has_result_i[source_q] == result_owed_q);
      assert (completed == (completion_write ? 2'b01 << queue_q : 2'b00));
      if (wr_valid) assert (on_q[queue_q]);
      if (wr_valid && wr_bytes != 7'd32) begin
        assert (wr_bytes == 7'd64 && result_owed_q && !result_written_q);
        assert (wr_addr == {result_base[queue_q*52+:52], 12'd0} + {42'd0, entry_q[queue_q*16+:16], 6'd0});
        assert (wr_data == result[128*beat_q+:128]);
        assert (wr_last == (beat_q == 2'd3));
      end
      if (wr_valid && wr_bytes == 7'd32) begin
        assert (result_owed_q == result_written_q && handed_q);
        assert (wr_addr == {cq_base[queue_q*52+:52], 12'd0} + {43'd0, entry_q[queue_q*16+:16], 5'd0});
        assert (wr_last == (beat_q == 2'd1));
        if (wr_last) begin
          assert (completion.slot == slot_q);
          assert (completion.status == (source_q ? 8'h10 : 8'h01));
          assert (completion.generation == generation[queue_q*16+:16]);
          assert (completion.phase == {phase_q[queue_q], 6'd0, result_owed_q});
        end else assert (completion.cookie == cookie);
      end
      assert (patience_q <= 4'd7);
    end
  end

  // For induction: what the writer holds while it waits is what it will be asked for.
  snapcard_pkg::completion_t held;
  assign held = writer_completion;
  always_comb begin
    if (rst_ni) begin
      assert (open_q == (writer_state != Take));
      assert (writer_held == (open_q && !handed_q));
      if (writer_held) assert (writer_grant == 2'b01 << source_q && src_slot_i[source_q*16+:16] == slot_q
          && src_queue_i[source_q] == queue_q && src_has_result_i[source_q] == result_owed_q);
      assert (count_q == (writer_held && source_q ? writer_fetched : 3'd0));
      if (writer_state != Take) begin
        assert (writer_queue == {3'd0, queue_q});
        assert (held.slot == slot_q && held.cookie == cookie);
        assert (held.status == (source_q ? 8'h10 : 8'h01) && held.phase[6:0] == {6'd0, result_owed_q});
      end
      assert ((writer_grant & ~src_valid_i) == 2'b00 && writer_grant != 2'b11);
      if (writer_state != Result && writer_state != Completion) assert (beat_q == 2'd0);
      assert (writer_second == (writer_state == Completion && beat_q == 2'd1));
      if (writer_state == Lookup) assert (patience_q == 4'd0 && !result_written_q && writer_held == result_owed_q && writer_fetched == 3'd0);
      if (writer_state == Result) begin
        assert (patience_q <= {1'b0, writer_fetched} && !result_written_q && result_owed_q);
        assert (writer_fetched == {1'b0, beat_q} + 3'd1 && (writer_held || writer_fetched == 3'd4));
        assert (writer_result == result[128*beat_q+:128]);
        assert (writer_result_addr == {result_base[queue_q*52+:52], 12'd0} + {42'd0, entry_q[queue_q*16+:16], 6'd0});
      end
      if (writer_state == Completion) begin
        assert (beat_q <= 2'd1 && patience_q <= (result_owed_q ? 4'd5 : 4'd1) + {2'b00, beat_q});
        assert (result_written_q == result_owed_q && handed_q);
      end
      if (writer_state == Result || writer_state == Completion) begin
        assert (writer_cq_addr == {cq_base[queue_q*52+:52], 12'd0} + {43'd0, entry_q[queue_q*16+:16], 5'd0});
        assert (held.phase[7] == phase_q[queue_q] && held.generation == generation[queue_q*16+:16]);
      end
    end
  end

  logic [1:0] idle_q;
  initial idle_q = 2'd0;
  logic step, rst_nq;
  always_ff @(posedge clk_i) rst_nq <= rst_ni;
  assign step = past_valid_q && rst_ni && rst_nq;
  always_ff @(posedge clk_i) begin
    if (step && $past(wr_valid && !wr_ready_i)) begin
      assert (wr_valid && wr_addr == $past(wr_addr) && wr_data == $past(wr_data) && wr_last == $past(wr_last));
    end
    // With a job there and none under way, one is taken at once or in one of the next two cycles.
    if (!step || src_valid_i == 2'b00 || writer_state != Take || take) idle_q <= 2'd0;
    else idle_q <= idle_q + 2'd1;
    cover (step && completion_write && completion.phase == 8'h81 && wr_addr[5]);
    cover (step && completion_write && !completion.phase[7]);
  end
  always_comb if (rst_ni) assert (idle_q <= 2'd2);

endmodule
