// SPDX-License-Identifier: Apache-2.0
// The point engine's sequencer: runs the microcode (docs/microcode.md) for all threads. Each cycle it grants at most
// one product and one sum, which are at the outputs in that cycle.
//
//   snap_point_threads    who may be granted, who is
//   snap_point_lane       two: what the granted instruction's `ctl` does, and the fetch of the next
//   snap_point_control    start, digits, gather, end
//   snap_point_flags, snap_point_microcode
//
// A thread's context, which is its next word with program counter, return address and loop counter, lies in the memory
// of the lane that fetched the word; `where_q` says which it was.
module snap_point_sequencer #(
    parameter int unsigned Threads = 32,
    parameter ImageDir = "build/engine",
    // A sum granted so many cycles after a product must not write T if the product does.
    parameter int unsigned TableDistance = snap_isa_pkg::ProductCycles - snap_isa_pkg::SumCycles,
    parameter int unsigned WatchdogLog2 = 20
) (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        enable_i,  // the image is good; otherwise every job ends as a fault
    output logic        idle_o,

    // Threads for the loader
    output logic        alloc_valid_o,
    output logic [4:0]  alloc_thread_o,
    input  logic        alloc_take_i,
    input  logic        start_valid_i,
    input  logic [4:0]  start_thread_i,
    input  logic [2:0]  start_program_i,
    input  logic [5:0]  start_flags_i,  // low s, compressed, term 3 .. 0 is present
    input  logic [2:0]  start_job_i,
    input  logic        free_valid_i,   // back unstarted
    input  logic [4:0]  free_thread_i,
    input  logic        group_valid_i,  // before the first chunk of a multi-scalar job
    input  logic [2:0]  group_job_i,
    input  logic [4:0]  group_chunks_i,

    input  logic        recoder_free_i,
    output logic        recoder_take_o,
    output logic [4:0]  recoder_thread_o,
    output logic [2:0]  recoder_program_o,
    input  logic        events_done_i,
    input  logic [4:0]  events_thread_i,
    input  logic [8:0]  events_count_i,
    input  logic        events_fault_i,
    output logic        event_re_o,
    output logic [13:0] event_addr_o,
    input  logic [22:0] event_data_i,
    input  logic        event_parity_error_i,

    input  logic        inverter_free_i,
    output logic        inverter_take_o,
    input  logic        inverse_done_i,
    input  logic [4:0]  inverse_thread_i,

    output logic        prod_valid_o,
    output logic [4:0]  prod_thread_o,
    output logic [4:0]  prod_partner_o,
    output logic [2:0]  prod_op_o,
    output logic [4:0]  prod_a_o,
    output logic [4:0]  prod_b_o,
    output logic [2:0]  prod_b_kind_o,
    output logic        prod_addend_fixed_o,
    output logic [11:0] prod_addend_addr_o,
    output logic [5:0]  prod_dst_o,
    output logic        prod_sm2_o,
    output logic [1:0]  prod_test_o,
    output logic [3:0]  prod_flag_o,

    output logic        sum_valid_o,
    output logic [4:0]  sum_thread_o,
    output logic [4:0]  sum_partner_o,
    output logic [2:0]  sum_op_o,
    output logic        sum_swap_o,
    output logic        sum_order_o,
    output logic [4:0]  sum_a_o,
    output logic [4:0]  sum_b_o,
    output logic [2:0]  sum_b_kind_o,
    output logic [5:0]  sum_dst_o,
    output logic        sum_sm2_o,
    output logic [1:0]  sum_test_o,
    output logic [3:0]  sum_flag_o,
    output logic [1:0]  sum_send_o,
    output logic [3:0]  sum_arg_o,

    input  logic        prod_done_i,
    input  logic [4:0]  prod_done_thread_i,
    input  logic [1:0]  prod_done_test_i,
    input  logic [3:0]  prod_done_flag_i,
    input  logic        prod_done_value_i,
    input  logic        sum_done_i,
    input  logic [4:0]  sum_done_thread_i,
    input  logic [1:0]  sum_done_test_i,
    input  logic [3:0]  sum_done_flag_i,
    input  logic        sum_done_value_i,
    input  logic        fault_prod_i,
    input  logic [4:0]  fault_prod_thread_i,
    input  logic        fault_sum_i,
    input  logic [4:0]  fault_sum_thread_i,

    // The job of a thread, or of a group whose last chunk it is, has ended. 3: the verdict `valid`.
    output logic        end_valid_o,
    input  logic        end_ready_i,
    output logic [4:0]  end_thread_o,
    output logic [1:0]  end_value_o,
    output logic [1:0]  end_value_n_o,
    output logic        end_fault_o,
    output logic [1:0]  end_cause_o,    // 0 data, 1 control, 2 watchdog

    // Image: only while no thread runs
    input  logic        image_we_i,
    input  logic [9:0]  image_addr_i,
    input  logic [63:0] image_word_i,
    input  logic        entry_we_i,
    input  logic [3:0]  entry_addr_i,
    input  logic [9:0]  entry_data_i
);

  localparam int unsigned TW = $clog2(Threads);

  // ---------------------------------------------------------------- contexts
  logic        p_arrive, s_arrive, p_win, s_win, p_good, s_good;
  logic [4:0]  p_arrive_thread, s_arrive_thread, p_win_thread, s_win_thread;
  logic [60:0] p_arrived_word, s_arrived_word;
  logic [91:0] p_arrived_context, s_arrived_context, p_context, s_context;
  (* ram_style = "distributed" *) logic [91:0] p_contexts [0:Threads-1];
  (* ram_style = "distributed" *) logic [91:0] s_contexts [0:Threads-1];
  logic [Threads-1:0] where_q;  // 1: lane s fetched it
  always_ff @(posedge clk_i) begin
    if (p_arrive) p_contexts[p_arrive_thread[TW-1:0]] <= p_arrived_context;
    if (s_arrive) s_contexts[s_arrive_thread[TW-1:0]] <= s_arrived_context;
    if (p_arrive) where_q[p_arrive_thread[TW-1:0]] <= 1'b0;
    if (s_arrive) where_q[s_arrive_thread[TW-1:0]] <= 1'b1;
  end
  assign p_context = where_q[p_win_thread[TW-1:0]] ? s_contexts[p_win_thread[TW-1:0]] : p_contexts[p_win_thread[TW-1:0]];
  assign s_context = where_q[s_win_thread[TW-1:0]] ? s_contexts[s_win_thread[TW-1:0]] : p_contexts[s_win_thread[TW-1:0]];

  // ---------------------------------------------------------------- flags
  logic        toggle_valid;
  logic [4:0]  toggle_thread, c_flags_thread;
  logic [31:0] toggle, p_flags, s_flags, c_flags;
  snap_point_flags #(.Threads(Threads)) u_flags (
      .clk_i, .rst_ni,
      .p_set_i(prod_done_i && prod_done_test_i != 2'(snap_isa_pkg::TestNone)), .p_set_thread_i(prod_done_thread_i),
      .p_set_flag_i(prod_done_flag_i), .p_set_value_i(prod_done_value_i),
      .s_set_i(sum_done_i && sum_done_test_i != 2'(snap_isa_pkg::TestNone)), .s_set_thread_i(sum_done_thread_i),
      .s_set_flag_i(sum_done_flag_i), .s_set_value_i(sum_done_value_i),
      .c_toggle_valid_i(toggle_valid), .c_toggle_thread_i(toggle_thread), .c_toggle_i(toggle),
      .p_thread_i(p_win_thread), .p_flags_o(p_flags), .s_thread_i(s_win_thread), .s_flags_o(s_flags),
      .c_thread_i(c_flags_thread), .c_flags_o(c_flags)
  );

  // ---------------------------------------------------------------- lanes
  logic        p_grant, s_grant, p_push, s_push, p_inject, s_inject, p_inject_take, s_inject_take;
  logic        p_fault, s_fault;
  logic [4:0]  p_thread, s_thread, p_fault_thread, s_fault_thread;
  logic [60:0] p_word, s_word;
  logic [50:0] p_entry, s_entry;
  logic [35:0] inject_entry;
  logic [9:0]  p_addr, s_addr;
  logic [71:0] p_read, s_read;
  snap_point_lane #(.Sums(1'b0)) u_products (
      .clk_i, .rst_ni, .win_i(p_win), .win_thread_i(p_win_thread), .context_i(p_context), .flags_i(p_flags),
      .grant_o(p_grant), .thread_o(p_thread), .instruction_o(p_word), .push_o(p_push), .push_entry_o(p_entry),
      .inject_i(p_inject), .inject_entry_i(inject_entry), .inject_take_o(p_inject_take),
      .fault_o(p_fault), .fault_thread_o(p_fault_thread), .addr_o(p_addr), .word_i(p_read),
      .arrive_o(p_arrive), .arrive_thread_o(p_arrive_thread), .arrive_good_o(p_good),
      .arrive_instruction_o(p_arrived_word), .context_o(p_arrived_context)
  );
  snap_point_lane #(.Sums(1'b1)) u_sums (
      .clk_i, .rst_ni, .win_i(s_win), .win_thread_i(s_win_thread), .context_i(s_context), .flags_i(s_flags),
      .grant_o(s_grant), .thread_o(s_thread), .instruction_o(s_word), .push_o(s_push), .push_entry_o(s_entry),
      .inject_i(s_inject), .inject_entry_i(inject_entry), .inject_take_o(s_inject_take),
      .fault_o(s_fault), .fault_thread_o(s_fault_thread), .addr_o(s_addr), .word_i(s_read),
      .arrive_o(s_arrive), .arrive_thread_o(s_arrive_thread), .arrive_good_o(s_good),
      .arrive_instruction_o(s_arrived_word), .context_o(s_arrived_context)
  );
  snap_point_microcode #(.ImageDir(ImageDir)) u_microcode (
      .clk_i, .we_i(image_we_i), .waddr_i(image_addr_i), .word_i(image_word_i),
      .p_addr_i(p_addr), .p_word_o(p_read), .s_addr_i(s_addr), .s_word_o(s_read)
  );

  // ---------------------------------------------------------------- threads
  logic        hold, park, ends, release_a, release_b, finish_valid, finish_take, finish_done, control_fault;
  logic [4:0]  control_thread, release_a_thread, release_b_thread, finish_thread;
  logic        p_digit_odd_q, s_digit_odd_q;
  logic [Threads-1:0] events_ready, fault, fault_control, fault_watchdog;
  snap_isa_pkg::instruction_t p_arrived, s_arrived, p_granted, s_granted;
  assign p_arrived = {3'd0, p_arrived_word};
  assign s_arrived = {3'd0, s_arrived_word};
  assign p_granted = {3'd0, p_word};
  assign s_granted = {3'd0, s_word};

  function automatic logic ends_job(input logic [3:0] ctl);
    ends_job = ctl == 4'(snap_isa_pkg::CtlVerdict) || ctl == 4'(snap_isa_pkg::CtlEnd);
  endfunction

  assign inverter_take_o = s_grant && s_granted.gate == 3'(snap_isa_pkg::GateInverter) &&
                           s_granted.send == 2'(snap_isa_pkg::SendInvert);
  assign recoder_take_o = s_grant && s_granted.gate == 3'(snap_isa_pkg::GateRecoder);
  assign recoder_thread_o = s_thread;

  // What ends or begins something of a thread has time: a register between.
  logic        start_q, free_q, park_q, ends_q, release_a_q, release_b_q, finish_done_q, inverse_done_q, events_done_q;
  logic        events_fault_q;
  logic [4:0]  start_thread_q, free_thread_q, control_thread_q, release_a_thread_q, release_b_thread_q;
  logic [4:0]  inverse_thread_q, events_thread_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {start_q, free_q, park_q, ends_q, release_a_q, release_b_q, finish_done_q, inverse_done_q, events_done_q} <= '0;
    end else begin
      {start_q, free_q, park_q, ends_q}       <= {start_valid_i, free_valid_i, park, ends};
      {release_a_q, release_b_q}              <= {release_a, release_b};
      {finish_done_q, inverse_done_q, events_done_q} <= {finish_done, inverse_done_i, events_done_i};
    end
  end
  always_ff @(posedge clk_i) begin
    {start_thread_q, free_thread_q, control_thread_q} <= {start_thread_i, free_thread_i, control_thread};
    {release_a_thread_q, release_b_thread_q}          <= {release_a_thread, release_b_thread};
    {inverse_thread_q, events_thread_q, events_fault_q} <= {inverse_thread_i, events_thread_i, events_fault_i};
  end

  snap_point_threads #(.Threads(Threads), .TableDistance(TableDistance), .WatchdogLog2(WatchdogLog2)) u_threads (
      .clk_i, .rst_ni, .idle_o,
      .alloc_take_i, .alloc_valid_o, .alloc_thread_o, .start_valid_i(start_q), .start_thread_i(start_thread_q),
      .free_valid_i(free_q), .free_thread_i(free_thread_q),
      .p_arrive_i(p_arrive), .p_arrive_thread_i(p_arrive_thread), .p_arrive_good_i(p_good),
      .p_arrive_unit_i(p_arrived.unit[0]), .p_arrive_table_i(p_arrived.dst[5]), .p_arrive_gate_i(p_arrived.gate),
      .p_arrive_ends_i(ends_job(p_arrived.ctl)),
      .s_arrive_i(s_arrive), .s_arrive_thread_i(s_arrive_thread), .s_arrive_good_i(s_good),
      .s_arrive_unit_i(s_arrived.unit[0]), .s_arrive_table_i(s_arrived.dst[5]), .s_arrive_gate_i(s_arrived.gate),
      .s_arrive_ends_i(ends_job(s_arrived.ctl)),
      .s_hold_i(hold), .p_win_o(p_win), .p_win_thread_o(p_win_thread), .s_win_o(s_win), .s_win_thread_o(s_win_thread),
      .p_grant_i(p_grant), .p_grant_thread_i(p_thread), .p_grant_wait_i(p_granted.wait_code),
      .p_grant_table_i(p_granted.dst[5]),
      .s_grant_i(s_grant), .s_grant_thread_i(s_thread), .s_grant_wait_i(s_granted.wait_code),
      .inverter_take_i(inverter_take_o), .recoder_take_i(recoder_take_o),
      .inverter_free_i, .inverse_done_i(inverse_done_q), .inverse_thread_i(inverse_thread_q),
      .recoder_free_i, .events_done_i(events_done_q), .events_fault_i(events_fault_q), .events_thread_i(events_thread_q),
      .park_i(park_q), .park_thread_i(control_thread_q), .end_i(ends_q), .end_thread_i(control_thread_q),
      .release_a_i(release_a_q), .release_a_thread_i(release_a_thread_q),
      .release_b_i(release_b_q), .release_b_thread_i(release_b_thread_q),
      .finish_valid_o(finish_valid), .finish_thread_o(finish_thread), .finish_take_i(finish_take),
      .finish_done_i(finish_done_q), .events_ready_o(events_ready),
      .fault_i({control_fault, s_fault || s_digit_odd_q, p_fault || p_digit_odd_q, fault_sum_i, fault_prod_i}),
      .fault_thread_i({control_thread, s_fault_thread, p_fault_thread, fault_sum_thread_i, fault_prod_thread_i}),
      .fault_o(fault), .fault_control_o(fault_control), .fault_watchdog_o(fault_watchdog)
  );

  // ---------------------------------------------------------------- control
  logic [34:0] p_digit, s_digit;
  snap_point_control #(.Threads(Threads), .ImageDir(ImageDir)) u_control (
      .clk_i, .rst_ni, .enable_i,
      .p_push_i(p_push), .p_entry_i(p_entry), .s_push_i(s_push), .s_entry_i(s_entry),
      .start_valid_i, .start_thread_i, .start_program_i, .start_flags_i, .start_job_i,
      .group_valid_i, .group_job_i, .group_chunks_i,
      .finish_valid_i(finish_valid), .finish_thread_i(finish_thread), .finish_take_o(finish_take),
      .finish_done_o(finish_done),
      .entry_we_i, .entry_addr_i, .entry_data_i,
      .events_done_i, .events_thread_i, .events_count_i, .events_ready_i(events_ready),
      .event_re_o, .event_addr_o, .event_data_i, .event_parity_error_i,
      .flags_thread_o(c_flags_thread), .flags_i(c_flags), .toggle_valid_o(toggle_valid),
      .toggle_thread_o(toggle_thread), .toggle_o(toggle),
      .p_thread_i(p_win_thread), .p_digit_o(p_digit), .s_thread_i(s_win_thread), .s_digit_o(s_digit),
      .p_inject_o(p_inject), .p_inject_take_i(p_inject_take), .s_inject_o(s_inject), .s_inject_take_i(s_inject_take),
      .inject_entry_o(inject_entry), .hold_o(hold),
      .park_o(park), .end_o(ends), .fault_o(control_fault), .thread_o(control_thread),
      .release_a_o(release_a), .release_a_thread_o(release_a_thread),
      .release_b_o(release_b), .release_b_thread_o(release_b_thread),
      .fault_i(fault), .fault_control_i(fault_control), .fault_watchdog_i(fault_watchdog),
      .end_valid_o, .end_ready_i, .end_thread_o, .end_value_o, .end_value_n_o, .end_fault_o, .end_cause_o
  );

  // ---------------------------------------------------------------- to the units
  // The digit acts here, between the memories and the unit's registers: addend's address, sign.
  snap_isa_pkg::instruction_t p_next, s_next;
  assign p_next = {3'd0, p_context[60:0]};
  assign s_next = {3'd0, s_context[60:0]};

  localparam logic [2:0] Sm2 = 3'(snap_isa_pkg::ProgramSm2Verify);
  logic        p_digit_odd, s_digit_odd;
  logic [34:0] p_digit_q, s_digit_q;
  logic [2:0]  s_op;
  logic        flips;
  assign flips = s_digit[25] && s_next.sign == 2'(snap_isa_pkg::SignFlip);
  always_comb begin
    s_op = s_next.op;
    if (flips) begin
      unique case (s_next.op)
        3'(snap_isa_pkg::SumOpAdd): s_op = 3'(snap_isa_pkg::SumOpSub);
        3'(snap_isa_pkg::SumOpSub): s_op = 3'(snap_isa_pkg::SumOpAdd);
        3'(snap_isa_pkg::SumOpCopy): s_op = 3'(snap_isa_pkg::SumOpNeg);
        3'(snap_isa_pkg::SumOpNeg): s_op = 3'(snap_isa_pkg::SumOpCopy);
        default: s_op = s_next.op;
      endcase
    end
  end
  always_ff @(posedge clk_i) begin
    p_digit_q <= p_digit;
    s_digit_q <= s_digit;
    prod_addend_addr_o <= p_next.b[0] ? p_digit[11:0] : p_digit[23:12];
    sum_op_o   <= s_op;
    sum_swap_o <= s_digit[25] && s_next.sign == 2'(snap_isa_pkg::SignSwap);
  end
  assign p_digit_odd = ^p_digit_q;
  assign s_digit_odd = ^s_digit_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {p_digit_odd_q, s_digit_odd_q} <= '0;
    else {p_digit_odd_q, s_digit_odd_q} <= {p_grant && p_digit_odd, s_grant && s_digit_odd};
  end

  assign prod_valid_o        = p_grant;
  assign prod_thread_o       = p_thread;
  assign prod_partner_o      = p_digit_q[33:29];
  assign prod_op_o           = p_granted.op;
  assign prod_a_o            = p_granted.a;
  assign prod_b_o            = p_granted.b;
  assign prod_b_kind_o       = p_granted.b_kind;
  assign prod_addend_fixed_o = p_digit_q[24];
  assign prod_dst_o          = p_granted.dst;
  assign prod_sm2_o          = p_digit_q[28:26] == Sm2;
  assign prod_test_o         = p_granted.test;
  assign prod_flag_o         = p_granted.flag;

  assign sum_valid_o   = s_grant;
  assign sum_thread_o  = s_thread;
  assign sum_partner_o = s_digit_q[33:29];
  assign sum_order_o   = s_granted.order[0];
  assign sum_a_o       = s_granted.a;
  assign sum_b_o       = s_granted.b;
  assign sum_b_kind_o  = s_granted.b_kind;
  assign sum_dst_o     = s_granted.dst;
  assign sum_sm2_o     = s_digit_q[28:26] == Sm2;
  assign sum_test_o    = s_granted.test;
  assign sum_flag_o    = s_granted.flag;
  assign sum_send_o    = s_granted.send == 2'(snap_isa_pkg::SendInvert) && !inverter_take_o
                         ? 2'(snap_isa_pkg::SendNone) : s_granted.send;
  assign sum_arg_o     = s_granted.arg;
  assign recoder_program_o = s_digit_q[28:26];

  logic unused_fields;
  assign unused_fields = ^{p_arrived, s_arrived, p_granted, s_granted, p_next, s_next};
  if (TW < 5) begin : g_unused
    logic unused_bits;
    assign unused_bits = ^{p_win_thread[4:TW], s_win_thread[4:TW], p_arrive_thread[4:TW], s_arrive_thread[4:TW]};
  end

endmodule
