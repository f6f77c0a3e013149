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
  logic indirect;
  always_comb begin
    flags_allowed = 8'd0;
    for (int unsigned i = 0; i < snapcard_pkg::NumOpcodes; i++) begin
      if (header.opcode == snapcard_pkg::OpcodeValue[8*i+:8]) flags_allowed = snapcard_pkg::OpcodeFlags[8*i+:8];
    end
  end
  assign indirect = header.flags[snapcard_pkg::FlagIndirectBit];

  logic flags_bad;
  assign flags_bad = (header.flags & ~flags_allowed) != 8'd0
      || header.reserved0 != 16'd0 || header.reserved1 != 64'd0
      || (!indirect && header.address != 64'd0);

  // The row of the lengths' table that is the job's; which one does not matter when the flags are wrong.
  logic [20:0] least, most, over;
  logic [6:0] step;
  always_comb begin
    least = '0;
    most = '0;
    step = '0;
    for (int unsigned i = 0; i < snapcard_pkg::NumLengths; i++) begin
      if (header.opcode == snapcard_pkg::LengthOpcode[8*i+:8]
          && (header.flags & snapcard_pkg::LengthFlagsMask) == snapcard_pkg::LengthFlags[8*i+:8]) begin
        least = snapcard_pkg::LengthLeast[21*i+:21];
        most = snapcard_pkg::LengthMost[21*i+:21];
        step = snapcard_pkg::LengthStep[7*i+:7];
      end
    end
  end
  assign over = header.length[20:0] - least;

  // Steps are 2^n, or 3 * 2^n for lengths of a few kilobytes: 2^n decides by the lower bits, 3 by the digits of 2 bits,
  // of which each counts 1 modulo 3.
  logic [3:0] digits;
  logic off_step;
  always_comb begin
    digits = 4'd0;
    for (int unsigned i = 5; i < 13; i += 2) digits = digits + {2'd0, over[i+:2]};
    unique case (step)
      7'd1: off_step = 1'b0;
      7'd16: off_step = over[3:0] != 4'd0;
      7'd32: off_step = over[4:0] != 5'd0;
      7'd96: off_step = over[4:0] != 5'd0 || digits % 4'd3 != 4'd0;
      default: off_step = 1'b1;  // a step that nobody has taught this module
    endcase
  end

  logic [31:0] room;
  logic length_bad;
  assign room = (slot_512_i ? 32'd512 : 32'd256) - 32'(snapcard_pkg::JobHeaderBytes);
  assign length_bad = header.length < {11'd0, least} || header.length > {11'd0, most} || off_step
      || (indirect ? header.length == 32'd0 : header.length > room);

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
