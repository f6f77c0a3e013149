// SPDX-License-Identifier: Apache-2.0
// The microcode, WordsMax words of 64 bits and a parity bit for each byte, with two read ports: a word comes two
// cycles after its address. Writes use the first port, so that four true dual-port blocks are enough: they come
// with an image, when nothing reads.
module snap_point_microcode #(
    parameter ImageDir = "build/engine"
) (
    input  logic        clk_i,
    input  logic        we_i,
    input  logic [9:0]  waddr_i,
    input  logic [63:0] word_i,

    input  logic [9:0]  p_addr_i,
    output logic [71:0] p_word_o,
    input  logic [9:0]  s_addr_i,
    output logic [71:0] s_word_o
);

  // Without the attribute synthesis keeps the old word for a read at the address that is written, and doubles the blocks.
  (* no_rw_check *) logic [71:0] mem [0:snap_isa_pkg::WordsMax-1];
  if (ImageDir != "") begin : g_image
    initial $readmemh({ImageDir, "/microcode.hex"}, mem);
  end

  logic [7:0] parity;
  for (genvar i = 0; i < 8; i++) begin : g_parity
    assign parity[i] = ^word_i[8*i +: 8];
  end

  logic [9:0]  p_addr;
  logic [71:0] p_read_q, s_read_q, p_word_q, s_word_q;
  assign p_addr = we_i ? waddr_i : p_addr_i;
  always_ff @(posedge clk_i) begin
    if (we_i) mem[p_addr] <= {parity, word_i};
    else p_read_q <= mem[p_addr];
  end
  always_ff @(posedge clk_i) begin
    s_read_q <= mem[s_addr_i];
    p_word_q <= p_read_q;
    s_word_q <= s_read_q;
  end
  assign p_word_o = p_word_q;
  assign s_word_o = s_word_q;

endmodule
