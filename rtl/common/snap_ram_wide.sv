// SPDX-License-Identifier: Apache-2.0

// Memory of wide words, one write port and one read port on one clock, with the block RAM's output register on.
//
// Promises: rdata_o is the word at raddr_i of two cycles before. Reading the address that is written in the same
// cycle gives an undefined word; in the cycle behind it, the new one. Contents are undefined after power-on and
// untouched by reset.
// Target: "generic" leaves the memory to the tool; "ecp5" instantiates DP16KD, because the open tools do not pack
// an output register into the cell, and without it a word comes 5 ns later.
module snap_ram_wide #(
  parameter int unsigned Width  = 36,
  parameter int unsigned Depth  = 512,
  parameter              Target = "generic",
  localparam int unsigned AddrWidth = $clog2(Depth)
) (
  input  logic                 clk_i,
  input  logic                 we_i,
  input  logic [AddrWidth-1:0] waddr_i,
  input  logic [Width-1:0]     wdata_i,
  input  logic [AddrWidth-1:0] raddr_i,
  output logic [Width-1:0]     rdata_o
);

  if (Depth != 512 && Depth != 1024) begin : g_check
    $error("snap_ram_wide: 512 or 1,024 words");
  end

  if (Target == "ecp5") begin : g_ecp5
    // A block is 512 words of 36 bits, or 1,024 of 18.
    localparam int unsigned Slice = Depth == 512 ? 36 : 18;
    localparam int unsigned Slices = (Width + Slice - 1) / Slice;
    logic [Slice*Slices-1:0] wdata;
    /* verilator lint_off UNUSEDSIGNAL */
    logic [Slice*Slices-1:0] rdata;
    /* verilator lint_on UNUSEDSIGNAL */
    assign wdata = (Slice * Slices)'(wdata_i);
    assign rdata_o = rdata[Width-1:0];
    for (genvar i = 0; i < Slices; i++) begin : g_slice
      snap_ram_ecp5 #(.Width(Slice)) u_block (
          .clk_i, .we_i, .waddr_i, .wdata_i(wdata[Slice*i +: Slice]), .raddr_i, .rdata_o(rdata[Slice*i +: Slice])
      );
    end
  end else begin : g_generic
    logic [Width-1:0] mem [0:Depth-1];
    logic [Width-1:0] word_q, rdata_q;
    always_ff @(posedge clk_i) begin
      if (we_i) mem[waddr_i] <= wdata_i;
      word_q  <= (we_i && waddr_i == raddr_i) ? {Width{1'bx}} : mem[raddr_i];
      rdata_q <= word_q;
    end
    assign rdata_o = rdata_q;
  end

endmodule
