// SPDX-License-Identifier: Apache-2.0

// Requests of the host to BAR0: one access of the register bus each, one at a time.
//
// Promises: a memory read or write of one DWord with all bytes enabled becomes an access at its address
// modulo the BAR's size (the hard block has matched the BAR). Everything else pulses err_request_o and touches
// nothing: non-posted requests are answered with Unsupported Request, posted ones are dropped up to their
// eop. A read without any byte enabled (the flush of PCIe 2.2.5) is answered with a DWord of 0, without an access
// and without an error.
// A read is answered only when all writes to host memory that were accepted before its value was taken have
// left (accepted_i, left_i: see snap_pcie_write), and no interrupt message is waiting: what the value tells
// the host, the host finds in its memory. Without bus mastering those writes may never leave: nobody waits then.
module snap_pcie_regs_port #(
  parameter int unsigned DataWidth = 128
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  logic [15:0]          completer_id_i,
  input  logic                 rx_req_valid_i,
  output logic                 rx_req_ready_o,
  input  logic                 rx_req_sop_i,
  input  logic                 rx_req_eop_i,
  input  logic [127:0]         rx_req_hdr_i,
  input  logic [DataWidth-1:0] rx_req_data_i,
  output logic                 tx_cpl_valid_o,
  input  logic                 tx_cpl_ready_i,
  output logic [127:0]         tx_cpl_hdr_o,
  output logic [DataWidth-1:0] tx_cpl_data_o,
  output logic                 acc_valid_o,   // held until acc_ack_i
  output logic                 acc_write_o,
  output logic [16:0]          acc_addr_o,
  output logic [31:0]          acc_wdata_o,
  input  logic                 acc_ack_i,
  input  logic [31:0]          acc_rdata_i,
  input  logic [7:0]           accepted_i,
  input  logic [7:0]           left_i,
  input  logic                 message_in_tx_i,
  input  logic                 bus_master_i,
  output logic                 err_request_o,
  output logic                 busy_o
);
  typedef enum logic [1:0] {
    StIdle,    // takes beats
    StAccess,  // on the register bus
    StWait,    // for the writes before
    StAnswer   // on tx_cpl
  } state_e;
  localparam logic [2:0] StatusSc = 3'b000, StatusUr = 3'b001;

  // ---------------------------------------------------------------- request header
  logic [31:0] dw0, dw1;
  logic [4:0]  kind;
  logic        has_data, four_dw, prefix;
  logic        is_memory, is_read, is_write, is_nonposted, is_locked;
  logic [3:0]  first_be, last_be;
  logic        one_dw, good, flush;
  logic [31:0] addr_lo;

  assign dw0      = rx_req_hdr_i[127:96];
  assign dw1      = rx_req_hdr_i[95:64];
  assign prefix   = dw0[31];
  assign has_data = dw0[30];
  assign four_dw  = dw0[29];
  assign kind     = dw0[28:24];
  assign first_be = dw1[3:0];
  assign last_be  = dw1[7:4];
  assign addr_lo  = four_dw ? rx_req_hdr_i[31:0] : rx_req_hdr_i[63:32];

  always_comb begin
    is_locked = !prefix && !has_data && kind == 5'b00001;
    is_memory = !prefix && (kind == 5'b00000 || is_locked);
    is_read   = is_memory && !has_data;
    is_write  = is_memory && has_data;
    case (kind)
      5'b00010, 5'b00100, 5'b00101: is_nonposted = !prefix;              // I/O, configuration 0 and 1
      5'b01100, 5'b01101, 5'b01110: is_nonposted = !prefix && has_data;  // FetchAdd, Swap, CAS
      5'b11011:                     is_nonposted = !prefix && has_data;  // deferrable memory write
      default:                      is_nonposted = is_read;
    endcase
    one_dw = dw0[9:0] == 10'd1 && last_be == 4'h0;
    flush  = is_read && !is_locked && one_dw && first_be == 4'h0;
    good   = (is_read || (is_write && !dw0[14])) && !is_locked && one_dw && first_be == 4'hF && rx_req_eop_i;
  end

  // Bytes from the first to the last enabled one (PCIe table 2-39), modulo 4096.
  function automatic logic [11:0] byte_count(input logic [9:0] length, input logic [3:0] first,
                                             input logic [3:1] last);
    logic [2:0] skip_front, skip_back;
    logic [3:1] back;
    back       = (length == 10'd1) ? first[3:1] : last;
    skip_front = first[0] ? 3'd0 : first[1] ? 3'd1 : first[2] ? 3'd2 : 3'd3;
    skip_back  = back[3] ? 3'd0 : back[2] ? 3'd1 : back[1] ? 3'd2 : 3'd3;
    if (length == 10'd1 && first == 4'h0) byte_count = 12'd1;
    else byte_count = {length, 2'b00} - 12'(skip_front) - 12'(skip_back);
  endfunction

  function automatic logic [1:0] first_byte(input logic [3:0] first);
    first_byte = first[0] ? 2'd0 : first[1] ? 2'd1 : first[2] ? 2'd2 : (first[3] ? 2'd3 : 2'd0);
  endfunction

  // ---------------------------------------------------------------- one request at a time
  state_e      state_q;
  logic        write_q, with_data_q;
  logic [16:0] addr_q;
  logic [31:0] data_q;
  logic [7:0]  goal_q, missing;
  logic [127:0] hdr_q;
  logic        start, err_q;
  logic [2:0]  status;
  logic [11:0] count;
  logic [6:0]  lower;

  assign rx_req_ready_o = state_q == StIdle;
  assign start          = rx_req_valid_i && rx_req_ready_o && rx_req_sop_i;
  assign missing        = goal_q - left_i;  // never more than the write FIFO holds, unless already passed

  assign status = (good || flush) ? StatusSc : StatusUr;
  assign count  = is_read ? byte_count(dw0[9:0], first_be, last_be[3:1]) : 12'd4;
  assign lower  = is_read ? {addr_lo[6:2], first_byte(first_be)} : 7'd0;

  always_ff @(posedge clk_i) begin
    if (start) begin
      write_q     <= is_write;
      with_data_q <= good || flush;
      addr_q      <= {addr_lo[16:2], 2'b00};
      data_q      <= is_write ? rx_req_data_i[31:0] : 32'd0;
      // The completion echoes traffic class, attributes and the whole transaction id.
      hdr_q       <= {1'b0, good || flush, 1'b0, 4'b0101, is_locked, dw0[23:18], 4'b0000, dw0[13:12],
                      11'd0, good || flush,
                      completer_id_i, status, 1'b0, count,
                      dw1[31:8], 1'b0, lower, 32'd0};
    end
    if (state_q == StAccess && acc_ack_i && !write_q) data_q <= acc_rdata_i;
    if (start || (state_q == StAccess && acc_ack_i)) goal_q <= accepted_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      err_q   <= 1'b0;
    end else begin
      err_q <= start && !good && !flush;
      unique case (state_q)
        StIdle: begin
          if (start && good) state_q <= StAccess;
          else if (start && is_nonposted) state_q <= StWait;
        end
        StAccess: if (acc_ack_i) state_q <= write_q ? StIdle : StWait;
        StWait:   if (((missing == '0 || missing[7]) && !message_in_tx_i) || !bus_master_i) state_q <= StAnswer;
        StAnswer: if (tx_cpl_ready_i) state_q <= StIdle;
        default:  state_q <= StIdle;
      endcase
    end
  end

  assign acc_valid_o    = state_q == StAccess;
  assign acc_write_o    = write_q;
  assign acc_addr_o     = addr_q;
  assign acc_wdata_o    = data_q;
  assign tx_cpl_valid_o = state_q == StAnswer;
  assign tx_cpl_hdr_o   = hdr_q;
  assign tx_cpl_data_o  = with_data_q ? DataWidth'(data_q) : '0;
  assign err_request_o  = err_q;
  assign busy_o         = state_q != StIdle || err_q;

  // Hints, digest, address type; upper address bits, which chose the BAR; data behind the first DWord.
  logic unused_request;
  assign unused_request = ^{dw0[17:15], dw0[11:10], addr_lo[31:17], addr_lo[1:0], rx_req_data_i[DataWidth-1:32]};
endmodule
