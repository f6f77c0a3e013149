// SPDX-License-Identifier: Apache-2.0
// Even parity of a word's limbs of 32 bits: parity_o[i] is the sum of limb i's bits.
module snap_parity (
    input  logic [255:0] data_i,
    output logic [7:0]   parity_o
);

  for (genvar i = 0; i < 8; i++) begin : g_limb
    assign parity_o[i] = ^data_i[32*i +: 32];
  end

endmodule
