// SPDX-License-Identifier: Apache-2.0
// The opcodes that a card with these engines executes, a bit each: what it announces is what it accepts. Microcode is
// loaded by a job, which goes to one engine: with several of them there is no telling which.
module snap_opcode_map #(
    parameter bit HasSha256 = 1,
    parameter bit HasSm3 = 1,
    parameter int unsigned NumPoint = 1
) (
    output logic [255:0] opcodes_o
);

  logic [3:0] has;  // by engine
  assign has[snapcard_pkg::EngineNone] = 1'b1;
  assign has[snapcard_pkg::EngineSha256] = HasSha256;
  assign has[snapcard_pkg::EngineSm3] = HasSm3;
  assign has[snapcard_pkg::EnginePoint] = NumPoint != 0;

  always_comb begin
    opcodes_o = 256'd0;
    for (int unsigned i = 0; i < snapcard_pkg::NumOpcodes; i++) begin
      opcodes_o[snapcard_pkg::OpcodeValue[8*i+:8]] = has[snapcard_pkg::OpcodeEngine[2*i+:2]]
          && snapcard_pkg::OpcodeAnnounced[i];
    end
    if (NumPoint > 1) opcodes_o[snapcard_pkg::OpMicrocodeLoad] = 1'b0;
  end

endmodule
