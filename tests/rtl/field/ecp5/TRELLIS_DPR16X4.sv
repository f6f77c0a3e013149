// SPDX-License-Identifier: Apache-2.0
// A model of the ECP5's distributed RAM, 16 x 4 bits: written at the clock's edge, read without one.
module TRELLIS_DPR16X4 #(
    parameter WCKMUX = "WCK", parameter WREMUX = "WRE", parameter logic [63:0] INITVAL = '0
) (
    input  logic [3:0] DI, WAD, RAD,
    input  logic       WRE, WCK,
    output logic [3:0] DO
);

  if (WCKMUX != "WCK" || WREMUX != "WRE") begin : g_check
    $error("TRELLIS_DPR16X4: this configuration is not modelled");
  end

  logic [3:0] mem [0:15];
  initial begin
    for (int i = 0; i < 16; i++) mem[i] = INITVAL[4*i +: 4];
  end
  always_ff @(posedge WCK) if (WRE) mem[WAD] <= DI;
  assign DO = mem[RAD];

endmodule
