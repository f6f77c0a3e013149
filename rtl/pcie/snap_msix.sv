// SPDX-License-Identifier: Apache-2.0

// MSI-X: vector table, pending bits, messages (PCI Local Bus 3.0, 6.8.2).
//
// Promises: a raised vector becomes pending; it is sent when enabled, not masked by the function or its vector,
// and its pending bit goes when its message is taken. Masked vectors keep their pending bit and are sent on
// unmask. Raising a pending vector again changes nothing: one message follows both events. While MSI-X is
// disabled nothing is pending: raises are dropped, and what was pending is forgotten. Vectors beyond
// NumVectors are dropped. A message is offered three cycles after its vector became sendable, and no longer than it
// is: from the cycle of a mask on it is not there.
// Accesses: acc_addr_i is the byte address behind the table's start, 0x0000 table, 0x1000 pending bits; the
// answer is there in the same cycle. Table entries are undefined until written, but masked; so they are again after
// clear_i, which wins over a write or a raise of the same cycle.
module snap_msix #(
  parameter int unsigned NumVectors = 4,  // 1 to 64
  localparam int unsigned IdxWidth = (NumVectors > 1) ? $clog2(NumVectors) : 1
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        clear_i,
  input  logic        enable_i,
  input  logic        function_mask_i,
  input  logic        raise_i,
  input  logic [7:0]  raise_vector_i,
  input  logic        acc_valid_i,
  input  logic        acc_write_i,
  input  logic [12:0] acc_addr_i,
  input  logic [31:0] acc_wdata_i,
  output logic [31:0] acc_rdata_o,
  output logic        sendable_o,  // a message is offered, or will be
  output logic        message_valid_o,
  input  logic        message_ready_i,
  output logic [63:0] message_addr_o,
  output logic [31:0] message_data_o,
  output logic        message_wide_o  // the address is not below 4 GiB
);
  if (NumVectors < 1 || NumVectors > 64) begin : g_check
    $error("snap_msix: NumVectors must be 1 to 64");
  end

  logic [31:0]           addr_lo [0:NumVectors-1];
  logic [31:0]           addr_hi [0:NumVectors-1];
  logic [31:0]           data    [0:NumVectors-1];
  logic [NumVectors-1:0] mask_q, pending_q, pending_d, sendable, grant;
  logic [IdxWidth-1:0]   grant_idx, acc_idx;
  logic                  acc_table, acc_pending, acc_write;
  logic [63:0]           pending_wide;

  // ---------------------------------------------------------------- accesses
  assign acc_idx      = acc_addr_i[4 +: IdxWidth];
  assign acc_table    = !acc_addr_i[12] && 32'(acc_addr_i[11:4]) < NumVectors;
  assign acc_pending  = acc_addr_i[12] && acc_addr_i[11:3] == '0;
  assign acc_write    = acc_valid_i && acc_write_i && acc_table;
  assign pending_wide = 64'(pending_q);

  always_comb begin
    acc_rdata_o = '0;
    if (acc_table) begin
      case (acc_addr_i[3:2])
        2'd0:    acc_rdata_o = addr_lo[acc_idx];
        2'd1:    acc_rdata_o = addr_hi[acc_idx];
        2'd2:    acc_rdata_o = data[acc_idx];
        default: acc_rdata_o = {31'd0, mask_q[acc_idx]};
      endcase
    end else if (acc_pending) begin
      acc_rdata_o = acc_addr_i[2] ? pending_wide[63:32] : pending_wide[31:0];
    end
  end

  always_ff @(posedge clk_i) begin
    if (acc_write && acc_addr_i[3:2] == 2'd0) addr_lo[acc_idx] <= {acc_wdata_i[31:2], 2'b00};
    if (acc_write && acc_addr_i[3:2] == 2'd1) addr_hi[acc_idx] <= acc_wdata_i;
    if (acc_write && acc_addr_i[3:2] == 2'd2) data[acc_idx] <= acc_wdata_i;
  end

  // ---------------------------------------------------------------- pending bits and messages
  always_comb begin
    sendable = '0;
    if (enable_i && !function_mask_i) sendable = pending_q & ~mask_q;
  end

  // Chosen, then read from the table. The arbiter's grant stays until the message is taken or cannot be sent.
  logic [NumVectors-1:0] choice_q, loaded_q;
  logic [IdxWidth-1:0]   choice_idx_q;
  logic [63:0]           message_addr_q;
  logic [31:0]           message_data_q;
  logic                  message_wide_q, taken;

  snap_arbiter_rr #(.N(NumVectors)) u_arbiter (
    .clk_i(clk_i), .rst_ni(rst_ni), .req_i(sendable), .grant_o(grant), .grant_idx_o(grant_idx),
    .advance_i(taken)
  );

  always_ff @(posedge clk_i) begin
    choice_idx_q   <= grant_idx;
    message_addr_q <= {addr_hi[choice_idx_q], addr_lo[choice_idx_q]};
    message_data_q <= data[choice_idx_q];
    message_wide_q <= addr_hi[choice_idx_q] != '0;
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      choice_q <= '0;
      loaded_q <= '0;
    end else begin
      choice_q <= taken ? '0 : grant;
      loaded_q <= taken ? '0 : choice_q & sendable;
    end
  end

  assign taken           = message_valid_o && message_ready_i;
  assign sendable_o      = sendable != '0;
  assign message_valid_o = (loaded_q & sendable) != '0;
  assign message_addr_o  = message_addr_q;
  assign message_data_o  = message_data_q;
  assign message_wide_o  = message_wide_q;

  always_comb begin
    pending_d = pending_q;
    if (taken) pending_d = pending_d & ~loaded_q;
    for (int unsigned i = 0; i < NumVectors; i++) begin
      if (raise_i && 32'(raise_vector_i) == i) pending_d[i] = 1'b1;
    end
    if (!enable_i) pending_d = '0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mask_q    <= '1;
      pending_q <= '0;
    end else if (clear_i) begin
      mask_q    <= '1;
      pending_q <= '0;
    end else begin
      pending_q <= pending_d;
      if (acc_write && acc_addr_i[3:2] == 2'd3) mask_q[acc_idx] <= acc_wdata_i[0];
    end
  end

  logic unused_addr;
  assign unused_addr = ^acc_addr_i[1:0];
endmodule
