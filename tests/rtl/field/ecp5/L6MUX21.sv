// SPDX-License-Identifier: Apache-2.0
// A model of the ECP5 cell L6MUX21: the choice between two PFUMX or two of its own kind.
module L6MUX21 (
    input  logic D0, D1, SD,
    output logic Z
);

  assign Z = SD ? D1 : D0;

endmodule
