// SPDX-License-Identifier: Apache-2.0

// What a user of snap_fifo_sync sees: counts and flags, against a count of its own. The order and the content
// are followed inside the module, where the memory can be looked at.
module snap_fifo_sync_formal #(
  parameter int unsigned Width = 4,
  parameter int unsigned Depth = 4
) (
  input logic             clk_i,
  input logic             rst_ni,
  input logic             wvalid_i,
  input logic [Width-1:0] wdata_i,
  input logic             rready_i
);
  localparam int unsigned LevelWidth = $clog2(Depth + 1);

  logic                  wready, rvalid;
  logic [Width-1:0]      rdata;
  logic [LevelWidth-1:0] level;

  snap_fifo_sync #(.Width(Width), .Depth(Depth)) dut (
    .clk_i(clk_i), .rst_ni(rst_ni), .wvalid_i(wvalid_i), .wready_o(wready), .wdata_i(wdata_i),
    .rvalid_o(rvalid), .rready_i(rready_i), .rdata_o(rdata), .level_o(level)
  );

  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);

  logic [LevelWidth-1:0] count_q;
  logic                  push, pop;

  assign push = wvalid_i && wready;
  assign pop  = rvalid && rready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) count_q <= '0;
    else count_q <= count_q + LevelWidth'(push) - LevelWidth'(pop);
  end

  always_comb begin
    if (rst_ni) begin
      assert (count_q <= LevelWidth'(Depth));
      assert (level == count_q);
      assert (wready == (count_q < LevelWidth'(Depth)));
      assert (rvalid == (count_q != '0));
    end
  end

  always_ff @(posedge clk_i) begin
    if (past_valid_q && rst_ni && $past(rst_ni) && $past(rvalid && !rready_i)) begin
      assert (rvalid);
      assert (rdata == $past(rdata));
    end
    cover (rst_ni && count_q == LevelWidth'(Depth) && pop);
    cover (rst_ni && pop && count_q == LevelWidth'(1) && $past(count_q) == LevelWidth'(2));
  end
endmodule
