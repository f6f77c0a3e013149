// SPDX-License-Identifier: Apache-2.0
// The indices and the state of one queue pair: who may fetch, what a doorbell may say, when the queue is off.
//
//   cq_head <= cq_tail <= sq_head <= sq_issued <= sq_tail <= cq_head + entries     (distances modulo 2^16)
//
//   cq_head    completions that the host has taken           (doorbell)
//   cq_tail    completions written                           (completed_i)
//   sq_head    slots that have arrived in the card           (received_i)
//   sq_issued  slots that read requests have been made for   (claim_i)
//   sq_tail    slots that the host has submitted             (doorbell)
//
// A claimed slot completes whatever happens to the queue, so the jobs in flight are sq_issued - cq_tail, and
// the queue is off only when there are none. The last inequality is the whole flow control: a slot that may be
// claimed has a free entry in the completion ring.
//
// A write takes effect two cycles later. A doorbell is judged by what had been completed in its own cycle. Between two
// writes is at least a cycle without: the register bus needs three for one.
//
//             enable, config good          disable                    nothing in flight
//   Off ------------------------> Running ---------> Draining ---------------------------> Off
//    |                               | doorbell refused  ^ disable
//    +-------------------------> Error ------------------+
//       enable, config bad
module snap_ring #(
    parameter int unsigned IndexWidth = 16  // of the interface; the proof is quicker with less
) (
    input logic clk_i,
    input logic rst_ni,

    input logic enable_write_i,  // the host writes ENABLE ...
    input logic enable_value_i,  // ... to this
    input logic config_good_i,   // looked at with the write
    input logic [3:0] entries_log2_i,  // does not change while the queue is not off

    input logic doorbell_i,
    input logic [IndexWidth-1:0] doorbell_tail_i,
    input logic [IndexWidth-1:0] doorbell_cq_head_i,

    input logic claim_i,      // read requests are being made for one slot, or two
    input logic claim_two_i,
    input logic received_i,   // a slot has arrived
    input logic completed_i,  // a completion has been written

    output logic [1:0] state_o,
    output logic [7:0] error_o,
    output logic started_o,             // first cycle of a new life: the indices are 0
    output logic running_o,
    output logic [IndexWidth-1:0] available_o,    // slots that may be claimed; 0 unless running
    output logic [IndexWidth-1:0] inflight_o,
    output logic [IndexWidth-1:0] sq_issued_o,
    output logic [IndexWidth-1:0] sq_head_o,
`ifdef FORMAL
    output logic [IndexWidth-1:0] formal_sq_tail_o,  // the other two, for the proof
    output logic [IndexWidth-1:0] formal_cq_head_o,
`endif
    output logic [IndexWidth-1:0] cq_tail_o
);

  typedef enum logic [1:0] {
    Off = 2'd0,
    Running = 2'd1,
    Draining = 2'd2,
    Error = 2'd3
  } state_e;

  state_e state_d, state_q;
  logic [7:0] error_d, error_q;
  logic started_q;
  logic [IndexWidth-1:0] sq_tail_d, sq_tail_q;
  logic [IndexWidth-1:0] sq_issued_d, sq_issued_q;
  logic [IndexWidth-1:0] sq_head_d, sq_head_q;
  logic [IndexWidth-1:0] cq_tail_d, cq_tail_q;
  logic [IndexWidth-1:0] cq_head_d, cq_head_q;

  // The doorbell's indices as distances from cq_head. When the first two conditions hold, taken and outstanding are
  // at most 4096 each, so `submitted`, their sum, has not wrapped.
  logic doorbell_q, enable_q, disable_q, config_good_q;
  logic [IndexWidth-1:0] taken_q, outstanding_q, submitted_q, done_q, used_q, new_tail_q, new_head_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      doorbell_q <= 1'b0;
      enable_q   <= 1'b0;
      disable_q  <= 1'b0;
    end else begin
      doorbell_q <= doorbell_i;
      enable_q   <= enable_write_i && enable_value_i;
      disable_q  <= enable_write_i && !enable_value_i;
    end
  end
  always_ff @(posedge clk_i) begin
    config_good_q <= config_good_i;
    taken_q       <= doorbell_cq_head_i - cq_head_q;
    outstanding_q <= doorbell_tail_i - doorbell_cq_head_i;
    submitted_q   <= doorbell_tail_i - cq_head_q;
    done_q        <= cq_tail_q - cq_head_q;
    used_q        <= sq_tail_q - cq_head_q;
    new_tail_q    <= doorbell_tail_i;
    new_head_q    <= doorbell_cq_head_i;
  end

  // Borrows: a carry chain each.
  logic [IndexWidth:0] head_ahead, tail_behind;
  logic [IndexWidth-1:0] rounds;  // of the ring: 0, or 1 and nothing behind it
  logic doorbell_good, doorbell_live;
  assign head_ahead = {1'b0, done_q} - {1'b0, taken_q};
  assign tail_behind = {1'b0, submitted_q} - {1'b0, used_q};
  assign rounds = outstanding_q >> entries_log2_i;
  assign doorbell_good = !head_ahead[IndexWidth]
      && (rounds == IndexWidth'(0) || outstanding_q == (IndexWidth'(1) << entries_log2_i))
      && !tail_behind[IndexWidth];
  assign doorbell_live = doorbell_q && state_q == Running;

  logic start, disable_live;
  assign start = enable_q && state_q == Off;
  assign disable_live = disable_q;

  always_comb begin
    state_d = state_q;
    error_d = error_q;
    unique case (state_q)
      Off:
      if (start) begin
        state_d = config_good_q ? Running : Error;
        error_d = config_good_q ? snapcard_pkg::QueueErrorNone : snapcard_pkg::QueueErrorConfig;
      end
      Running:
      if (disable_live) state_d = Draining;
      else if (doorbell_live && !doorbell_good) begin
        state_d = Error;
        error_d = snapcard_pkg::QueueErrorDoorbell;
      end
      Draining: if (inflight_o == IndexWidth'(0)) state_d = Off;
      Error:
      if (disable_live) begin
        state_d = Draining;
        error_d = snapcard_pkg::QueueErrorNone;
      end
      default: state_d = Off;
    endcase
  end

  always_comb begin
    sq_tail_d = sq_tail_q;
    cq_head_d = cq_head_q;
    sq_issued_d = sq_issued_q;
    sq_head_d = sq_head_q + IndexWidth'(received_i);
    cq_tail_d = cq_tail_q + IndexWidth'(completed_i);
    if (doorbell_live && doorbell_good) begin
      sq_tail_d = new_tail_q;
      cq_head_d = new_head_q;
    end
    if (claim_i) sq_issued_d = sq_issued_q + (claim_two_i ? IndexWidth'(2) : IndexWidth'(1));
    if (start) begin
      sq_tail_d = IndexWidth'(0);
      sq_issued_d = IndexWidth'(0);
      sq_head_d = IndexWidth'(0);
      cq_tail_d = IndexWidth'(0);
      cq_head_d = IndexWidth'(0);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Off;
      error_q <= snapcard_pkg::QueueErrorNone;
      started_q <= 1'b0;
      sq_tail_q <= IndexWidth'(0);
      sq_issued_q <= IndexWidth'(0);
      sq_head_q <= IndexWidth'(0);
      cq_tail_q <= IndexWidth'(0);
      cq_head_q <= IndexWidth'(0);
    end else begin
      state_q <= state_d;
      error_q <= error_d;
      started_q <= start;
      sq_tail_q <= sq_tail_d;
      sq_issued_q <= sq_issued_d;
      sq_head_q <= sq_head_d;
      cq_tail_q <= cq_tail_d;
      cq_head_q <= cq_head_d;
    end
  end

  assign state_o = state_q;
  assign error_o = error_q;
  assign started_o = started_q;
  assign running_o = state_q == Running;
  assign available_o = state_q == Running ? sq_tail_q - sq_issued_q : IndexWidth'(0);
  assign inflight_o = sq_issued_q - cq_tail_q;
  assign sq_issued_o = sq_issued_q;
  assign sq_head_o = sq_head_q;
  assign cq_tail_o = cq_tail_q;

`ifdef FORMAL
  assign formal_sq_tail_o = sq_tail_q;
  assign formal_cq_head_o = cq_head_q;
`endif

`ifdef VERILATOR
  // What the neighbours owe the ring.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) begin
      assert (!claim_i || available_o >= (claim_two_i ? IndexWidth'(2) : IndexWidth'(1)));
      assert (!received_i || sq_head_q != sq_issued_q);
      assert (!completed_i || cq_tail_q != sq_head_q);
      assert (!((doorbell_i || enable_write_i) && (doorbell_q || enable_q || disable_q)));
    end
  end
`endif

endmodule
