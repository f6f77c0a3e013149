// SPDX-License-Identifier: Apache-2.0
// Stands in for the hardware multiplier of rtl/field: the test may change every product before it reaches the
// output register.
import "DPI-C" function int fault_site(input string path);
import "DPI-C" function longint unsigned fault_apply(input int site, input int width,
                                                     input longint unsigned product);

module snap_dsp_mul #(
    parameter int unsigned AWidth = 18,
    parameter int unsigned BWidth = 18,
    parameter              Target = "generic"
) (
    input  logic                     clk_i,
    input  logic [AWidth-1:0]        a_i,
    input  logic [BWidth-1:0]        b_i,
    output logic [AWidth+BWidth-1:0] p_o
);

  if (Target != "generic") begin : g_check
    $error("the faulty multiplier is a model of the generic one");
  end

  int site;
  initial site = fault_site($sformatf("%m"));

  logic [AWidth-1:0] a_q;
  logic [BWidth-1:0] b_q;
  always_ff @(posedge clk_i) begin
    a_q <= a_i;
    b_q <= b_i;
    p_o <= (AWidth + BWidth)'(fault_apply(site, AWidth + BWidth, 64'(a_q) * 64'(b_q)));
  end

endmodule
