// SPDX-License-Identifier: Apache-2.0
// A model of the ECP5 cell LUT4: any function of four inputs.
module LUT4 #(
    parameter logic [15:0] INIT = '0
) (
    input  logic A, B, C, D,
    output logic Z
);

  assign Z = INIT[{D, C, B, A}];

endmodule
