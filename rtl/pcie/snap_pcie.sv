// SPDX-License-Identifier: Apache-2.0

// Between the TLP port and the card: registers of the host's requests, reads of two clients in order, writes
// and interrupts.
//
//   rx_req -> [regs_port] -+-> register bus           s_req -> [read s] -+-> tx_rd
//   tx_cpl <-'             '-> [msix] <- irq           d_req -> [read d] -'
//                                |                     s_rsp, d_rsp <- reorder memories <- [cpl] <- rx_cpl
//   wr, irq -> [write] <---------'  -> tx_wr
//
// Headers are as drawn in the PCIe specification, DWord 0 in bits 127:96; see docs/ARCHITECTURE.md for the
// channels, and the modules for what each promises. A read with an address below 4 GiB has a header of 3
// DWords, as the specification demands.
// drain_i: from the next cycle on accept no reads, writes and interrupts; drained_o: none are left. With the bus
// master bit off, nothing may leave, so a drain then ends what has not left: reads with error 1, writes by dropping them.
// msix_clear_i: the MSI-X table and pending bits are as after rst_ni.
module snap_pcie #(
  parameter int unsigned DataWidth        = 128,      // 128, 256 or 512
  parameter int unsigned SlotReadTags     = 16,       // power of two, 4 to 64
  parameter int unsigned DataReadTags     = 16,       // power of two, 4 to 64
  parameter int unsigned MetaWidth        = 24,
  parameter int unsigned NumVectors       = 4,        // 1 to 64
  parameter int unsigned CplTimeoutCycles = 1 << 20
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,
  // TLP channels
  input  logic                    rx_req_valid_i,
  output logic                    rx_req_ready_o,
  input  logic                    rx_req_sop_i,
  input  logic                    rx_req_eop_i,
  input  logic [127:0]            rx_req_hdr_i,
  input  logic [DataWidth-1:0]    rx_req_data_i,
  input  logic                    rx_cpl_valid_i,
  output logic                    rx_cpl_ready_o,
  input  logic                    rx_cpl_sop_i,
  input  logic                    rx_cpl_eop_i,
  input  logic [127:0]            rx_cpl_hdr_i,
  input  logic [DataWidth-1:0]    rx_cpl_data_i,
  output logic                    tx_rd_valid_o,
  input  logic                    tx_rd_ready_i,
  output logic [127:0]            tx_rd_hdr_o,
  output logic                    tx_wr_valid_o,
  input  logic                    tx_wr_ready_i,
  output logic                    tx_wr_sop_o,
  output logic                    tx_wr_eop_o,
  output logic [127:0]            tx_wr_hdr_o,
  output logic [DataWidth-1:0]    tx_wr_data_o,
  output logic [DataWidth/32-1:0] tx_wr_strb_o,
  output logic                    tx_cpl_valid_o,
  input  logic                    tx_cpl_ready_i,
  output logic [127:0]            tx_cpl_hdr_o,
  output logic [DataWidth-1:0]    tx_cpl_data_o,
  // configuration space
  input  logic [15:0]             cfg_requester_id_i,
  input  logic [2:0]              cfg_max_payload_i,
  input  logic [2:0]              cfg_max_read_i,
  input  logic                    cfg_ext_tag_i,
  input  logic                    cfg_bus_master_i,
  input  logic                    cfg_msix_enable_i,
  input  logic                    cfg_msix_mask_i,
  // control
  input  logic                    drain_i,
  output logic                    drained_o,
  input  logic                    msix_clear_i,
  output logic                    busy_o,
  // register bus: held until ack
  output logic                    reg_req_o,
  output logic                    reg_write_o,
  output logic [16:0]             reg_addr_o,
  output logic [31:0]             reg_wdata_o,
  input  logic                    reg_ack_i,
  input  logic [31:0]             reg_rdata_i,
  // reads: addresses aligned to 64 bytes, 1 to 8 units of 64 bytes within one block of 2^read_block_log2_o
  output logic [3:0]              read_block_log2_o,
  input  logic                    s_req_valid_i,
  output logic                    s_req_ready_o,
  input  logic [63:0]             s_req_addr_i,
  input  logic [3:0]              s_req_units_i,
  input  logic [MetaWidth-1:0]    s_req_meta_i,
  output logic                    s_rsp_valid_o,
  input  logic                    s_rsp_ready_i,
  output logic [DataWidth-1:0]    s_rsp_data_o,
  output logic                    s_rsp_last_o,
  output logic [2:0]              s_rsp_error_o,
  output logic [MetaWidth-1:0]    s_rsp_meta_o,
  input  logic                    d_req_valid_i,
  output logic                    d_req_ready_o,
  input  logic [63:0]             d_req_addr_i,
  input  logic [3:0]              d_req_units_i,
  input  logic [MetaWidth-1:0]    d_req_meta_i,
  output logic                    d_rsp_valid_o,
  input  logic                    d_rsp_ready_i,
  output logic [DataWidth-1:0]    d_rsp_data_o,
  output logic                    d_rsp_last_o,
  output logic [2:0]              d_rsp_error_o,
  output logic [MetaWidth-1:0]    d_rsp_meta_o,
  // writes (in beats, the address and the size beside each) and interrupts
  input  logic                    wr_valid_i,
  output logic                    wr_ready_o,
  input  logic [63:0]             wr_addr_i,
  input  logic [DataWidth-1:0]    wr_data_i,
  input  logic                    wr_last_i,
  input  logic [6:0]              wr_bytes_i,
  input  logic                    irq_valid_i,
  output logic                    irq_ready_o,
  input  logic [7:0]              irq_vector_i,
  // one-cycle pulses, one for each event
  output logic                    err_request_o,
  output logic                    err_completion_o,
  output logic                    err_read_o
);
  localparam int unsigned SlotIdxWidth = $clog2(SlotReadTags);
  localparam int unsigned DataIdxWidth = $clog2(DataReadTags);
  localparam int unsigned TagIdxWidth  = (SlotIdxWidth > DataIdxWidth) ? SlotIdxWidth : DataIdxWidth;

  if (DataWidth != 128 && DataWidth != 256 && DataWidth != 512) begin : g_check
    $error("snap_pcie: DataWidth must be 128, 256 or 512");
  end

  // Each hears of a drain a cycle later, from a register of its own: one would have wires across the whole chip.
  logic [5:0] drains; // {abandon, drain} of slots' reads, data's reads, writes
  logic s_drain, s_abandon, d_drain, d_abandon, w_drain, w_abandon;
  snap_fanout #(.Width(2), .Copies(3)) u_drains (
    .clk_i(clk_i), .data_i({drain_i && !cfg_bus_master_i, drain_i}), .data_o(drains)
  );
  assign {w_abandon, w_drain, d_abandon, d_drain, s_abandon, s_drain} = drains;

  // Blocks of the maximum read request, which the specification encodes as 128 << n; ours end at 512.
  logic [3:0] read_block_log2_q;
  always_ff @(posedge clk_i) read_block_log2_q <= (cfg_max_read_i >= 3'd2) ? 4'd9 : 4'd7 + 4'(cfg_max_read_i);
  assign read_block_log2_o = read_block_log2_q;

  // ---------------------------------------------------------------- completions
  logic [7:0]           lookup_tag;
  logic                 s_hit, d_hit, addr6, s_fits, d_fits;
  logic [3:0]           s_received, d_received, remaining, commit_units;
  logic                 commit, commit_poison, fail, write, cpl_busy;
  logic [2:0]           fail_error;
  logic [4:0]           write_beat;
  logic [DataWidth-1:0] write_data;

  assign rx_cpl_ready_o = 1'b1;  // every read has its place

  snap_pcie_cpl #(.DataWidth(DataWidth)) u_cpl (
    .clk_i(clk_i), .rst_ni(rst_ni), .requester_id_i(cfg_requester_id_i),
    .rx_cpl_valid_i(rx_cpl_valid_i), .rx_cpl_sop_i(rx_cpl_sop_i), .rx_cpl_eop_i(rx_cpl_eop_i),
    .rx_cpl_hdr_i(rx_cpl_hdr_i), .rx_cpl_data_i(rx_cpl_data_i),
    .lookup_tag_o(lookup_tag), .lookup_hit_i(s_hit || d_hit),
    .lookup_received_i(d_hit ? d_received : s_received),
    .lookup_remaining_o(remaining), .lookup_addr6_o(addr6), .lookup_fits_i(d_hit ? d_fits : s_fits),
    .commit_o(commit), .commit_units_o(commit_units), .commit_poison_o(commit_poison),
    .fail_o(fail), .fail_error_o(fail_error),
    .write_o(write), .write_beat_o(write_beat), .write_data_o(write_data),
    .err_completion_o(err_completion_o), .busy_o(cpl_busy)
  );

  // ---------------------------------------------------------------- reads
  logic                    s_rd_valid, d_rd_valid, s_idle, d_idle, s_err, d_err;
  logic [63:0]             s_rd_addr, d_rd_addr;
  logic [3:0]              s_rd_units, d_rd_units;
  logic [7:0]              s_rd_tag, d_rd_tag;
  logic [SlotIdxWidth-1:0] s_rd_idx;
  logic [DataIdxWidth-1:0] d_rd_idx;
  logic [1:0]              rd_grant;
  logic                    rd_load, rd_start, sent, rd_valid_q, rd_client_q;
  logic [TagIdxWidth-1:0]  rd_idx_q;
  logic [127:0]            rd_hdr_q;

  snap_pcie_read #(
    .DataWidth(DataWidth), .Tags(SlotReadTags), .TagIdxWidth(TagIdxWidth), .Client(1'b0),
    .MetaWidth(MetaWidth), .CplTimeoutCycles(CplTimeoutCycles)
  ) u_read_s (
    .clk_i(clk_i), .rst_ni(rst_ni), .ext_tag_i(cfg_ext_tag_i), .drain_i(s_drain), .abandon_i(s_abandon),
    .idle_o(s_idle),
    .req_valid_i(s_req_valid_i), .req_ready_o(s_req_ready_o), .req_addr_i(s_req_addr_i),
    .req_units_i(s_req_units_i), .req_meta_i(s_req_meta_i),
    .rsp_valid_o(s_rsp_valid_o), .rsp_ready_i(s_rsp_ready_i), .rsp_data_o(s_rsp_data_o),
    .rsp_last_o(s_rsp_last_o), .rsp_error_o(s_rsp_error_o), .rsp_meta_o(s_rsp_meta_o), .err_read_o(s_err),
    .rd_valid_o(s_rd_valid), .rd_ready_i(rd_start && rd_grant[0]), .rd_addr_o(s_rd_addr),
    .rd_units_o(s_rd_units), .rd_tag_o(s_rd_tag), .rd_idx_o(s_rd_idx),
    .sent_i(sent && !rd_client_q), .sent_idx_i(rd_idx_q[SlotIdxWidth-1:0]),
    .lookup_tag_i(lookup_tag), .lookup_hit_o(s_hit), .lookup_received_o(s_received),
    .lookup_remaining_i(remaining), .lookup_addr6_i(addr6), .lookup_fits_o(s_fits),
    .commit_i(commit), .commit_units_i(commit_units), .commit_poison_i(commit_poison),
    .fail_i(fail), .fail_error_i(fail_error),
    .write_i(write), .write_beat_i(write_beat), .write_data_i(write_data)
  );

  snap_pcie_read #(
    .DataWidth(DataWidth), .Tags(DataReadTags), .TagIdxWidth(TagIdxWidth), .Client(1'b1),
    .MetaWidth(MetaWidth), .CplTimeoutCycles(CplTimeoutCycles)
  ) u_read_d (
    .clk_i(clk_i), .rst_ni(rst_ni), .ext_tag_i(cfg_ext_tag_i), .drain_i(d_drain), .abandon_i(d_abandon),
    .idle_o(d_idle),
    .req_valid_i(d_req_valid_i), .req_ready_o(d_req_ready_o), .req_addr_i(d_req_addr_i),
    .req_units_i(d_req_units_i), .req_meta_i(d_req_meta_i),
    .rsp_valid_o(d_rsp_valid_o), .rsp_ready_i(d_rsp_ready_i), .rsp_data_o(d_rsp_data_o),
    .rsp_last_o(d_rsp_last_o), .rsp_error_o(d_rsp_error_o), .rsp_meta_o(d_rsp_meta_o), .err_read_o(d_err),
    .rd_valid_o(d_rd_valid), .rd_ready_i(rd_start && rd_grant[1]), .rd_addr_o(d_rd_addr),
    .rd_units_o(d_rd_units), .rd_tag_o(d_rd_tag), .rd_idx_o(d_rd_idx),
    .sent_i(sent && rd_client_q), .sent_idx_i(rd_idx_q[DataIdxWidth-1:0]),
    .lookup_tag_i(lookup_tag), .lookup_hit_o(d_hit), .lookup_received_o(d_received),
    .lookup_remaining_i(remaining), .lookup_addr6_i(addr6), .lookup_fits_o(d_fits),
    .commit_i(commit), .commit_units_i(commit_units), .commit_poison_i(commit_poison),
    .fail_i(fail), .fail_error_i(fail_error),
    .write_i(write), .write_beat_i(write_beat), .write_data_i(write_data)
  );

  // Memory read request; tag bits 9:8, class, attributes and hints are 0.
  function automatic logic [127:0] read_header(input logic [63:0] addr, input logic [3:0] units,
                                               input logic [7:0] tag, input logic [15:0] requester_id);
    logic [31:0] dw0, dw1;
    logic        wide;
    wide        = addr[63:32] != '0;
    dw0         = {2'b00, wide, 5'b00000, 16'd0, units, 4'd0};
    dw1         = {requester_id, tag, 8'hFF};
    read_header = wide ? {dw0, dw1, addr} : {dw0, dw1, addr[31:0], 32'd0};
  endfunction

  // verilator lint_off PINCONNECTEMPTY  // the one-hot grant is enough for two
  snap_arbiter_rr #(.N(2)) u_rd_arbiter (
    .clk_i(clk_i), .rst_ni(rst_ni), .req_i({d_rd_valid, s_rd_valid}), .grant_o(rd_grant), .grant_idx_o(),
    .advance_i(rd_start)
  );
  // verilator lint_on PINCONNECTEMPTY

  assign rd_load  = !rd_valid_q || tx_rd_ready_i;
  assign rd_start = rd_load && cfg_bus_master_i && rd_grant != 2'b00;
  assign sent     = rd_valid_q && tx_rd_ready_i;

  always_ff @(posedge clk_i) begin
    if (rd_start) begin
      rd_client_q <= rd_grant[1];
      rd_idx_q    <= rd_grant[1] ? TagIdxWidth'(d_rd_idx) : TagIdxWidth'(s_rd_idx);
      rd_hdr_q    <= rd_grant[1] ? read_header(d_rd_addr, d_rd_units, d_rd_tag, cfg_requester_id_i)
                                 : read_header(s_rd_addr, s_rd_units, s_rd_tag, cfg_requester_id_i);
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) rd_valid_q <= 1'b0;
    else if (rd_load) rd_valid_q <= rd_start;
  end

  assign tx_rd_valid_o = rd_valid_q;
  assign tx_rd_hdr_o   = rd_hdr_q;

  // Both clients may end a read in one cycle, and every one is to be counted.
  logic [7:0] err_read_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) err_read_q <= '0;
    else err_read_q <= err_read_q + 8'(s_err) + 8'(d_err) - 8'(err_read_o);
  end
  assign err_read_o = err_read_q != '0;

  // ---------------------------------------------------------------- writes and interrupts
  logic        wr_idle, message_in_tx, raise, message_valid, message_due, message_wide, message_ready;
  logic [7:0]  accepted, left, raise_vector;
  logic [63:0] message_addr;
  logic [31:0] message_data;

  snap_pcie_write #(.DataWidth(DataWidth)) u_write (
    .clk_i(clk_i), .rst_ni(rst_ni), .requester_id_i(cfg_requester_id_i), .bus_master_i(cfg_bus_master_i),
    .drain_i(w_drain), .abandon_i(w_abandon), .idle_o(wr_idle), .accepted_o(accepted), .left_o(left),
    .message_in_tx_o(message_in_tx),
    .wr_valid_i(wr_valid_i), .wr_ready_o(wr_ready_o), .wr_addr_i(wr_addr_i), .wr_data_i(wr_data_i),
    .wr_last_i(wr_last_i), .wr_bytes_i(wr_bytes_i),
    .irq_valid_i(irq_valid_i), .irq_ready_o(irq_ready_o), .irq_vector_i(irq_vector_i),
    .raise_o(raise), .raise_vector_o(raise_vector),
    .message_valid_i(message_valid), .message_ready_o(message_ready), .message_addr_i(message_addr),
    .message_data_i(message_data), .message_wide_i(message_wide),
    .tx_wr_valid_o(tx_wr_valid_o), .tx_wr_ready_i(tx_wr_ready_i), .tx_wr_sop_o(tx_wr_sop_o),
    .tx_wr_eop_o(tx_wr_eop_o), .tx_wr_hdr_o(tx_wr_hdr_o), .tx_wr_data_o(tx_wr_data_o),
    .tx_wr_strb_o(tx_wr_strb_o)
  );

  // ---------------------------------------------------------------- registers
  logic        acc_valid, acc_write, acc_ack, acc_msix, regs_busy;
  logic [16:0] acc_addr;
  logic [31:0] acc_wdata, acc_rdata, msix_rdata;

  // The table's page and the pending bits' page stay inside.
  assign acc_msix  = acc_addr[16:13] == 4'(snapcard_pkg::MsixTableOffset >> 13);
  assign acc_ack   = acc_msix || reg_ack_i;
  assign acc_rdata = acc_msix ? msix_rdata : reg_rdata_i;

  assign reg_req_o   = acc_valid && !acc_msix;
  assign reg_write_o = acc_write;
  assign reg_addr_o  = acc_addr;
  assign reg_wdata_o = acc_wdata;

  snap_pcie_regs_port #(.DataWidth(DataWidth)) u_regs_port (
    .clk_i(clk_i), .rst_ni(rst_ni), .completer_id_i(cfg_requester_id_i),
    .rx_req_valid_i(rx_req_valid_i), .rx_req_ready_o(rx_req_ready_o), .rx_req_sop_i(rx_req_sop_i),
    .rx_req_eop_i(rx_req_eop_i), .rx_req_hdr_i(rx_req_hdr_i), .rx_req_data_i(rx_req_data_i),
    .tx_cpl_valid_o(tx_cpl_valid_o), .tx_cpl_ready_i(tx_cpl_ready_i), .tx_cpl_hdr_o(tx_cpl_hdr_o),
    .tx_cpl_data_o(tx_cpl_data_o),
    .acc_valid_o(acc_valid), .acc_write_o(acc_write), .acc_addr_o(acc_addr), .acc_wdata_o(acc_wdata),
    .acc_ack_i(acc_ack), .acc_rdata_i(acc_rdata),
    .accepted_i(accepted), .left_i(left), .message_in_tx_i(message_in_tx), .bus_master_i(cfg_bus_master_i),
    .err_request_o(err_request_o), .busy_o(regs_busy)
  );

  snap_msix #(.NumVectors(NumVectors)) u_msix (
    .clk_i(clk_i), .rst_ni(rst_ni), .clear_i(msix_clear_i), .enable_i(cfg_msix_enable_i), .function_mask_i(cfg_msix_mask_i),
    .raise_i(raise), .raise_vector_i(raise_vector),
    .acc_valid_i(acc_valid && acc_msix), .acc_write_i(acc_write), .acc_addr_i(acc_addr[12:0]),
    .acc_wdata_i(acc_wdata), .acc_rdata_o(msix_rdata),
    .message_valid_o(message_valid), .message_ready_i(message_ready), .message_addr_o(message_addr),
    .message_data_o(message_data), .message_wide_o(message_wide), .sendable_o(message_due)
  );

  // ---------------------------------------------------------------- at rest?
  logic idle;
  // A message that may not leave (bus master off) keeps its pending bit and holds nobody up.
  assign idle      = s_idle && d_idle && !rd_valid_q && wr_idle && !(message_due && cfg_bus_master_i);
  assign drained_o = drain_i && idle;
  assign busy_o    = !idle || regs_busy || rx_req_valid_i || rx_cpl_valid_i || cpl_busy || s_err || d_err || err_read_o;

  // No write is longer than 64 bytes, which every maximum payload size allows.
  logic unused_max_payload;
  assign unused_max_payload = ^cfg_max_payload_i;
endmodule
