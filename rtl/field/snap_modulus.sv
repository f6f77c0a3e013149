// SPDX-License-Identifier: Apache-2.0
// The four moduli that signatures need, for all who choose among them. With a constant modulus_i a constant.
module snap_modulus (
    // bit 1: SM2 instead of secp256k1; bit 0: the group's order instead of the field's prime
    input  logic [1:0]   modulus_i,
    output logic [255:0] modulus_o
);
  localparam logic [255:0] PrimeSecp256k1 =
      256'hffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_fffffffe_fffffc2f;
  localparam logic [255:0] OrderSecp256k1 =
      256'hffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141;
  localparam logic [255:0] PrimeSm2 =
      256'hfffffffe_ffffffff_ffffffff_ffffffff_ffffffff_00000000_ffffffff_ffffffff;
  localparam logic [255:0] OrderSm2 =
      256'hfffffffe_ffffffff_ffffffff_ffffffff_7203df6b_21c6052b_53bbf409_39d54123;

  always_comb begin
    unique case (modulus_i)
      2'd0: modulus_o = PrimeSecp256k1;
      2'd1: modulus_o = OrderSecp256k1;
      2'd2: modulus_o = PrimeSm2;
      2'd3: modulus_o = OrderSm2;
    endcase
  end
endmodule
