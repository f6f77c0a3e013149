// SPDX-License-Identifier: Apache-2.0

// Writes to host memory and interrupt messages, one TLP each, in the order of acceptance.
//
//   wr  --+--> FIFO --+--> beats --> tx_wr
//   irq --'           '--> snap_msix (pending) --> message --^
//
// Promises: writes leave in order, whole, one beat a cycle without gaps. An interrupt takes its turn in the
// same FIFO, so its message leaves behind every write accepted before it; a message that is offered goes ahead of the
// writes that have not started, so a stream of writes cannot hold it back. No TLP starts while bus_master_i is 0; once started it
// leaves whole. With abandon_i, what has not started is thrown away.
// accepted_o and left_o count writes (modulo 256): whoever remembers accepted_o and waits until left_o has
// reached it knows that all writes up to then are out.
module snap_pcie_write #(
  parameter int unsigned DataWidth = 128
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  input  logic [15:0]             requester_id_i,
  input  logic                    bus_master_i,
  input  logic                    drain_i,
  input  logic                    abandon_i,
  output logic                    idle_o,
  output logic [7:0]              accepted_o,
  output logic [7:0]              left_o,
  output logic                    message_in_tx_o,  // an interrupt message waits on tx_wr
  // bytes_i: 4, 32 or 64, addr_i aligned to it; the first byte is data_i[7:0]
  input  logic                    wr_valid_i,
  output logic                    wr_ready_o,
  input  logic [63:0]             wr_addr_i,
  input  logic [511:0]            wr_data_i,
  input  logic [6:0]              wr_bytes_i,
  input  logic                    irq_valid_i,
  output logic                    irq_ready_o,
  input  logic [7:0]              irq_vector_i,
  // to and from snap_msix
  output logic                    raise_o,
  output logic [7:0]              raise_vector_o,
  input  logic                    message_valid_i,
  output logic                    message_ready_o,
  input  logic [63:0]             message_addr_i,
  input  logic [31:0]             message_data_i,
  input  logic                    message_wide_i,  // the address is not below 4 GiB
  output logic                    tx_wr_valid_o,
  input  logic                    tx_wr_ready_i,
  output logic                    tx_wr_sop_o,
  output logic                    tx_wr_eop_o,
  output logic [127:0]            tx_wr_hdr_o,
  output logic [DataWidth-1:0]    tx_wr_data_o,
  output logic [DataWidth/32-1:0] tx_wr_strb_o
);
  localparam int unsigned BeatDws  = DataWidth / 32;
  localparam int unsigned BeatsMax = 512 / DataWidth;

  // ---------------------------------------------------------------- FIFO of writes and interrupts
  localparam int unsigned EntryWidth = 1 + 64 + 512 + 7;

  logic [1:0]            grant;
  logic                  fifo_ready, push, head_valid, pop;
  logic [EntryWidth-1:0] entry, head;
  logic                  head_irq, head_write;
  logic [63:0]           head_addr;
  logic [511:0]          head_data;
  logic [6:0]            head_bytes;

  assign push        = grant != 2'b00 && fifo_ready;
  assign wr_ready_o  = grant[0] && fifo_ready;
  assign irq_ready_o = grant[1] && fifo_ready;
  // Of an interrupt only the vector is read.
  assign entry       = {grant[1], wr_addr_i[63:8], grant[1] ? irq_vector_i : wr_addr_i[7:0], wr_data_i, wr_bytes_i};

  // verilator lint_off PINCONNECTEMPTY  // the one-hot grant is enough for two
  snap_arbiter_rr #(.N(2)) u_arbiter (
    .clk_i(clk_i), .rst_ni(rst_ni), .req_i({irq_valid_i, wr_valid_i} & {2{!drain_i}}), .grant_o(grant),
    .grant_idx_o(), .advance_i(push)
  );
  snap_fifo_sync #(.Width(EntryWidth), .Depth(4)) u_fifo (
    .clk_i(clk_i), .rst_ni(rst_ni), .wvalid_i(push), .wready_o(fifo_ready), .wdata_i(entry),
    .rvalid_o(head_valid), .rready_i(pop), .rdata_o(head), .level_o()
  );
  // verilator lint_on PINCONNECTEMPTY

  assign {head_irq, head_addr, head_data, head_bytes} = head;
  assign head_write     = head_valid && !head_irq;
  assign raise_o        = head_valid && head_irq;
  assign raise_vector_o = head_addr[7:0];

  // ---------------------------------------------------------------- beats
  logic                 load, start_message, start_write, next_beat, discard, in_write_q;
  logic [2:0]           beat_q;
  logic [4:0]           dws, dws_left;
  logic                 last;
  logic [DataWidth-1:0] beat_data;

  logic                 out_valid_q, out_sop_q, out_eop_q, out_write_q;
  logic [127:0]         out_hdr_q;
  logic [DataWidth-1:0] out_data_q;
  logic [BeatDws-1:0]   out_strb_q;

  assign load          = !out_valid_q || tx_wr_ready_i;
  assign start_message = load && !in_write_q && bus_master_i && message_valid_i;
  assign start_write   = load && !in_write_q && bus_master_i && !message_valid_i && head_write;
  assign next_beat     = load && in_write_q;
  // Only behind an empty output, so that left_o never runs ahead of a write that is still there.
  assign discard       = abandon_i && head_write && !in_write_q && !out_valid_q && !start_write;
  assign dws           = head_bytes[6:2];
  assign dws_left      = dws - 5'(32'(beat_q) * BeatDws);
  assign last          = 32'(dws_left) <= BeatDws;
  assign pop           = raise_o || ((start_write || next_beat) && last) || discard;
  assign message_ready_o = start_message;

  always_comb begin
    beat_data = head_data[DataWidth-1:0];
    for (int unsigned i = 1; i < BeatsMax; i++) begin
      if (32'(beat_q) == i) beat_data = head_data[i*DataWidth +: DataWidth];
    end
  end

  // Memory write request: 3 DWords of header below 4 GiB, 4 above; all bytes enabled.
  function automatic logic [127:0] header(input logic [63:0] addr, input logic wide,
                                          input logic [4:0] length, input logic [15:0] requester_id);
    logic [31:0] dw0, dw1;
    dw0    = {2'b01, wide, 5'b00000, 19'd0, length};
    dw1    = {requester_id, 8'd0, (length == 5'd1) ? 4'h0 : 4'hF, 4'hF};
    header = wide ? {dw0, dw1, addr} : {dw0, dw1, addr[31:0], 32'd0};
  endfunction

  always_ff @(posedge clk_i) begin
    if (load) begin
      out_sop_q   <= !in_write_q;
      out_eop_q   <= start_message || last;
      out_write_q <= !start_message;
      out_hdr_q   <= start_message ? header(message_addr_i, message_wide_i, 5'd1, requester_id_i)
                                   : header(head_addr, head_addr[63:32] != '0, dws, requester_id_i);
      out_data_q  <= start_message ? DataWidth'(message_data_i) : beat_data;
      for (int unsigned i = 0; i < BeatDws; i++) begin
        out_strb_q[i] <= start_message ? i == 0 : i < 32'(dws_left);
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      out_valid_q <= 1'b0;
      in_write_q  <= 1'b0;
      beat_q      <= '0;
    end else if (load) begin
      out_valid_q <= start_message || start_write || next_beat;
      if (start_write || next_beat) begin
        in_write_q <= !last;
        beat_q     <= last ? '0 : beat_q + 1'b1;
      end
    end
  end

  // ---------------------------------------------------------------- what has left
  logic [7:0] accepted_q, left_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      accepted_q <= '0;
      left_q     <= '0;
    end else begin
      accepted_q <= accepted_q + 8'(wr_valid_i && wr_ready_o);
      left_q     <= left_q + 8'((out_valid_q && tx_wr_ready_i && out_eop_q && out_write_q) || discard);
    end
  end

  assign accepted_o      = accepted_q;
  assign left_o          = left_q;
  assign message_in_tx_o = out_valid_q && !out_write_q;
  assign idle_o          = !head_valid && !out_valid_q;

  assign tx_wr_valid_o = out_valid_q;
  assign tx_wr_sop_o   = out_sop_q;
  assign tx_wr_eop_o   = out_eop_q;
  assign tx_wr_hdr_o   = out_hdr_q;
  assign tx_wr_data_o  = out_data_q;
  assign tx_wr_strb_o  = out_strb_q;

  logic unused_bytes;
  assign unused_bytes = ^head_bytes[1:0];  // whole DWords only
endmodule
