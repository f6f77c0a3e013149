// SPDX-License-Identifier: Apache-2.0

// Instead of the FIFOs: words come and there is room when the solver likes; a word that is offered stays until it is
// taken. More than the FIFOs allow, so what is proven with these holds with them.
module snap_fifo_sync #(
    parameter int unsigned Width = 8,
    parameter int unsigned Depth = 4,
    localparam int unsigned LevelWidth = $clog2(Depth + 1)
) (
    input logic clk_i,
    input logic rst_ni,
    input logic wvalid_i,
    output logic wready_o,
    input logic [Width-1:0] wdata_i,
    output logic rvalid_o,
    input logic rready_i,
    output logic [Width-1:0] rdata_o,
    output logic [LevelWidth-1:0] level_o
);
  (* anyseq *) logic wready, rvalid;
  (* anyseq *) logic [Width-1:0] rdata;
  (* anyseq *) logic [LevelWidth-1:0] level;
  logic held_q;
  logic [Width-1:0] data_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) held_q <= 1'b0;
    else held_q <= rvalid && !rready_i;
  end
  always_ff @(posedge clk_i) data_q <= rdata;
  always_comb if (held_q) assume (rvalid && rdata == data_q);
  assign {wready_o, rvalid_o, rdata_o, level_o} = {wready, rvalid, rdata, level};
  logic unused;
  assign unused = ^{wvalid_i, wdata_i};
endmodule

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
  logic unused_ready;
  snap_fifo_sync #(
      .Width(Width),
      .Depth(Depth)
  ) u_any (
      .clk_i,
      .rst_ni,
      .wvalid_i,
      .wready_o(unused_ready),
      .wdata_i,
      .rvalid_o,
      .rready_i,
      .rdata_o,
      .level_o
  );
endmodule

// One clock is enough where only one side matters.
module snap_fifo_async #(
    parameter int unsigned Width = 8,
    parameter int unsigned Depth = 4,
    localparam int unsigned LevelWidth = $clog2(Depth + 1)
) (
    input logic wclk_i,
    input logic wrst_ni,
    input logic wvalid_i,
    output logic wready_o,
    input logic [Width-1:0] wdata_i,
    output logic [LevelWidth-1:0] wfree_o,
    input logic rclk_i,
    input logic rrst_ni,
    output logic rvalid_o,
    input logic rready_i,
    output logic [Width-1:0] rdata_o
);
  snap_fifo_sync #(
      .Width(Width),
      .Depth(Depth)
  ) u_any (
      .clk_i(rclk_i),
      .rst_ni(rrst_ni),
      .wvalid_i,
      .wready_o,
      .wdata_i,
      .rvalid_o,
      .rready_i,
      .rdata_o,
      .level_o(wfree_o)
  );
  logic unused;
  assign unused = wclk_i ^ wrst_ni;
endmodule

module snap_cdc_handshake (
    input logic src_clk_i,
    input logic src_rst_ni,
    input logic src_valid_i,
    output logic src_ready_o,
    input logic dst_clk_i,
    input logic dst_rst_ni,
    output logic dst_valid_o,
    input logic dst_ready_i
);
  logic unused_data;
  logic [1:0] unused_room;
  snap_fifo_sync #(
      .Width(1),
      .Depth(2)
  ) u_any (
      .clk_i(dst_clk_i),
      .rst_ni(dst_rst_ni),
      .wvalid_i(src_valid_i),
      .wready_o(src_ready_o),
      .wdata_i(1'b0),
      .rvalid_o(dst_valid_o),
      .rready_i(dst_ready_i),
      .rdata_o(unused_data),
      .level_o(unused_room)
  );
  logic unused;
  assign unused = src_clk_i ^ src_rst_ni;
endmodule
