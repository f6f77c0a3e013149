// SPDX-License-Identifier: Apache-2.0
// A model of the ECP5 cell CCU2C: two bits of a carry chain. Each bit has a function f of four inputs; if f is 1 the
// carry passes, else the function's lowest quarter (C = D = 0) is generated. The sum is f with the carry, which
// INJECT1 keeps out.
module CCU2C #(
    parameter logic [15:0] INIT0 = '0,
    parameter logic [15:0] INIT1 = '0,
    parameter INJECT1_0 = "YES",
    parameter INJECT1_1 = "YES"
) (
    input  logic CIN, A0, B0, C0, D0, A1, B1, C1, D1,
    output logic S0, S1, COUT
);

  localparam bit Open0 = INJECT1_0 == "NO";
  localparam bit Open1 = INJECT1_1 == "NO";

  logic f0, f1, generate0, generate1, carry1;
  assign f0 = INIT0[{D0, C0, B0, A0}];
  assign f1 = INIT1[{D1, C1, B1, A1}];
  assign generate0 = Open0 && INIT0[{2'b00, B0, A0}];
  assign generate1 = Open1 && INIT1[{2'b00, B1, A1}];
  assign carry1 = f0 ? CIN : generate0;
  assign COUT = f1 ? carry1 : generate1;
  assign S0 = f0 ^ (Open0 && CIN);
  assign S1 = f1 ^ (Open1 && carry1);

endmodule
