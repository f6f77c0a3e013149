// SPDX-License-Identifier: Apache-2.0

// snap_ram_1r1w in its variants, side by side on the same ports. The depth is no power of two.
module ram_bench (
  input  logic        clk_i,
  input  logic        we_i,
  input  logic [3:0]  waddr_i,
  input  logic [31:0] wdata_i,
  input  logic        re_i,
  input  logic [3:0]  raddr_i,
  output logic [31:0] generic_o,
  output logic [31:0] generic_reg_o,
  output logic [31:0] ecp5_o,
  output logic [31:0] ecp5_reg_o
);
  snap_ram_1r1w #(.Width(32), .Depth(13)) u_generic (
    .clk_i, .we_i, .waddr_i, .wdata_i, .re_i, .raddr_i, .rdata_o(generic_o)
  );
  snap_ram_1r1w #(.Width(32), .Depth(13), .OutputReg(1'b1)) u_generic_reg (
    .clk_i, .we_i, .waddr_i, .wdata_i, .re_i, .raddr_i, .rdata_o(generic_reg_o)
  );
  snap_ram_1r1w #(.Width(32), .Depth(13), .Target("ecp5")) u_ecp5 (
    .clk_i, .we_i, .waddr_i, .wdata_i, .re_i, .raddr_i, .rdata_o(ecp5_o)
  );
  snap_ram_1r1w #(.Width(32), .Depth(13), .OutputReg(1'b1), .Target("ecp5")) u_ecp5_reg (
    .clk_i, .we_i, .waddr_i, .wdata_i, .re_i, .raddr_i, .rdata_o(ecp5_reg_o)
  );
endmodule
