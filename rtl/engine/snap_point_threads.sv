// SPDX-License-Identifier: Apache-2.0
// The threads: who is free, who runs, who may be granted next. One product and one sum are granted a cycle.
//
//   Free -> Reserved (the loader writes its registers) -> Running -> Draining -> Free
//                                                         Running -> Parked -> Leaving -> Free
//
// A running thread is granted its next instruction when this has arrived, its predecessor's `wait` has passed and
// the gate is open. Draining and leaving take long enough for all results that are under way, and for what the
// inverter and the recoder have of the thread.
//
// Cycles count from the grant, when the instruction is at the unit: arbitration is in cycle -2, `wait` is seen in
// cycle 0, the successor arrives in cycle 3 at the earliest and can be chosen in cycle 4. A thread that has to wait at a
// gate is chosen two cycles after the gate has opened. Those for the inverter, and for the recoder, are opened one
// thread after the other: a turn goes round and stays where it is wanted.
//
// What the arbiters choose from are flip-flops, and their choice ends nothing but the request in the same cycle: the
// rest of a thread hears of it a cycle later (won_q).
module snap_point_threads #(
    parameter int unsigned Threads       = 32,
    parameter int unsigned TableDistance = 24,
    parameter int unsigned WatchdogLog2  = 20
) (
    input  logic       clk_i,
    input  logic       rst_ni,
    output logic       idle_o,

    input  logic       alloc_take_i,
    output logic       alloc_valid_o,
    output logic [4:0] alloc_thread_o,
    input  logic       start_valid_i,
    input  logic [4:0] start_thread_i,
    input  logic       free_valid_i,
    input  logic [4:0] free_thread_i,

    // Cycle 3 of both lanes: the next instruction, where it belongs, what it waits for
    input  logic       p_arrive_i,
    input  logic [4:0] p_arrive_thread_i,
    input  logic       p_arrive_good_i,
    input  logic       p_arrive_unit_i,
    input  logic       p_arrive_table_i,
    input  logic [2:0] p_arrive_gate_i,
    input  logic       p_arrive_ends_i,
    input  logic       s_arrive_i,
    input  logic [4:0] s_arrive_thread_i,
    input  logic       s_arrive_good_i,
    input  logic       s_arrive_unit_i,
    input  logic       s_arrive_table_i,
    input  logic [2:0] s_arrive_gate_i,
    input  logic       s_arrive_ends_i,

    // Cycle -1: the winners
    input  logic       s_hold_i,  // no sum in this cycle
    output logic       p_win_o,
    output logic [4:0] p_win_thread_o,
    output logic       s_win_o,
    output logic [4:0] s_win_thread_o,

    // Cycle 0: what they are
    input  logic       p_grant_i,
    input  logic [4:0] p_grant_thread_i,
    input  logic [5:0] p_grant_wait_i,
    input  logic       p_grant_table_i,
    input  logic       s_grant_i,
    input  logic [4:0] s_grant_thread_i,
    input  logic [5:0] s_grant_wait_i,
    input  logic       inverter_take_i,  // the sum's
    input  logic       recoder_take_i,

    input  logic       inverter_free_i,
    input  logic       inverse_done_i,
    input  logic [4:0] inverse_thread_i,
    input  logic       recoder_free_i,
    input  logic       events_done_i,
    input  logic       events_fault_i,
    input  logic [4:0] events_thread_i,

    // From the control
    input  logic       park_i,
    input  logic [4:0] park_thread_i,
    input  logic       end_i,
    input  logic [4:0] end_thread_i,
    input  logic       release_a_i,
    input  logic [4:0] release_a_thread_i,
    input  logic       release_b_i,
    input  logic [4:0] release_b_thread_i,
    output logic       finish_valid_o,  // drained: the answer may be given
    output logic [4:0] finish_thread_o,
    input  logic       finish_take_i,
    input  logic       finish_done_i,   // the answer is given: free
    output logic [Threads-1:0] events_ready_o,

    // Faults: products' and sums' data, both lanes, control
    input  logic [4:0]  fault_i,
    input  logic [24:0] fault_thread_i,
    output logic [Threads-1:0] fault_o,
    output logic [Threads-1:0] fault_control_o,
    output logic [Threads-1:0] fault_watchdog_o
);

  localparam int unsigned TW = $clog2(Threads);
  localparam int unsigned TokenCycles = 3;    // behind a take, until `free` tells the truth again
  localparam int unsigned WinCycles = 3;      // from the match of the counter to the grant
  if (Threads < 2 || Threads > 32 || (Threads & (Threads - 1)) != 0) begin : g_check
    $error("snap_point_threads: Threads must be a power of two, at most 32");
  end
  if (TableDistance < 4) begin : g_check_distance
    $error("snap_point_threads: TableDistance is too short to be seen at the arbitration");
  end

  typedef enum logic [2:0] {
    Free, Reserved, Running, Parked, Draining, Leaving
  } state_t;

  // ---------------------------------------------------------------- clocks for all
  // now_q counts for `wait`; every 32 cycles is a tick for those who drain; scan_q visits each thread in turn.
  logic [5:0]    now_q, now_next;
  logic          tick, now_odd_q;
  logic [TW-1:0] scan;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {now_odd_q, now_q} <= '0;
    else {now_odd_q, now_q} <= {^now_next, now_next};
  end
  assign now_next = now_q + 6'd1;
  assign tick = now_q[4:0] == '0;
  assign scan = now_q[TW-1:0];

  // ---------------------------------------------------------------- a thread's number in a bit for each
  // In two steps, so that a thread needs two bits of it and not all six: {upper two bits and valid, lower three}.
  localparam int unsigned SplitWidth = 12;
  function automatic logic [SplitWidth-1:0] split(input logic valid, input logic [4:0] thread);
    split = {{3'd0, valid} << thread[4:3], 8'd1 << thread[2:0]};
  endfunction
  function automatic logic [Threads-1:0] join_bits(input logic [SplitWidth-1:0] parts);
    for (int unsigned i = 0; i < Threads; i++) join_bits[i] = parts[i % 8] && parts[8 + i / 8];
  endfunction
  function automatic logic [Threads-1:0] hot(input logic valid, input logic [4:0] thread);
    hot = join_bits(split(valid, thread));
  endfunction

  logic [SplitWidth-1:0] p_wake_q, s_wake_q;
  logic [Threads-1:0]    p_wakes, s_wakes;
  logic [5:0]            p_wake_at_q, s_wake_at_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {p_wake_q, s_wake_q} <= '0;
    else {p_wake_q, s_wake_q} <= {split(p_grant_i, p_grant_thread_i), split(s_grant_i, s_grant_thread_i)};
  end
  always_ff @(posedge clk_i) begin
    p_wake_at_q <= now_q + p_grant_wait_i - 6'(WinCycles);
    s_wake_at_q <= now_q + s_grant_wait_i - 6'(WinCycles);
  end
  assign p_wakes = join_bits(p_wake_q);
  assign s_wakes = join_bits(s_wake_q);

  // ---------------------------------------------------------------- sums to T make way for products to T
  logic [TableDistance-4:0] table_q;
  logic                     table_clash;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) table_q <= '0;
    else table_q <= (TableDistance - 3)'({table_q, p_grant_i && p_grant_table_i});
  end
  // A product granted TableDistance before the cycle in which a sum would be granted that asks from the next cycle on.
  assign table_clash = table_q[TableDistance-4];

  // ---------------------------------------------------------------- arrivals: what is not of one thread
  // A word without a gate asks at once: {sum, product}.
  logic       p_plain, s_plain;
  logic [1:0] p_asks, s_asks;
  assign p_plain = p_arrive_good_i && p_arrive_gate_i == 3'(snap_isa_pkg::GateNone) && !p_arrive_ends_i;
  assign s_plain = s_arrive_good_i && s_arrive_gate_i == 3'(snap_isa_pkg::GateNone) && !s_arrive_ends_i;
  assign p_asks = {p_plain && p_arrive_unit_i && !(p_arrive_table_i && table_clash), p_plain && !p_arrive_unit_i};
  assign s_asks = {s_plain && s_arrive_unit_i && !(s_arrive_table_i && table_clash), s_plain && !s_arrive_unit_i};

  logic [Threads-1:0] p_arrives, s_arrives, starts, frees, allocs, parks, ends_at, releases_a, releases_b;
  logic [Threads-1:0] finishes, inverse_dones, events_dones, inverter_takes, recoder_takes;
  assign p_arrives      = hot(p_arrive_i, p_arrive_thread_i);
  assign s_arrives      = hot(s_arrive_i, s_arrive_thread_i);
  assign starts         = hot(start_valid_i, start_thread_i);
  assign frees          = hot(free_valid_i, free_thread_i);
  assign allocs         = hot(alloc_take_i && alloc_valid_o, alloc_thread_o);
  assign finishes       = hot(finish_done_i, finish_thread_o);
  assign parks          = hot(park_i, park_thread_i);
  assign ends_at        = hot(end_i, end_thread_i);
  assign releases_a     = hot(release_a_i, release_a_thread_i);
  assign releases_b     = hot(release_b_i, release_b_thread_i);
  assign inverse_dones  = hot(inverse_done_i, inverse_thread_i);
  assign events_dones   = hot(events_done_i, events_thread_i);
  assign inverter_takes = hot(inverter_take_i, s_grant_thread_i);
  assign recoder_takes  = hot(recoder_take_i, s_grant_thread_i);

  // ---------------------------------------------------------------- faults: heard of a cycle later
  logic [5*SplitWidth-1:0] fault_in_q;
  logic [Threads-1:0]      data_faults, control_faults;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) fault_in_q <= '0;
    else
      for (int unsigned i = 0; i < 5; i++)
        fault_in_q[SplitWidth*i +: SplitWidth] <= split(fault_i[i], fault_thread_i[5*i +: 5]);
  end
  assign data_faults    = join_bits(fault_in_q[0 +: SplitWidth]) | join_bits(fault_in_q[SplitWidth +: SplitWidth]);
  assign control_faults = join_bits(fault_in_q[2*SplitWidth +: SplitWidth]) |
                          join_bits(fault_in_q[3*SplitWidth +: SplitWidth]) |
                          join_bits(fault_in_q[4*SplitWidth +: SplitWidth]);

  // ---------------------------------------------------------------- one thread
  logic [Threads-1:0] p_request_q, s_request_q, p_choice, s_choice;
  logic [Threads-1:0] wants_inverter_q, wants_recoder_q, inverter_at_q, recoder_at_q;
  logic [Threads-1:0] has_inverter_turn, has_recoder_turn;
  logic               inverter_given_q, recoder_given_q;  // the turn is of use for the thread it is at
  logic [Threads-1:0] is_free_q, is_running, is_finished, is_finished_q, watchdog_set;
  logic               finish_q, finish_taken_q;
  logic [4:0]         finish_thread_q;

  for (genvar t = 0; t < Threads; t++) begin : g_thread
    state_t     state_q, state_d;
    logic [1:0] drain_q;
    logic       state_odd_q, state_wrong_q;  // parity of state_q; it was wrong
    logic       here_q;       // the next instruction has arrived
    logic       p_pending_q, s_pending_q;  // ... and its gate is open
    logic       won_q;        // ... and it was chosen in the cycle before
    logic       awake_q, armed_q, wake_odd_q;
    logic [5:0] wake_q;
    logic       unit_q, table_to_q, inverter_q, inverse_q, recoder_q, events_q, ends_q;
    logic       inverse_busy_q, inverse_ready_q, recoder_busy_q, events_ready_q;
    logic       fault_q, control_q, watchdog_q;

    logic p_arrive, s_arrive, arrive, good, unit, table_to, ends, plain, chosen, gated, open, leave, match, awake;
    logic becomes_free;
    logic [2:0] gate;
    assign p_arrive = p_arrives[t];
    assign s_arrive = s_arrives[t];
    assign arrive   = p_arrive || s_arrive;
    assign good     = p_arrive ? p_arrive_good_i : s_arrive_good_i;
    assign unit     = p_arrive ? p_arrive_unit_i : s_arrive_unit_i;
    assign table_to = p_arrive ? p_arrive_table_i : s_arrive_table_i;
    assign ends     = p_arrive ? p_arrive_ends_i : s_arrive_ends_i;
    assign gate     = p_arrive ? p_arrive_gate_i : s_arrive_gate_i;
    assign plain    = p_arrive ? p_plain : s_plain;

    assign chosen = p_choice[t] || s_choice[t];
    assign gated  = here_q && !p_pending_q && !s_pending_q && !fault_q &&
                    !(ends_q && (inverse_busy_q || recoder_busy_q));
    assign open = gated && (!inverse_q || inverse_ready_q) && (!events_q || events_ready_q) &&
                  (!inverter_q || (inverter_given_q && inverter_at_q[t])) &&
                  (!recoder_q || (recoder_given_q && recoder_at_q[t]));
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) {wants_inverter_q[t], wants_recoder_q[t]} <= '0;
      else {wants_inverter_q[t], wants_recoder_q[t]} <= {gated && inverter_q, gated && recoder_q};
    end
    assign has_inverter_turn[t] = (p_pending_q || s_pending_q) && inverter_q;
    assign has_recoder_turn[t]  = (p_pending_q || s_pending_q) && recoder_q;
    // A fault ends the thread where it would be granted its next instruction: first its request, then itself.
    assign leave = state_q == Running && here_q && fault_q && !p_request_q[t] && !s_request_q[t] && !won_q;

    assign awake = (awake_q || match) && !fault_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {p_request_q[t], s_request_q[t], won_q} <= '0;
      end else begin
        p_request_q[t] <= awake && !p_choice[t] && ((p_pending_q && !won_q) || (p_arrive && p_asks[0]) ||
                                                    (s_arrive && s_asks[0]));
        s_request_q[t] <= awake && !s_choice[t] && ((s_pending_q && !won_q && !(table_to_q && table_clash)) ||
                                                    (p_arrive && p_asks[1]) || (s_arrive && s_asks[1]));
        won_q <= chosen;
      end
    end

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {here_q, p_pending_q, s_pending_q} <= '0;
      end else if (won_q || leave) begin
        {here_q, p_pending_q, s_pending_q} <= '0;
      end else if (arrive) begin
        {here_q, p_pending_q, s_pending_q} <= {1'b1, plain && !unit, plain && unit};
      end else if (open) begin
        {p_pending_q, s_pending_q} <= {!unit_q, unit_q};
      end
    end
    always_ff @(posedge clk_i) begin
      if (arrive) begin
        unit_q     <= unit;
        table_to_q <= table_to;
        ends_q     <= ends;
        inverter_q <= gate == 3'(snap_isa_pkg::GateInverter);
        inverse_q  <= gate == 3'(snap_isa_pkg::GateInverse);
        recoder_q  <= gate == 3'(snap_isa_pkg::GateRecoder);
        events_q   <= gate == 3'(snap_isa_pkg::GateEvents);
      end
    end

    // `wait`: the thread sleeps until now_q is wake_q. A wrong bit in wake_q shows in its parity at the match.
    assign match = armed_q && wake_q == now_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {awake_q, armed_q} <= '0;
      end else if (starts[t]) begin
        {awake_q, armed_q} <= 2'b10;
      end else if (won_q) begin
        {awake_q, armed_q} <= 2'b00;
      end else if (p_wakes[t] || s_wakes[t]) begin
        armed_q <= 1'b1;
      end else if (match) begin
        {awake_q, armed_q} <= 2'b10;
      end
    end
    always_ff @(posedge clk_i) begin
      if (p_wakes[t]) {wake_odd_q, wake_q} <= {^p_wake_at_q, p_wake_at_q};
      else if (s_wakes[t]) {wake_odd_q, wake_q} <= {^s_wake_at_q, s_wake_at_q};
    end

    // What others have of the thread.
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {inverse_busy_q, inverse_ready_q, recoder_busy_q, events_ready_q} <= '0;
      end else begin
        if (starts[t]) {inverse_ready_q, events_ready_q} <= 2'b00;
        if (inverse_dones[t] && inverse_busy_q) {inverse_busy_q, inverse_ready_q} <= 2'b01;
        if (events_dones[t] && recoder_busy_q) {recoder_busy_q, events_ready_q} <= {1'b0, !events_fault_i};
        if (inverter_takes[t]) {inverse_busy_q, inverse_ready_q} <= 2'b10;
        if (recoder_takes[t]) {recoder_busy_q, events_ready_q} <= 2'b10;
      end
    end
    assign events_ready_o[t] = events_ready_q;

    always_comb begin
      state_d = state_q;
      unique case (state_q)
        Free: if (allocs[t]) state_d = Reserved;
        Reserved: begin
          if (starts[t]) state_d = Running;
          else if (frees[t]) state_d = Free;
        end
        Running: begin
          if (leave || ends_at[t]) state_d = Draining;
          else if (parks[t]) state_d = Parked;
        end
        Parked: if (releases_a[t] || releases_b[t]) state_d = Leaving;
        Draining: if (finishes[t]) state_d = Free;
        Leaving: if (drain_q == 2'd3 && !inverse_busy_q && !recoder_busy_q) state_d = Free;
        default: state_d = Draining;
      endcase
      if (state_wrong_q) state_d = Draining;  // with a fault
    end
    assign becomes_free = (state_q == Free && !allocs[t]) || (state_q == Reserved && frees[t] && !starts[t]) ||
                          (state_q == Draining && finishes[t]) ||
                          (state_q == Leaving && drain_q == 2'd3 && !inverse_busy_q && !recoder_busy_q);
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        state_q <= Free;
        {state_wrong_q, state_odd_q} <= '0;
        {is_finished_q[t], is_free_q[t]} <= 2'b01;
        drain_q <= '0;
      end else begin
        state_q <= state_d;
        state_odd_q <= ^state_d;
        state_wrong_q <= ^state_q != state_odd_q;
        is_free_q[t] <= becomes_free && !state_wrong_q;  // as state_q, in a bit
        is_finished_q[t] <= is_finished[t] && !finishes[t];
        if (state_q != Draining && state_q != Leaving) drain_q <= '0;
        else if (tick && drain_q != 2'd3) drain_q <= drain_q + 2'd1;
      end
    end
    assign is_running[t]  = state_q == Running;
    assign is_finished[t] = state_q == Draining && drain_q == 2'd3 && !inverse_busy_q && !recoder_busy_q;

    // ---- faults
    logic data, control;
    assign data = data_faults[t];
    assign control = control_faults[t] || (arrive && !good) || (match && wake_odd_q != now_odd_q) ||
                     (events_dones[t] && events_fault_i) || state_wrong_q ||
                     ((p_pending_q || s_pending_q) && !here_q);
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) {fault_q, control_q, watchdog_q} <= '0;
      else if (starts[t]) {fault_q, control_q, watchdog_q} <= '0;
      else if (!fault_q) {fault_q, control_q, watchdog_q} <= {data || control || watchdog_set[t], control && !data,
                                                             watchdog_set[t] && !control && !data};
    end
    assign {fault_o[t], fault_control_o[t], fault_watchdog_o[t]} = {fault_q, control_q, watchdog_q};

  end

  // ---------------------------------------------------------------- arbitration
  logic          p_win_q, s_win_q, p_win, s_win;
  logic [TW-1:0] p_index, s_index, p_index_q, s_index_q;
  snap_point_arbiter #(.N(Threads)) u_products (
      .clk_i, .rst_ni, .req_i(p_request_q), .hold_i(1'b0), .valid_o(p_win), .grant_o(p_choice), .index_o(p_index)
  );
  snap_point_arbiter #(.N(Threads)) u_sums (
      .clk_i, .rst_ni, .req_i(s_request_q), .hold_i(s_hold_i), .valid_o(s_win), .grant_o(s_choice), .index_o(s_index)
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {p_win_q, s_win_q} <= '0;
    else {p_win_q, s_win_q} <= {p_win, s_win};
  end
  always_ff @(posedge clk_i) {p_index_q, s_index_q} <= {p_index, s_index};
  assign {p_win_o, p_win_thread_o} = {p_win_q, 5'(p_index_q)};
  assign {s_win_o, s_win_thread_o} = {s_win_q, 5'(s_index_q)};

  // ---------------------------------------------------------------- turns at the inverter and at the recoder
  // One thread at a time gets the turn, before it asks for its grant; the next when that thread has taken what it
  // wanted, or left, and `free` has had time to tell. Where it is, one of Threads bits says; a ring that mends itself,
  // should an error leave none or several.
  logic [2:0] inverter_pause_q, recoder_pause_q;
  logic       inverter_wanted, recoder_wanted, inverter_turn, recoder_turn, inverter_used_q, recoder_used_q;
  assign inverter_wanted = (inverter_at_q & wants_inverter_q) != '0;
  assign recoder_wanted  = (recoder_at_q & wants_recoder_q) != '0;
  assign inverter_turn = inverter_wanted && inverter_free_i && inverter_pause_q == '0;
  assign recoder_turn  = recoder_wanted && recoder_free_i && recoder_pause_q == '0;
  function automatic logic [Threads-1:0] rotate(input logic [Threads-2:0] at);
    rotate = {at, at == '0};
  endfunction
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {inverter_given_q, inverter_used_q, inverter_pause_q} <= '0;
      {recoder_given_q, recoder_used_q, recoder_pause_q} <= '0;
      inverter_at_q <= Threads'(1);
      recoder_at_q  <= Threads'(1);
    end else begin
      inverter_given_q <= inverter_turn;
      recoder_given_q  <= recoder_turn;
      inverter_used_q  <= inverter_given_q || has_inverter_turn != '0;
      recoder_used_q   <= recoder_given_q || has_recoder_turn != '0;
      if (inverter_given_q || !inverter_wanted) inverter_at_q <= rotate(inverter_at_q[Threads-2:0]);
      if (recoder_given_q || !recoder_wanted) recoder_at_q <= rotate(recoder_at_q[Threads-2:0]);
      if (inverter_turn || inverter_given_q || inverter_used_q) inverter_pause_q <= 3'(TokenCycles);
      else if (inverter_pause_q != '0) inverter_pause_q <= inverter_pause_q - 3'd1;
      if (recoder_turn || recoder_given_q || recoder_used_q) recoder_pause_q <= 3'(TokenCycles);
      else if (recoder_pause_q != '0) recoder_pause_q <= recoder_pause_q - 3'd1;
    end
  end

  // ---------------------------------------------------------------- threads for the loader, and back
  logic       alloc_q;
  logic [4:0] alloc_thread_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      alloc_q <= 1'b0;
      alloc_thread_q <= '0;
    end else if (alloc_q) begin
      alloc_q <= !alloc_take_i;
    end else begin
      alloc_q <= is_free_q[scan];
      alloc_thread_q <= 5'(scan);
    end
  end
  assign {alloc_valid_o, alloc_thread_o} = {alloc_q, alloc_thread_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {finish_q, finish_taken_q} <= '0;
      finish_thread_q <= '0;
    end else if (finish_q) begin
      if (finish_done_i) finish_q <= 1'b0;
      finish_taken_q <= (finish_taken_q || finish_take_i) && !finish_done_i;
    end else begin
      finish_q <= is_finished_q[scan];
      finish_thread_q <= 5'(scan);
    end
  end
  assign {finish_valid_o, finish_thread_o} = {finish_q && !finish_taken_q, finish_thread_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) idle_o <= 1'b0;
    else idle_o <= is_free_q == '1;
  end

  // ---------------------------------------------------------------- watchdog
  // Each thread is visited every Threads cycles; its visits as a running thread are counted. Read, counted, heard of: a
  // cycle each.
  localparam int unsigned VisitWidth = WatchdogLog2 - TW;
  (* ram_style = "distributed" *) logic [VisitWidth-1:0] visits [0:Threads-1];
  logic [VisitWidth-1:0] visits_q;
  logic [TW-1:0]         visited_q;
  logic                  visited_free_q, visited_running_q;
  logic [SplitWidth-1:0] overdue_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {visited_free_q, visited_running_q, overdue_q} <= '0;
    else {visited_free_q, visited_running_q, overdue_q} <= {is_free_q[scan], is_running[scan],
                                                            split(visited_running_q && visits_q == '1, 5'(visited_q))};
  end
  always_ff @(posedge clk_i) begin
    {visited_q, visits_q} <= {scan, visits[scan]};
    if (visited_free_q || visited_running_q) visits[visited_q] <= visited_free_q ? '0 : visits_q + 1'b1;
  end
  assign watchdog_set = join_bits(overdue_q);

`ifdef FORMAL
  // ---------------------------------------------------------------- what the others promise
  // A granted thread's word is with its lane or with the control until it arrives, at least 3 cycles behind the grant,
  // or until the control parks or ends the thread, at least 6 behind it. The loader starts or returns threads that it
  // has reserved. Words of those gates are sums (snap_point_lane sees to it).
  logic [Threads-1:0] f_table, f_inverter, f_recoder;  // of the next instruction
  logic       f_p_grant_q, f_s_grant_q;
  logic [4:0] f_p_thread_q, f_s_thread_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {f_p_grant_q, f_s_grant_q} <= '0;
    else {f_p_grant_q, f_s_grant_q} <= {p_win_o, s_win_o};
  end
  always_ff @(posedge clk_i) {f_p_thread_q, f_s_thread_q} <= {p_win_thread_o, s_win_thread_o};

  // Inverter: two places; recoder: one.
  logic [1:0] f_inverter_used_q;
  logic       f_recoder_used_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f_inverter_used_q <= '0;
      f_recoder_used_q  <= 1'b0;
    end else begin
      f_inverter_used_q <= f_inverter_used_q + 2'(inverter_take_i) - 2'(inverse_done_i);
      f_recoder_used_q  <= recoder_take_i || (f_recoder_used_q && !events_done_i);
    end
  end

  logic [Threads-1:0] f_away, f_parked, f_reserved, f_inverting, f_recoding;
  always_comb begin
    assume (p_grant_i == f_p_grant_q && p_grant_thread_i == f_p_thread_q);
    assume (s_grant_i == f_s_grant_q && s_grant_thread_i == f_s_thread_q);
    assume (p_grant_wait_i >= 6'(snap_isa_pkg::FetchCycles) && s_grant_wait_i >= 6'(snap_isa_pkg::FetchCycles));
    assume (p_grant_table_i == f_table[p_grant_thread_i[TW-1:0]]);
    assume (inverter_take_i == (s_grant_i && f_inverter[s_grant_thread_i[TW-1:0]]));
    assume (recoder_take_i == (s_grant_i && f_recoder[s_grant_thread_i[TW-1:0]]));
    assume (inverter_free_i == (f_inverter_used_q != 2'd2) && recoder_free_i == !f_recoder_used_q);
    if (inverse_done_i) assume (inverse_thread_i < 5'(Threads) && f_inverting[inverse_thread_i[TW-1:0]]);
    if (events_done_i) assume (events_thread_i < 5'(Threads) && f_recoding[events_thread_i[TW-1:0]]);
    if (alloc_take_i) assume (alloc_valid_o);
    if (start_valid_i) assume (start_thread_i < 5'(Threads) && f_reserved[start_thread_i[TW-1:0]]);
    if (free_valid_i) assume (free_thread_i < 5'(Threads) && f_reserved[free_thread_i[TW-1:0]]);
    assume (!(start_valid_i && free_valid_i));
    if (p_arrive_i) assume (p_arrive_thread_i < 5'(Threads) && f_away[p_arrive_thread_i[TW-1:0]]);
    if (s_arrive_i) assume (s_arrive_thread_i < 5'(Threads) && f_away[s_arrive_thread_i[TW-1:0]]);
    assume (!(p_arrive_i && s_arrive_i && p_arrive_thread_i == s_arrive_thread_i));
    if (p_arrive_gate_i == 3'(snap_isa_pkg::GateInverter) || p_arrive_gate_i == 3'(snap_isa_pkg::GateRecoder))
      assume (p_arrive_unit_i || !p_arrive_good_i);
    if (s_arrive_gate_i == 3'(snap_isa_pkg::GateInverter) || s_arrive_gate_i == 3'(snap_isa_pkg::GateRecoder))
      assume (s_arrive_unit_i || !s_arrive_good_i);
    assume (!(park_i && end_i));
    if (release_a_i) assume (release_a_thread_i < 5'(Threads) && f_parked[release_a_thread_i[TW-1:0]]);
    if (release_b_i) assume (release_b_thread_i < 5'(Threads) && f_parked[release_b_thread_i[TW-1:0]]);
    if (finish_take_i) assume (finish_valid_o);
    if (finish_done_i) assume (finish_taken_q);
  end

  // A sum to T is never granted TableDistance behind a product to T: their writes would meet.
  logic [TableDistance:1] f_products_q;

  // ---------------------------------------------------------------- each thread
  localparam logic [6:0] SinceMost = 7'd96;     // what is counted, and no further
  localparam logic [6:0] DrainedLeast = 7'd65;  // cycles without a grant before a thread may be free
  logic [Threads-1:0] f_owned;  // given out and not come back
  for (genvar t = 0; t < Threads; t++) begin : g_formal
    logic       f_away_q;           // the next word has not arrived
    logic       f_good_q;           // ... it has, unharmed
    logic [6:0] f_since_q;          // cycles since the last grant
    logic [5:0] f_wait_q;           // ... and how many it asked for; 0 behind a start
    logic [6:0] f_drained_q;        // cycles since it ended
    logic       f_owned_q, f_inverting_q, f_inverse_q, f_recoding_q, f_events_q;
    logic       f_p_win, f_s_win, f_p_grant, f_s_grant, f_grant, f_start, f_arrive, f_leaves, f_take_i, f_take_r;
    assign f_p_win   = p_win_o && p_win_thread_o == 5'(t);
    assign f_s_win   = s_win_o && s_win_thread_o == 5'(t);
    assign f_p_grant = p_grant_i && p_grant_thread_i == 5'(t);
    assign f_s_grant = s_grant_i && s_grant_thread_i == 5'(t);
    assign f_grant   = f_p_grant || f_s_grant;
    assign f_start   = start_valid_i && start_thread_i == 5'(t);
    assign f_arrive  = g_thread[t].arrive;
    assign f_leaves  = (park_i && park_thread_i == 5'(t)) || (end_i && end_thread_i == 5'(t));
    assign f_take_i  = inverter_take_i && s_grant_thread_i == 5'(t);
    assign f_take_r  = recoder_take_i && s_grant_thread_i == 5'(t);
    assign f_table[t]     = g_thread[t].table_to_q;
    assign f_inverter[t]  = g_thread[t].inverter_q;
    assign f_recoder[t]   = g_thread[t].recoder_q;
    assign f_away[t]      = f_away_q && (f_since_q >= 7'd3);
    assign f_parked[t]    = g_thread[t].state_q == Parked;
    assign f_reserved[t]  = g_thread[t].state_q == Reserved;
    assign f_inverting[t] = f_inverting_q;
    assign f_recoding[t]  = f_recoding_q;
    assign f_owned[t]     = f_owned_q;

    logic       f_wake, f_pending, f_request;
    logic [4:0] f_behind_tick;
    assign f_wake    = p_wakes[t] || s_wakes[t];
    assign f_pending = g_thread[t].p_pending_q || g_thread[t].s_pending_q;
    assign f_request = p_request_q[t] || s_request_q[t];
    assign f_behind_tick = now_q[4:0] - 5'd1;

    logic f_alloc, f_back;
    assign f_alloc = alloc_take_i && alloc_thread_o == 5'(t);
    assign f_back  = (free_valid_i && free_thread_i == 5'(t)) || (finish_done_i && finish_thread_o == 5'(t)) ||
                     (g_thread[t].state_q == Leaving && g_thread[t].state_d == Free);
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {f_away_q, f_good_q, f_owned_q, f_inverting_q, f_inverse_q, f_recoding_q, f_events_q} <= '0;
        f_since_q   <= SinceMost;
        f_wait_q    <= '0;
        f_drained_q <= '0;
      end else begin
        f_away_q <= f_start || f_grant || (f_away_q && !f_arrive && !f_leaves);
        if (f_arrive) f_good_q <= g_thread[t].good;
        if (f_grant) f_since_q <= 7'd1;
        else if (f_since_q < SinceMost) f_since_q <= f_since_q + 7'd1;
        if (f_start) f_wait_q <= '0;
        else if (f_p_grant) f_wait_q <= p_grant_wait_i;
        else if (f_s_grant) f_wait_q <= s_grant_wait_i;
        if (g_thread[t].state_q != Draining && g_thread[t].state_q != Leaving) f_drained_q <= '0;
        else if (f_drained_q < SinceMost) f_drained_q <= f_drained_q + 7'd1;
        f_owned_q <= f_alloc || (f_owned_q && !f_back);
        f_inverting_q <= f_take_i || (f_inverting_q && !(inverse_done_i && inverse_thread_i == 5'(t)));
        f_inverse_q   <= !f_take_i && !f_start && (f_inverse_q || (inverse_done_i && inverse_thread_i == 5'(t)));
        f_recoding_q  <= f_take_r || (f_recoding_q && !(events_done_i && events_thread_i == 5'(t)));
        f_events_q    <= !f_take_r && !f_start &&
                         (f_events_q || (events_done_i && !events_fault_i && events_thread_i == 5'(t)));
      end
    end

    always_comb begin
      if (f_leaves) assume (f_away_q && f_since_q >= 7'd6 && !f_arrive);
      // A program waits for an inverse, or its digits, before it asks for the next.
      if (f_arrive && g_thread[t].gate == 3'(snap_isa_pkg::GateInverter)) assume (!f_inverting_q);
      if (f_arrive && g_thread[t].gate == 3'(snap_isa_pkg::GateRecoder)) assume (!f_recoding_q);
      if (rst_ni) begin
        // ---- what this module promises
        // The wait has passed; the gate is open; a unit is granted its own instructions.
        if (f_grant) assert (f_since_q >= {1'b0, f_wait_q});
        if (g_thread[t].chosen && g_thread[t].inverse_q) assert (f_inverse_q);
        if (g_thread[t].chosen && g_thread[t].events_q) assert (f_events_q);
        if (f_take_i) assert (!f_inverting_q && f_inverter_used_q != 2'd2);
        if (f_take_r) assert (!f_recoding_q && !f_recoder_used_q);
        if (g_thread[t].chosen && g_thread[t].ends_q) assert (!f_inverting_q && !f_recoding_q);
        if (g_thread[t].chosen) assert (f_good_q);
        assert (!(p_choice[t] && s_choice[t]));
        if (p_choice[t]) assert (!g_thread[t].unit_q && g_thread[t].here_q && g_thread[t].state_q == Running);
        if (s_choice[t]) assert (g_thread[t].unit_q && g_thread[t].here_q && g_thread[t].state_q == Running);
        // A thread's next instruction is in one place, and only a running thread has one.
        assert (3'(g_thread[t].here_q && !g_thread[t].won_q) + 3'(f_p_win) + 3'(f_s_win) + 3'(f_p_grant) + 3'(f_s_grant) + 3'(f_away_q)
                == 3'(g_thread[t].state_q == Running));
        // Given out once, back once, and only when nothing is under way.
        if (f_alloc) assert (!f_owned_q);
        if (f_back) assert (f_owned_q && !f_inverting_q && !f_recoding_q);
        if (f_back && g_thread[t].state_q != Reserved) assert (f_drained_q >= DrainedLeast);
        assert (f_owned_q == (g_thread[t].state_q != Free) && is_free_q[t] != f_owned_q);

        // ---- what induction needs
        assert (!g_thread[t].state_wrong_q && g_thread[t].state_q <= Leaving && g_thread[t].state_odd_q == ^g_thread[t].state_q);
        assert (f_since_q != '0 && f_since_q <= SinceMost && f_drained_q <= SinceMost && (f_wait_q == '0 || f_wait_q >= 6'(snap_isa_pkg::FetchCycles)));
        assert (f_inverse_q == g_thread[t].inverse_ready_q && f_inverting_q == g_thread[t].inverse_busy_q);
        assert (f_events_q == g_thread[t].events_ready_q && f_recoding_q == g_thread[t].recoder_busy_q);
        assert (!(f_inverse_q && f_inverting_q) && !(f_events_q && f_recoding_q));
        if (g_thread[t].state_q == Free || g_thread[t].state_q == Reserved) assert (!f_inverting_q && !f_recoding_q);
        if (alloc_valid_o && alloc_thread_o == 5'(t)) assert (g_thread[t].state_q == Free);
        if (is_finished_q[t] || (finish_q && finish_thread_q == 5'(t))) assert (is_finished[t]);
        assert (!(g_thread[t].p_pending_q || g_thread[t].s_pending_q) || g_thread[t].here_q);
        assert (!g_thread[t].p_pending_q || (!g_thread[t].s_pending_q && !g_thread[t].unit_q));
        assert (!g_thread[t].s_pending_q || g_thread[t].unit_q);
        assert (3'(g_thread[t].inverter_q) + 3'(g_thread[t].inverse_q) + 3'(g_thread[t].recoder_q) +
                3'(g_thread[t].events_q) <= 3'd1 || !(g_thread[t].here_q || f_p_win || f_s_win || f_grant));
        if (g_thread[t].here_q && !f_good_q) assert (g_thread[t].fault_q && !f_pending);
        if (f_good_q && (g_thread[t].inverter_q || g_thread[t].recoder_q) && g_thread[t].here_q) assert (g_thread[t].unit_q);
        if (f_pending && g_thread[t].inverse_q) assert (f_inverse_q);
        if (f_pending && g_thread[t].events_q) assert (f_events_q);
        if (f_pending && g_thread[t].ends_q) assert (!f_inverting_q && !f_recoding_q);
        if (g_thread[t].here_q && g_thread[t].inverter_q) assert (!f_inverting_q);
        if (g_thread[t].here_q && g_thread[t].recoder_q) assert (!f_recoding_q);
        if ((f_p_win || f_p_grant)) assert (!g_thread[t].unit_q && !g_thread[t].inverter_q && !g_thread[t].recoder_q);
        if (f_s_win || f_s_grant) begin
          assert (g_thread[t].unit_q);
          if (g_thread[t].inverter_q) assert (!f_inverting_q && inverter_used_q);
          if (g_thread[t].recoder_q) assert (!f_recoding_q && recoder_used_q);
        end
        if (has_inverter_turn[t]) assert (inverter_used_q);
        if (has_recoder_turn[t]) assert (recoder_used_q);
        // Who asks may be chosen; who was chosen asks no more.
        if (f_request) assert (f_pending && g_thread[t].awake_q && !g_thread[t].won_q && g_thread[t].state_q == Running);
        if (p_request_q[t]) assert (g_thread[t].p_pending_q);
        if (s_request_q[t]) assert (g_thread[t].s_pending_q);
        if (s_request_q[t] && g_thread[t].table_to_q) assert (!f_products_q[TableDistance-2]);
        assert (g_thread[t].won_q == (f_p_win || f_s_win));
        if (f_p_win) assert (g_thread[t].p_pending_q);
        if (f_s_win) assert (g_thread[t].s_pending_q);
        // The wait: first a pulse, then armed, then awake two cycles before the grant.
        if (f_wake) assert (g_thread[t].state_q == Running && f_since_q == 7'd1 && f_away_q);
        if (p_wakes[t]) assert (p_wake_at_q + 6'd4 == now_q + f_wait_q);
        else if (s_wakes[t]) assert (s_wake_at_q + 6'd4 == now_q + f_wait_q);
        assert (!(p_wakes[t] && s_wakes[t]));
        if (g_thread[t].here_q || g_thread[t].state_q != Running) assert (f_since_q >= 7'd4);
        if (g_thread[t].state_q == Running) begin
          if (f_p_win || f_s_win || f_grant) begin
            assert (g_thread[t].awake_q == !f_grant && !g_thread[t].armed_q);
            assert (f_since_q + 7'd1 >= {1'b0, f_wait_q});
          end else if (f_wait_q == '0) begin
            assert (g_thread[t].awake_q && !g_thread[t].armed_q && f_since_q >= 7'd4);
          end else if (f_since_q == 7'd1) begin
            assert (!g_thread[t].awake_q && !g_thread[t].armed_q && f_wake);
          end else begin
            assert (g_thread[t].awake_q != g_thread[t].armed_q);
            if (g_thread[t].awake_q) assert (f_since_q + 7'd2 >= {1'b0, f_wait_q});
          end
          if (g_thread[t].armed_q)
            assert (g_thread[t].wake_q + 6'd3 + f_since_q[5:0] == now_q + f_wait_q &&
                    f_since_q + 7'd3 <= {1'b0, f_wait_q} && g_thread[t].wake_odd_q == ^g_thread[t].wake_q);
        end
        // Every tick another 32 cycles have gone.
        if (g_thread[t].state_q == Draining || g_thread[t].state_q == Leaving) begin
          if (g_thread[t].drain_q == 2'd1) assert (f_drained_q >= 7'd1 + {2'd0, f_behind_tick});
          if (g_thread[t].drain_q == 2'd2) assert (f_drained_q >= 7'd33 + {2'd0, f_behind_tick});
          if (g_thread[t].drain_q == 2'd3) assert (f_drained_q >= DrainedLeast);
        end else if (g_thread[t].state_q != Free || (alloc_valid_o && alloc_thread_o == 5'(t))) begin
          assert (g_thread[t].drain_q == '0 && f_drained_q == '0);
        end
      end
    end
  end

  // ---------------------------------------------------------------- all
  logic [5:0] f_inverter_turns, f_recoder_turns, f_inverters, f_recoders;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) f_products_q <= '0;
    else f_products_q <= {f_products_q[TableDistance-1:1], p_grant_i && p_grant_table_i};
  end
  always_comb begin
    f_inverter_turns = '0;
    f_recoder_turns  = '0;
    f_inverters      = '0;
    f_recoders       = '0;
    for (int unsigned t = 0; t < Threads; t++) begin
      f_inverter_turns = f_inverter_turns + 6'(has_inverter_turn[t]);
      f_recoder_turns  = f_recoder_turns + 6'(has_recoder_turn[t]);
      f_inverters      = f_inverters + 6'(f_inverting[t]);
      f_recoders       = f_recoders + 6'(f_recoding[t]);
    end
    f_inverter_turns = f_inverter_turns + 6'(inverter_given_q) +
                       6'(s_grant_i && f_inverter[s_grant_thread_i[TW-1:0]]);
    f_recoder_turns = f_recoder_turns + 6'(recoder_given_q) + 6'(s_grant_i && f_recoder[s_grant_thread_i[TW-1:0]]);
    if (rst_ni) begin
      if (s_grant_i && f_table[s_grant_thread_i[TW-1:0]]) assert (!f_products_q[TableDistance]);
      if (s_win_o && f_table[s_win_thread_o[TW-1:0]]) assert (!f_products_q[TableDistance-1]);
      assert (now_odd_q == ^now_q);
      assert (table_q == f_products_q[TableDistance-3:1]);
      assert (inverter_at_q != '0 && (inverter_at_q & (inverter_at_q - 1'b1)) == '0);
      assert (recoder_at_q != '0 && (recoder_at_q & (recoder_at_q - 1'b1)) == '0);
      assert (inverter_pause_q <= 3'(TokenCycles) && recoder_pause_q <= 3'(TokenCycles));
      if (inverter_given_q || inverter_used_q) assert (inverter_pause_q == 3'(TokenCycles));
      if (recoder_given_q || recoder_used_q) assert (recoder_pause_q == 3'(TokenCycles));
      assert (f_inverter_turns <= 6'd1 && (f_inverter_turns == '0 || f_inverter_used_q != 2'd2));
      assert (f_recoder_turns <= 6'd1 && (f_recoder_turns == '0 || !f_recoder_used_q));
      assert (6'(f_inverter_used_q) == f_inverters && f_inverter_used_q <= 2'd2);
      assert (6'(f_recoder_used_q) == f_recoders);
      assert (!finish_taken_q || finish_q);
      assert (!alloc_valid_o || alloc_thread_o < 5'(Threads));
      assert (!p_grant_i || p_grant_thread_i < 5'(Threads));
      assert (!s_grant_i || s_grant_thread_i < 5'(Threads));
    end
  end
`endif

endmodule
