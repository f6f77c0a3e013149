// SPDX-License-Identifier: Apache-2.0
// Writes completions, one job at a time: takes the next index of the job's queue, writes the result slot with that
// index (if the job has one), then the completion, and only then moves the queue's cq_tail (completed_o).
// Whoever looks at cq_tail (moderation, a register read) therefore is behind both writes.
//
// 3 cycles a job without a result, 4 with one, when the write port is free: the next job is chosen meanwhile.
module snap_completion #(
    parameter int unsigned NumQueues = 4,
    parameter int unsigned NumSources = 4
) (
    input logic clk_i,
    input logic rst_ni,

    // jobs that are done: valid stays until ready
    input logic [NumSources-1:0] src_valid_i,
    output logic [NumSources-1:0] src_ready_o,
    input logic [NumSources*4-1:0] src_queue_i,
    input logic [NumSources*16-1:0] src_slot_i,
    input logic [NumSources*64-1:0] src_cookie_i,
    input logic [NumSources*8-1:0] src_status_i,
    input logic [NumSources*64-1:0] src_value_i,
    input logic [NumSources*32-1:0] src_engine_cycles_i,
    input logic [NumSources-1:0] src_has_result_i,
    input logic [NumSources*512-1:0] src_result_i,

    // the queues
    input logic [NumQueues*16-1:0] cq_tail_i,
    input logic [NumQueues*16-1:0] sq_head_i,
    input logic [NumQueues*4-1:0] entries_log2_i,
    input logic [NumQueues*16-1:0] generation_i,
    input logic [NumQueues*52-1:0] cq_base_i,      // 4 KiB units
    input logic [NumQueues*52-1:0] result_base_i,  // 4 KiB units
    input logic [31:0] cycles_i,
    output logic [NumQueues-1:0] completed_o,

`ifdef FORMAL
    output logic [NumSources-1:0] formal_grant_o,
    output logic [1:0] formal_state_o,  // what is held while the write port is waited for, for the proof
    output logic [3:0] formal_queue_o,
    output logic [63:0] formal_cq_addr_o,
    output logic [63:0] formal_result_addr_o,
    output logic [255:0] formal_completion_o,
    output logic [511:0] formal_result_o,
`endif
    output logic wr_valid_o,
    input logic wr_ready_i,
    output logic [63:0] wr_addr_o,
    output logic [511:0] wr_data_o,
    output logic [6:0] wr_bytes_o
);

  localparam int unsigned QueueWidth = NumQueues > 1 ? $clog2(NumQueues) : 1;
  localparam int unsigned SourceWidth = NumSources > 1 ? $clog2(NumSources) : 1;

  typedef enum logic [1:0] {
    Take,
    Lookup,
    Result,
    Completion
  } state_e;
  state_e state_q;

  // ---------------------------------------------------------------- take a job
  logic [NumSources-1:0] pick, grant_q;
  logic [SourceWidth-1:0] pick_idx, source_q;
  logic take;
  assign take = state_q == Take && grant_q != '0;
  assign src_ready_o = take ? grant_q : '0;

  snap_arbiter_rr #(
      .N(NumSources)
  ) u_arbiter (
      .clk_i,
      .rst_ni,
      .req_i(src_valid_i),
      .grant_o(pick),
      .grant_idx_o(pick_idx),
      .advance_i(take)
  );

  // The arbiter's grant stays until it is used, so that this is the same, a cycle later.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) grant_q <= '0;
    else grant_q <= take ? '0 : pick;
  end
  always_ff @(posedge clk_i) source_q <= pick_idx;

  logic [3:0] queue_q;
  logic [15:0] slot_q;
  logic [63:0] cookie_q;
  logic [7:0] status_q;
  logic [63:0] value_q;
  logic [31:0] engine_cycles_q;
  logic has_result_q;
  logic [511:0] result_q;
  always_ff @(posedge clk_i) begin
    if (take) begin
      queue_q <= src_queue_i[source_q*4+:4];
      slot_q <= src_slot_i[source_q*16+:16];
      cookie_q <= src_cookie_i[source_q*64+:64];
      status_q <= src_status_i[source_q*8+:8];
      value_q <= src_value_i[source_q*64+:64];
      engine_cycles_q <= src_engine_cycles_i[source_q*32+:32];
      has_result_q <= src_has_result_i[source_q];
      result_q <= src_result_i[source_q*512+:512];
    end
  end

  // ---------------------------------------------------------------- look its queue up
  logic [QueueWidth-1:0] queue;
  logic [15:0] index, entry;
  logic [3:0] entries_log2;
  assign queue = queue_q[QueueWidth-1:0];
  assign index = cq_tail_i[queue*16+:16];
  assign entries_log2 = entries_log2_i[queue*4+:4];
  assign entry = index & ((16'd1 << entries_log2) - 16'd1);

  logic [63:0] cq_addr_q, result_addr_q;
  logic [15:0] sq_head_q, generation_q;
  logic [31:0] timestamp_q;
  logic phase_q;
  always_ff @(posedge clk_i) begin
    if (state_q == Lookup) begin
      cq_addr_q <= {cq_base_i[queue*52+:52], 12'd0} + {43'd0, entry, 5'd0};
      result_addr_q <= {result_base_i[queue*52+:52], 12'd0} + {42'd0, entry, 6'd0};
      sq_head_q <= sq_head_i[queue*16+:16];
      generation_q <= generation_i[queue*16+:16];
      timestamp_q <= cycles_i;
      phase_q <= !index[entries_log2];  // 1 on the first pass
    end
  end

  // ---------------------------------------------------------------- write
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Take;
    end else begin
      unique case (state_q)
        Take: if (take) state_q <= Lookup;
        Lookup: state_q <= has_result_q ? Result : Completion;
        Result: if (wr_ready_i) state_q <= Completion;
        Completion: if (wr_ready_i) state_q <= Take;
        default: state_q <= Take;
      endcase
    end
  end

  snapcard_pkg::completion_t completion;
  always_comb begin
    completion.cookie = cookie_q;
    completion.result = value_q;
    completion.engine_cycles = engine_cycles_q;
    completion.timestamp = timestamp_q;
    completion.slot = slot_q;
    completion.sq_head = sq_head_q;
    completion.generation = generation_q;
    completion.status = status_q;
    completion.phase = {phase_q, 6'd0, has_result_q};
  end

  assign wr_valid_o = state_q == Result || state_q == Completion;
  assign wr_addr_o = state_q == Result ? result_addr_q : cq_addr_q;
  // Behind a completion's 32 bytes lies what the write port does not look at.
  assign wr_data_o = {result_q[511:256], state_q == Result ? result_q[255:0] : completion};
  assign wr_bytes_o = state_q == Result ? 7'(snapcard_pkg::ResultBytes)
      : 7'(snapcard_pkg::CompletionBytes);

  always_comb begin
    completed_o = '0;
    completed_o[queue] = state_q == Completion && wr_ready_i;
  end

`ifdef VERILATOR
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) assert ((grant_q & ~src_valid_i) == '0);
  end
`endif

`ifdef FORMAL
  assign formal_grant_o = grant_q;
  assign formal_state_o = state_q;
  assign formal_queue_o = queue_q;
  assign formal_cq_addr_o = cq_addr_q;
  assign formal_result_addr_o = result_addr_q;
  assign formal_completion_o = completion;
  assign formal_result_o = result_q;
`endif

  if (QueueWidth < 4) begin : g_queue_bits
    logic unused_queue;
    assign unused_queue = ^queue_q[3:QueueWidth];
  end

endmodule
