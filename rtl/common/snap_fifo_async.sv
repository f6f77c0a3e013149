// SPDX-License-Identifier: Apache-2.0

// FIFO of Depth words between two clocks that need not be related.
//
// Promises: words leave in the order in which they came, each once; one word a cycle of the slower clock.
// wfree_o never counts room that is not there (it may lag behind reads), rvalid_o never announces a word
// that is not there (it may lag behind writes). rdata_o is the oldest word while rvalid_o is 1.
//
//   wclk:  wbin -> wgray ----2 flops---> rclk:  compare with rgray -> rvalid
//          wfree <- compare <---2 flops---- rgray <- rbin
//
// Only gray-coded pointers cross: one bit changes a step, so a pointer caught in mid-change reads as the
// old or the new value. Constrain both crossings to less than one period of the faster clock (skew).
// Both sides must be reset together: hold both resets until both clocks have seen them.
module snap_fifo_async #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 8,
  localparam int unsigned LevelWidth = $clog2(Depth + 1)
) (
  input  logic                  wclk_i,
  input  logic                  wrst_ni,
  input  logic                  wvalid_i,
  output logic                  wready_o,
  input  logic [Width-1:0]      wdata_i,
  output logic [LevelWidth-1:0] wfree_o,
  input  logic                  rclk_i,
  input  logic                  rrst_ni,
  output logic                  rvalid_o,
  input  logic                  rready_i,
  output logic [Width-1:0]      rdata_o
);
  localparam int unsigned AddrWidth = $clog2(Depth);
  localparam int unsigned PtrWidth = AddrWidth + 1;

  if (Depth < 4 || (Depth & (Depth - 1)) != 0) begin : g_check
    $error("snap_fifo_async: Depth must be a power of two, at least 4");
  end

  function automatic logic [PtrWidth-1:0] to_gray(input logic [PtrWidth-1:0] bin);
    to_gray = bin ^ (bin >> 1);
  endfunction

  function automatic logic [PtrWidth-1:0] to_bin(input logic [PtrWidth-1:0] gray);
    to_bin = gray;
    for (int unsigned i = 1; i < PtrWidth; i++) to_bin = to_bin ^ (gray >> i);
  endfunction

  logic [Width-1:0]    mem [0:Depth-1];
  logic [PtrWidth-1:0] wbin_q, wgray_q, rgray_wclk, wlevel;
  logic [PtrWidth-1:0] rbin_q, rgray_q, wgray_rclk, wbin_d, rbin_d;

  // ---------------------------------------------------------------- write domain
  snap_sync #(.Width(PtrWidth)) u_sync_rgray (
    .clk_i(wclk_i), .rst_ni(wrst_ni), .d_i(rgray_q),
`ifdef FORMAL
    .f_meta_o(f_rgray_meta),
`endif
    .q_o(rgray_wclk)
  );

  assign wlevel   = wbin_q - to_bin(rgray_wclk);
  assign wfree_o  = PtrWidth'(Depth) - wlevel;
  // Full by the gray pointers themselves, without the carries of a level.
  assign wready_o = wgray_q != (rgray_wclk ^ {2'b11, {(PtrWidth - 2) {1'b0}}});
  assign wbin_d   = wbin_q + PtrWidth'(wvalid_i && wready_o);

  always_ff @(posedge wclk_i) begin
    if (wvalid_i && wready_o) mem[wbin_q[AddrWidth-1:0]] <= wdata_i;
  end

  // The gray pointer is a register of its own: a decoder behind wbin_q would glitch across the crossing.
  always_ff @(posedge wclk_i or negedge wrst_ni) begin
    if (!wrst_ni) begin
      wbin_q  <= '0;
      wgray_q <= '0;
    end else begin
      wbin_q  <= wbin_d;
      wgray_q <= to_gray(wbin_d);
    end
  end

  // ---------------------------------------------------------------- read domain
  snap_sync #(.Width(PtrWidth)) u_sync_wgray (
    .clk_i(rclk_i), .rst_ni(rrst_ni), .d_i(wgray_q),
`ifdef FORMAL
    .f_meta_o(f_wgray_meta),
`endif
    .q_o(wgray_rclk)
  );

  assign rvalid_o = wgray_rclk != rgray_q;
  assign rbin_d   = rbin_q + PtrWidth'(rvalid_o && rready_i);
  // The word was written at least two read clocks before its pointer arrived, so it is stable.
  assign rdata_o  = mem[rbin_q[AddrWidth-1:0]];

  always_ff @(posedge rclk_i or negedge rrst_ni) begin
    if (!rrst_ni) begin
      rbin_q  <= '0;
      rgray_q <= '0;
    end else begin
      rbin_q  <= rbin_d;
      rgray_q <= to_gray(rbin_d);
    end
  end

