// SPDX-License-Identifier: Apache-2.0
// A model of the ECP5's flip-flop as Yosys uses it: data from DI; clock enable always on, or CE; set or reset by LSR,
// synchronous or not. Whatever else is asked of it ends the simulation.
module TRELLIS_FF #(
    parameter GSR = "ENABLED", parameter CEMUX = "1", parameter CLKMUX = "CLK", parameter LSRMUX = "LSR",
    parameter SRMODE = "LSR_OVER_CE", parameter REGSET = "RESET"
) (
    input  logic CLK, LSR, CE, DI,
    output logic Q
);

  if (GSR != "DISABLED" || (CEMUX != "1" && CEMUX != "CE") || CLKMUX != "CLK" ||
      (LSRMUX != "LSR" && LSRMUX != "INV") || (SRMODE != "LSR_OVER_CE" && SRMODE != "ASYNC") ||
      (REGSET != "RESET" && REGSET != "SET")) begin : g_check
    $error("TRELLIS_FF: this configuration is not modelled");
  end

  localparam bit Value = REGSET == "SET";
  logic enable, reset;
  assign enable = CEMUX == "1" || CE;
  assign reset = LSRMUX == "INV" ? !LSR : LSR;

  if (SRMODE == "ASYNC") begin : g_async
    always_ff @(posedge CLK or posedge reset) begin
      if (reset) Q <= Value;
      else if (enable) Q <= DI;
    end
  end else begin : g_sync
    always_ff @(posedge CLK) begin
      if (reset) Q <= Value;
      else if (enable) Q <= DI;
    end
  end

endmodule
