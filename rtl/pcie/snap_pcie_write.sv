// SPDX-License-Identifier: Apache-2.0

// Writes to host memory and interrupt messages, one TLP each, in the order of acceptance.
//
//   wr --+--> beats ------------------------------> tx_wr
//        '--> orders --+--> write ---------------------^
//   irq ----'          '--> snap_msix (pending) --> message
//
// A write comes in beats, with its address and size beside each; it is accepted with its last one, and only then gets
// its place among the orders, so that all of it is here when it starts.
// Promises: writes leave in order, whole, one beat a cycle without gaps. An interrupt takes its turn among the
// orders, so its message leaves behind every write accepted before it; a message that is offered goes ahead of the
// writes that have not started, so a stream of writes cannot hold it back. No TLP starts while bus_master_i is 0; once started it
// leaves whole. With abandon_i, what has not started is thrown away. drain_i lets no write begin, and one that has begun
// to come in comes to its end: it is not idle meanwhile.
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
  // bytes_i: 4, 32 or 64, addr_i aligned to it, both the same beside all beats; the first byte is data_i[7:0]
  input  logic                    wr_valid_i,
  output logic                    wr_ready_o,
  input  logic [63:0]             wr_addr_i,
  input  logic [DataWidth-1:0]    wr_data_i,
  input  logic                    wr_last_i,
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
  localparam int unsigned DwsHalf  = 8;  // of a write of 32 bytes

  // ---------------------------------------------------------------- FIFOs of beats and of orders
  // Sixteen words each, as deep as the FPGAs' memories of LUTs are.
  localparam int unsigned Depth = 16;
  // An order is a write's size and address, or an interrupt's vector in place of the address.
  localparam logic [1:0] Word = 2'd0, Half = 2'd1, Full = 2'd2, Interrupt = 2'd3;

  logic                 beat_ready, order_ready, beat_push, write_push, irq_push, beat_pop, order_pop;
  logic                 receiving_q;  // a write has begun to come in
  logic                 irq_turn_q;
  logic [61:0]          head_place;  // DWords
  logic [1:0]           head_kind;
  logic                 head_valid, head_write;
  logic [63:0]          head_addr;
  logic [DataWidth-1:0] head_data;

  // A write's order goes ahead of an interrupt that comes in the same cycle, which then goes ahead of the next.
  assign wr_ready_o  = beat_ready && order_ready && !irq_turn_q && (receiving_q || !drain_i);
  assign beat_push   = wr_valid_i && wr_ready_o;
  assign write_push  = beat_push && wr_last_i;
  assign irq_ready_o = order_ready && !drain_i && !write_push;
  assign irq_push    = irq_valid_i && irq_ready_o;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      receiving_q <= 1'b0;
      irq_turn_q  <= 1'b0;
    end else begin
      if (beat_push) receiving_q <= !wr_last_i;
      irq_turn_q <= irq_valid_i && !irq_push && !drain_i && (irq_turn_q || write_push);
    end
  end

  // verilator lint_off PINCONNECTEMPTY  // a beat is there when its order is
  snap_fifo_sync #(.Width(DataWidth), .Depth(Depth)) u_beats (
    .clk_i(clk_i), .rst_ni(rst_ni), .wvalid_i(beat_push), .wready_o(beat_ready), .wdata_i(wr_data_i),
    .rvalid_o(), .rready_i(beat_pop), .rdata_o(head_data), .level_o()
  );
  snap_fifo_sync #(.Width(64), .Depth(Depth)) u_orders (
    .clk_i(clk_i), .rst_ni(rst_ni), .wvalid_i(write_push || irq_push), .wready_o(order_ready),
    .wdata_i({wr_addr_i[63:10], write_push ? wr_addr_i[9:2] : irq_vector_i,
              write_push ? {wr_bytes_i[6], wr_bytes_i[5]} : Interrupt}),
    .rvalid_o(head_valid), .rready_i(order_pop), .rdata_o({head_place, head_kind}), .level_o()
  );
  // verilator lint_on PINCONNECTEMPTY

  assign head_addr      = {head_place, 2'b00};
  assign head_write     = head_valid && head_kind != Interrupt;
  assign raise_o        = head_valid && head_kind == Interrupt;
  assign raise_vector_o = head_place[7:0];

  // ---------------------------------------------------------------- beats
  localparam logic [1:0] LastOfHalf = DataWidth >= 256 ? 2'd0 : 2'd1;
  localparam logic [1:0] LastOfFull = 2'(512 / DataWidth - 1);

  logic               load, start_message, start_write, next_beat, discard, in_write_q, in_discard_q;
  logic [1:0]         beat_q;  // of the write that goes, or is thrown away
  logic               last, discard_end;

  logic               out_valid_q, out_sop_q, out_eop_q, out_write_q;
  logic [127:0]       out_hdr_q;
  logic [DataWidth-1:0] out_data_q;
  logic [BeatDws-1:0] out_strb_q;

  assign load          = !out_valid_q || tx_wr_ready_i;
  assign start_message = load && !in_write_q && bus_master_i && message_valid_i;
  assign start_write   = load && !in_write_q && !in_discard_q && bus_master_i && !message_valid_i && head_write;
  assign next_beat     = load && in_write_q;
  // Only behind an empty output, so that left_o never runs ahead of a write that is still there.
  assign discard       = in_discard_q || (abandon_i && head_write && !in_write_q && !out_valid_q && !start_write);
  assign last          = beat_q == (head_kind == Full ? LastOfFull : head_kind == Half ? LastOfHalf : 2'd0);
  assign discard_end   = discard && last;
  assign beat_pop      = start_write || next_beat || discard;
  assign order_pop     = raise_o || (beat_pop && last);
  assign message_ready_o = start_message;

  // Memory write request: 3 DWords of header below 4 GiB, 4 above; all bytes enabled.
  function automatic logic [127:0] header(input logic [63:0] addr, input logic wide,
                                          input logic [4:0] length, input logic [15:0] requester_id);
    logic [31:0] dw0, dw1;
    dw0    = {2'b01, wide, 5'b00000, 19'd0, length};
    dw1    = {requester_id, 8'd0, (length == 5'd1) ? 4'h0 : 4'hF, 4'hF};
    header = wide ? {dw0, dw1, addr} : {dw0, dw1, addr[31:0], 32'd0};
  endfunction

  logic [4:0] head_dws;
  assign head_dws = {head_kind == Full, head_kind == Half, 2'b00, head_kind == Word};

  always_ff @(posedge clk_i) begin
    if (load) begin
      out_sop_q   <= !in_write_q;
      out_eop_q   <= start_message || last;
      out_write_q <= !start_message;
      out_hdr_q   <= start_message ? header(message_addr_i, message_wide_i, 5'd1, requester_id_i)
                                   : header(head_addr, head_addr[63:32] != '0, head_dws, requester_id_i);
      // Behind a message's DWord lies what its strobes say not to look at.
      out_data_q  <= {head_data[DataWidth-1:32], start_message ? message_data_i : head_data[31:0]};
      for (int unsigned i = 0; i < BeatDws; i++) begin
        out_strb_q[i] <= i == 0 || (!start_message && (head_kind == Full || (head_kind == Half && i < DwsHalf)));
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      out_valid_q  <= 1'b0;
      in_write_q   <= 1'b0;
      in_discard_q <= 1'b0;
      beat_q       <= '0;
    end else begin
      if (load) out_valid_q <= start_message || start_write || next_beat;
      if (start_write || next_beat) in_write_q <= !last;
      if (discard) in_discard_q <= !last;
      if (beat_pop) beat_q <= last ? '0 : beat_q + 1'b1;
    end
  end

  // ---------------------------------------------------------------- what has left
  logic [7:0] accepted_q, left_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      accepted_q <= '0;
      left_q     <= '0;
    end else begin
      accepted_q <= accepted_q + 8'(write_push);
      left_q     <= left_q + 8'((out_valid_q && tx_wr_ready_i && out_eop_q && out_write_q) || discard_end);
    end
  end

  assign accepted_o      = accepted_q;
  assign left_o          = left_q;
  assign message_in_tx_o = out_valid_q && !out_write_q;
  assign idle_o          = !head_valid && !out_valid_q && !receiving_q;

  assign tx_wr_valid_o = out_valid_q;
  assign tx_wr_sop_o   = out_sop_q;
  assign tx_wr_eop_o   = out_eop_q;
  assign tx_wr_hdr_o   = out_hdr_q;
  assign tx_wr_data_o  = out_data_q;
  assign tx_wr_strb_o  = out_strb_q;

  logic unused_low;
  assign unused_low = ^{wr_addr_i[1:0], wr_bytes_i[4:0]};  // whole DWords only, of three sizes

`ifdef VERILATOR
  logic [6:0] bytes_q;
  logic [63:0] addr_q;
  logic [1:0] received_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      received_q <= '0;
    end else if (beat_push) begin
      addr_q     <= wr_addr_i;
      bytes_q    <= wr_bytes_i;
      received_q <= wr_last_i ? '0 : received_q + 1'b1;
      assert (!receiving_q || (addr_q == wr_addr_i && bytes_q == wr_bytes_i));
      assert (wr_last_i == (received_q == (wr_bytes_i[6] ? LastOfFull : wr_bytes_i[5] ? LastOfHalf : 2'd0)));
    end
  end
`endif
endmodule
