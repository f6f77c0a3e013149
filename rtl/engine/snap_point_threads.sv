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
// cycle 0, the successor arrives in cycle 3 at the earliest and can be chosen in cycle 4.
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
  localparam int unsigned DataFaults = 2;     // of fault_i, the lowest
  localparam int unsigned TokenCycles = 7;    // behind a take, until `free` tells the truth again
  localparam int unsigned WinCycles = 3;      // from the match of the counter to the grant
  if (Threads != 8 && Threads != 16 && Threads != 32) begin : g_check
    $error("snap_point_threads: Threads must be 8, 16 or 32");
  end
  if (TableDistance < 3) begin : g_check_distance
    $error("snap_point_threads: TableDistance is too short to be seen at the arbitration");
  end

  typedef enum logic [2:0] {
    Free, Reserved, Running, Parked, Draining, Leaving
  } state_t;

  // ---------------------------------------------------------------- clocks for all
  // now_q counts for `wait`; every 32 cycles is a tick for those who drain; scan_q visits each thread in turn.
  logic [5:0]    now_q;
  logic          tick, now_odd;
  logic [TW-1:0] scan;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) now_q <= '0;
    else now_q <= now_q + 6'd1;
  end
  assign tick = now_q[4:0] == '0;
  assign now_odd = ^now_q;
  assign scan = now_q[TW-1:0];

  logic       p_wake_q, s_wake_q;
  logic [4:0] p_wake_thread_q, s_wake_thread_q;
  logic [5:0] p_wake_at_q, s_wake_at_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {p_wake_q, s_wake_q} <= '0;
    else {p_wake_q, s_wake_q} <= {p_grant_i, s_grant_i};
  end
  always_ff @(posedge clk_i) begin
    {p_wake_thread_q, s_wake_thread_q} <= {p_grant_thread_i, s_grant_thread_i};
    p_wake_at_q <= now_q + p_grant_wait_i - 6'(WinCycles);
    s_wake_at_q <= now_q + s_grant_wait_i - 6'(WinCycles);
  end

  // ---------------------------------------------------------------- sums to T make way for products to T
  logic [TableDistance-3:0] table_q;
  logic                     table_clash;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) table_q <= '0;
    else table_q <= (TableDistance - 2)'({table_q, p_grant_i && p_grant_table_i});
  end
  // A product granted TableDistance before the cycle in which a sum chosen now would be granted.
  assign table_clash = table_q[TableDistance-3];

  // ---------------------------------------------------------------- one thread
  logic [Threads-1:0] p_request, s_request, p_choice, s_choice;
  logic [Threads-1:0] wants_inverter, wants_recoder, inverter_choice, recoder_choice;
  logic [Threads-1:0] has_inverter_turn, has_recoder_turn;
  logic [Threads-1:0] is_free, is_running, is_finished, watchdog_set;
  logic               finish_q, finish_taken_q;
  logic [4:0]         finish_thread_q;

  for (genvar t = 0; t < Threads; t++) begin : g_thread
    state_t     state_q, state_d;
    logic [1:0] drain_q;
    logic       state_odd_q;  // parity of state_q
    logic       here_q;       // the next instruction has arrived
    logic       p_pending_q, s_pending_q;  // ... and its gate is open
    logic       awake_q, armed_q, wake_odd_q;
    logic [5:0] wake_q;
    logic       unit_q, table_to_q, inverter_q, inverse_q, recoder_q, events_q, ends_q;
    logic       inverse_busy_q, inverse_ready_q, recoder_busy_q, events_ready_q;
    logic       fault_q, control_q, watchdog_q;

    logic p_arrive, s_arrive, arrive, good, unit, table_to, ends, plain, chosen, gated, open, leave, match;
    logic [2:0] gate;
    assign p_arrive = p_arrive_i && p_arrive_thread_i == 5'(t);
    assign s_arrive = s_arrive_i && s_arrive_thread_i == 5'(t);
    assign arrive   = p_arrive || s_arrive;
    assign good     = p_arrive ? p_arrive_good_i : s_arrive_good_i;
    assign unit     = p_arrive ? p_arrive_unit_i : s_arrive_unit_i;
    assign table_to = p_arrive ? p_arrive_table_i : s_arrive_table_i;
    assign ends     = p_arrive ? p_arrive_ends_i : s_arrive_ends_i;
    assign gate     = p_arrive ? p_arrive_gate_i : s_arrive_gate_i;
    assign plain    = good && gate == 3'(snap_isa_pkg::GateNone) && !ends;

    assign chosen = p_choice[t] || s_choice[t];
    assign gated  = here_q && !p_pending_q && !s_pending_q && !fault_q &&
                    !(ends_q && (inverse_busy_q || recoder_busy_q));
    assign wants_inverter[t] = gated && inverter_q;
    assign wants_recoder[t]  = gated && recoder_q;
    assign open = inverter_q ? inverter_choice[t] : recoder_q ? recoder_choice[t] :
                  gated && (!inverse_q || inverse_ready_q) && (!events_q || events_ready_q);
    assign has_inverter_turn[t] = (p_pending_q || s_pending_q) && inverter_q;
    assign has_recoder_turn[t]  = (p_pending_q || s_pending_q) && recoder_q;
    // A fault ends the thread where it would be granted its next instruction.
    assign leave = state_q == Running && here_q && fault_q && !chosen;

    assign p_request[t] = p_pending_q && awake_q;
    assign s_request[t] = s_pending_q && awake_q && !(table_to_q && table_clash);

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {here_q, p_pending_q, s_pending_q} <= '0;
      end else if (chosen || leave) begin
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
      end else if (start_valid_i && start_thread_i == 5'(t)) begin
        {awake_q, armed_q} <= 2'b10;
      end else if (chosen) begin
        {awake_q, armed_q} <= 2'b00;
      end else if ((p_wake_q && p_wake_thread_q == 5'(t)) || (s_wake_q && s_wake_thread_q == 5'(t))) begin
        armed_q <= 1'b1;
      end else if (match) begin
        {awake_q, armed_q} <= 2'b10;
      end
    end
    always_ff @(posedge clk_i) begin
      if (p_wake_q && p_wake_thread_q == 5'(t)) {wake_odd_q, wake_q} <= {^p_wake_at_q, p_wake_at_q};
      else if (s_wake_q && s_wake_thread_q == 5'(t)) {wake_odd_q, wake_q} <= {^s_wake_at_q, s_wake_at_q};
    end

    // What others have of the thread.
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        {inverse_busy_q, inverse_ready_q, recoder_busy_q, events_ready_q} <= '0;
      end else begin
        if (start_valid_i && start_thread_i == 5'(t)) {inverse_ready_q, events_ready_q} <= 2'b00;
        if (inverse_done_i && inverse_thread_i == 5'(t) && inverse_busy_q)
          {inverse_busy_q, inverse_ready_q} <= 2'b01;
        if (events_done_i && events_thread_i == 5'(t) && recoder_busy_q)
          {recoder_busy_q, events_ready_q} <= {1'b0, !events_fault_i};
        if (s_grant_thread_i == 5'(t) && inverter_take_i) {inverse_busy_q, inverse_ready_q} <= 2'b10;
        if (s_grant_thread_i == 5'(t) && recoder_take_i) {recoder_busy_q, events_ready_q} <= 2'b10;
      end
    end
    assign events_ready_o[t] = events_ready_q;

    always_comb begin
      state_d = state_q;
      unique case (state_q)
        Free: if (alloc_take_i && alloc_valid_o && alloc_thread_o == 5'(t)) state_d = Reserved;
        Reserved: begin
          if (start_valid_i && start_thread_i == 5'(t)) state_d = Running;
          else if (free_valid_i && free_thread_i == 5'(t)) state_d = Free;
        end
        Running: begin
          if (leave || (end_i && end_thread_i == 5'(t))) state_d = Draining;
          else if (park_i && park_thread_i == 5'(t)) state_d = Parked;
        end
        Parked: begin
          if ((release_a_i && release_a_thread_i == 5'(t)) || (release_b_i && release_b_thread_i == 5'(t)))
            state_d = Leaving;
        end
        Draining: if (finish_done_i && finish_thread_q == 5'(t)) state_d = Free;
        Leaving: if (drain_q == 2'd3 && !inverse_busy_q && !recoder_busy_q) state_d = Free;
        default: state_d = Draining;
      endcase
      if (^state_q != state_odd_q) state_d = Draining;  // with a fault
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        state_q <= Free;
        state_odd_q <= 1'b0;
        drain_q <= '0;
      end else begin
        state_q <= state_d;
        state_odd_q <= ^state_d;
        if (state_q != Draining && state_q != Leaving) drain_q <= '0;
        else if (tick && drain_q != 2'd3) drain_q <= drain_q + 2'd1;
      end
    end
    assign is_free[t]     = state_q == Free;
    assign is_running[t]  = state_q == Running;
    assign is_finished[t] = state_q == Draining && drain_q == 2'd3 && !inverse_busy_q && !recoder_busy_q;

    // ---- faults
    logic [4:0] hit;
    for (genvar i = 0; i < 5; i++) begin : g_hit
      assign hit[i] = fault_i[i] && fault_thread_i[5*i +: 5] == 5'(t);
    end
    logic data, control;
    assign data = hit[DataFaults-1:0] != '0;
    assign control = hit[4:DataFaults] != '0 || (arrive && !good) || (match && wake_odd_q != now_odd) ||
                     (events_done_i && events_fault_i && events_thread_i == 5'(t)) || (^state_q != state_odd_q) ||
                     ((p_pending_q || s_pending_q) && !here_q);
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) {fault_q, control_q, watchdog_q} <= '0;
      else if (start_valid_i && start_thread_i == 5'(t)) {fault_q, control_q, watchdog_q} <= '0;
      else if (!fault_q) {fault_q, control_q, watchdog_q} <= {data || control || watchdog_set[t], control && !data,
                                                             watchdog_set[t] && !control && !data};
    end
    assign {fault_o[t], fault_control_o[t], fault_watchdog_o[t]} = {fault_q, control_q, watchdog_q};

  end

  // ---------------------------------------------------------------- arbitration
  logic          p_win_q, s_win_q, p_win, s_win;
  logic [TW-1:0] p_index, s_index, p_index_q, s_index_q;
  snap_point_arbiter #(.N(Threads)) u_products (
      .clk_i, .rst_ni, .req_i(p_request), .hold_i(1'b0), .valid_o(p_win), .grant_o(p_choice), .index_o(p_index)
  );
  snap_point_arbiter #(.N(Threads)) u_sums (
      .clk_i, .rst_ni, .req_i(s_request), .hold_i(s_hold_i), .valid_o(s_win), .grant_o(s_choice), .index_o(s_index)
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
  // wanted, or left, and `free` has had time to tell.
  logic [2:0] inverter_pause_q, recoder_pause_q;
  logic       inverter_turn, recoder_turn, inverter_given, recoder_given;
  assign inverter_turn = inverter_free_i && inverter_pause_q == '0 && has_inverter_turn == '0;
  assign recoder_turn  = recoder_free_i && recoder_pause_q == '0 && has_recoder_turn == '0;
  logic [TW-1:0] unused_inverter_index, unused_recoder_index;
  snap_point_arbiter #(.N(Threads)) u_inverter (
      .clk_i, .rst_ni, .req_i(wants_inverter), .hold_i(!inverter_turn), .valid_o(inverter_given),
      .grant_o(inverter_choice), .index_o(unused_inverter_index)
  );
  snap_point_arbiter #(.N(Threads)) u_recoder (
      .clk_i, .rst_ni, .req_i(wants_recoder), .hold_i(!recoder_turn), .valid_o(recoder_given),
      .grant_o(recoder_choice), .index_o(unused_recoder_index)
  );
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      inverter_pause_q <= '0;
      recoder_pause_q  <= '0;
    end else begin
      if (inverter_given || has_inverter_turn != '0) inverter_pause_q <= 3'(TokenCycles);
      else if (inverter_pause_q != '0) inverter_pause_q <= inverter_pause_q - 3'd1;
      if (recoder_given || has_recoder_turn != '0) recoder_pause_q <= 3'(TokenCycles);
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
      alloc_q <= is_free[scan];
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
      finish_q <= is_finished[scan];
      finish_thread_q <= 5'(scan);
    end
  end
  assign {finish_valid_o, finish_thread_o} = {finish_q && !finish_taken_q, finish_thread_q};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) idle_o <= 1'b0;
    else idle_o <= is_free == '1;
  end

  // ---------------------------------------------------------------- watchdog
  // Each thread is visited every Threads cycles; its visits as a running thread are counted.
  localparam int unsigned VisitWidth = WatchdogLog2 - TW;
  (* ram_style = "distributed" *) logic [VisitWidth-1:0] visits [0:Threads-1];
  logic [VisitWidth-1:0] visits_now;
  assign visits_now = visits[scan];
  always_ff @(posedge clk_i) begin
    if (is_free[scan]) visits[scan] <= '0;
    else if (is_running[scan]) visits[scan] <= visits_now + 1'b1;
  end
  always_comb begin
    watchdog_set = '0;
    watchdog_set[scan] = is_running[scan] && visits_now == '1;
  end

endmodule
