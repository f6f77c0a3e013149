// SPDX-License-Identifier: Apache-2.0
// The flags of all threads, each as two bits: {complement, value}; none set is 00. A word is {16 complements, 16
// values}.
//
// Three writers each have a memory of their own, and a flag is the exclusive or of the three: products and sums set
// a flag, the control toggles bits that it knows (c_toggle_i: old word ^ new word). Two writers must not write the
// same flag of a thread at the same time; a program that would do it could not know the result. A result that
// comes in cycle t is read in cycle t + 2.
module snap_point_flags #(
    parameter int unsigned Threads = 32
) (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        p_set_i,
    input  logic [4:0]  p_set_thread_i,
    input  logic [3:0]  p_set_flag_i,
    input  logic        p_set_value_i,
    input  logic        s_set_i,
    input  logic [4:0]  s_set_thread_i,
    input  logic [3:0]  s_set_flag_i,
    input  logic        s_set_value_i,
    input  logic        c_toggle_valid_i,
    input  logic [4:0]  c_toggle_thread_i,
    input  logic [31:0] c_toggle_i,

    // Read in the same cycle: for the instruction that lane p (s) was granted, and for the control.
    input  logic [4:0]  p_thread_i,
    output logic [31:0] p_flags_o,
    input  logic [4:0]  s_thread_i,
    output logic [31:0] s_flags_o,
    input  logic [4:0]  c_thread_i,
    output logic [31:0] c_flags_o
);

  localparam int unsigned TW = $clog2(Threads);

  (* ram_style = "distributed" *) logic [31:0] p_mem [0:Threads-1];
  (* ram_style = "distributed" *) logic [31:0] s_mem [0:Threads-1];
  (* ram_style = "distributed" *) logic [31:0] c_mem [0:Threads-1];

  logic          p_set_q, s_set_q, p_value_q, s_value_q;
  logic [TW-1:0] p_at_q, s_at_q;
  logic [3:0]    p_flag_q, s_flag_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {p_set_q, s_set_q} <= '0;
    else {p_set_q, s_set_q} <= {p_set_i, s_set_i};
  end
  always_ff @(posedge clk_i) begin
    {p_at_q, p_flag_q, p_value_q} <= {p_set_thread_i[TW-1:0], p_set_flag_i, p_set_value_i};
    {s_at_q, s_flag_q, s_value_q} <= {s_set_thread_i[TW-1:0], s_set_flag_i, s_set_value_i};
  end

  // What the writer's word must change by for the flag to be as it shall. An exclusive or and no choice between old
  // and new bits: synthesis would make a write enable of that for each bit, and a memory cell for each bit with it.
  function automatic logic [31:0] toggle(input logic [31:0] flags, input logic [3:0] flag, input logic value);
    logic [15:0] at;
    at = 16'd1 << flag;
    toggle = {at, at} & (flags ^ {{16{!value}}, {16{value}}});
  endfunction

  logic [31:0] p_word, s_word;  // the flags that the writers change one of
  assign p_word = p_mem[p_at_q] ^ s_mem[p_at_q] ^ c_mem[p_at_q];
  assign s_word = p_mem[s_at_q] ^ s_mem[s_at_q] ^ c_mem[s_at_q];
  always_ff @(posedge clk_i) begin
    if (p_set_q) p_mem[p_at_q] <= p_mem[p_at_q] ^ toggle(p_word, p_flag_q, p_value_q);
    if (s_set_q) s_mem[s_at_q] <= s_mem[s_at_q] ^ toggle(s_word, s_flag_q, s_value_q);
    if (c_toggle_valid_i)
      c_mem[c_toggle_thread_i[TW-1:0]] <= c_mem[c_toggle_thread_i[TW-1:0]] ^ c_toggle_i;
  end

  assign p_flags_o = p_mem[p_thread_i[TW-1:0]] ^ s_mem[p_thread_i[TW-1:0]] ^ c_mem[p_thread_i[TW-1:0]];
  assign s_flags_o = p_mem[s_thread_i[TW-1:0]] ^ s_mem[s_thread_i[TW-1:0]] ^ c_mem[s_thread_i[TW-1:0]];
  assign c_flags_o = p_mem[c_thread_i[TW-1:0]] ^ s_mem[c_thread_i[TW-1:0]] ^ c_mem[c_thread_i[TW-1:0]];

  if (TW < 5) begin : g_unused
    logic unused_bits;
    assign unused_bits = ^{p_set_thread_i[4:TW], s_set_thread_i[4:TW], c_toggle_thread_i[4:TW], p_thread_i[4:TW],
                           s_thread_i[4:TW], c_thread_i[4:TW]};
  end

endmodule
