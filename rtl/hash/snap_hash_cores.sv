// SPDX-License-Identifier: Apache-2.0
// The compression function of an engine: SHA-256's core, SM3's, or both behind one set of ports, of which sm3_i says
// which one works. It stays as it is from a job's first block to the `done` of its last.
module snap_hash_cores #(
    parameter bit Sha256 = 1'b1,
    parameter bit Sm3 = 1'b1,
    parameter int unsigned Sm3RoundCycles = 1,  // 1 or 2
    parameter int unsigned TagWidth = 8
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                sm3_i,  // looked at if there are both

    input  logic                block_valid_i,
    input  logic                hold_i,
    input  logic [127:0]        beat_i,
    input  logic                beat_first_i,
    input  logic [TagWidth-1:0] beat_tag_i,
    output logic                beat_next_o,
    output logic                load_o,

    output logic                done_o,
    output logic [255:0]        digest_o,
    output logic [TagWidth-1:0] tag_o,
    output logic                busy_o
);

  if (!Sha256 && !Sm3) begin : gen_no_core
    $error("snap_hash_cores: one function at least");
  end

  // [0]: SHA-256, [1]: SM3.
  logic [1:0] block_valid, beat_next, load, done, busy;
  logic [255:0] sha256_digest, sm3_digest;
  logic [TagWidth-1:0] sha256_tag, sm3_tag;
  logic sm3;
  assign sm3 = Sm3 && (!Sha256 || sm3_i);
  assign block_valid = {block_valid_i && sm3, block_valid_i && !sm3};

  if (Sha256) begin : gen_sha256
    snap_sha256_core #(.TagWidth(TagWidth)) u_core (
        .clk_i, .rst_ni,
        .block_valid_i(block_valid[0]), .hold_i, .beat_i, .beat_first_i, .beat_tag_i,
        .beat_next_o(beat_next[0]), .load_o(load[0]),
        .done_o(done[0]), .digest_o(sha256_digest), .tag_o(sha256_tag), .busy_o(busy[0])
    );
  end else begin : gen_no_sha256
    assign {beat_next[0], load[0], done[0], busy[0]} = '0;
    assign sha256_digest = '0;
    assign sha256_tag = '0;
  end

  if (Sm3) begin : gen_sm3
    snap_sm3_core #(.RoundCycles(Sm3RoundCycles), .TagWidth(TagWidth)) u_core (
        .clk_i, .rst_ni,
        .block_valid_i(block_valid[1]), .hold_i, .beat_i, .beat_first_i, .beat_tag_i,
        .beat_next_o(beat_next[1]), .load_o(load[1]),
        .done_o(done[1]), .digest_o(sm3_digest), .tag_o(sm3_tag), .busy_o(busy[1])
    );
  end else begin : gen_no_sm3
    assign {beat_next[1], load[1], done[1], busy[1]} = '0;
    assign sm3_digest = '0;
    assign sm3_tag = '0;
  end

  if (!Sha256 || !Sm3) begin : gen_one
    logic unused_choice;
    assign unused_choice = sm3_i ^ (Sm3 ? block_valid[0] : block_valid[1]);
  end

  // The core that does not work is silent.
  assign beat_next_o = |beat_next;
  assign load_o      = |load;
  assign done_o      = |done;
  assign busy_o      = |busy;
  assign digest_o    = sm3 ? sm3_digest : sha256_digest;
  assign tag_o       = sm3 ? sm3_tag : sha256_tag;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
    end else begin
      assert (!(sm3 ? busy[0] : busy[1]));
    end
  end
`endif

endmodule
