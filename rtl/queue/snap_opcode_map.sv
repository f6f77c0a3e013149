// SPDX-License-Identifier: Apache-2.0
// The opcodes that a card with these engines executes, a bit each: what it announces is what it accepts.
module snap_opcode_map #(
    parameter bit HasSha256 = 1,
    parameter bit HasSm3 = 1
) (
    output logic [255:0] opcodes_o
);

  always_comb begin
    opcodes_o = 256'd0;
    opcodes_o[snapcard_pkg::OpNoop] = 1'b1;
    opcodes_o[snapcard_pkg::OpSha256] = HasSha256;
    opcodes_o[snapcard_pkg::OpMerkleSha256] = HasSha256;
    opcodes_o[snapcard_pkg::OpMerkleSha256d] = HasSha256;
    opcodes_o[snapcard_pkg::OpSm3] = HasSm3;
    opcodes_o[snapcard_pkg::OpMerkleSm3] = HasSm3;
  end

endmodule
