// SPDX-License-Identifier: Apache-2.0
// The constants C, 32 words of 264 bits: two read ports of two cycles. Writes come with an image, when nothing reads,
// a limb of 64 bits at a time, so that no wide bus leads here. In the memories a limb and its two parities are one
// slice of 66 bits, which has a write enable.
//
// A copy for each port, in block RAM, on the ECP5 eight blocks each: as distributed RAM a copy is a thousand LUT sites, and
// the words' way to the units is long anyway.
module snap_point_constants #(
    parameter ImageDir = "build/engine"
) (
    input  logic         clk_i,
    // Resets the write enables, and is data where they are used: the first clock edge finds them as they were before.
    // verilator lint_off SYNCASYNCNET
    input  logic         rst_ni,
    // verilator lint_on SYNCASYNCNET
    input  logic         we_i,
    input  logic [6:0]   addr_i,  // word, limb
    input  logic [63:0]  data_i,

    input  logic [4:0]   prod_addr_i,
    output logic [263:0] prod_word_o,
    input  logic [4:0]   sum_addr_i,
    output logic [263:0] sum_word_o
);

  (* ram_style = "block" *) logic [263:0] prod_mem [0:31];
  (* ram_style = "block" *) logic [263:0] sum_mem  [0:31];
  initial begin
    $readmemh({ImageDir, "/constants.hex"}, prod_mem);
    $readmemh({ImageDir, "/constants.hex"}, sum_mem);
  end

  localparam int unsigned Slices = 4, SliceWidth = 66;
  logic [Slices-1:0] we_q;
  logic [4:0]        addr_q;
  logic [63:0]       data_q;
  logic [65:0]       slice;
  assign slice = {^data_q[63:32], ^data_q[31:0], data_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) we_q <= '0;
    else we_q <= we_i ? 4'd1 << addr_i[1:0] : 4'd0;
  end

  logic [263:0] prod_read_q, prod_slices_q, sum_read_q, sum_slices_q;
  always_ff @(posedge clk_i) begin
    addr_q <= addr_i[6:2];
    data_q <= data_i;
    for (int unsigned i = 0; i < Slices; i++) begin
      if (we_q[i] && rst_ni) begin
        prod_mem[addr_q][SliceWidth*i +: SliceWidth] <= slice;
        sum_mem[addr_q][SliceWidth*i +: SliceWidth]  <= slice;
      end
      prod_read_q[SliceWidth*i +: SliceWidth] <= we_q[i] && addr_q == prod_addr_i ? {SliceWidth{1'bx}}
          : prod_mem[prod_addr_i][SliceWidth*i +: SliceWidth];
      sum_read_q[SliceWidth*i +: SliceWidth] <= we_q[i] && addr_q == sum_addr_i ? {SliceWidth{1'bx}}
          : sum_mem[sum_addr_i][SliceWidth*i +: SliceWidth];
    end
    prod_slices_q <= prod_read_q;
    sum_slices_q  <= sum_read_q;
  end

  // A word is its limbs, with the parities above.
  for (genvar i = 0; i < Slices; i++) begin : g_word
    assign {prod_word_o[256+2*i +: 2], prod_word_o[64*i +: 64]} = prod_slices_q[SliceWidth*i +: SliceWidth];
    assign {sum_word_o[256+2*i +: 2], sum_word_o[64*i +: 64]}   = sum_slices_q[SliceWidth*i +: SliceWidth];
  end

endmodule
