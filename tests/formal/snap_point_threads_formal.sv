// SPDX-License-Identifier: Apache-2.0

// The threads of the point engine, two of them, with lanes, control, loader, inverter and recoder that do whatever they
// promise (the assumptions at the end of the module, with the assertions). Proven without a bound:
//   - no instruction is granted before its predecessor's wait has passed, before its gate is open (the thread's own
//     inverse or digits have come since it asked; a free place in the inverter; the recoder free), with wrong
//     parity or code, or at the wrong unit; the last one not while an inverse or digits of the thread are under way;
//   - at most one product and one sum a cycle, never of the same thread; a thread's next instruction is in one place;
//   - a sum to T is never granted TableDistance cycles behind a product to T;
//   - one turn at the inverter and one at the recoder at a time, so neither is ever taken beyond its room;
//   - a thread is given out only while nobody has it, comes back once, and not before 65 cycles without a grant, nor
//     while the inverter or the recoder has it.
// Limits: 2 threads and TableDistance 4 (threads are alike and meet only in pairs; the RTL has 32 and 24); the
// arbiters are replaced by what formal-point-arbiter-n16 proves of them; no bit flips; that a thread is granted in
// bounded time is not proven (arbiters: yes; the watchdog ends a thread that waits for what never comes).
// A program is trusted not to ask for a second inverse, or second digits, before it has the first.
module snap_point_threads_formal #(
    parameter int unsigned Threads = 2,
    parameter int unsigned TableDistance = 4
) (
    input logic clk_i,
    input logic rst_ni,
    input logic alloc_take_i,
    input logic start_valid_i,
    input logic [4:0] start_thread_i,
    input logic free_valid_i,
    input logic [4:0] free_thread_i,
    input logic [1:0] arrive_i,
    input logic [9:0] arrive_thread_i,
    input logic [1:0] arrive_good_i,
    input logic [1:0] arrive_unit_i,
    input logic [1:0] arrive_table_i,
    input logic [5:0] arrive_gate_i,
    input logic [1:0] arrive_ends_i,
    input logic s_hold_i,
    input logic [1:0] grant_i,
    input logic [9:0] grant_thread_i,
    input logic [11:0] grant_wait_i,
    input logic p_grant_table_i,
    input logic inverter_take_i,
    input logic recoder_take_i,
    input logic inverter_free_i,
    input logic inverse_done_i,
    input logic [4:0] inverse_thread_i,
    input logic recoder_free_i,
    input logic events_done_i,
    input logic events_fault_i,
    input logic [4:0] events_thread_i,
    input logic park_i,
    input logic [4:0] park_thread_i,
    input logic end_i,
    input logic [4:0] end_thread_i,
    input logic [1:0] release_i,
    input logic [9:0] release_thread_i,
    input logic finish_take_i,
    input logic finish_done_i,
    input logic [4:0] fault_i,
    input logic [24:0] fault_thread_i
);
  logic p_win, s_win;
  logic [4:0] p_win_thread, s_win_thread;
  snap_point_threads #(
      .Threads(Threads),
      .TableDistance(TableDistance),
      .WatchdogLog2($clog2(Threads) + 2)
  ) dut (
      .clk_i,
      .rst_ni,
      .idle_o(),
      .alloc_take_i,
      .alloc_valid_o(),
      .alloc_thread_o(),
      .start_valid_i,
      .start_thread_i,
      .free_valid_i,
      .free_thread_i,
      .p_arrive_i(arrive_i[0]),
      .p_arrive_thread_i(arrive_thread_i[4:0]),
      .p_arrive_good_i(arrive_good_i[0]),
      .p_arrive_unit_i(arrive_unit_i[0]),
      .p_arrive_table_i(arrive_table_i[0]),
      .p_arrive_gate_i(arrive_gate_i[2:0]),
      .p_arrive_ends_i(arrive_ends_i[0]),
      .s_arrive_i(arrive_i[1]),
      .s_arrive_thread_i(arrive_thread_i[9:5]),
      .s_arrive_good_i(arrive_good_i[1]),
      .s_arrive_unit_i(arrive_unit_i[1]),
      .s_arrive_table_i(arrive_table_i[1]),
      .s_arrive_gate_i(arrive_gate_i[5:3]),
      .s_arrive_ends_i(arrive_ends_i[1]),
      .s_hold_i,
      .p_win_o(p_win),
      .p_win_thread_o(p_win_thread),
      .s_win_o(s_win),
      .s_win_thread_o(s_win_thread),
      .p_grant_i(grant_i[0]),
      .p_grant_thread_i(grant_thread_i[4:0]),
      .p_grant_wait_i(grant_wait_i[5:0]),
      .p_grant_table_i,
      .s_grant_i(grant_i[1]),
      .s_grant_thread_i(grant_thread_i[9:5]),
      .s_grant_wait_i(grant_wait_i[11:6]),
      .inverter_take_i,
      .recoder_take_i,
      .inverter_free_i,
      .inverse_done_i,
      .inverse_thread_i,
      .recoder_free_i,
      .events_done_i,
      .events_fault_i,
      .events_thread_i,
      .park_i,
      .park_thread_i,
      .end_i,
      .end_thread_i,
      .release_a_i(release_i[0]),
      .release_a_thread_i(release_thread_i[4:0]),
      .release_b_i(release_i[1]),
      .release_b_thread_i(release_thread_i[9:5]),
      .finish_valid_o(),
      .finish_thread_o(),
      .finish_take_i,
      .finish_done_i,
      .events_ready_o(),
      .fault_i,
      .fault_thread_i,
      .fault_o(),
      .fault_control_o(),
      .fault_watchdog_o()
  );

  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);
endmodule
