// SPDX-License-Identifier: Apache-2.0
// Reads submitted slots: round robin over the queues that have some, one read of one or two slots (or the parts
// of one slot, back to back) each turn.
//
// A request stays within an aligned block of the read size. Rings start at 4 KiB and slots are 256 or 512 bytes,
// so slots never straddle a block: two slots of 256 share a block of 512 when the first has an even index (the
// ring's end is an even index, so the pair never runs over it), and a slot that is longer than a block
// is read in 2 or 4 parts.
module snap_slot_fetch #(
    parameter int unsigned NumQueues = 4,
    parameter int unsigned MetaWidth = 24
) (
    input logic clk_i,
    input logic rst_ni,
    input logic [3:0] read_block_log2_i,  // bytes: 7, 8 or 9

    input  logic [   NumQueues-1:0] running_i,
    input  logic [NumQueues*16-1:0] available_i,  // 0 unless running; only a claim, and the end of that, make it less
    input  logic [NumQueues*16-1:0] sq_issued_i,
    input  logic [NumQueues*52-1:0] sq_base_i,
    input  logic [ NumQueues*4-1:0] entries_log2_i,
    input  logic [   NumQueues-1:0] slot_512_i,
    output logic [   NumQueues-1:0] claim_o,
    output logic                    claim_two_o,

    // meta: slot_512, queue (4), index of the request's first slot (16)
    output logic                 req_valid_o,
    input  logic                 req_ready_i,
    output logic [         63:0] req_addr_o,
    output logic [          3:0] req_units_o,
    output logic [MetaWidth-1:0] req_meta_o,

    output logic work_o  // a queue has slots to fetch, or a request is being made
);

  localparam int unsigned QueueWidth = NumQueues > 1 ? $clog2(NumQueues) : 1;

  typedef enum logic [1:0] {
    Choose,
    Claim,
    Place,
    Request
  } state_e;
  state_e state_q;

  // ---------------------------------------------------------------- choose
  // What there was a cycle ago is there still, if the queue runs: a claim has three cycles to the next look.
  logic [NumQueues-1:0] has_work, has_work_q, has_two_q, unused_grant;
  logic [QueueWidth-1:0] grant_idx, queue_q;
  logic choose;
  always_comb begin
    for (int unsigned q = 0; q < NumQueues; q++) has_work[q] = available_i[q*16+:16] != 16'd0;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      has_work_q <= '0;
      has_two_q <= '0;
    end else begin
      has_work_q <= has_work;
      for (int unsigned q = 0; q < NumQueues; q++) has_two_q[q] <= available_i[q*16+1+:15] != 15'd0;
    end
  end
  assign choose = state_q == Choose && has_work_q != '0;

  snap_arbiter_rr #(
      .N(NumQueues)
  ) u_arbiter (
      .clk_i,
      .rst_ni,
      .req_i(has_work_q),
      .grant_o(unused_grant),
      .grant_idx_o(grant_idx),
      .advance_i(choose)
  );

  // ---------------------------------------------------------------- claim
  logic [15:0] index;
  logic slot_512, two, claim;
  assign index = sq_issued_i[queue_q*16+:16];
  assign slot_512 = slot_512_i[queue_q];
  assign two = !slot_512 && read_block_log2_i == 4'd9 && !index[0] && has_two_q[queue_q];
  // The queue may have been disabled since it was chosen.
  assign claim = state_q == Claim && has_work_q[queue_q] && running_i[queue_q];
  assign claim_two_o = two;
  always_comb begin
    claim_o = '0;
    claim_o[queue_q] = claim;
  end

  logic [3:0] total_units, block_units;
  assign total_units = slot_512 || two ? 4'd8 : 4'd4;
  assign block_units = 4'd1 << (read_block_log2_i - 4'd6);

  // ---------------------------------------------------------------- place in the ring, from what the claim has kept
  logic [15:0] index_q, entry;
  logic [3:0] entries_log2_q;
  logic [51:0] base_q;
  logic slot_512_q;
  always_ff @(posedge clk_i) begin
    if (state_q == Claim) begin
      index_q <= index;
      entries_log2_q <= entries_log2_i[queue_q*4+:4];
      base_q <= sq_base_i[queue_q*52+:52];
      slot_512_q <= slot_512;
    end
  end
  assign entry = index_q & ((16'd1 << entries_log2_q) - 16'd1);

  // ---------------------------------------------------------------- request
  logic [63:0] addr_q;
  logic [3:0] left_q, units_q;  // of 64 bytes
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Choose;
      queue_q <= '0;
      addr_q <= 64'd0;
      left_q <= 4'd0;
      units_q <= 4'd0;
    end else begin
      unique case (state_q)
        Choose:
        if (choose) begin
          queue_q <= grant_idx;
          state_q <= Claim;
        end
        Claim: begin
          left_q <= total_units;
          units_q <= total_units < block_units ? total_units : block_units;
          state_q <= claim ? Place : Choose;
        end
        Place: begin
          addr_q <= {base_q, 12'd0} + (slot_512_q ? {39'd0, entry, 9'd0} : {40'd0, entry, 8'd0});
          state_q <= Request;
        end
        Request:
        if (req_ready_i) begin
          addr_q <= addr_q + {54'd0, units_q, 6'd0};
          left_q <= left_q - units_q;
          if (left_q == units_q) state_q <= Choose;
        end
        default: state_q <= Choose;
      endcase
    end
  end

  assign req_valid_o = state_q == Request;
  assign req_addr_o = addr_q;
  assign req_units_o = units_q;
  assign req_meta_o = {{(MetaWidth - 21) {1'b0}}, slot_512_q, 4'(queue_q), index_q};
  assign work_o = has_work != '0 || state_q != Choose;

endmodule
