// SPDX-License-Identifier: Apache-2.0
// Writes completions, one job at a time: takes the next index of the job's queue, writes the result slot with that
// index (if the job has one), then the completion, and only then moves the queue's cq_tail (completed_o).
// Whoever looks at cq_tail (moderation, a register read) therefore is behind both writes.
//
// A write goes in beats, and a source keeps its job until the last beat of its result has been fetched (a job without
// one until it is taken).
// 2 cycles a job and one a beat of its writes, when the write port is free: the next job is chosen meanwhile.
module snap_completion #(
    parameter int unsigned DataWidth = 128,  // 128, 256 or 512
    parameter int unsigned NumQueues = 4,
    parameter int unsigned NumSources = 4
) (
    input logic clk_i,
    input logic rst_ni,

    // jobs that are done: valid and all of the job stay until ready
    input logic [NumSources-1:0] src_valid_i,
    output logic [NumSources-1:0] src_ready_o,
    input logic [NumSources*4-1:0] src_queue_i,
    input logic [NumSources*16-1:0] src_slot_i,
    input logic [NumSources*64-1:0] src_cookie_i,
    input logic [NumSources*8-1:0] src_status_i,
    input logic [NumSources*64-1:0] src_value_i,
    input logic [NumSources*32-1:0] src_engine_cycles_i,
    input logic [NumSources-1:0] src_has_result_i,
    output logic [1:0] src_beat_o,  // of the result, asked of every source
    output logic [NumSources-1:0] src_fetch_o,  // that one has been fetched: for a source that counts itself
    input logic [NumSources*DataWidth-1:0] src_result_i,

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
    output logic [DataWidth-1:0] formal_result_o,
    output logic [2:0] formal_fetched_o,
    output logic formal_second_o,
    output logic formal_held_o,
`endif
    output logic wr_valid_o,
    input logic wr_ready_i,
    output logic [63:0] wr_addr_o,
    output logic [DataWidth-1:0] wr_data_o,
    output logic wr_last_o,
    output logic [6:0] wr_bytes_o
);

  localparam int unsigned ResultBeats = 512 / DataWidth;
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
  logic [NumSources-1:0] request, valid_q;  // a cycle later: a job that was there, and not handed over, is there
  logic [NumSources-1:0] pick, grant_q;
  logic [SourceWidth-1:0] pick_idx, source_q;
  logic take, release_job;
  logic held_q;  // the source still has the job
  logic grant_has_result_q, has_result_q;
  logic [2:0] fetched_q;  // beats of the result
  assign take = state_q == Take && grant_q != '0;
  assign release_job = take ? !grant_has_result_q
      : held_q && (state_q == Lookup ? ResultBeats == 1 : 32'(fetched_q) == ResultBeats);
  // While a completion of two beats is written there is time for a look at a register.
  assign request = DataWidth < 256 ? valid_q : src_valid_i;
  assign src_ready_o = release_job ? grant_q : '0;

  snap_arbiter_rr #(
      .N(NumSources)
  ) u_arbiter (
      .clk_i,
      .rst_ni,
      .req_i(request),
      .grant_o(pick),
      .grant_idx_o(pick_idx),
      .advance_i(release_job)
  );

  // The arbiter's grant stays until it is used, so that this is the same, a cycle later.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= '0;
      grant_q <= '0;
      held_q <= 1'b0;
    end else begin
      valid_q <= src_valid_i & ~src_ready_o;
      grant_q <= release_job ? '0 : pick;
      held_q <= (take || held_q) && !release_job;
    end
  end
  always_ff @(posedge clk_i) begin
    source_q <= pick_idx;
    grant_has_result_q <= (pick & src_has_result_i) != '0;
  end

  logic [3:0] queue_q;
  always_ff @(posedge clk_i) begin
    if (take) begin
      queue_q <= src_queue_i[source_q*4+:4];
      has_result_q <= grant_has_result_q;
    end
  end

  // The rest of the job, and below the beat of its result: a register a source, all 0 but that of the job's, so that an OR
  // chooses. On FPGAs a flip-flop that is set to 0 costs less than a wide choice.
  localparam int unsigned JobWidth = 16 + 64 + 8 + 64 + 32;
  logic [NumSources*JobWidth-1:0] jobs_q;
  logic [NumSources*DataWidth-1:0] beats_q;
  logic [JobWidth-1:0] job;
  logic [DataWidth-1:0] result;
  logic fetch;  // a beat of the result
  for (genvar s = 0; s < NumSources; s++) begin : g_source
    always_ff @(posedge clk_i) begin
      if (state_q == Take) begin
        jobs_q[s*JobWidth+:JobWidth] <= grant_q[s] ? {src_slot_i[s*16+:16], src_cookie_i[s*64+:64],
            src_status_i[s*8+:8], src_value_i[s*64+:64], src_engine_cycles_i[s*32+:32]} : '0;
      end
      if (fetch) beats_q[s*DataWidth+:DataWidth] <= grant_q[s] ? src_result_i[s*DataWidth+:DataWidth] : '0;
    end
  end
  always_comb begin
    job = '0;
    result = '0;
    for (int unsigned s = 0; s < NumSources; s++) begin
      job = job | jobs_q[s*JobWidth+:JobWidth];
      result = result | beats_q[s*DataWidth+:DataWidth];
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

  // ---------------------------------------------------------------- fetch the result, a beat ahead
  assign fetch = state_q == Lookup || (state_q == Result && wr_ready_i && !wr_last_o);
  assign src_beat_o = fetched_q[1:0];
  assign src_fetch_o = fetch ? grant_q : '0;
  always_ff @(posedge clk_i) begin
    if (state_q == Take) fetched_q <= 3'd0;
    else if (fetch) fetched_q <= fetched_q + 3'd1;
  end

  // ---------------------------------------------------------------- write
  logic second_q;  // beat of a completion that is wider than one
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Take;
      second_q <= 1'b0;
    end else begin
      unique case (state_q)
        Take: if (take) state_q <= Lookup;
        Lookup: state_q <= has_result_q ? Result : Completion;
        Result: if (wr_ready_i && wr_last_o) state_q <= Completion;
        Completion: begin
          if (wr_ready_i) second_q <= !wr_last_o;
          if (wr_ready_i && wr_last_o) state_q <= Take;
        end
        default: state_q <= Take;
      endcase
    end
  end

  snapcard_pkg::completion_t completion;
  always_comb begin
    {completion.slot, completion.cookie, completion.status, completion.result, completion.engine_cycles} = job;
    completion.timestamp = timestamp_q;
    completion.sq_head = sq_head_q;
    completion.generation = generation_q;
    completion.phase = {phase_q, 6'd0, has_result_q};
  end

  assign wr_valid_o = state_q == Result || state_q == Completion;
  assign wr_addr_o = state_q == Result ? result_addr_q : cq_addr_q;
  // In a beat that is wider than a completion lies behind it what the write port does not look at.
  if (DataWidth > 256) begin : g_narrow_completion
    assign wr_data_o = {result[DataWidth-1:256], state_q == Result ? result[255:0] : completion};
  end else if (DataWidth == 256) begin : g_one_beat_completion
    assign wr_data_o = state_q == Result ? result : completion;
  end else begin : g_two_beat_completion
    assign wr_data_o = state_q == Result ? result : second_q ? completion[255:128] : completion[127:0];
  end
  assign wr_last_o = state_q == Result ? 32'(fetched_q) == ResultBeats : second_q || DataWidth >= 256;
  assign wr_bytes_o = state_q == Result ? 7'(snapcard_pkg::ResultBytes)
      : 7'(snapcard_pkg::CompletionBytes);

  always_comb begin
    completed_o = '0;
    completed_o[queue] = state_q == Completion && wr_ready_i && wr_last_o;
  end

`ifdef VERILATOR
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) assert ((grant_q & ~src_valid_i) == '0);
    if (rst_ni && held_q) assert (src_valid_i[source_q] && grant_q[source_q]);
  end
`endif

`ifdef FORMAL
  assign formal_grant_o = grant_q;
  assign formal_state_o = state_q;
  assign formal_queue_o = queue_q;
  assign formal_cq_addr_o = cq_addr_q;
  assign formal_result_addr_o = result_addr_q;
  assign formal_completion_o = completion;
  assign formal_result_o = result;
  assign formal_fetched_o = fetched_q;
  assign formal_second_o = second_q;
  assign formal_held_o = held_q;
  always_comb if (rst_ni) assert ((valid_q & ~src_valid_i) == '0);
`endif

  if (QueueWidth < 4) begin : g_queue_bits
    logic unused_queue;
    assign unused_queue = ^queue_q[3:QueueWidth];
  end

endmodule
