// SPDX-License-Identifier: Apache-2.0
// A model of the ECP5 cell MULT18X18D as snap_dsp_mul uses it: unsigned operands from the A and B pins, input and
// output registers each on or off ("CLK0" or "NONE"), enabled by CE0 and reset synchronously by RST0.
// Whatever else is asked of it ends the simulation.
//
// With FIELD_FAULTS defined, the test may change every product on its way to the output register.
`ifdef FIELD_FAULTS
import "DPI-C" function int fault_site(input string path);
import "DPI-C" function longint unsigned fault_apply(input int site, input longint unsigned product);
`endif

module MULT18X18D #(
    parameter REG_INPUTA_CLK = "NONE", parameter REG_INPUTA_CE = "CE0", parameter REG_INPUTA_RST = "RST0",
    parameter REG_INPUTB_CLK = "NONE", parameter REG_INPUTB_CE = "CE0", parameter REG_INPUTB_RST = "RST0",
    parameter REG_INPUTC_CLK = "NONE", parameter REG_PIPELINE_CLK = "NONE",
    parameter REG_OUTPUT_CLK = "NONE", parameter REG_OUTPUT_CE = "CE0", parameter REG_OUTPUT_RST = "RST0",
    parameter GSR = "ENABLED", parameter RESETMODE = "SYNC", parameter MULT_BYPASS = "DISABLED",
    parameter SOURCEB_MODE = "B_SHIFT"
) (
    input logic
        A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11, A12, A13, A14, A15, A16, A17, B0, B1, B2,
        B3, B4, B5, B6, B7, B8, B9, B10, B11, B12, B13, B14, B15, B16, B17, C0, C1, C2, C3, C4, C5,
        C6, C7, C8, C9, C10, C11, C12, C13, C14, C15, C16, C17,
        SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
        CLK0, CLK1, CLK2, CLK3, CE0, CE1, CE2, CE3, RST0, RST1, RST2, RST3,
    output logic
        P0, P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11, P12, P13, P14, P15, P16, P17, P18, P19,
        P20, P21, P22, P23, P24, P25, P26, P27, P28, P29, P30, P31, P32, P33, P34, P35
);

  localparam bit InputA = REG_INPUTA_CLK == "CLK0";
  localparam bit InputB = REG_INPUTB_CLK == "CLK0";
  localparam bit Output = REG_OUTPUT_CLK == "CLK0";

  if ((!InputA && REG_INPUTA_CLK != "NONE") || (!InputB && REG_INPUTB_CLK != "NONE") ||
      (!Output && REG_OUTPUT_CLK != "NONE") || REG_INPUTC_CLK != "NONE" || REG_PIPELINE_CLK != "NONE" ||
      REG_INPUTA_CE != "CE0" || REG_INPUTB_CE != "CE0" || REG_OUTPUT_CE != "CE0" ||
      REG_INPUTA_RST != "RST0" || REG_INPUTB_RST != "RST0" || REG_OUTPUT_RST != "RST0" ||
      GSR != "DISABLED" || RESETMODE != "SYNC" || MULT_BYPASS != "DISABLED" ||
      SOURCEB_MODE != "B_SHIFT") begin : g_check
    $error("MULT18X18D: this configuration is not modelled");
  end

  logic [17:0] a, b, a_q, b_q;
  logic [35:0] product, product_q;
  assign a = {
      A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
  assign b = {
      B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
  assign product = 36'(InputA ? a_q : a) * 36'(InputB ? b_q : b);
`ifdef FIELD_FAULTS
  int site;
  initial site = fault_site($sformatf("%m"));
`endif
  always_ff @(posedge CLK0) begin
    if (RST0) begin
      a_q <= '0;
      b_q <= '0;
      product_q <= '0;
    end else if (CE0) begin
      a_q <= a;
      b_q <= b;
`ifdef FIELD_FAULTS
      product_q <= 36'(fault_apply(site, 64'(product)));
`else
      product_q <= product;
`endif
    end
  end
  assign {
      P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17,
      P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} = Output ? product_q : product;

  always_ff @(posedge CLK0) assert (!SIGNEDA && !SIGNEDB && !SOURCEA && !SOURCEB);

  logic unused_pins;
  assign unused_pins = &{
      CLK1, CLK2, CLK3, CE1, CE2, CE3, RST1, RST2, RST3,
      C0, C1, C2, C3, C4, C5, C6, C7, C8, C9, C10, C11, C12, C13, C14, C15, C16, C17};

endmodule
