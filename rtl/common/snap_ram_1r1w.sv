// SPDX-License-Identifier: Apache-2.0

// Memory of Depth words with one write port and one read port on one clock.
//
// Promises: a word read with re_i appears on rdata_o one cycle later (two with OutputReg) and stays until
// the next read's word appears. Reading the address that is written in the same cycle gives an undefined
// word: block RAMs differ there, and logic that would hide it costs area. Contents are undefined after
// power-on and untouched by reset.
// Target: "generic" leaves the choice to the tool; "ecp5" asks for block RAM (inferred as DP16KD/PDPW16KD).
module snap_ram_1r1w #(
  parameter int unsigned Width     = 8,
  parameter int unsigned Depth     = 16,
  parameter bit          OutputReg = 1'b0,
  parameter              Target    = "generic",
  localparam int unsigned AddrWidth = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,
  input  logic                 we_i,
  input  logic [AddrWidth-1:0] waddr_i,
  input  logic [Width-1:0]     wdata_i,
  input  logic                 re_i,
  input  logic [AddrWidth-1:0] raddr_i,
  output logic [Width-1:0]     rdata_o
);
  logic [Width-1:0] word_q;

  if (Target == "ecp5") begin : g_ecp5
    (* ram_style = "block" *) logic [Width-1:0] mem [0:Depth-1];
    always_ff @(posedge clk_i) begin
      if (we_i) mem[waddr_i] <= wdata_i;
      if (re_i) word_q <= (we_i && waddr_i == raddr_i) ? {Width{1'bx}} : mem[raddr_i];
    end
  end else begin : g_generic
    logic [Width-1:0] mem [0:Depth-1];
    always_ff @(posedge clk_i) begin
      if (we_i) mem[waddr_i] <= wdata_i;
      if (re_i) word_q <= (we_i && waddr_i == raddr_i) ? {Width{1'bx}} : mem[raddr_i];
    end
  end

  if (OutputReg) begin : g_output_reg
    logic             re_q;
    logic [Width-1:0] out_q;
    always_ff @(posedge clk_i) begin
      re_q <= re_i;
      if (re_q) out_q <= word_q;
    end
    assign rdata_o = out_q;
  end else begin : g_no_output_reg
    assign rdata_o = word_q;
  end
endmodule