`ifdef FORMAL
  // ---------------------------------------------------------------- what the user sees
  // Counts of the words in and out by the handshakes alone, modulo 4 * Depth, and the value of the words
  // with one number, any.
  localparam int unsigned CountWidth = PtrWidth + 1;
  (* anyconst *) logic [CountWidth-1:0] f_which;
  logic [CountWidth-1:0] f_written_q, f_read_q, f_inside, f_ahead, f_free, f_room;
  logic [Width-1:0]      f_value_q;
  logic                  f_stalled_q;

  always_ff @(posedge wclk_i or negedge wrst_ni) begin
    if (!wrst_ni) f_written_q <= '0;
    else if (wvalid_i && wready_o) f_written_q <= f_written_q + 1'b1;
  end
  always_ff @(posedge wclk_i) begin
    if (wvalid_i && wready_o && f_written_q == f_which) f_value_q <= wdata_i;
  end
  always_ff @(posedge rclk_i or negedge rrst_ni) begin
    if (!rrst_ni) begin
      f_read_q    <= '0;
      f_stalled_q <= 1'b0;
    end else begin
      if (rvalid_o && rready_i) f_read_q <= f_read_q + 1'b1;
      f_stalled_q <= rvalid_o && !rready_i;
    end
  end

  assign f_inside = f_written_q - f_read_q;
  assign f_ahead  = f_which - f_read_q;
  assign f_free   = CountWidth'(wfree_o);
  assign f_room   = CountWidth'(Depth) - f_inside;
  always_comb begin
    if (wrst_ni && rrst_ni) begin
      assert (f_inside <= Depth);                         // neither over- nor underrun
      assert (f_free <= f_room);                          // room is never promised that is not there
      assert (wready_o == (wfree_o != '0));
      assert (!rvalid_o || f_inside != '0);
      assert (!f_stalled_q || rvalid_o);                  // an offered word stays
      if (rvalid_o && f_ahead == '0) assert (rdata_o == f_value_q);
    end
  end

  // ---------------------------------------------------------------- what induction needs to know
  // Each stage of a synchroniser is an older value of its pointer. From the oldest, that of the read pointer in
  // the write domain, the others follow in this order, and all lie within Depth:
  //   synchronised read <= read on its way <= read <= synchronised write <= write on its way <= write
  logic [PtrWidth-1:0] f_rgray_meta, f_wgray_meta, f_oldest, f_rmeta, f_read, f_wsync, f_wmeta, f_write, f_level;
  logic [PtrWidth-1:0] f_wgray_before_q, f_rgray_before_q, f_wchange, f_rchange;

  always_ff @(posedge wclk_i or negedge wrst_ni) begin
    if (!wrst_ni) f_wgray_before_q <= '0;
    else f_wgray_before_q <= wgray_q;
  end
  always_ff @(posedge rclk_i or negedge rrst_ni) begin
    if (!rrst_ni) f_rgray_before_q <= '0;
    else f_rgray_before_q <= rgray_q;
  end

  assign f_wchange = wgray_q ^ f_wgray_before_q;
  assign f_rchange = rgray_q ^ f_rgray_before_q;
  assign f_oldest  = to_bin(rgray_wclk);
  assign f_rmeta   = to_bin(f_rgray_meta) - f_oldest;
  assign f_read    = rbin_q - f_oldest;
  assign f_wsync   = to_bin(wgray_rclk) - f_oldest;
  assign f_wmeta   = to_bin(f_wgray_meta) - f_oldest;
  assign f_write   = wbin_q - f_oldest;
  assign f_level   = wbin_q - rbin_q;

  always_comb begin
    if (wrst_ni && rrst_ni) begin
      // What makes the crossing safe: a gray pointer changes by one bit a step at most.
      assert ((f_wchange & (f_wchange - 1'b1)) == '0 && (f_rchange & (f_rchange - 1'b1)) == '0);
      assert (to_bin(wgray_q) == wbin_q && to_bin(rgray_q) == rbin_q);
      assert (f_rmeta <= f_read && f_read <= f_wsync && f_wsync <= f_wmeta && f_wmeta <= f_write &&
              f_write <= Depth);
      assert (f_written_q[PtrWidth-1:0] == wbin_q && f_read_q[PtrWidth-1:0] == rbin_q);
      assert (f_inside == {1'b0, f_level});
      if (f_ahead < f_inside) assert (mem[f_which[AddrWidth-1:0]] == f_value_q);
    end
  end
`endif
endmodule
