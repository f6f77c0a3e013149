// SPDX-License-Identifier: Apache-2.0

// Receives completions, checks each against the read it answers, and sends its data to the reorder memory.
//
//   rx_cpl --> header --> what it says by itself --> the read's data missing as it says? --> act: commit, fail, write
//                 '-----> tag's place ------------> its entry ----------^
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
  // Lookup of the tag in the clients' tables, answered three cycles later (see snap_pcie_tags). What follows belongs to
  // the answer; without a hit commit_o and fail_o mean nothing.
  output logic [7:0]           lookup_tag_o,
  input  logic                 lookup_hit_i,
  input  logic [3:0]           lookup_received_i,
  output logic [3:0]           lookup_remaining_o,  // a cycle before the answer: what the header says is missing ...
  output logic                 lookup_addr6_o,      // ... from where: address bit 6
  input  logic                 lookup_fits_i,       // the table says so, too
  output logic                 commit_o,
  output logic [3:0]           commit_units_o,
  output logic                 commit_poison_o,
  output logic                 fail_o,
  output logic [2:0]           fail_error_o,
  // A beat of data for the read that was looked up, beat write_beat_o of its place.
  output logic                 write_o,
  output logic [4:0]           write_beat_o,
  output logic [DataWidth-1:0] write_data_o,
  output logic                 err_completion_o,
  output logic                 busy_o  // a beat is inside
);
  localparam int unsigned UnitBeats     = 512 / DataWidth;
  localparam int unsigned UnitBeatsLog2 = $clog2(UnitBeats);
  localparam logic [2:0] ErrorUr = 3'd1, ErrorCa = 3'd2, ErrorMalformed = 3'd5;
  localparam logic [2:0] StatusSc = 3'b000, StatusCrs = 3'b010, StatusCa = 3'b100;

  // ---------------------------------------------------------------- header
  // The header stays until the next one, so that the tag of a TLP is looked up with each of its beats.
  logic                 valid_q, sop_q, eop_q;
  logic [127:0]         hdr_q;
  logic [DataWidth-1:0] data_q;

  always_ff @(posedge clk_i) begin
    sop_q  <= rx_cpl_sop_i;
    eop_q  <= rx_cpl_eop_i;
    data_q <= rx_cpl_data_i;
    if (rx_cpl_valid_i && rx_cpl_sop_i) hdr_q <= rx_cpl_hdr_i;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= rx_cpl_valid_i;
  end

  logic [31:0] dw0, dw1, dw2;
  logic        same_attributes;
  logic [2:0]  status;
  logic [3:0]  units;

  assign dw0          = hdr_q[127:96];
  assign dw1          = hdr_q[95:64];
  assign dw2          = hdr_q[63:32];
  assign lookup_tag_o = dw2[15:8];

  assign status          = dw1[15:13];
  assign units           = dw0[7:4];
  assign same_attributes = dw0[22:20] == 3'b000 && !dw0[18] && dw0[13:12] == 2'b00;

  // What the header says by itself. The data must fit into what is missing; that is what the byte count says, and
  // whether it says so rightly is seen when the table has answered.
  logic                 valid1_q, sop1_q, eop1_q, ours1_q, cpld1_q, length1_q, place1_q, poison1_q, wrong1_q;
  logic [2:0]           error1_q;
  logic [3:0]           units1_q, missing1_q;
  logic                 addr6_1_q;
  logic [DataWidth-1:0] data1_q;

  always_ff @(posedge clk_i) begin
    sop1_q  <= sop_q;
    eop1_q  <= eop_q;
    data1_q <= data_q;
    // Completions without and with data, CplLk and CplDLk too; but those answer no read of ours. Tag bits 9 and 8
    // are part of the transaction id; ours are 0.
    ours1_q <= !dw0[31] && !dw0[29] && dw0[28:25] == 4'b0101 && dw2[31:16] == requester_id_i && !dw0[23] && !dw0[19];
    cpld1_q    <= dw0[31:24] == 8'b010_01010 && status == StatusSc && same_attributes;
    length1_q  <= dw0[9:8] == 2'b00 && dw0[3:0] == 4'h0 && units != 4'd0 && units <= dw1[9:6];
    place1_q   <= dw1[11:10] == 2'b00 && dw1[5:0] == 6'd0 && dw2[5:0] == 6'd0;
    wrong1_q   <= dw0[31:24] == 8'b000_01010 && same_attributes && status != StatusSc && status != StatusCrs;
    error1_q   <= (status == StatusCa) ? ErrorCa : ErrorUr;  // reserved codes count as UR
    poison1_q  <= dw0[14];
    units1_q   <= units;
    missing1_q <= dw1[9:6];
    addr6_1_q  <= dw2[6];
  end

  logic                 valid2_q, sop2_q, eop2_q, ours2_q, good2_q, poison2_q, addr6_2_q;
  logic [2:0]           error2_q;
  logic [3:0]           units2_q, missing2_q;
  logic [5:0]           total1, total2_q;  // beats
  logic [DataWidth-1:0] data2_q;

  assign total1 = 6'({2'b00, units1_q} << UnitBeatsLog2);

  always_ff @(posedge clk_i) begin
    sop2_q     <= sop1_q;
    eop2_q     <= eop1_q;
    data2_q    <= data1_q;
    ours2_q    <= ours1_q;
    good2_q    <= cpld1_q && length1_q && place1_q;
    error2_q   <= (wrong1_q && eop1_q) ? error1_q : ErrorMalformed;
    poison2_q  <= poison1_q;
    units2_q   <= units1_q;
    missing2_q <= missing1_q;
    addr6_2_q  <= addr6_1_q;
    total2_q   <= total1;
  end

  assign lookup_remaining_o = missing2_q;
  assign lookup_addr6_o     = addr6_2_q;

  logic                 first_q, mine_q, rest_q, end_q, good_q, poison_q;
  logic [2:0]           error_q;
  logic [3:0]           units_q;
  logic [5:0]           total_q;
  logic [DataWidth-1:0] beat_data_q;

  always_ff @(posedge clk_i) begin
    end_q       <= eop2_q;
    good_q      <= good2_q;
    error_q     <= error2_q;
    poison_q    <= poison2_q;
    units_q     <= units2_q;
    total_q     <= total2_q;
    beat_data_q <= data2_q;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      first_q  <= 1'b0;
      mine_q   <= 1'b0;
      rest_q   <= 1'b0;
    end else begin
      valid1_q <= valid_q;
      valid2_q <= valid1_q;
      first_q  <= valid2_q && sop2_q;
      mine_q   <= valid2_q && sop2_q && ours2_q;
      rest_q   <= valid2_q && !sop2_q;
    end
  end

  // ---------------------------------------------------------------- act
  logic       open_q;              // the TLP goes on, and its beats count
  logic [4:0] beat_q, start;       // beat of the read's place
  logic [5:0] left_q;              // beats of this TLP that are to come
  logic       last_q;              // the length says that the next beat is the final one
  logic       next, counted, good, take;

  assign next    = rest_q && open_q;
  assign counted = mine_q || next;
  assign good    = good_q && lookup_fits_i;
  assign start   = 5'({1'b0, lookup_received_i} << UnitBeatsLog2);
  // This beat carries data that belongs to a live read.
  assign take    = lookup_hit_i && (next || (mine_q && good));

  assign commit_o        = counted && last_q && end_q && (good || !first_q);
  assign fail_o          = (counted && last_q != end_q) || (mine_q && !good);
  assign fail_error_o    = (first_q && !good) ? error_q : ErrorMalformed;
  assign commit_units_o  = units_q;
  assign commit_poison_o = poison_q;
  assign write_o         = take;
  assign write_beat_o    = first_q ? start : beat_q;
  assign write_data_o    = beat_data_q;

  always_ff @(posedge clk_i) begin
    if (first_q) begin
      beat_q <= start + 1'b1;
      left_q <= total_q - 1'b1;
    end else if (next) begin
      beat_q <= beat_q + 1'b1;
      left_q <= left_q - 1'b1;
    end
    if (valid2_q && sop2_q) last_q <= total2_q == 6'd1;
    else if (first_q) last_q <= total_q == 6'd2;
    else if (next) last_q <= left_q == 6'd2;
  end

  logic unexpected_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q       <= 1'b0;
      unexpected_q <= 1'b0;
    end else begin
      unexpected_q <= first_q && !(mine_q && lookup_hit_i);
      if (first_q || next) open_q <= take && !last_q && !end_q;
    end
  end

  assign err_completion_o = unexpected_q;
  assign busy_o           = valid_q || valid1_q || valid2_q || first_q || rest_q || unexpected_q;

  // Completer id, byte count modified, digest and hints say nothing that matters here.
  logic unused_header;
  assign unused_header = ^{dw0[17:15], dw0[11:10], dw1[31:16], dw1[12], dw2[7], hdr_q[31:0]};
endmodule
