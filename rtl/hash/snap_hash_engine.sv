// SPDX-License-Identifier: Apache-2.0
// A hash engine: SHA-256 or SM3 of messages, and Merkle roots with either as their node. Without Merkle roots it has
// both functions behind one former and one buffer of blocks, since they pad alike, and takes one job at a time; the
// job's opcode says which.
//
// In: the words of one job after the other; the first is the control word (bits 7:0 opcode, 63:32 length in
// bytes), then ceil(length / 16) data words (first byte in bits 7:0), in_last_i with the last of all.
// in_error_i with any word makes the result an error. Opcode and length were checked before.
// Out: one result a job, in order; out_cycles_o counts from the acceptance of the control word to out_valid_o. While
// there is none, out_digest_o is 0.
//
// 65 cycles a block, SM3 with two cycles a round 129; the formation of the next block, and of the next job where two are
// taken, overlaps. A node that needs the digest just made costs nothing more where the digest is its right half, 3 cycles
// where it comes first.
module snap_hash_engine #(
    parameter bit Merkle = 1'b1,  // 0: messages only, and no stack; both functions
    parameter bit Sm3 = 1'b0,     // with Merkle: the one there is
    parameter int unsigned Sm3RoundCycles = 1  // 1 or 2
) (
    input  logic         clk_i,
    input  logic         rst_ni,

    input  logic         in_valid_i,
    output logic         in_ready_o,
    input  logic [127:0] in_data_i,
    input  logic         in_last_i,
    input  logic         in_error_i,

    output logic         out_valid_o,
    input  logic         out_ready_i,
    output logic [255:0] out_digest_o,
    output logic         out_error_o,
    output logic [31:0]  out_cycles_o
);

  // What travels with a block and comes back with its chaining value.
  typedef struct packed {
    logic       final_block;
    logic       store;
    logic       result;
    logic       error;
    logic [3:0] level;
  } tag_t;
  localparam int unsigned TagWidth = 8;

  tag_t beat_tag, read_tag, done_tag;
  logic beat_valid, beat_ready, beat_first, beat_commit;
  logic [127:0] beat_data, read_data;
  logic block_valid, block_start, read_next, read_first, hold;
  logic core_done, core_busy, digest_done, store;
  logic [255:0] digest, root;
  logic job_ready, job_start, root_valid, root_ready, root_error;
  logic sm3_q;  // the job's function

  snap_hash_blocks #(.Sm3(Sm3), .Merkle(Merkle)) u_blocks (
      .clk_i, .rst_ni,
      .in_valid_i, .in_ready_o, .in_data_i, .in_last_i, .in_error_i,
      .job_ready_i(job_ready), .job_start_o(job_start),
      .beat_valid_o(beat_valid), .beat_ready_i(beat_ready), .beat_data_o(beat_data),
      .beat_first_o(beat_first), .beat_commit_o(beat_commit),
      .beat_final_o(beat_tag.final_block), .beat_store_o(beat_tag.store),
      .beat_level_o(beat_tag.level), .beat_result_o(beat_tag.result),
      .beat_error_o(beat_tag.error),
      .digest_done_i(digest_done), .digest_i(digest),
      .store_i(store), .store_level_i(done_tag.level),
      .root_valid_o(root_valid), .root_ready_i(root_ready), .root_error_o(root_error),
      .root_o(root)
  );

  snap_hash_buffer #(.Width(128 + 1 + TagWidth)) u_buffer (
      .clk_i, .rst_ni,
      .wvalid_i(beat_valid), .wready_o(beat_ready), .wcommit_i(beat_commit),
      .wdata_i({beat_tag, beat_first, beat_data}),
      .block_valid_o(block_valid), .block_start_i(block_start),
      .rdata_o({read_tag, read_first, read_data}), .rnext_i(read_next)
  );

  snap_hash_cores #(
      .Sha256(!Merkle || !Sm3), .Sm3(!Merkle || Sm3), .Sm3RoundCycles(Sm3RoundCycles), .TagWidth(TagWidth)
  ) u_cores (
      .clk_i, .rst_ni, .sm3_i(sm3_q),
      .block_valid_i(block_valid), .hold_i(hold),
      .beat_i(read_data), .beat_first_i(read_first), .beat_tag_i(read_tag),
      .beat_next_o(read_next), .load_o(block_start),
      .done_o(core_done), .digest_o(digest), .tag_o(done_tag), .busy_o(core_busy)
  );

  assign digest_done = core_done && done_tag.final_block;
  assign store       = core_done && done_tag.store;

  // ---------------------------------------------------------------- results
  // A result that finds the last one not yet taken waits in the core (pending_q). No block is started then,
  // nor behind a block whose result might have to wait, because that would overwrite it. With one job at a time there
  // is no block behind a result.
  logic out_valid_q, out_error_q, pending_q, digest_result, capture;
  logic [255:0] out_digest_q, out_digest_d;

  assign digest_result = (core_done && done_tag.result) || pending_q;
  assign root_ready    = !out_valid_q && !digest_result;
  assign capture       = !out_valid_q && (digest_result || root_valid);
  assign hold          = Merkle && (pending_q || (core_busy && done_tag.result && out_valid_q));

  for (genvar i = 0; i < 32; i++) begin : gen_bytes
    assign out_digest_d[8*i +: 8] = !Merkle || digest_result ? digest[255-8*i -: 8] : root[255-8*i -: 8];
  end

  // ---------------------------------------------------------------- jobs
  // Two jobs at most: one whose blocks are formed, and one in the core before it. One where the next may be the other
  // core's.
  logic [31:0] now_q, out_cycles_q;
  logic [31:0] start_q [0:1];
  logic [1:0]  jobs_q;
  logic        newest_q, oldest_q;

  assign job_ready = Merkle ? !jobs_q[1] : jobs_q == 2'd0;

  always_ff @(posedge clk_i) begin
    if (job_start) begin
      start_q[newest_q] <= now_q;
      sm3_q             <= in_data_i[7:0] == snapcard_pkg::OpSm3;
    end
    if (capture) begin
      out_error_q  <= digest_result ? done_tag.error : root_error;
      out_cycles_q <= now_q + 32'd1 - start_q[oldest_q];
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now_q       <= '0;
      jobs_q      <= '0;
      newest_q    <= 1'b0;
      oldest_q    <= 1'b0;
      out_valid_q <= 1'b0;
      pending_q   <= 1'b0;
      out_digest_q <= '0;
    end else begin
      now_q  <= now_q + 32'd1;
      jobs_q <= jobs_q + 2'(job_start) - 2'(capture);
      if (job_start) newest_q <= ~newest_q;
      if (capture) oldest_q <= ~oldest_q;
      if (capture) begin
        out_valid_q  <= 1'b1;
        out_digest_q <= out_digest_d;
      end else if (out_ready_i) begin
        out_valid_q  <= 1'b0;
        out_digest_q <= '0;
      end
      pending_q <= digest_result && !capture;
    end
  end

  assign out_valid_o  = out_valid_q;
  assign out_digest_o = out_digest_q;
  assign out_error_o  = out_error_q;
  assign out_cycles_o = out_cycles_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
    end else begin
      assert (!(pending_q && core_done));
      assert (Merkle || !(pending_q && block_valid));
      assert (!(capture && jobs_q == 2'd0));
    end
  end
`endif

endmodule
