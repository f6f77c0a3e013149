// SPDX-License-Identifier: Apache-2.0
// The nodes of a Merkle tree that wait for their right sibling, one a level: the digits of a binary
// counter of leaf pairs. Level 0 keeps the last left leaf. Written whole (a digest) or by halves (a leaf, as
// it comes in); the digest has the write port first. Half 0 is the first 16 bytes.
module snap_merkle_stack (
    input  logic         clk_i,

    input  logic         digest_write_i,
    input  logic [3:0]   digest_level_i,
    input  logic [255:0] digest_i,
    input  logic         leaf_write_i,    // not together with digest_write_i
    input  logic         leaf_half_i,
    input  logic [127:0] leaf_i,

    input  logic [3:0]   level_i,
    output logic [255:0] node_o
);

  logic [127:0] half0_q [0:15];
  logic [127:0] half1_q [0:15];
  logic [3:0] level;

  assign level = digest_write_i ? digest_level_i : 4'd0;

  always_ff @(posedge clk_i) begin
    if (digest_write_i || (leaf_write_i && !leaf_half_i)) begin
      half0_q[level] <= digest_write_i ? digest_i[255:128] : leaf_i;
    end
    if (digest_write_i || (leaf_write_i && leaf_half_i)) begin
      half1_q[level] <= digest_write_i ? digest_i[127:0] : leaf_i;
    end
  end

  assign node_o = {half0_q[level_i], half1_q[level_i]};

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) assert (!(digest_write_i && leaf_write_i));
`endif

endmodule
