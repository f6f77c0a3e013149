// SPDX-License-Identifier: Apache-2.0
// The four moduli m that signatures need, and (m + 1) / 2, the half of 1 modulo m.
module snap_moduli (
    // bit 1: SM2 instead of secp256k1; bit 0: the group's order instead of the field's prime
    input  logic [1:0]   modulus_i,
    output logic [255:0] modulus_o,
    output logic [255:0] half_o
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
      2'd0: {half_o, modulus_o} = {(PrimeSecp256k1 >> 1) + 256'd1, PrimeSecp256k1};
      2'd1: {half_o, modulus_o} = {(OrderSecp256k1 >> 1) + 256'd1, OrderSecp256k1};
      2'd2: {half_o, modulus_o} = {(PrimeSm2 >> 1) + 256'd1, PrimeSm2};
      2'd3: {half_o, modulus_o} = {(OrderSm2 >> 1) + 256'd1, OrderSm2};
    endcase
  end

endmodule
