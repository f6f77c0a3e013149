// SPDX-License-Identifier: Apache-2.0
// The register banks P and S, 16 words of 264 bits of each of 32 threads: bank P is written by products, S by sums
// and loads. Each has four copies, one for each reader. A reader names a word by {bank, thread, index}, bank 1 is
// S, and gets it three cycles later. A word written in one cycle may be read in the next, never in the same one.
module snap_point_banks #(
    parameter Target = "generic"
) (
    input  logic         clk_i,

    input  logic         p_we_i,
    input  logic [8:0]   p_addr_i,
    input  logic [263:0] p_word_i,
    input  logic         s_we_i,
    input  logic [8:0]   s_addr_i,
    input  logic [263:0] s_word_i,

    // a and b of products, a and b of sums
    input  logic [9:0]   prod_a_i,
    input  logic [9:0]   prod_b_i,
    input  logic [9:0]   sum_a_i,
    input  logic [9:0]   sum_b_i,
    output logic [263:0] prod_a_o,
    output logic [263:0] prod_b_o,
    output logic [263:0] sum_a_o,
    output logic [263:0] sum_b_o,
    output logic [7:0]   sum_a_odd_o  // eight copies of sum_a_o[0], which decides about all of b when a is halved
);

  localparam int unsigned Readers = 4, SumA = 2;
  logic [10*Readers-1:0]  addr;
  logic [264*Readers-1:0] words;
  assign addr = {sum_b_i, sum_a_i, prod_b_i, prod_a_i};
  assign {sum_b_o, sum_a_o, prod_b_o, prod_a_o} = words;

  for (genvar i = 0; i < Readers; i++) begin : g_reader
    localparam int unsigned Slices = 8, SliceWidth = 33;
    logic [263:0]      p, s, word_q;
    logic              bank_q;
    logic [Slices-1:0] take_s;
    snap_ram_wide #(.Width(264), .Depth(512), .Target(Target)) u_p (
        .clk_i, .we_i(p_we_i), .waddr_i(p_addr_i), .wdata_i(p_word_i), .raddr_i(addr[10*i +: 9]), .rdata_o(p));
    snap_ram_wide #(.Width(264), .Depth(512), .Target(Target)) u_s (
        .clk_i, .we_i(s_we_i), .waddr_i(s_addr_i), .wdata_i(s_word_i), .raddr_i(addr[10*i +: 9]), .rdata_o(s));
    always_ff @(posedge clk_i) bank_q <= addr[10*i+9];
    snap_fanout #(.Copies(Slices)) u_take_s (.clk_i, .data_i(bank_q), .data_o(take_s));
    for (genvar k = 0; k < Slices; k++) begin : g_slice
      always_ff @(posedge clk_i)
        word_q[SliceWidth*k +: SliceWidth] <=
            take_s[k] ? s[SliceWidth*k +: SliceWidth] : p[SliceWidth*k +: SliceWidth];
    end
    assign words[264*i +: 264] = word_q;
    if (i == SumA) begin : g_odd
      snap_fanout #(.Copies(Slices)) u_odd (.clk_i, .data_i(take_s[0] ? s[0] : p[0]), .data_o(sum_a_odd_o));
    end
  end

endmodule
