// SPDX-License-Identifier: Apache-2.0

// valid/ready from one clock to another for one word at a time, which stays where it is: the sender holds it from
// valid to ready, as the protocol demands of it anyway, and the receiver reads the sender's registers. A word costs a
// round trip (about 4 clocks of each side) and no memory: for wide words that are rare.
//
//   src: flip request ---2 flops---> dst: valid until taken, then flip acknowledge
//        ready <---2 flops---------------'
//
// Constrain the word's crossing to less than two periods of the receiver's clock.
// Both sides must be reset together: hold both resets until both clocks have seen them.
module snap_cdc_handshake (
  input  logic src_clk_i,
  input  logic src_rst_ni,
  input  logic src_valid_i,
  output logic src_ready_o,
  input  logic dst_clk_i,
  input  logic dst_rst_ni,
  output logic dst_valid_o,
  input  logic dst_ready_i
);
  logic busy_q, request_q, request_dst, acknowledge_q, acknowledge_src;

  snap_sync #(.Width(1)) u_sync_acknowledge (
    .clk_i(src_clk_i), .rst_ni(src_rst_ni), .d_i(acknowledge_q), .q_o(acknowledge_src)
  );
  assign src_ready_o = busy_q && acknowledge_src == request_q;

  always_ff @(posedge src_clk_i or negedge src_rst_ni) begin
    if (!src_rst_ni) begin
      busy_q    <= 1'b0;
      request_q <= 1'b0;
    end else if (src_ready_o) begin
      busy_q    <= 1'b0;
    end else if (src_valid_i && !busy_q) begin
      busy_q    <= 1'b1;
      request_q <= !request_q;
    end
  end

  snap_sync #(.Width(1)) u_sync_request (
    .clk_i(dst_clk_i), .rst_ni(dst_rst_ni), .d_i(request_q), .q_o(request_dst)
  );
  assign dst_valid_o = request_dst != acknowledge_q;

  always_ff @(posedge dst_clk_i or negedge dst_rst_ni) begin
    if (!dst_rst_ni) acknowledge_q <= 1'b0;
    else if (dst_valid_o && dst_ready_i) acknowledge_q <= request_dst;
  end

`ifdef VERILATOR
  always_ff @(posedge src_clk_i or negedge src_rst_ni) begin
    if (src_rst_ni) assert (!busy_q || src_valid_i);
  end
`endif
endmodule
