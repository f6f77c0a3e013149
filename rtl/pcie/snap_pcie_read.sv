// SPDX-License-Identifier: Apache-2.0

// One read client: requests become tagged reads, completions fill the reorder memory, responses leave in
// request order.
//
//   req --> [tags] --> waiting read --> rd (TLP)          cpl --> [reorder memory] --> rsp
//
// Promises: every accepted request has a response of exactly units * 64 bytes, in request order, one beat a
// cycle without gaps between requests; error and meta are the same on all beats of a request. A response starts
// when its read is complete or has failed. A request is accepted every cycle while tags last.
module snap_pcie_read #(
  parameter int unsigned DataWidth        = 128,
  parameter int unsigned Tags             = 16,
  parameter int unsigned TagIdxWidth      = 4,
  parameter bit          Client           = 1'b0,
  parameter int unsigned MetaWidth        = 24,
  parameter int unsigned CplTimeoutCycles = 1 << 20,
  localparam int unsigned IdxWidth = $clog2(Tags)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic                 ext_tag_i,
  input  logic                 drain_i,
  input  logic                 abandon_i,  // the waiting read may never leave: fail it
  output logic                 idle_o,
  // client
  input  logic                 req_valid_i,
  output logic                 req_ready_o,
  input  logic [63:0]          req_addr_i,
  input  logic [3:0]           req_units_i,
  input  logic [MetaWidth-1:0] req_meta_i,
  output logic                 rsp_valid_o,
  input  logic                 rsp_ready_i,
  output logic [DataWidth-1:0] rsp_data_o,
  output logic                 rsp_last_o,
  output logic [2:0]           rsp_error_o,
  output logic [MetaWidth-1:0] rsp_meta_o,
  output logic                 err_read_o,  // pulse: a read has failed
  // the waiting read, on its way to the TLP port
  output logic                 rd_valid_o,
  input  logic                 rd_ready_i,
  output logic [63:0]          rd_addr_o,
  output logic [3:0]           rd_units_o,
  output logic [7:0]           rd_tag_o,
  output logic [IdxWidth-1:0]  rd_idx_o,
  input  logic                 sent_i,     // the read of entry sent_idx_i has left
  input  logic [IdxWidth-1:0]  sent_idx_i,
  // completions, see snap_pcie_cpl
  input  logic [7:0]           lookup_tag_i,
  output logic                 lookup_hit_o,
  output logic [3:0]           lookup_received_o,
  input  logic [3:0]           lookup_remaining_i,
  input  logic                 lookup_addr6_i,
  output logic                 lookup_fits_o,
  input  logic                 commit_i,
  input  logic [3:0]           commit_units_i,
  input  logic                 commit_poison_i,
  input  logic                 fail_i,
  input  logic [2:0]           fail_error_i,
  input  logic                 write_i,
  input  logic [4:0]           write_beat_i,
  input  logic [DataWidth-1:0] write_data_i
);
  localparam int unsigned PlaceBeats = 8 * 512 / DataWidth;  // a place holds 512 bytes
  localparam int unsigned BeatWidth  = $clog2(PlaceBeats);
  localparam int unsigned UnitBeatsLog2 = $clog2(512 / DataWidth);

  // ---------------------------------------------------------------- request
  logic                wait_valid_q;
  logic [63:0]         wait_addr_q;
  logic [3:0]          wait_units_q;
  logic [7:0]          wait_tag_q, alloc_tag;
  logic [IdxWidth-1:0] wait_idx_q, alloc_idx, lookup_idx, head_idx;
  logic                alloc_ready, accept, drop, pop, tags_empty, head_done;
  logic [3:0]          head_units;
  logic [2:0]          head_error;

  assign drop        = wait_valid_q && abandon_i;
  assign req_ready_o = alloc_ready && !drain_i && (!wait_valid_q || rd_ready_i);
  assign accept      = req_valid_i && req_ready_o;
  assign rd_valid_o  = wait_valid_q && !abandon_i;
  assign rd_addr_o   = wait_addr_q;
  assign rd_units_o  = wait_units_q;
  assign rd_tag_o    = wait_tag_q;
  assign rd_idx_o    = wait_idx_q;

  always_ff @(posedge clk_i) begin
    if (accept) begin
      wait_addr_q  <= req_addr_i;
      wait_units_q <= req_units_i;
      wait_tag_q   <= alloc_tag;
      wait_idx_q   <= alloc_idx;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) wait_valid_q <= 1'b0;
    else if (accept) wait_valid_q <= 1'b1;
    else if ((rd_valid_o && rd_ready_i) || drop) wait_valid_q <= 1'b0;
  end

  snap_pcie_tags #(
    .Tags(Tags), .TagIdxWidth(TagIdxWidth), .Client(Client), .CplTimeoutCycles(CplTimeoutCycles)
  ) u_tags (
    .clk_i(clk_i), .rst_ni(rst_ni), .ext_tag_i(ext_tag_i),
    .alloc_i(accept), .alloc_ready_o(alloc_ready), .alloc_units_i(req_units_i),
    .alloc_addr6_i(req_addr_i[6]), .alloc_idx_o(alloc_idx), .alloc_tag_o(alloc_tag),
    .sent_i(sent_i), .sent_idx_i(sent_idx_i), .drop_i(drop), .drop_idx_i(wait_idx_q),
    .lookup_tag_i(lookup_tag_i), .lookup_hit_o(lookup_hit_o), .lookup_idx_o(lookup_idx),
    .lookup_received_o(lookup_received_o), .lookup_remaining_i(lookup_remaining_i),
    .lookup_addr6_i(lookup_addr6_i), .lookup_fits_o(lookup_fits_o),
    .commit_i(commit_i), .commit_units_i(commit_units_i), .commit_poison_i(commit_poison_i),
    .fail_i(fail_i), .fail_error_i(fail_error_i),
    .head_done_o(head_done), .head_idx_o(head_idx), .head_units_o(head_units),
    .head_error_o(head_error), .pop_i(pop), .empty_o(tags_empty)
  );

  // ---------------------------------------------------------------- response
  logic [MetaWidth-1:0] meta [0:Tags-1];
  logic [BeatWidth-1:0] beat_q;
  logic [5:0]           beats;
  logic                 fetch, last, out_valid_q, out_last_q;
  logic [2:0]           out_error_q;
  logic                 err_read_q;
  logic [MetaWidth-1:0] out_meta_q;

  assign beats = 6'({2'b00, head_units} << UnitBeatsLog2);
  assign last  = 6'(beat_q) + 6'd1 == beats;
  assign fetch = head_done && (!out_valid_q || rsp_ready_i);
  assign pop   = fetch && last;

  snap_ram_1r1w #(.Width(DataWidth), .Depth(Tags * PlaceBeats)) u_reorder (
    .clk_i(clk_i), .we_i(write_i && lookup_hit_o), .waddr_i({lookup_idx, write_beat_i[BeatWidth-1:0]}),
    .wdata_i(write_data_i), .re_i(fetch), .raddr_i({head_idx, beat_q}), .rdata_o(rsp_data_o)
  );

  always_ff @(posedge clk_i) begin
    if (accept) meta[alloc_idx] <= req_meta_i;
    if (fetch) begin
      out_last_q  <= last;
      out_error_q <= head_error;
      out_meta_q  <= meta[head_idx];
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      beat_q      <= '0;
      out_valid_q <= 1'b0;
      err_read_q  <= 1'b0;
    end else begin
      err_read_q <= pop && head_error != 3'd0;
      if (fetch) beat_q <= last ? '0 : beat_q + 1'b1;
      if (!out_valid_q || rsp_ready_i) out_valid_q <= head_done;
    end
  end

  assign rsp_valid_o = out_valid_q;
  assign rsp_last_o  = out_last_q;
  assign rsp_error_o = out_error_q;
  assign rsp_meta_o  = out_meta_q;
  assign err_read_o  = err_read_q;
  assign idle_o      = tags_empty && !out_valid_q;

  // A place of 8 units has fewer beats at wider data: the beat number's upper bits are 0 then.
  if (BeatWidth < 5) begin : g_unused_beat
    logic unused_beat;
    assign unused_beat = ^write_beat_i[4:BeatWidth];
  end
endmodule
