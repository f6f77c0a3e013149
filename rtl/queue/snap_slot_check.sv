// SPDX-License-Identifier: Apache-2.0
// Judges the header of a slot. The first that applies, in the order of the status codes' groups:
// opcode, flags and reserved fields, length, address. Purely combinational.
module snap_slot_check (
    input  logic [255:0] header_i,
    input  logic         slot_512_i,
    input  logic [255:0] opcodes_i,
    output logic [  7:0] status_o
);

  snapcard_pkg::job_header_t header;
  assign header = header_i;

  logic unused_cookie;
  assign unused_cookie = ^header.cookie;

  logic [7:0] flags_allowed;
  logic merkle, echo, indirect;
  always_comb begin
    unique case (header.opcode)
      snapcard_pkg::OpNoop: flags_allowed = snapcard_pkg::OpFlagsNoop;
      snapcard_pkg::OpSha256: flags_allowed = snapcard_pkg::OpFlagsSha256;
      snapcard_pkg::OpSm3: flags_allowed = snapcard_pkg::OpFlagsSm3;
      snapcard_pkg::OpMerkleSha256: flags_allowed = snapcard_pkg::OpFlagsMerkleSha256;
      snapcard_pkg::OpMerkleSha256d: flags_allowed = snapcard_pkg::OpFlagsMerkleSha256d;
      snapcard_pkg::OpMerkleSm3: flags_allowed = snapcard_pkg::OpFlagsMerkleSm3;
      default: flags_allowed = 8'd0;
    endcase
  end
  assign merkle = header.opcode == snapcard_pkg::OpMerkleSha256
      || header.opcode == snapcard_pkg::OpMerkleSha256d
      || header.opcode == snapcard_pkg::OpMerkleSm3;
  assign echo = header.flags[snapcard_pkg::FlagEchoBit];
  assign indirect = header.flags[snapcard_pkg::FlagIndirectBit];

  logic flags_bad;
  assign flags_bad = (header.flags & ~flags_allowed) != 8'd0
      || header.reserved0 != 16'd0 || header.reserved1 != 64'd0
      || (!indirect && header.address != 64'd0);

  logic [31:0] length_max;
  logic positive, length_bad;
  assign length_max = indirect ? 32'(snapcard_pkg::MessageBytesMax)
      : (slot_512_i ? 32'd512 : 32'd256) - 32'(snapcard_pkg::JobHeaderBytes);
  assign positive = indirect || merkle || echo;
  assign length_bad = header.length > length_max
      || (positive && header.length == 32'd0)
      || (merkle && header.length % 32'(snapcard_pkg::MerkleLeafBytes) != 32'd0);

  // The length is at most 2^20 here, so only an address in the last 2 MiB can wrap.
  logic address_bad;
  assign address_bad = indirect
      && (header.address % 64'(snapcard_pkg::MessageAlignBytes) != 64'd0
      || (header.address[63:21] == {43{1'b1}}
      && {1'b0, header.address[20:0]} + {1'b0, header.length[20:0]} > 22'h200000));

  always_comb begin
    if (!opcodes_i[header.opcode]) status_o = snapcard_pkg::StatusBadOpcode;
    else if (flags_bad) status_o = snapcard_pkg::StatusBadFlags;
    else if (length_bad) status_o = snapcard_pkg::StatusBadLength;
    else if (address_bad) status_o = snapcard_pkg::StatusBadAddress;
    else status_o = snapcard_pkg::StatusOk;
  end

endmodule
