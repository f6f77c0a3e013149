// SPDX-License-Identifier: Apache-2.0

// The tags of a feeder whose engine has several jobs at the same time. FIFOs, payloads and host memory are free
// (fifo_promise.sv), and so is the engine: it may answer any tag at any time, but an answer stays as it is until it is
// taken. One tag, whichever, is followed inside the module:
//   - it is given to a job only while no other has it;
//   - its completion is its job's: queue, slot, cookie, once, and not before the job's last word has gone to the engine;
//   - a result whose tag no job has, or whose job's words still go, makes no completion;
//   - a job of which a word was read with an error never completes as OK, nor with a result;
//   - as long as the tag is free, a job waits less than Tags cycles for one.
// Limits: 2 tags (all are alike; the RTL has 32); one clock (what crosses the clocks has proofs of its own); that the
// engine answers each job with the tag in its control word is the loader's and the collector's business.
module snap_feeder_formal (
    input logic clk_i,
    input logic rst_ni,
    input logic job_valid_i,
    input logic req_ready_i,
    input logic cpl_ready_i,
    input logic [4:0] result_tag_i,
    input logic [1:0] result_status_i,
    input logic result_has_i
);
  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);

  snap_feeder #(
      .DataWidth(128),
      .Tagged(1'b1),
      .Tags(2)
  ) dut (
      .clk_i,
      .rst_ni,
      .read_block_log2_i(4'd9),
      .job_valid_i,
      .job_ready_o(),
      .job_queue_i('0),
      .job_slot_i('0),
      .job_cookie_i('0),
      .job_opcode_i('0),
      .job_flags_i('0),
      .job_length_i('0),
      .job_address_i('0),
      .payload_valid_i(1'b0),
      .payload_data_i('0),
      .idle_o(),
      .req_valid_o(),
      .req_ready_i,
      .req_addr_o(),
      .req_units_o(),
      .rsp_valid_i(1'b0),
      .rsp_data_i('0),
      .rsp_error_i('0),
      .cpl_valid_o(),
      .cpl_ready_i,
      .cpl_queue_o(),
      .cpl_slot_o(),
      .cpl_cookie_o(),
      .cpl_status_o(),
      .cpl_value_o(),
      .cpl_engine_cycles_o(),
      .cpl_has_result_o(),
      .cpl_beat_i('0),
      .cpl_result_o(),
      .fault_o(),
      .fault_cause_o(),
      .engine_clk_i(clk_i),
      .engine_rst_ni(rst_ni),
      .engine_in_valid_o(),
      .engine_in_ready_i(1'b1),
      .engine_in_data_o(),
      .engine_in_last_o(),
      .engine_in_error_o(),
      .engine_out_valid_i(1'b0),
      .engine_out_ready_o(),
      .engine_out_tag_i(result_tag_i),
      .engine_out_value_i('0),
      .engine_out_status_i(result_status_i),
      .engine_out_cause_i('0),
      .engine_out_has_result_i(result_has_i),
      .engine_out_result_i('0),
      .engine_out_cycles_i('0)
  );
endmodule
