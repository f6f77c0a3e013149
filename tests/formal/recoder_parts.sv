// SPDX-License-Identifier: Apache-2.0

// Instead of the recoder's digits and its event memory: digits come when they like (snap_recoder
// assumes: between start and end), the memory holds nothing.
module snap_recoder_digits #(
    parameter int unsigned WordBits = 64
) (
    input logic clk_i,
    input logic rst_ni,
    input logic [2:0] program_i,
    input logic load_i,
    input logic [2:0] load_stream_i,
    input logic [1:0] load_index_i,
    input logic [WordBits-1:0] load_word_i,
    input logic load_negative_i,
    input logic start_i,
    output logic event_valid_o,
    output logic [22:0] event_o,
    output logic end_o
);
  (* anyseq *) logic valid, last;
  (* anyseq *) logic [22:0] data;
  assign event_valid_o = valid;
  assign end_o         = last;
  assign event_o       = data;
  logic unused;
  assign unused = ^{clk_i, rst_ni, program_i, start_i, load_i, load_stream_i, load_index_i, load_word_i, load_negative_i};
endmodule

module snap_event_ram #(
    parameter int unsigned Threads = 2,
    parameter Target = "generic",
    localparam int unsigned AddrWidth = $clog2(Threads) + 9
) (
    input logic clk_i,
    input logic rst_ni,
    input logic we_i,
    input logic [AddrWidth-1:0] waddr_i,
    input logic [22:0] wdata_i,
    input logic re_i,
    input logic [AddrWidth-1:0] raddr_i,
    output logic [22:0] rdata_o,
    output logic parity_error_o
);
  assign rdata_o        = '0;
  assign parity_error_o = 1'b0;
  logic unused;
  assign unused = ^{clk_i, rst_ni, we_i, waddr_i, wdata_i, re_i, raddr_i};
endmodule
