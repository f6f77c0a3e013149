// SPDX-License-Identifier: Apache-2.0
// The point engine: signatures, commitments and multi-scalar products of jobs that run interleaved, a thread each.
// docs/point-engine.md says why it is as it is, docs/microcode.md what an instruction does.
//
//   words --> loader --start--> sequencer --issue--> datapath --results--> collector --> answers
//                \--numbers--------------------------^   |
//                       recoder, inverter <--scalar bus-/  (digits to the sequencer, inverses to bank S)
//
// In: a job is a control word (bits 7:0 opcode, 15:8 flags, 20:16 tag, 63:32 length in bytes, 127:64 cookie) and
// ceil(length / 16) words of payload (first byte in bits 7:0), in_last_i with the last; opcode, flags and length were
// checked before. in_error_i with any word makes the answer an input error.
// Out: one answer a job, in any order, named by its tag.
module snap_point_engine #(
    parameter int unsigned Threads = snap_isa_pkg::Threads,  // 8, 16 or 32
    parameter int unsigned Sm3RoundCycles = 1,  // of the messages' hash: 1 or 2
    parameter Target = "generic",
    parameter ImageDir = "build/engine"
) (
    input logic clk_i,
    input logic rst_ni,

    input logic in_valid_i,
    output logic in_ready_o,
    input logic [127:0] in_data_i,
    input logic in_last_i,
    input logic in_error_i,

    output logic out_valid_o,
    input logic out_ready_i,
    output logic [4:0] out_tag_o,
    output logic [63:0] out_value_o,
    output logic [1:0] out_status_o,  // 0 ok, 1 input error, 2 fault
    output logic [1:0] out_cause_o,   // of a fault: 0 datapath, 1 control, 2 watchdog
    output logic out_has_result_o,
    output logic [511:0] out_result_o,
    output logic [31:0] out_cycles_o,

    output logic [31:0] image_size_o,  // words, version; 0: there is no good image
    output logic [31:0] image_checksum_o
);

  if (Threads != 8 && Threads != 16 && Threads != 32) begin : g_check
    $error("snap_point_engine: Threads must be 8, 16 or 32");
  end

  localparam int unsigned ThreadWidth = $clog2(Threads);

  logic [31:0] now_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) now_q <= '0;
    else now_q <= now_q + 32'd1;
  end

  // ---------------------------------------------------------------- loader
  logic alloc_valid, alloc_take, free_valid, start_valid, group_valid, idle, image_good;
  logic [4:0] alloc_thread, free_thread, start_thread, group_chunks;
  logic [2:0] start_program, start_job, group_job;
  logic [5:0] start_flags;
  logic number_valid, number_ready;
  logic [4:0] number_thread;
  logic [3:0] number_reg;
  logic [255:0] number_data;
  logic context_we, context_grouped, group_done_valid;
  logic [4:0] context_thread, context_tag;
  logic [63:0] context_cookie;
  logic [31:0] context_start;
  logic [2:0] context_group, group_done;
  logic [7:0] group_error;
  logic answer_valid, answer_ready;
  logic [4:0] answer_tag;
  logic [1:0] answer_status;
  logic [31:0] answer_code, answer_start;
  logic [63:0] answer_cookie;
  logic image_we, entry_we, const_we;
  logic [9:0] image_addr, entry_data;
  logic [63:0] image_word;
  logic [3:0] entry_addr;
  logic [6:0] const_addr;

  snap_point_loader #(
      .Sm3RoundCycles(Sm3RoundCycles),
      .ImageDir(ImageDir)
  ) u_loader (
      .clk_i,
      .rst_ni,
      .now_i(now_q),
      .in_valid_i,
      .in_ready_o,
      .in_data_i,
      .in_last_i,
      .in_error_i,
      .alloc_valid_i(alloc_valid),
      .alloc_thread_i(alloc_thread),
      .alloc_take_o(alloc_take),
      .free_valid_o(free_valid),
      .free_thread_o(free_thread),
      .start_valid_o(start_valid),
      .start_thread_o(start_thread),
      .start_program_o(start_program),
      .start_flags_o(start_flags),
      .start_job_o(start_job),
      .group_valid_o(group_valid),
      .group_job_o(group_job),
      .group_chunks_o(group_chunks),
      .idle_i(idle),
      .load_valid_o(number_valid),
      .load_ready_i(number_ready),
      .load_thread_o(number_thread),
      .load_reg_o(number_reg),
      .load_data_o(number_data),
      .context_we_o(context_we),
      .context_thread_o(context_thread),
      .context_tag_o(context_tag),
      .context_cookie_o(context_cookie),
      .context_start_o(context_start),
      .context_grouped_o(context_grouped),
      .context_group_o(context_group),
      .group_error_o(group_error),
      .group_done_valid_i(group_done_valid),
      .group_done_i(group_done),
      .answer_valid_o(answer_valid),
      .answer_ready_i(answer_ready),
      .answer_tag_o(answer_tag),
      .answer_status_o(answer_status),
      .answer_code_o(answer_code),
      .answer_cookie_o(answer_cookie),
      .answer_start_o(answer_start),
      .image_we_o(image_we),
      .image_addr_o(image_addr),
      .image_word_o(image_word),
      .entry_we_o(entry_we),
      .entry_addr_o(entry_addr),
      .entry_data_o(entry_data),
      .const_we_o(const_we),
      .const_addr_o(const_addr),
      .image_good_o(image_good),
      .image_size_o,
      .image_checksum_o
  );

  // ---------------------------------------------------------------- sequencer
  logic recoder_free, recoder_take, events_done, events_fault, event_re, event_error;
  logic [4:0] recoder_thread;
  logic [2:0] recoder_program;
  logic [ThreadWidth-1:0] events_thread;
  logic [8:0] events_count;
  logic [13:0] event_addr;
  logic [22:0] event_data;
  logic inverter_free, inverter_take, inverse_done;
  logic prod_valid, prod_addend_fixed, prod_sm2;
  logic [4:0] prod_thread, prod_partner, prod_a, prod_b;
  logic [2:0] prod_op, prod_b_kind;
  logic [11:0] prod_addend_addr;
  logic [5:0] prod_dst;
  logic [1:0] prod_test;
  logic [3:0] prod_flag;
  logic sum_valid, sum_swap, sum_order, sum_sm2;
  logic [4:0] sum_thread, sum_partner, sum_a, sum_b;
  logic [2:0] sum_op, sum_b_kind;
  logic [5:0] sum_dst;
  logic [1:0] sum_test, sum_send;
  logic [3:0] sum_flag, sum_arg;
  logic prod_done, prod_done_value, sum_done, sum_done_value, sum_done_sm2, sum_done_order;
  logic [4:0] prod_done_thread, sum_done_thread;
  logic [1:0] prod_done_test, sum_done_test, sum_done_send;
  logic [3:0] prod_done_flag, sum_done_flag, sum_done_arg;
  logic [255:0] sum_done_data;
  logic [7:0] sum_done_parity;
  logic fault_prod, fault_sum;
  logic [4:0] fault_prod_thread, fault_sum_thread;
  logic end_valid, end_ready, end_fault;
  logic [4:0] end_thread;
  logic [1:0] end_value, end_value_n, end_cause;
  logic inverse_valid, inverse_ready, inverse_wrong;
  logic [255:0] inverse_data;
  logic [4:0] inverse_thread;
  logic [3:0] inverse_reg;

  snap_point_sequencer #(
      .Threads(Threads),
      .ImageDir(ImageDir),
      .TableDistance(snap_isa_pkg::ProductCycles - snap_isa_pkg::SumCycles)
  ) u_sequencer (
      .clk_i,
      .rst_ni,
      .enable_i(image_good),
      .idle_o(idle),
      .alloc_valid_o(alloc_valid),
      .alloc_thread_o(alloc_thread),
      .alloc_take_i(alloc_take),
      .start_valid_i(start_valid),
      .start_thread_i(start_thread),
      .start_program_i(start_program),
      .start_flags_i(start_flags),
      .start_job_i(start_job),
      .free_valid_i(free_valid),
      .free_thread_i(free_thread),
      .group_valid_i(group_valid),
      .group_job_i(group_job),
      .group_chunks_i(group_chunks),
      .recoder_free_i(recoder_free),
      .recoder_take_o(recoder_take),
      .recoder_thread_o(recoder_thread),
      .recoder_program_o(recoder_program),
      .events_done_i(events_done),
      .events_thread_i(5'(events_thread)),
      .events_count_i(events_count),
      .events_fault_i(events_fault),
      .event_re_o(event_re),
      .event_addr_o(event_addr),
      .event_data_i(event_data),
      .event_parity_error_i(event_error),
      .inverter_free_i(inverter_free),
      .inverter_take_o(inverter_take),
      .inverse_done_i(inverse_done),
      .inverse_thread_i(inverse_thread),
      .prod_valid_o(prod_valid),
      .prod_thread_o(prod_thread),
      .prod_partner_o(prod_partner),
      .prod_op_o(prod_op),
      .prod_a_o(prod_a),
      .prod_b_o(prod_b),
      .prod_b_kind_o(prod_b_kind),
      .prod_addend_fixed_o(prod_addend_fixed),
      .prod_addend_addr_o(prod_addend_addr),
      .prod_dst_o(prod_dst),
      .prod_sm2_o(prod_sm2),
      .prod_test_o(prod_test),
      .prod_flag_o(prod_flag),
      .sum_valid_o(sum_valid),
      .sum_thread_o(sum_thread),
      .sum_partner_o(sum_partner),
      .sum_op_o(sum_op),
      .sum_swap_o(sum_swap),
      .sum_order_o(sum_order),
      .sum_a_o(sum_a),
      .sum_b_o(sum_b),
      .sum_b_kind_o(sum_b_kind),
      .sum_dst_o(sum_dst),
      .sum_sm2_o(sum_sm2),
      .sum_test_o(sum_test),
      .sum_flag_o(sum_flag),
      .sum_send_o(sum_send),
      .sum_arg_o(sum_arg),
      .prod_done_i(prod_done),
      .prod_done_thread_i(prod_done_thread),
      .prod_done_test_i(prod_done_test),
      .prod_done_flag_i(prod_done_flag),
      .prod_done_value_i(prod_done_value),
      .sum_done_i(sum_done),
      .sum_done_thread_i(sum_done_thread),
      .sum_done_test_i(sum_done_test),
      .sum_done_flag_i(sum_done_flag),
      .sum_done_value_i(sum_done_value),
      .fault_prod_i(fault_prod),
      .fault_prod_thread_i(fault_prod_thread),
      .fault_sum_i(fault_sum),
      .fault_sum_thread_i(fault_sum_thread),
      .end_valid_o(end_valid),
      .end_ready_i(end_ready),
      .end_thread_o(end_thread),
      .end_value_o(end_value),
      .end_value_n_o(end_value_n),
      .end_fault_o(end_fault),
      .end_cause_o(end_cause),
      .image_we_i(image_we),
      .image_addr_i(image_addr),
      .image_word_i(image_word),
      .entry_we_i(entry_we),
      .entry_addr_i(entry_addr),
      .entry_data_i(entry_data)
  );

  // ---------------------------------------------------------------- datapath
  // Inverses go into bank S before the numbers of new jobs: a thread waits for them.
  logic load_ready;
  assign inverse_ready = load_ready;
  assign number_ready = load_ready && !inverse_valid;
  assign inverse_done = inverse_valid && inverse_ready;

  snap_point_datapath #(
      .Target(Target),
      .ImageDir(ImageDir)
  ) u_datapath (
      .clk_i,
      .rst_ni,
      .prod_valid_i(prod_valid),
      .prod_thread_i(prod_thread),
      .prod_partner_i(prod_partner),
      .prod_op_i(prod_op),
      .prod_a_i(prod_a),
      .prod_b_i(prod_b),
      .prod_b_kind_i(prod_b_kind),
      .prod_addend_fixed_i(prod_addend_fixed),
      .prod_addend_addr_i(prod_addend_addr),
      .prod_dst_i(prod_dst),
      .prod_sm2_i(prod_sm2),
      .prod_test_i(prod_test),
      .prod_flag_i(prod_flag),
      .sum_valid_i(sum_valid),
      .sum_thread_i(sum_thread),
      .sum_partner_i(sum_partner),
      .sum_op_i(sum_op),
      .sum_swap_i(sum_swap),
      .sum_order_i(sum_order),
      .sum_a_i(sum_a),
      .sum_b_i(sum_b),
      .sum_b_kind_i(sum_b_kind),
      .sum_dst_i(sum_dst),
      .sum_sm2_i(sum_sm2),
      .sum_test_i(sum_test),
      .sum_flag_i(sum_flag),
      .sum_send_i(sum_send),
      .sum_arg_i(sum_arg),
      .load_valid_i(inverse_valid || number_valid),
      .load_ready_o(load_ready),
      .load_thread_i(inverse_valid ? inverse_thread : number_thread),
      .load_reg_i(inverse_valid ? inverse_reg : number_reg),
      .load_data_i(inverse_valid ? inverse_data : number_data),
      .load_wrong_i(inverse_valid && inverse_wrong),
      .prod_done_o(prod_done),
      .prod_done_thread_o(prod_done_thread),
      .prod_done_test_o(prod_done_test),
      .prod_done_flag_o(prod_done_flag),
      .prod_done_value_o(prod_done_value),
      .sum_done_o(sum_done),
      .sum_done_thread_o(sum_done_thread),
      .sum_done_test_o(sum_done_test),
      .sum_done_flag_o(sum_done_flag),
      .sum_done_value_o(sum_done_value),
      .sum_done_send_o(sum_done_send),
      .sum_done_arg_o(sum_done_arg),
      .sum_done_sm2_o(sum_done_sm2),
      .sum_done_order_o(sum_done_order),
      .sum_done_data_o(sum_done_data),
      .sum_done_parity_o(sum_done_parity),
      .fault_prod_o(fault_prod),
      .fault_prod_thread_o(fault_prod_thread),
      .fault_sum_o(fault_sum),
      .fault_sum_thread_o(fault_sum_thread),
      .const_we_i(const_we),
      .const_addr_i(const_addr),
      .const_data_i(image_word)
  );

  // ---------------------------------------------------------------- the way to inverter and recoder, word by word
  localparam int unsigned WordBits = 64;
  localparam int unsigned Words = 256 / WordBits;
  localparam int unsigned WordLimbs = WordBits / 32;
  localparam int unsigned WordWidth = WordBits + WordLimbs;
  localparam int unsigned ScalarTagWidth = 2 + 5 + 4;  // modulus, thread, arg
  logic [Words*WordWidth-1:0] scalar_words;
  logic [ScalarTagWidth-1:0] scalar_tag;
  logic [WordWidth-1:0] bus_word;
  logic [ScalarTagWidth:0] bus_tag;
  logic to_inverter, to_recoder;
  for (genvar i = 0; i < Words; i++) begin : g_word
    assign scalar_words[WordWidth*i+:WordWidth] = {
      sum_done_parity[WordLimbs*i+:WordLimbs], sum_done_data[WordBits*i+:WordBits]
    };
  end
  assign scalar_tag = {sum_done_sm2, sum_done_order, sum_done_thread, sum_done_arg};
  snap_scalar_bus #(
      .Words(Words),
      .WordWidth(WordWidth),
      .TagWidth(ScalarTagWidth + 1)
  ) u_scalar_bus (
      .clk_i,
      .rst_ni,
      .valid_i({2{sum_done}} & {sum_done_send == 2'(snap_isa_pkg::SendInvert),
                                sum_done_send == 2'(snap_isa_pkg::SendScalar)}),
      .data_i(scalar_words),
      .tag_i({^scalar_tag, scalar_tag}),
      .start_o({to_inverter, to_recoder}),
      .word_o(bus_word),
      .tag_o(bus_tag)
  );

  logic number_word_valid, scalar_word_valid, number_error, scalar_error;
  logic [$clog2(Words)-1:0] number_index, scalar_index;
  logic [WordBits-1:0] number_word, scalar_word;
  logic [1:0] number_modulus, unused_modulus;
  logic [4:0] invert_thread, scalar_thread;
  logic [3:0] invert_reg, scalar_arg;
  snap_scalar_receiver #(
      .Words(Words),
      .WordBits(WordBits),
      .TagWidth(ScalarTagWidth)
  ) u_scalar_inverter (
      .clk_i,
      .rst_ni,
      .start_i(to_inverter),
      .word_i(bus_word),
      .tag_i(bus_tag),
      .valid_o(number_word_valid),
      .index_o(number_index),
      .word_o(number_word),
      .tag_o({number_modulus, invert_thread, invert_reg}),
      .error_o(number_error)
  );
  snap_scalar_receiver #(
      .Words(Words),
      .WordBits(WordBits),
      .TagWidth(ScalarTagWidth)
  ) u_scalar_recoder (
      .clk_i,
      .rst_ni,
      .start_i(to_recoder),
      .word_i(bus_word),
      .tag_i(bus_tag),
      .valid_o(scalar_word_valid),
      .index_o(scalar_index),
      .word_o(scalar_word),
      .tag_o({unused_modulus, scalar_thread, scalar_arg}),
      .error_o(scalar_error)
  );

  // ---------------------------------------------------------------- inverter and recoder
  snap_inverter #(
      .TagWidth(10),
      .WordBits(WordBits)
  ) u_inverter (
      .clk_i,
      .rst_ni,
      .free_o(inverter_free),
      .take_i(inverter_take),
      .word_valid_i(number_word_valid),
      .word_index_i(number_index),
      .word_data_i(number_word),
      .in_modulus_i(number_modulus),
      .in_tag_i({number_error, invert_thread, invert_reg}),
      .out_valid_o(inverse_valid),
      .out_ready_i(inverse_ready),
      .out_data_o(inverse_data),
      .out_tag_o({inverse_wrong, inverse_thread, inverse_reg})
  );

  snap_recoder #(
      .Threads(Threads),
      .Target(Target),
      .WordBits(WordBits)
  ) u_recoder (
      .clk_i,
      .rst_ni,
      .free_o(recoder_free),
      .take_i(recoder_take),
      .take_thread_i(recoder_thread[ThreadWidth-1:0]),
      .take_program_i(recoder_program),
      .word_valid_i(scalar_word_valid),
      .word_index_i(scalar_index),
      .word_data_i(scalar_word),
      .word_error_i(scalar_error),
      .scalar_thread_i(scalar_thread[ThreadWidth-1:0]),
      .scalar_arg_i(scalar_arg),
      .done_valid_o(events_done),
      .done_thread_o(events_thread),
      .done_count_o(events_count),
      .fault_o(events_fault),
      .event_re_i(event_re),
      .event_addr_i(event_addr[ThreadWidth+8:0]),
      .event_data_o(event_data),
      .event_parity_error_o(event_error)
  );

  if (ThreadWidth < 5) begin : g_threads
    logic unused_thread;
    assign unused_thread = ^{recoder_thread[4:ThreadWidth], event_addr[13:ThreadWidth+9], scalar_thread[4:ThreadWidth]};
  end

  // ---------------------------------------------------------------- collector
  snap_point_collector #(
      .Target(Target)
  ) u_collector (
      .clk_i,
      .rst_ni,
      .now_i(now_q),
      .context_we_i(context_we),
      .context_thread_i(context_thread),
      .context_tag_i(context_tag),
      .context_cookie_i(context_cookie),
      .context_start_i(context_start),
      .context_grouped_i(context_grouped),
      .context_group_i(context_group),
      .group_error_i(group_error),
      .group_done_valid_o(group_done_valid),
      .group_done_o(group_done),
      .sum_done_i(sum_done),
      .sum_done_thread_i(sum_done_thread),
      .sum_done_send_i(sum_done_send),
      .sum_done_arg_i(sum_done_arg),
      .sum_done_data_i(sum_done_data),
      .sum_done_parity_i(sum_done_parity),
      .end_valid_i(end_valid),
      .end_ready_o(end_ready),
      .end_thread_i(end_thread),
      .end_value_i(end_value),
      .end_value_n_i(end_value_n),
      .end_fault_i(end_fault),
      .end_cause_i(end_cause),
      .answer_valid_i(answer_valid),
      .answer_ready_o(answer_ready),
      .answer_tag_i(answer_tag),
      .answer_status_i(answer_status),
      .answer_code_i(answer_code),
      .answer_cookie_i(answer_cookie),
      .answer_start_i(answer_start),
      .out_valid_o,
      .out_ready_i,
      .out_tag_o,
      .out_value_o,
      .out_status_o,
      .out_cause_o,
      .out_has_result_o,
      .out_result_o,
      .out_cycles_o
  );

endmodule
