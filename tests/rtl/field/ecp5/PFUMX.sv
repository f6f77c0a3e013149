// SPDX-License-Identifier: Apache-2.0
// A model of the ECP5 cell PFUMX: two LUT4 make a function of five inputs.
module PFUMX (
    input  logic ALUT, BLUT, C0,
    output logic Z
);

  assign Z = C0 ? ALUT : BLUT;

endmodule
