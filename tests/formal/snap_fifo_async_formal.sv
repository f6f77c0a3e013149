// SPDX-License-Identifier: Apache-2.0

// Drives snap_fifo_async with two clocks that may tick in any order, or together, at every step of time. The
// assertions stand in the module, where the pointers on their way between the clocks can be looked at.
module snap_fifo_async_formal #(
  parameter int unsigned Width = 2,
  parameter int unsigned Depth = 4
) (
  input logic             wclk_i,
  input logic             rclk_i,
  input logic             rst_ni,
  input logic             wvalid_i,
  input logic [Width-1:0] wdata_i,
  input logic             rready_i
);
  localparam int unsigned LevelWidth = $clog2(Depth + 1);

  logic                  wready, rvalid;
  logic [Width-1:0]      rdata;
  logic [LevelWidth-1:0] wfree;

  snap_fifo_async #(.Width(Width), .Depth(Depth)) dut (
    .wclk_i(wclk_i), .wrst_ni(rst_ni), .wvalid_i(wvalid_i), .wready_o(wready), .wdata_i(wdata_i),
    .wfree_o(wfree),
    .rclk_i(rclk_i), .rrst_ni(rst_ni), .rvalid_o(rvalid), .rready_i(rready_i), .rdata_o(rdata)
  );

  // One reset for both, once, at the start.
  (* gclk *) logic gclk;
  logic started_q, rst_before_q;
  initial started_q = 1'b0;
  initial rst_before_q = 1'b0;
  always_ff @(posedge gclk) begin
    started_q    <= 1'b1;
    rst_before_q <= rst_ni;
  end
  always_comb begin
    if (!started_q) assume (!rst_ni && !wclk_i && !rclk_i);
    if (rst_before_q) assume (rst_ni);
  end

  // The module's assertions say what must hold; here only that they were put to the test.
  logic [LevelWidth:0] written_q, read_q;

  always_ff @(posedge wclk_i or negedge rst_ni) begin
    if (!rst_ni) written_q <= '0;
    else if (wvalid_i && wready) written_q <= written_q + 1'b1;
  end
  always_ff @(posedge rclk_i or negedge rst_ni) begin
    if (!rst_ni) read_q <= '0;
    else if (rvalid && rready_i) read_q <= read_q + 1'b1;
  end
  always_comb begin
    if (rst_ni) begin
      cover (written_q == Depth && read_q == '0 && rvalid && !wready && rdata == wdata_i);
      cover (written_q == Depth + 1 && wfree != '0);
      cover (32'(read_q) == 2 && !rvalid);
    end
  end
endmodule
