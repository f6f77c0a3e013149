// SPDX-License-Identifier: Apache-2.0

// The recoder between threads that take it and whatever digits (recoder_parts.sv): one thread has it at a time, its own
// numbers count and no other's, all of them before recoding begins; its events lie in its own part of the
// memory, in order, and never beyond it; it gets one answer, with the number of its events, or a fault, which
// comes at the latest ScalarCyclesMax cycles behind its last number. Promises and invariants are at the end of the module.
// Limits: that digits come to an end, and the events' values, are not looked at.
module snap_recoder_formal #(
    parameter int unsigned Threads = 4
) (
    input logic clk_i,
    input logic rst_ni,
    input logic take_i,
    input logic [$clog2(Threads)-1:0] take_thread_i,
    input logic [2:0] take_program_i,
    input logic word_valid_i,
    input logic [1:0] word_index_i,
    input logic [63:0] word_data_i,
    input logic word_error_i,
    input logic [$clog2(Threads)-1:0] scalar_thread_i,
    input logic [3:0] scalar_arg_i
);
  snap_recoder #(
      .Threads(Threads),
      .ScalarCyclesMax(3)
  ) dut (
      .clk_i,
      .rst_ni,
      .free_o(),
      .take_i,
      .take_thread_i,
      .take_program_i,
      .word_valid_i,
      .word_index_i,
      .word_data_i,
      .word_error_i,
      .scalar_thread_i,
      .scalar_arg_i,
      .done_valid_o(),
      .done_thread_o(),
      .done_count_o(),
      .fault_o(),
      .event_re_i(1'b0),
      .event_addr_i('0),
      .event_data_o(),
      .event_parity_error_o()
  );

  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);
endmodule
