// SPDX-License-Identifier: Apache-2.0

// snap_fifo_async with two clocks that may tick in any order, or together, at every step of time. Bounded: words
// in flight in the synchronisers would need an invariant over both domains for an induction.
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

  // Words written and read since the reset, and the value of one of them, any.
  (* anyconst *) logic [3:0] which;
  logic [3:0]       written_q, read_q, inside;
  logic [Width-1:0] value_q;

  always_ff @(posedge wclk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      written_q <= '0;
      value_q   <= '0;
    end else if (wvalid_i && wready) begin
      written_q <= written_q + 1'b1;
      if (written_q == which) value_q <= wdata_i;
    end
  end
  always_ff @(posedge rclk_i or negedge rst_ni) begin
    if (!rst_ni) read_q <= '0;
    else if (rvalid && rready_i) read_q <= read_q + 1'b1;
  end

  assign inside = written_q - read_q;
  always_comb begin
    if (rst_ni) begin
      assert (inside <= 4'(Depth));                                 // neither over- nor underrun
      assert (4'(wfree) <= 4'(Depth) - inside);                     // room is never promised that is not there
      assert (!rvalid || inside != '0);
      assert (wready == (wfree != '0));
      if (rvalid && read_q == which) assert (rdata == value_q);
      cover (inside == 4'(Depth) && rvalid);
      cover (written_q == 4'd5 && inside == '0);
    end
  end
endmodule
