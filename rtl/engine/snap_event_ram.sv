// SPDX-License-Identifier: Apache-2.0
// The events of all threads: 272 words of 23 bits a thread, with parity.
//
// A word lies in three columns of eight bits and one of parity, the width that block RAM has. The parity also covers the
// address, so that a word from a wrong place is found out in half of the cases. Words 0 to 255 of all threads are one
// memory, the others a second, small one: 13 blocks instead of 24 for {thread, index} as the address of one.
module snap_event_ram #(
    parameter int unsigned Threads = 32,
    parameter              Target  = "generic",
    localparam int unsigned ThreadWidth = $clog2(Threads),
    localparam int unsigned IndexWidth  = 9,
    localparam int unsigned EventWidth  = 23
) (
    input  logic                              clk_i,
    input  logic                              rst_ni,
    input  logic                              we_i,
    input  logic [ThreadWidth+IndexWidth-1:0] waddr_i, // {thread, index}, index < 272
    input  logic [EventWidth-1:0]             wdata_i,
    // the word is there two cycles later; the error for that cycle only
    input  logic                              re_i,
    input  logic [ThreadWidth+IndexWidth-1:0] raddr_i,
    output logic [EventWidth-1:0]             rdata_o,
    output logic                              parity_error_o
);
  localparam int unsigned AddrWidth = ThreadWidth + IndexWidth;
  localparam int unsigned LowWidth  = 8; // of an index in the first memory
  localparam int unsigned RestWidth = 4; // ... and in the second
  localparam int unsigned Columns   = 3;

  if (snap_isa_pkg::Events > (1 << LowWidth) + (1 << RestWidth)) begin : g_check
    $error("snap_event_ram: too small for the events of a thread");
  end

  function automatic logic [9*Columns-1:0] protect(logic [EventWidth-1:0] word, logic [AddrWidth-1:0] address);
    protect = {^word[22:16] ^ (^address), 1'b0, word[22:16], ^word[15:8], word[15:8], ^word[7:0], word[7:0]};
  endfunction

  // ---------------------------------------------------------------- addresses
  logic [ThreadWidth-1:0] wthread, rthread;
  logic [IndexWidth-1:0]  windex, rindex;
  logic                   wrest, rrest;
  assign {wthread, windex} = waddr_i;
  assign {rthread, rindex} = raddr_i;
  assign wrest = windex[IndexWidth-1];
  assign rrest = rindex[IndexWidth-1];

  // ---------------------------------------------------------------- memories
  logic [9*Columns-1:0] wword, low_word, rest_word, rword;
  assign wword = protect(wdata_i, waddr_i);
  for (genvar i = 0; i < Columns; i++) begin : g_column
    snap_ram_1r1w #(.Width(9), .Depth(Threads << LowWidth), .OutputReg(1'b1), .Target(Target)) u_low (
        .clk_i, .we_i(we_i && !wrest), .waddr_i({wthread, windex[LowWidth-1:0]}), .wdata_i(wword[9*i +: 9]),
        .re_i(re_i && !rrest), .raddr_i({rthread, rindex[LowWidth-1:0]}), .rdata_o(low_word[9*i +: 9])
    );
  end
  snap_ram_1r1w #(.Width(9 * Columns), .Depth(Threads << RestWidth), .OutputReg(1'b1), .Target(Target)) u_rest (
      .clk_i, .we_i(we_i && wrest), .waddr_i({wthread, windex[RestWidth-1:0]}), .wdata_i(wword),
      .re_i(re_i && rrest), .raddr_i({rthread, rindex[RestWidth-1:0]}), .rdata_o(rest_word)
  );

  // ---------------------------------------------------------------- the word read
  logic [1:0]           re_q, rest_q, address_parity_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) re_q <= '0;
    else re_q <= {re_q[0], re_i};
  end
  always_ff @(posedge clk_i) begin
    rest_q           <= {rest_q[0], rrest};
    address_parity_q <= {address_parity_q[0], ^raddr_i};
  end
  assign rword = rest_q[1] ? rest_word : low_word;
  assign rdata_o = {rword[24:18], rword[16:9], rword[7:0]};
  assign parity_error_o = re_q[1] && ((^rword[26:18] != address_parity_q[1]) || ^rword[17:9] || ^rword[8:0]);
endmodule
