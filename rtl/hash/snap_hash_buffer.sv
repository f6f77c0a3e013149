// SPDX-License-Identifier: Apache-2.0
// Two blocks of four beats between the block former and the compression function: one is filled while the
// other is worked on. A small memory with asynchronous read (distributed RAM), not flip-flops.
//
// wcommit_i comes with the beat from which on the rest of the block is certain to arrive in time, which is
// not always its last: the right half of a Merkle node is the digest that the core is still finishing.
module snap_hash_buffer #(
    parameter int unsigned Width = 137
) (
    input  logic             clk_i,
    input  logic             rst_ni,

    input  logic             wvalid_i,
    output logic             wready_o,
    input  logic             wcommit_i,
    input  logic [Width-1:0] wdata_i,

    output logic             block_valid_o,  // a committed block that was not started
    input  logic             block_start_i,
    output logic [Width-1:0] rdata_o,
    input  logic             rnext_i
);

  logic [Width-1:0] beats_q [0:7];
  logic [2:0] write_q, read_q;
  logic [3:0] level_q;  // a count of its own: the way back to the words' source starts at its highest bit
  logic [1:0] blocks_q;
  logic write;

  assign wready_o = !level_q[3];
  assign write = wvalid_i && wready_o;
  assign block_valid_o = blocks_q != 2'd0;
  assign rdata_o = beats_q[read_q];

  always_ff @(posedge clk_i) begin
    if (write) beats_q[write_q] <= wdata_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_q  <= '0;
      read_q   <= '0;
      level_q  <= '0;
      blocks_q <= '0;
    end else begin
      if (write) write_q <= write_q + 3'd1;
      if (rnext_i) read_q <= read_q + 3'd1;
      level_q  <= level_q + 4'(write) - 4'(rnext_i);
      blocks_q <= blocks_q + 2'(write && wcommit_i) - 2'(block_start_i);
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
    end else begin
      assert (!rnext_i || level_q != 4'd0);  // the promise of wcommit_i was kept
      assert (!block_start_i || (block_valid_o && level_q != 4'd0));
      assert (blocks_q != 2'd3);
      assert (level_q <= 4'd8 && level_q[2:0] == write_q - read_q);
    end
  end
`endif

endmodule
