// SPDX-License-Identifier: Apache-2.0

// FIFO of Depth words in one clock domain.
//
// Promises: words leave in the order in which they came, each once; a word can be read the cycle after it
// was written (first-word fall-through: rdata_o is the oldest word whenever rvalid_o is 1); one word in and
// one word out every cycle. wready_o and rvalid_o depend on registers only, so a chain of FIFOs has no long
// ready path. rvalid_o stays until rready_i; rdata_o does not change meanwhile.
// The memory has an asynchronous read port, which FPGAs build of LUTs: keep Width * Depth small.
module snap_fifo_sync #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 4,
  localparam int unsigned LevelWidth = $clog2(Depth + 1)
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  wvalid_i,
  output logic                  wready_o,
  input  logic [Width-1:0]      wdata_i,
  output logic                  rvalid_o,
  input  logic                  rready_i,
  output logic [Width-1:0]      rdata_o,
  output logic [LevelWidth-1:0] level_o
);
  localparam int unsigned AddrWidth = $clog2(Depth);

  if (Depth < 2 || (Depth & (Depth - 1)) != 0) begin : g_check
    $error("snap_fifo_sync: Depth must be a power of two, at least 2");
  end

  logic [Width-1:0]   mem [0:Depth-1];
  // One bit more than an address: equal pointers are empty, pointers Depth apart are full.
  logic [AddrWidth:0] wptr_q, rptr_q, level;

  assign level    = wptr_q - rptr_q;
  assign level_o  = level;
  assign wready_o = !level[AddrWidth];
  assign rvalid_o = wptr_q != rptr_q;
  assign rdata_o  = mem[rptr_q[AddrWidth-1:0]];

  always_ff @(posedge clk_i) begin
    if (wvalid_i && wready_o) mem[wptr_q[AddrWidth-1:0]] <= wdata_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      wptr_q <= '0;
      rptr_q <= '0;
    end else begin
      if (wvalid_i && wready_o) wptr_q <= wptr_q + 1'b1;
      if (rvalid_o && rready_i) rptr_q <= rptr_q + 1'b1;
    end
  end

`ifdef FORMAL
  // Follows one word: the solver picks which (f_track is free). It must come out unchanged when as many words
  // have left as were in front of it. As any word can be the one, none is lost, doubled, reordered or changed.
  (* anyseq *) logic  f_track;
  logic               f_inside_q;
  logic [AddrWidth:0] f_at_q, f_ahead;
  logic [Width-1:0]   f_value_q;

  assign f_ahead = f_at_q - rptr_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f_inside_q <= 1'b0;
      f_at_q     <= '0;
      f_value_q  <= '0;
    end else if (!f_inside_q && f_track && wvalid_i && wready_o) begin
      f_inside_q <= 1'b1;
      f_at_q     <= rptr_q + level;
      f_value_q  <= wdata_i;
    end else if (f_inside_q && rvalid_o && rready_i && f_ahead == '0) begin
      f_inside_q <= 1'b0;
    end
  end

  always_comb begin
    if (rst_ni) begin
      assert (level <= (AddrWidth + 1)'(Depth));
      if (f_inside_q) begin
        assert (f_ahead < level);
        assert (mem[f_at_q[AddrWidth-1:0]] == f_value_q);
        if (f_ahead == '0) assert (rdata_o == f_value_q);
      end
    end
  end
`endif
endmodule
