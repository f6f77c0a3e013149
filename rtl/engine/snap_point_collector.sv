// SPDX-License-Identifier: Apache-2.0
// Answers jobs, in the order in which their threads end: keeps what the answer needs (tag, cookie, the words of the
// result) by thread, and makes the verdict of it.
//
// A verdict is a code word and its complement, each from a rail of its own: the sequencer's end code and that code's
// complement meet nowhere. A flipped bit on the way makes something that is no verdict. The job's cookie is the engine's
// own copy, so that the verdict of another job is none either. A fault has no verdict at all: 0.
//
// An end's answer is offered seven cycles after the end: the memories have registers behind them, and the parities, what
// they say together and the verdict take a cycle each. Ends come hundreds of cycles apart.
module snap_point_collector #(
    parameter Target = "generic"
) (
    input logic clk_i,
    input logic rst_ni,
    input logic [31:0] now_i,  // cycles

    // from the loader: a thread is reserved
    input logic context_we_i,
    input logic [4:0] context_thread_i,
    input logic [4:0] context_tag_i,
    input logic [63:0] context_cookie_i,
    input logic [31:0] context_start_i,
    input logic context_grouped_i,
    input logic [2:0] context_group_i,
    input logic [7:0] group_error_i,
    output logic group_done_valid_o,
    output logic [2:0] group_done_o,

    // sums' results
    input logic sum_done_i,
    input logic [4:0] sum_done_thread_i,
    input logic [1:0] sum_done_send_i,
    input logic [3:0] sum_done_arg_i,
    input logic [255:0] sum_done_data_i,
    input logic [7:0] sum_done_parity_i,

    // ends of threads; held until taken
    input logic end_valid_i,
    output logic end_ready_o,
    input logic [4:0] end_thread_i,
    input logic [1:0] end_value_i,
    input logic [1:0] end_value_n_i,
    input logic end_fault_i,
    input logic [1:0] end_cause_i,

    // answers that the loader gives itself
    input logic answer_valid_i,
    output logic answer_ready_o,
    input logic [4:0] answer_tag_i,
    input logic [1:0] answer_status_i,
    input logic [31:0] answer_code_i,
    input logic [63:0] answer_cookie_i,
    input logic [31:0] answer_start_i,

    output logic out_valid_o,
    input logic out_ready_i,
    output logic [4:0] out_tag_o,
    output logic [63:0] out_value_o,
    output logic [1:0] out_status_o,  // 0 ok, 1 input error, 2 fault
    output logic [1:0] out_cause_o,   // of a fault: 0 datapath, 1 control, 2 watchdog
    output logic out_has_result_o,
    output logic [511:0] out_result_o,  // first byte in bits 7:0
    output logic [31:0] out_cycles_o    // since the control word
);

  localparam logic [1:0] StatusOk = 2'd0;
  localparam logic [1:0] StatusInput = 2'd1;
  localparam logic [1:0] StatusFault = 2'd2;
  localparam logic [1:0] CauseDatapath = 2'd0;
  localparam logic [1:0] CauseControl = 2'd1;

  function automatic logic [255:0] swap_bytes(input logic [255:0] word);
    for (int i = 0; i < 32; i++) swap_bytes[8*i+:8] = word[248-8*i+:8];
  endfunction

  // The code word of an end code; the verdict of an instruction `verdict` is one more than those of `end`.
  localparam logic [1:0] EndValid = 2'd3;
  function automatic logic [31:0] code_word(input logic [1:0] value);
    unique case (value)
      2'(snap_isa_pkg::EndInvalid): code_word = snapcard_pkg::VerdictInvalid;
      2'(snap_isa_pkg::EndInfinity): code_word = snapcard_pkg::VerdictInfinity;
      2'(snap_isa_pkg::EndResult), EndValid: code_word = snapcard_pkg::VerdictValid;
      default: code_word = 32'd0;
    endcase
  endfunction

  // ---------------------------------------------------------------- contexts
  // Where the answer goes is kept twice, each with a parity bit: an answer to the wrong job would be two mistakes.
  localparam int unsigned WayWidth = 5 + 1 + 3;
  localparam int unsigned ContextWidth = 2 * (WayWidth + 1) + 2 + 64 + 32;
  logic [WayWidth-1:0] way_new, way_a, way_b, way_q;
  logic way_a_parity, way_b_parity, cookie_parity, start_parity;
  logic way_a_odd_q, way_b_odd_q, cookie_odd_q, start_odd_q;
  logic [63:0] cookie;
  logic [31:0] start;
  logic read, grouped;
  logic [4:0] tag;
  logic [2:0] group;

  assign way_new = {context_tag_i, context_grouped_i, context_group_i};
  snap_ram_1r1w #(
      .Width(ContextWidth),
      .Depth(32),
      .OutputReg(1'b1),
      .Target(Target)
  ) u_contexts (
      .clk_i,
      .we_i(context_we_i),
      .waddr_i(context_thread_i),
      .wdata_i({
        way_new, ^way_new, way_new, ^way_new, context_cookie_i, ^context_cookie_i, context_start_i, ^context_start_i
      }),
      .re_i(read),
      .raddr_i(end_thread_i),
      .rdata_o({way_a, way_a_parity, way_b, way_b_parity, cookie, cookie_parity, start, start_parity})
  );
  always_ff @(posedge clk_i) begin
    way_a_odd_q <= ^{way_a, way_a_parity};
    way_b_odd_q <= ^{way_b, way_b_parity};
    cookie_odd_q <= ^{cookie, cookie_parity};
    start_odd_q <= ^{start, start_parity};
    way_q <= way_a_odd_q ? way_b : way_a;
  end
  assign {tag, grouped, group} = way_q;

  // ---------------------------------------------------------------- words of results
  typedef enum logic [2:0] {
    Idle,
    First,   // the context and the first word have been read
    Second,  // they are at the memories' second registers; the second word has been read
    Words,   // so is that
    Checks,  // the parities are known
    Verdict, // ... and what they say together
    Decide,
    Out
  } state_e;
  state_e state_q;

  logic [255:0] word;
  logic [7:0] word_parity, word_sum, word_odd;
  logic [7:0] first_odd_q, second_odd_q;
  snap_ram_1r1w #(
      .Width(256 + 8),
      .Depth(64),
      .OutputReg(1'b1),
      .Target(Target)
  ) u_words (
      .clk_i,
      .we_i(sum_done_i && sum_done_send_i == 2'(snap_isa_pkg::SendEmit)),
      .waddr_i({sum_done_thread_i, sum_done_arg_i[0]}),
      .wdata_i({sum_done_parity_i, sum_done_data_i}),
      .re_i(read || state_q == First),
      .raddr_i({end_thread_i, state_q == First}),
      .rdata_o({word_parity, word})
  );
  snap_parity u_parity (.data_i(word), .parity_o(word_sum));
  assign word_odd = word_sum ^ word_parity;

  // ---------------------------------------------------------------- answer
  logic result, rails_bad, data_bad_q, fault_q, input_error_q;
  assign result = end_value_i == 2'(snap_isa_pkg::EndResult);
  assign rails_bad = end_value_i != ~end_value_n_i;
  always_ff @(posedge clk_i) begin
    data_bad_q <= way_a_odd_q || way_b_odd_q || cookie_odd_q || start_odd_q
        || (result && {first_odd_q, second_odd_q} != '0);
    fault_q <= end_fault_i || rails_bad || data_bad_q;
    input_error_q <= grouped && group_error_i[group];
  end

  logic [1:0] status_q, cause_q;
  logic [4:0] tag_q;
  logic [63:0] value_q;
  logic has_result_q;
  logic [511:0] result_q;
  logic [31:0] cycles_q;

  assign read = state_q == Idle && !answer_valid_i && end_valid_i;
  assign answer_ready_o = state_q == Idle;
  assign end_ready_o = state_q == Decide;
  assign group_done_valid_o = state_q == Decide && grouped;
  assign group_done_o = group;

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      Idle: begin
        tag_q <= answer_tag_i;
        status_q <= answer_status_i;
        cause_q <= CauseControl;
        value_q <= answer_status_i == StatusOk ? {~answer_code_i, answer_code_i} ^ answer_cookie_i : 64'd0;
        has_result_q <= 1'b0;
        cycles_q <= now_i - answer_start_i;
      end
      Second: begin
        result_q[255:0] <= swap_bytes(word);
        first_odd_q <= word_odd;
      end
      Words: begin
        result_q[511:256] <= swap_bytes(word);
        second_odd_q <= word_odd;
      end
      Decide: begin
        tag_q <= tag;
        status_q <= input_error_q ? StatusInput : fault_q ? StatusFault : StatusOk;
        cause_q <= end_fault_i ? end_cause_i : data_bad_q ? CauseDatapath : CauseControl;
        value_q <= fault_q || input_error_q ? 64'd0
            : {~code_word(~end_value_n_i), code_word(end_value_i)} ^ cookie;
        has_result_q <= result && !fault_q && !input_error_q;
        cycles_q <= now_i - start;
      end
      default: ;
    endcase
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
    end else begin
      unique case (state_q)
        Idle: if (answer_valid_i) state_q <= Out;
              else if (end_valid_i) state_q <= First;
        First: state_q <= Second;
        Second: state_q <= Words;
        Words: state_q <= Checks;
        Checks: state_q <= Verdict;
        Verdict: state_q <= Decide;
        Decide: state_q <= Out;
        default: if (out_ready_i) state_q <= Idle;
      endcase
    end
  end

  assign out_valid_o = state_q == Out;
  assign out_tag_o = tag_q;
  assign out_value_o = value_q;
  assign out_status_o = status_q;
  assign out_cause_o = cause_q;
  assign out_has_result_o = has_result_q;
  assign out_result_o = result_q;
  assign out_cycles_o = cycles_q;

  logic unused_arg;
  assign unused_arg = ^sum_done_arg_i[3:1];

endmodule
