// SPDX-License-Identifier: Apache-2.0

// Receives completions, checks each against the read it answers, and sends its data to the reorder memory.
//
// Promises: takes a beat every cycle, whatever comes. What is not a completion with our requester id and the
// tag of a live read changes nothing and pulses err_completion_o. What is, but contradicts its read in type,
// status, length, byte count, lower address, attributes or number of beats, ends that read with error 5. UR
// and CA end it with 1 and 2. Data is counted only when all beats of its TLP came; a write goes only to
// a live read's own place, also when the read times out in the middle of a TLP.
// For other requesters the completion is "unexpected" (PCIe 2.3.2), so a wrong requester id leaves the read be.
module snap_pcie_cpl #(
  parameter int unsigned DataWidth = 128
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [15:0]          requester_id_i,
  input  logic                 rx_cpl_valid_i,
  input  logic                 rx_cpl_sop_i,
  input  logic                 rx_cpl_eop_i,
  input  logic [127:0]         rx_cpl_hdr_i,
  input  logic [DataWidth-1:0] rx_cpl_data_i,
  // Lookup of the tag in the clients' tables, answered in the same cycle.
  output logic [7:0]           lookup_tag_o,
  input  logic                 lookup_hit_i,
  input  logic [3:0]           lookup_received_i,
  input  logic [3:0]           lookup_remaining_i,
  input  logic                 lookup_addr6_i,
  output logic                 commit_o,
  output logic [3:0]           commit_units_o,
  output logic                 commit_poison_o,
  output logic                 fail_o,
  output logic [2:0]           fail_error_o,
  // A beat of data for the read that was looked up, beat write_beat_o of its place.
  output logic                 write_o,
  output logic [4:0]           write_beat_o,
  output logic [DataWidth-1:0] write_data_o,
  output logic                 err_completion_o
);
  localparam int unsigned UnitBeats     = 512 / DataWidth;
  localparam int unsigned UnitBeatsLog2 = $clog2(UnitBeats);
  localparam logic [2:0] ErrorUr = 3'd1, ErrorCa = 3'd2, ErrorMalformed = 3'd5;
  localparam logic [2:0] StatusSc = 3'b000, StatusCrs = 3'b010, StatusCa = 3'b100;

  // One register on the way in: the check below is long enough without the wires of the hard block.
  logic                 valid_q, sop_q, eop_q;
  logic [127:0]         hdr_q;
  logic [DataWidth-1:0] data_q;

  always_ff @(posedge clk_i) begin
    sop_q  <= rx_cpl_sop_i;
    eop_q  <= rx_cpl_eop_i;
    hdr_q  <= rx_cpl_hdr_i;
    data_q <= rx_cpl_data_i;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= rx_cpl_valid_i;
  end

  // ---------------------------------------------------------------- header
  logic [31:0] dw0, dw1, dw2;
  logic        is_completion, is_cpl, is_cpld, is_ours;
  logic [2:0]  status;
  logic        same_attributes, good_length, good_place, good_cpld;
  logic [3:0]  units;

  assign dw0 = hdr_q[127:96];
  assign dw1 = hdr_q[95:64];
  assign dw2 = hdr_q[63:32];

  // Cpl and CplD; CplLk and CplDLk are completions too, but answer no read of ours.
  assign is_completion = !dw0[31] && !dw0[29] && dw0[28:25] == 4'b0101;
  assign is_cpl        = dw0[31:24] == 8'b000_01010;
  assign is_cpld       = dw0[31:24] == 8'b010_01010;
  // Tag bits 9 and 8 are part of the transaction id; ours are 0.
  assign is_ours       = is_completion && dw2[31:16] == requester_id_i && !dw0[23] && !dw0[19];
  assign status        = dw1[15:13];

  assign units           = dw0[7:4];
  assign same_attributes = dw0[22:20] == 3'b000 && !dw0[18] && dw0[13:12] == 2'b00;
  assign good_length     = dw0[9:8] == 2'b00 && dw0[3:0] == 4'h0 && units != 4'd0 &&
                           units <= lookup_remaining_i;
  assign good_place      = dw1[11:0] == {2'b00, lookup_remaining_i, 6'd0} &&
                           dw2[6:0] == {lookup_addr6_i, 6'd0};
  assign good_cpld       = is_cpld && status == StatusSc && same_attributes && good_length && good_place;

  // ---------------------------------------------------------------- beats
  logic       in_tlp_q, skip_q, poison_q;
  logic [7:0] tag_q;
  logic [3:0] units_q;
  logic [4:0] beat_q, start;       // beat of the read's place
  logic [5:0] left_q, total;       // beats of this TLP that are to come
  logic       first, next, take, last;

  assign first        = valid_q && sop_q;
  assign next         = valid_q && !sop_q && in_tlp_q && !skip_q;
  assign lookup_tag_o = first ? dw2[15:8] : tag_q;
  assign start        = 5'({1'b0, lookup_received_i} << UnitBeatsLog2);
  assign total        = 6'({2'b00, units} << UnitBeatsLog2);

  // take: this beat carries data that belongs to a live read. last: the length says it is the final one.
  assign take = lookup_hit_i && (next || (first && is_ours && good_cpld));
  assign last = first ? total == 6'd1 : left_q == 6'd1;

  always_comb begin
    commit_o     = take && last && eop_q;
    fail_o       = take && last != eop_q;
    fail_error_o = ErrorMalformed;
    if (first && is_ours && lookup_hit_i && !good_cpld) begin
      fail_o = 1'b1;
      if (is_cpl && same_attributes && eop_q && status != StatusSc && status != StatusCrs) begin
        fail_error_o = (status == StatusCa) ? ErrorCa : ErrorUr;  // reserved codes count as UR
      end
    end
  end

  assign commit_units_o   = first ? units : units_q;
  assign commit_poison_o  = first ? dw0[14] : poison_q;
  assign write_o          = take;
  assign write_beat_o     = first ? start : beat_q;
  assign write_data_o     = data_q;
  assign err_completion_o = first && !(is_ours && lookup_hit_i);

  always_ff @(posedge clk_i) begin
    if (first) begin
      tag_q    <= dw2[15:8];
      units_q  <= units;
      poison_q <= dw0[14];
    end
    if (first) begin
      beat_q <= start + 1'b1;
      left_q <= total - 1'b1;
    end else if (next) begin
      beat_q <= beat_q + 1'b1;
      left_q <= left_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      in_tlp_q <= 1'b0;
      skip_q   <= 1'b0;
    end else if (first || next) begin
      in_tlp_q <= !eop_q;
      skip_q   <= !take || fail_o;
    end else if (valid_q && eop_q) begin
      in_tlp_q <= 1'b0;
    end
  end

  // Completer id, byte count modified, digest and hints say nothing that matters here.
  logic unused_header;
  assign unused_header = ^{dw0[17:15], dw0[11:10], dw1[31:16], dw1[12], dw2[7], hdr_q[31:0]};
endmodule
