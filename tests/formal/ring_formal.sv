// SPDX-License-Identifier: Apache-2.0

// snap_ring against the doorbell rule of the card reference, stated with distances that do not wrap, and
// against the order of the indices. The host's writes are free but for the cycle between two that the bus needs; the
// neighbours keep their promises.
// The solver cannot do the induction with 16-bit indices in useful time, so that is done with 7 bits and
// rings of up to 8 entries, the same proportion; with 16 bits the check is bounded.
module ring_formal #(
    parameter int unsigned IndexWidth = 16,
    parameter int unsigned EntriesLog2Max = 12
) (
    input logic clk_i,
    input logic rst_ni,
    input logic enable_write_i,
    input logic enable_value_i,
    input logic config_good_i,
    input logic [3:0] entries_log2_i,
    input logic doorbell_i,
    input logic [IndexWidth-1:0] doorbell_tail_i,
    input logic [IndexWidth-1:0] doorbell_cq_head_i,
    input logic claim_i,
    input logic claim_two_i,
    input logic received_i,
    input logic completed_i
);

  logic [1:0] state;
  logic [7:0] error;
  logic started, running;
  logic [IndexWidth-1:0] available, inflight, sq_issued, sq_head, cq_tail, sq_tail, cq_head;

  snap_ring #(
      .IndexWidth(IndexWidth)
  ) dut (
      .clk_i,
      .rst_ni,
      .enable_write_i,
      .enable_value_i,
      .config_good_i,
      .entries_log2_i,
      .doorbell_i,
      .doorbell_tail_i,
      .doorbell_cq_head_i,
      .claim_i,
      .claim_two_i,
      .received_i,
      .completed_i,
      .state_o(state),
      .error_o(error),
      .started_o(started),
      .running_o(running),
      .available_o(available),
      .inflight_o(inflight),
      .sq_issued_o(sq_issued),
      .sq_head_o(sq_head),
      .cq_tail_o(cq_tail),
      .formal_sq_tail_o(sq_tail),
      .formal_cq_head_o(cq_head)
  );

  localparam logic [1:0] Off = 2'd0, Running = 2'd1, Draining = 2'd2, Error = 2'd3;

  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);

  // ---------------------------------------------------------------- the write, when it takes effect
  logic enable_q, disable_q, config_good_q, doorbell_q, accept_q;
  logic [IndexWidth-1:0] new_tail_q, new_head_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      enable_q <= 1'b0;
      disable_q <= 1'b0;
      doorbell_q <= 1'b0;
    end else begin
      enable_q <= enable_write_i && enable_value_i;
      disable_q <= enable_write_i && !enable_value_i;
      doorbell_q <= doorbell_i;
    end
  end
  always_ff @(posedge clk_i) begin
    config_good_q <= config_good_i;
    accept_q <= accept;
    new_tail_q <= doorbell_tail_i;
    new_head_q <= doorbell_cq_head_i;
  end
  always_comb begin
    assume (!(doorbell_i && enable_write_i));
    if (doorbell_q || enable_q || disable_q) assume (!doorbell_i && !enable_write_i);
  end

  // ---------------------------------------------------------------- what the neighbours promise
  logic [3:0] entries_log2_q;
  always_ff @(posedge clk_i) entries_log2_q <= entries_log2_i;
  always_comb begin
    if (config_good_i || config_good_q) assume (entries_log2_i >= 4'd1 && entries_log2_i <= 4'(EntriesLog2Max));
    if (past_valid_q && rst_ni && (state != Off || enable_q || doorbell_q)) assume (entries_log2_i == entries_log2_q);
    if (claim_i) assume (available >= (claim_two_i ? IndexWidth'(2) : IndexWidth'(1)));
    if (received_i) assume (sq_head != sq_issued);
    if (completed_i) assume (cq_tail != sq_head);
  end

  // ---------------------------------------------------------------- order
  logic [IndexWidth-1:0] d_cq_tail, d_sq_head, d_sq_issued, d_sq_tail, entries;
  assign d_cq_tail = cq_tail - cq_head;
  assign d_sq_head = sq_head - cq_head;
  assign d_sq_issued = sq_issued - cq_head;
  assign d_sq_tail = sq_tail - cq_head;
  assign entries = IndexWidth'(1) << entries_log2_q;
  always_comb begin
    if (rst_ni && past_valid_q) begin
      assert (d_cq_tail <= d_sq_head);
      assert (d_sq_head <= d_sq_issued);
      assert (d_sq_issued <= d_sq_tail);
      assert (d_sq_tail <= IndexWidth'(1 << EntriesLog2Max));
      if (state != Off) assert (d_sq_tail <= entries);
      if (state == Running) assert (entries_log2_q >= 4'd1 && entries_log2_q <= 4'(EntriesLog2Max));
      // A queue that refused its shape has nothing in flight.
      if (state == Error && error == 8'd1) assert (sq_tail == IndexWidth'(0) && d_sq_tail == IndexWidth'(0));
      assert (inflight == sq_issued - cq_tail);
      assert (running == (state == Running));
      if (state == Off) assert (inflight == IndexWidth'(0));
      if (state != Running) assert (available == IndexWidth'(0));
      if (state == Running) assert (available == sq_tail - sq_issued);
      assert ((error != 8'd0) == (state == Error));
      if (started) begin
        assert (sq_tail == IndexWidth'(0) && sq_issued == IndexWidth'(0) && sq_head == IndexWidth'(0));
        assert (cq_tail == IndexWidth'(0) && cq_head == IndexWidth'(0));
      end
    end
  end

  // ---------------------------------------------------------------- doorbell
  // In distances from cq_head, none of which wraps when the rule is kept (cq_tail and the ring bound them).
  logic [IndexWidth-1:0] d_new_tail, d_new_head;
  logic accept;
  assign d_new_tail = doorbell_tail_i - cq_head;
  assign d_new_head = doorbell_cq_head_i - cq_head;
  assign accept = d_new_head <= d_cq_tail && d_new_tail >= d_sq_tail
      && {1'b0, d_new_tail} <= {1'b0, d_new_head} + ((IndexWidth + 1)'(1) << entries_log2_i);

  logic step, rst_nq;
  always_ff @(posedge clk_i) rst_nq <= rst_ni;
  assign step = past_valid_q && rst_ni && rst_nq;
  always_ff @(posedge clk_i) begin
    if (step) begin
      if ($past(state == Running && doorbell_q && accept_q)) begin
        assert (sq_tail == $past(new_tail_q) && cq_head == $past(new_head_q));
        assert (state == $past(disable_q ? Draining : Running));
      end
      if ($past(state == Running && doorbell_q && !accept_q)) begin
        assert (sq_tail == $past(sq_tail) && cq_head == $past(cq_head));
        if ($past(!(disable_q))) assert (state == Error && error == 8'd2);
      end
      if ($past(!(state == Running && doorbell_q && accept_q)) && !started) begin
        assert (sq_tail == $past(sq_tail) && cq_head == $past(cq_head));
      end
    end
  end

  // ---------------------------------------------------------------- indices and states, step by step
  always_ff @(posedge clk_i) begin
    if (step && !started) begin
      assert (sq_issued == $past(sq_issued) + ($past(claim_i) ? $past(claim_two_i) ? IndexWidth'(2) : IndexWidth'(1) : IndexWidth'(0)));
      assert (sq_head == $past(sq_head) + IndexWidth'($past(received_i)));
      assert (cq_tail == $past(cq_tail) + IndexWidth'($past(completed_i)));
      if ($past(state) != Running) assert (sq_issued == $past(sq_issued));
    end
    if (step) begin
      assert (started == $past(state == Off && enable_q));
      if ($past(state) == Off) begin
        assert (state == (started ? $past(config_good_q) ? Running : Error : Off));
        assert (!(state == Error) || error == 8'd1);
      end
      if ($past(state) == Running) assert (state != Off);
      if ($past(state) == Draining) assert (state == ($past(inflight) == IndexWidth'(0) ? Off : Draining));
      if ($past(state) == Error)
        assert (state == ($past(disable_q) ? Draining : Error)
            && (state == Draining || error == $past(error)));
    end
    cover (step && state == Running && available == IndexWidth'(1 << EntriesLog2Max));
    cover (step && state == Error && error == 8'd2 && inflight == IndexWidth'(1));
    cover (step && state == Off && $past(state) == Draining && cq_tail == IndexWidth'(2));
    cover (step && state == Running && cq_head == IndexWidth'(2) && d_sq_tail == IndexWidth'(2) && entries == IndexWidth'(2));
  end

endmodule
