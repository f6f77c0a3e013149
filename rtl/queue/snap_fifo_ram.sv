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
  if (Depth < 4 || (Depth & (Depth - 1)) != 0) begin : g_check
    $error("snap_fifo_ram: Depth must be a power of two, at least 4");
  end

  logic [AddrWidth-1:0] waddr_q, raddr_q;
  logic [LevelWidth-1:0] level_q, stored_q;  // all inside; those in the RAM and not yet read from it
  logic [Width-1:0] ram_data, head_q;
  logic ram_valid_q, head_valid_q;  // the RAM's output, which stays until the next read, and the register behind it
  logic fetch, head_load;

  assign head_load = ram_valid_q && (!head_valid_q || rready_i);
  assign fetch = stored_q != '0 && (!ram_valid_q || head_load);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      waddr_q <= '0;
      raddr_q <= '0;
      level_q <= '0;
      stored_q <= '0;
      ram_valid_q <= 1'b0;
      head_valid_q <= 1'b0;
    end else begin
      if (wvalid_i) waddr_q <= waddr_q + 1'b1;
      if (fetch) raddr_q <= raddr_q + 1'b1;
      ram_valid_q <= fetch || (ram_valid_q && !head_load);
      head_valid_q <= head_load || (head_valid_q && !rready_i);
      stored_q <= stored_q + LevelWidth'(wvalid_i) - LevelWidth'(fetch);
      level_q <= level_q + LevelWidth'(wvalid_i) - LevelWidth'(rvalid_o && rready_i);
    end
  end
  always_ff @(posedge clk_i) if (head_load) head_q <= ram_data;

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

  assign rvalid_o = head_valid_q;
  assign rdata_o = head_q;
  assign level_o = level_q;

`ifdef VERILATOR
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) begin
      assert (!wvalid_i || level_q != LevelWidth'(Depth));
    end
  end
`endif

endmodule
