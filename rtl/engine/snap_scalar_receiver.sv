// SPDX-License-Identifier: Apache-2.0
// One target's end of snap_scalar_bus: registers for the long way, then the words with their number, and whether the
// scalar is as it was when the sum unit made it. Each word of the bus is {parity of each 32 bits, data}, the tag {parity,
// tag}. Two cycles.
module snap_scalar_receiver #(
    parameter int unsigned  Words      = 4,
    parameter int unsigned  WordBits   = 64,
    parameter int unsigned  TagWidth   = 11,
    localparam int unsigned Limbs      = WordBits / 32,
    localparam int unsigned IndexWidth = $clog2(Words)
) (
    input  logic                      clk_i,
    input  logic                      rst_ni,
    input  logic                      start_i,
    input  logic [WordBits+Limbs-1:0] word_i,
    input  logic [TagWidth:0]         tag_i,
    output logic                      valid_o,
    output logic [IndexWidth-1:0]     index_o, // from Words - 1 to 0
    output logic [WordBits-1:0]       word_o,
    output logic [TagWidth-1:0]       tag_o,
    output logic                      error_o  // of parity: this word's, or one's before
);

  logic                      start_q;
  logic [WordBits+Limbs-1:0] word_q;
  logic [TagWidth:0]         tag_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) start_q <= 1'b0;
    else start_q <= start_i;
  end
  always_ff @(posedge clk_i) {word_q, tag_q} <= {word_i, tag_i};

  logic [Limbs-1:0] odd;
  for (genvar i = 0; i < Limbs; i++) begin : g_limb
    assign odd[i] = ^{word_q[WordBits+i], word_q[32*i +: 32]};
  end

  logic                  valid_q, error_q;
  logic [IndexWidth-1:0] index_q;
  logic [WordBits-1:0]   data_q;
  logic [TagWidth-1:0]   data_tag_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      index_q <= '0;
    end else begin
      valid_q <= start_q || (valid_q && index_q != '0);
      index_q <= start_q ? IndexWidth'(Words - 1) : index_q - 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    data_q     <= word_q[WordBits-1:0];
    data_tag_q <= tag_q[TagWidth-1:0];
    error_q    <= (error_q && !start_q) || odd != '0 || ^tag_q;
  end
  assign {valid_o, index_o, word_o, tag_o, error_o} = {valid_q, index_q, data_q, data_tag_q, error_q};

endmodule
