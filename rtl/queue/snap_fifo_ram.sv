// SPDX-License-Identifier: Apache-2.0
// FIFO of Depth words in block RAM, for streams that are too deep for a FIFO of LUTs. One word in and one out a
// cycle; a word can be read 2 cycles after it was written. Room is the writer's business: level_o counts
// the words that are inside, and a write into a full FIFO is lost (checked in simulation).
module snap_fifo_ram #(
    parameter int unsigned Width = 128,
    parameter int unsigned Depth = 64,
    localparam int unsigned LevelWidth = $clog2(Depth + 1)
) (
    input logic clk_i,
    input logic rst_ni,
    input logic wvalid_i,
    input logic [Width-1:0] wdata_i,
    output logic rvalid_o,
    input logic rready_i,
    output logic [Width-1:0] rdata_o,
    output logic [LevelWidth-1:0] level_o
);

  localparam int unsigned AddrWidth = $clog2(Depth);
  localparam int unsigned OutDepth = 4;
  if (Depth < 4 || (Depth & (Depth - 1)) != 0) begin : g_check
    $error("snap_fifo_ram: Depth must be a power of two, at least 4");
  end

  logic [AddrWidth-1:0] waddr_q, raddr_q;
  logic [LevelWidth-1:0] level_q, stored_q;  // all inside; those in the RAM and not yet read from it
  logic [Width-1:0] ram_data;
  logic [2:0] out_level;
  logic fetch, fetch_q, unused_ready;

  // Words on their way from the RAM have a place in the output FIFO.
  assign fetch = stored_q != '0 && out_level + {2'd0, fetch_q} < 3'(OutDepth);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      waddr_q <= '0;
      raddr_q <= '0;
      level_q <= '0;
      stored_q <= '0;
      fetch_q <= 1'b0;
    end else begin
      if (wvalid_i) waddr_q <= waddr_q + 1'b1;
      if (fetch) raddr_q <= raddr_q + 1'b1;
      fetch_q <= fetch;
      stored_q <= stored_q + LevelWidth'(wvalid_i) - LevelWidth'(fetch);
      level_q <= level_q + LevelWidth'(wvalid_i) - LevelWidth'(rvalid_o && rready_i);
    end
  end

  snap_ram_1r1w #(
      .Width(Width),
      .Depth(Depth)
  ) u_ram (
      .clk_i,
      .we_i(wvalid_i),
      .waddr_i(waddr_q),
      .wdata_i,
      .re_i(fetch),
      .raddr_i(raddr_q),
      .rdata_o(ram_data)
  );

  snap_fifo_sync #(
      .Width(Width),
      .Depth(OutDepth)
  ) u_out (
      .clk_i,
      .rst_ni,
      .wvalid_i(fetch_q),
      .wready_o(unused_ready),
      .wdata_i(ram_data),
      .rvalid_o,
      .rready_i,
      .rdata_o,
      .level_o(out_level)
  );

  assign level_o = level_q;

`ifdef VERILATOR
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) begin
      assert (!wvalid_i || level_q != LevelWidth'(Depth));
      assert (!fetch_q || unused_ready);
    end
  end
`endif

endmodule
