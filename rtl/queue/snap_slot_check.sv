// SPDX-License-Identifier: Apache-2.0
// Judges the header of a slot. The first that applies, in the order of the status codes' groups:
// opcode, flags and reserved fields, length, address. The verdict comes three cycles behind the header, a header a
// cycle: its row of the tables, its distances from the row's limits, the verdict.
module snap_slot_check (
    input  logic         clk_i,
    input  logic [255:0] header_i,
    input  logic         slot_512_i,
    input  logic [255:0] opcodes_i,
    output logic [  7:0] status_o
);

  snapcard_pkg::job_header_t header;
  assign header = header_i;

  logic unused_cookie;
  assign unused_cookie = ^header.cookie;

  // ---------------------------------------------------------------- its row
  logic [7:0] flags_allowed;
  logic indirect;
  always_comb begin
    flags_allowed = 8'd0;
    for (int unsigned i = 0; i < snapcard_pkg::NumOpcodes; i++) begin
      if (header.opcode == snapcard_pkg::OpcodeValue[8*i+:8]) flags_allowed = snapcard_pkg::OpcodeFlags[8*i+:8];
    end
  end
  assign indirect = header.flags[snapcard_pkg::FlagIndirectBit];

  // The row of the lengths' table that is the job's; which one does not matter when the flags are wrong.
  logic [20:0] least, most;
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

  localparam int unsigned AlignBits = $clog2(snapcard_pkg::MessageAlignBytes);
  logic known_q, indirect_q, slot_512_q, reserved_q, addressed_q, misaligned_q, end_of_memory_q, long_q;
  logic [7:0] flags_q, flags_allowed_q;
  logic [20:0] length_q, least_q, most_q, address_q;
  logic [6:0] step_q;
  always_ff @(posedge clk_i) begin
    known_q <= opcodes_i[header.opcode];
    indirect_q <= indirect;
    slot_512_q <= slot_512_i;
    reserved_q <= header.reserved0 != 16'd0 || header.reserved1 != 64'd0;
    addressed_q <= header.address != 64'd0;
    misaligned_q <= header.address[AlignBits-1:0] != '0;
    end_of_memory_q <= header.address[63:21] == {43{1'b1}};
    long_q <= header.length[31:21] != 11'd0;
    flags_q <= header.flags;
    flags_allowed_q <= flags_allowed;
    length_q <= header.length[20:0];
    least_q <= least;
    most_q <= most;
    address_q <= header.address[20:0];
    step_q <= step;
  end

  // ---------------------------------------------------------------- how far from the limits
  // Differences with a borrow, a carry chain each.
  logic [21:0] over, under, past;
  logic [9:0] room;
  logic [10:0] left;
  assign over = {1'b0, length_q} - {1'b0, least_q};
  assign under = {1'b0, most_q} - {1'b0, length_q};
  assign room = (slot_512_q ? 10'd512 : 10'd256) - 10'(snapcard_pkg::JobHeaderBytes);
  assign left = {1'b0, room} - {1'b0, length_q[9:0]};
  // The length is at most 2^20 when it is good, so only an address in the last 2 MiB can wrap.
  assign past = {1'b0, address_q} + {1'b0, length_q};

  // Only the signs matter, and of `over` the steps.
  logic unused_differences;
  assign unused_differences = ^{over[20:13], under[20:0], left[9:0]};

  logic known2_q, flags_bad_q, length_bad_q, address_bad_q;
  logic [12:0] over_q;
  logic [6:0] step2_q;
  always_ff @(posedge clk_i) begin
    known2_q <= known_q;
    flags_bad_q <= (flags_q & ~flags_allowed_q) != 8'd0 || reserved_q || (!indirect_q && addressed_q);
    length_bad_q <= long_q || over[21] || under[21]
        || (indirect_q ? length_q == 21'd0 : length_q[20:10] != 11'd0 || left[10]);
    address_bad_q <= indirect_q && (misaligned_q || (end_of_memory_q && past[21] && past[20:0] != 21'd0));
    over_q <= over[12:0];
    step2_q <= step_q;
  end

  // ---------------------------------------------------------------- verdict
  // Steps are 2^n, or 3 * 2^n for lengths of a few kilobytes: 2^n decides by the lower bits, 3 by the digits of 4 bits,
  // of which each counts 1 modulo 3.
  logic [1:0] digit_low, digit_high;
  logic thirds;
  logic off_step;
  always_comb begin
    digit_low = 2'(over_q[8:5] % 4'd3);
    digit_high = 2'(over_q[12:9] % 4'd3);
    thirds = 3'({1'b0, digit_low} + {1'b0, digit_high}) % 3'd3 == 3'd0;
    unique case (step2_q)
      7'd1: off_step = 1'b0;
      7'd16: off_step = over_q[3:0] != 4'd0;
      7'd32: off_step = over_q[4:0] != 5'd0;
      7'd96: off_step = over_q[4:0] != 5'd0 || !thirds;
      default: off_step = 1'b1;  // a step that nobody has taught this module
    endcase
  end

  logic [7:0] status_q;
  always_ff @(posedge clk_i) begin
    if (!known2_q) status_q <= snapcard_pkg::StatusBadOpcode;
    else if (flags_bad_q) status_q <= snapcard_pkg::StatusBadFlags;
    else if (length_bad_q || off_step) status_q <= snapcard_pkg::StatusBadLength;
    else if (address_bad_q) status_q <= snapcard_pkg::StatusBadAddress;
    else status_q <= snapcard_pkg::StatusOk;
  end
  assign status_o = status_q;

endmodule
