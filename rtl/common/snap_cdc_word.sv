// SPDX-License-Identifier: Apache-2.0

// Copies a word into another clock domain, again and again.
//
// Promises: dst_data_o is always a value that src_data_i really had (never a mix of two), in the order in
// which it had them, and at most a round trip (about 3 clocks of each side) old. Values in between are
// skipped: this is for slowly sampled words such as counters, not for streams.
// Both sides must be reset together. dst_data_o is 0 until the first copy.
//
//   src: hold word, flip request ---2 flops---> dst: take word, flip acknowledge
//        request == acknowledge: next <---2 flops---'
module snap_cdc_word #(
  parameter int unsigned Width = 8
) (
  input  logic             src_clk_i,
  input  logic             src_rst_ni,
  input  logic [Width-1:0] src_data_i,
  input  logic             dst_clk_i,
  input  logic             dst_rst_ni,
  output logic [Width-1:0] dst_data_o
);
  logic [Width-1:0] hold_q, copy_q;
  logic             request_q, request_dst, acknowledge_q, acknowledge_src;

  snap_sync #(.Width(1)) u_sync_acknowledge (
    .clk_i(src_clk_i), .rst_ni(src_rst_ni), .d_i(acknowledge_q), .q_o(acknowledge_src)
  );

  // hold_q changes only while no request is open, so it is still whenever the other side looks at it.
  always_ff @(posedge src_clk_i or negedge src_rst_ni) begin
    if (!src_rst_ni) begin
      hold_q    <= '0;
      request_q <= 1'b0;
    end else if (request_q == acknowledge_src) begin
      hold_q    <= src_data_i;
      request_q <= !request_q;
    end
  end

  snap_sync #(.Width(1)) u_sync_request (
    .clk_i(dst_clk_i), .rst_ni(dst_rst_ni), .d_i(request_q), .q_o(request_dst)
  );

  always_ff @(posedge dst_clk_i or negedge dst_rst_ni) begin
    if (!dst_rst_ni) begin
      copy_q        <= '0;
      acknowledge_q <= 1'b0;
    end else if (request_dst != acknowledge_q) begin
      copy_q        <= hold_q;
      acknowledge_q <= request_dst;
    end
  end

  assign dst_data_o = copy_q;
endmodule
