// SPDX-License-Identifier: Apache-2.0
// Takes the slots that arrive in order and offers them whole: its head has been checked, all its data is here or
// its fetch has failed, so whoever takes it needs no way back. One beat a cycle goes in.
//
// flush_i: a reset is coming, so what arrives is taken and dropped, and the reads in flight can end.
module snap_slot_buffer #(
    parameter int unsigned NumQueues = 4,
    parameter int unsigned DataWidth = 128,
    parameter int unsigned MetaWidth = 24,
    localparam int unsigned BeatBytes = DataWidth / 8,
    localparam int unsigned SlotBeats = 512 / BeatBytes,  // of the larger slot
    localparam int unsigned BeatWidth = $clog2(SlotBeats)
) (
    input logic clk_i,
    input logic rst_ni,
    input logic flush_i,
    input logic [255:0] opcodes_i,

    input logic rsp_valid_i,
    output logic rsp_ready_o,
    input logic [DataWidth-1:0] rsp_data_i,
    input logic rsp_last_i,
    input logic [2:0] rsp_error_i,
    input logic [MetaWidth-1:0] rsp_meta_i,  // as snap_slot_fetch made it
    output logic [NumQueues-1:0] received_o,  // a slot of this queue is here

    // The oldest slot; stays until taken.
    output logic slot_valid_o,
    input logic slot_take_i,
    output logic [3:0] slot_queue_o,
    output logic [15:0] slot_index_o,
    output logic [7:0] slot_status_o,
    output logic [63:0] slot_cookie_o,
    output logic [7:0] slot_opcode_o,
    output logic [7:0] slot_flags_o,
    output logic [20:0] slot_length_o,
    output logic [57:0] slot_address_o,  // 64-byte units

    // A beat of the oldest slot, one cycle after read_i.
    input logic read_i,
    input logic [BeatWidth-1:0] read_beat_i,
    output logic [DataWidth-1:0] read_data_o
);

  if (DataWidth != 128 && DataWidth != 256 && DataWidth != 512) begin : g_check
    $error("snap_slot_buffer: DataWidth must be 128, 256 or 512");
  end

  localparam int unsigned Buffers = 4;
  localparam int unsigned BufferWidth = 2;

  // ---------------------------------------------------------------- meta
  logic rsp_slot_512;
  logic [3:0] rsp_queue;
  logic [15:0] rsp_index;
  assign {rsp_slot_512, rsp_queue, rsp_index} = rsp_meta_i[20:0];
  if (MetaWidth > 21) begin : g_meta
    logic unused_meta;
    assign unused_meta = ^rsp_meta_i[MetaWidth-1:21];
  end

  // ---------------------------------------------------------------- arrival
  logic [BufferWidth-1:0] write_buffer_q, read_buffer_q;
  logic [BufferWidth:0] used_q;  // whole slots that nobody has taken yet
  logic [BeatWidth-1:0] beat_q, last_beat;
  logic second_q;  // the response's first slot is behind us
  logic [2:0] error_q, error;
  logic accept, slot_end;

  assign rsp_ready_o = flush_i || used_q != (BufferWidth + 1)'(Buffers);
  assign accept = rsp_valid_i && rsp_ready_o && !flush_i;
  assign last_beat = rsp_slot_512 ? BeatWidth'(SlotBeats - 1) : BeatWidth'(SlotBeats / 2 - 1);
  assign slot_end = accept && beat_q == last_beat;
  // The parts of a slot may end in different ways: the first failure is the slot's.
  assign error = error_q != 3'd0 ? error_q : rsp_error_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      write_buffer_q <= '0;
      read_buffer_q <= '0;
      used_q <= '0;
      beat_q <= '0;
      second_q <= 1'b0;
      error_q <= 3'd0;
    end else begin
      if (accept) begin
        beat_q <= slot_end ? '0 : beat_q + 1'b1;
        error_q <= slot_end ? 3'd0 : error;
        if (slot_end) second_q <= !rsp_last_i;
      end
      if (slot_end) write_buffer_q <= write_buffer_q + 1'b1;
      if (slot_take_i) read_buffer_q <= read_buffer_q + 1'b1;
      used_q <= used_q + (BufferWidth + 1)'(slot_end) - (BufferWidth + 1)'(slot_take_i);
    end
  end

  always_comb begin
    for (int unsigned q = 0; q < NumQueues; q++) received_o[q] = slot_end && rsp_queue == 4'(q);
  end

  snap_ram_1r1w #(
      .Width(DataWidth),
      .Depth(Buffers * SlotBeats)
  ) u_ram (
      .clk_i,
      .we_i(accept),
      .waddr_i({write_buffer_q, beat_q}),
      .wdata_i(rsp_data_i),
      .re_i(read_i),
      .raddr_i({read_buffer_q, read_beat_i}),
      .rdata_o(read_data_o)
  );

  // ---------------------------------------------------------------- header
  // The header has been caught in the first beat or two and judged three cycles later. The smallest slot has 4 beats,
  // and its descriptor is made a cycle behind the last.
  logic [255:0] header_q;
  logic slot_512_q;
  snapcard_pkg::job_header_t header;
  assign header = header_q;

  if (DataWidth == 128) begin : g_header_in_two
    always_ff @(posedge clk_i) begin
      if (accept && beat_q == BeatWidth'(0)) header_q[127:0] <= rsp_data_i;
      if (accept && beat_q == BeatWidth'(1)) header_q[255:128] <= rsp_data_i;
    end
  end else begin : g_header_in_one
    always_ff @(posedge clk_i) begin
      if (accept && beat_q == BeatWidth'(0)) header_q <= rsp_data_i[255:0];
    end
  end

  logic [7:0] verdict;
  snap_slot_check u_check (
      .clk_i,
      .header_i(header_q),
      .slot_512_i(slot_512_q),
      .opcodes_i,
      .status_o(verdict)
  );
  always_ff @(posedge clk_i) begin
    if (accept) slot_512_q <= rsp_slot_512;
  end

  // ---------------------------------------------------------------- whole slots
  localparam int unsigned DescriptorWidth = 4 + 16 + 8 + 64 + 8 + 8 + 21 + 58;
  logic [DescriptorWidth-1:0] descriptor, head;
  logic whole_q;  // the slot's last beat has been the cycle before
  logic [3:0] queue_q;
  logic [15:0] index_q;
  logic [2:0] whole_error_q;
  logic [7:0] status;
  logic unused_ready;
  logic [BufferWidth:0] unused_level;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) whole_q <= 1'b0;
    else whole_q <= slot_end;
  end
  always_ff @(posedge clk_i) begin
    queue_q <= rsp_queue;
    index_q <= rsp_index + {15'd0, second_q};
    whole_error_q <= error;
  end
  assign status = whole_error_q != 3'd0 ? snapcard_pkg::StatusFetchUr + {5'd0, whole_error_q - 3'd1} : verdict;
  assign descriptor = {
    queue_q,
    index_q,
    status,
    whole_error_q != 3'd0 ? 64'd0 : header.cookie,
    header.opcode,
    header.flags,
    header.length[20:0],
    header.address[63:6]
  };

  snap_fifo_sync #(
      .Width(DescriptorWidth),
      .Depth(Buffers)
  ) u_descriptors (
      .clk_i,
      .rst_ni,
      .wvalid_i(whole_q),
      .wready_o(unused_ready),  // used_q has counted it in
      .wdata_i(descriptor),
      .rvalid_o(slot_valid_o),
      .rready_i(slot_take_i),
      .rdata_o(head),
      .level_o(unused_level)
  );

  assign {slot_queue_o, slot_index_o, slot_status_o, slot_cookie_o, slot_opcode_o,
          slot_flags_o, slot_length_o, slot_address_o} = head;

  // Looked at by the check only, or reserved.
  logic unused_header;
  assign unused_header = ^{header.reserved0, header.reserved1,
                           header.length[31:21], header.address[5:0]};

`ifdef VERILATOR
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) begin
      assert (!slot_take_i || slot_valid_o);
      assert (!whole_q || unused_ready);
      assert (!slot_end || rsp_slot_512 || rsp_last_i || !second_q);
    end
  end
`endif

endmodule
