// SPDX-License-Identifier: Apache-2.0
// What a thread does beside its instructions: start, digits, gather, end. A pipeline that takes one operation every
// second cycle from four sources; the thread then goes back to a lane (inject_o), or not. Cycles count from the grant
// of the instruction that asked:
//
//   1   chosen; what is left of the digits is looked up
//   2   next event asked for
//   3   digit and record are read
//   4   event, flags, group are read, what digit and record say by themselves is found out
//   5   decided
//   6   sent to a lane and written back: a dispatched instruction is granted in cycle 12
//
// A thread has at most one operation here, so what cycles 3 and 4 read nobody else is about to write; only the groups
// of multi-scalar jobs are shared: they are read in cycle 4 and written in cycle 6; who is in cycle 4 then gets the new one.
module snap_point_control #(
    parameter int unsigned Threads = 32,
    parameter ImageDir = "build/engine"
) (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        enable_i,

    input  logic        p_push_i,
    input  logic [50:0] p_entry_i,
    input  logic        s_push_i,
    input  logic [50:0] s_entry_i,
    input  logic        start_valid_i,
    input  logic [4:0]  start_thread_i,
    input  logic [2:0]  start_program_i,
    input  logic [5:0]  start_flags_i,
    input  logic [2:0]  start_job_i,
    input  logic        group_valid_i,
    input  logic [2:0]  group_job_i,
    input  logic [4:0]  group_chunks_i,
    input  logic        finish_valid_i,
    input  logic [4:0]  finish_thread_i,
    output logic        finish_take_o,
    output logic        finish_done_o,

    input  logic        entry_we_i,
    input  logic [3:0]  entry_addr_i,
    input  logic [9:0]  entry_data_i,

    input  logic        events_done_i,
    input  logic [4:0]  events_thread_i,
    input  logic [8:0]  events_count_i,
    input  logic [Threads-1:0] events_ready_i,
    output logic        event_re_o,
    output logic [13:0] event_addr_o,
    input  logic [22:0] event_data_i,
    input  logic        event_parity_error_i,

    output logic [4:0]  flags_thread_o,
    input  logic [31:0] flags_i,
    output logic        toggle_valid_o,
    output logic [4:0]  toggle_thread_o,
    output logic [31:0] toggle_o,

    // The threads' digits, with parity on top, for both lanes
    input  logic [4:0]  p_thread_i,
    output logic [34:0] p_digit_o,
    input  logic [4:0]  s_thread_i,
    output logic [34:0] s_digit_o,

    output logic        p_inject_o,
    input  logic        p_inject_take_i,
    output logic        s_inject_o,
    input  logic        s_inject_take_i,
    output logic [35:0] inject_entry_o,
    output logic        hold_o,

    output logic        park_o,
    output logic        end_o,
    output logic        fault_o,
    output logic [4:0]  thread_o,  // of park, end, fault
    output logic        release_a_o,
    output logic [4:0]  release_a_thread_o,
    output logic        release_b_o,
    output logic [4:0]  release_b_thread_o,
    input  logic [Threads-1:0] fault_i,
    input  logic [Threads-1:0] fault_control_i,
    input  logic [Threads-1:0] fault_watchdog_i,

    output logic        end_valid_o,
    input  logic        end_ready_i,
    output logic [4:0]  end_thread_o,
    output logic [1:0]  end_value_o,
    output logic [1:0]  end_value_n_o,
    output logic        end_fault_o,
    output logic [1:0]  end_cause_o
);

  localparam int unsigned TW = $clog2(Threads);
  localparam logic [1:0] CauseData = 2'd0, CauseControl = 2'd1, CauseWatchdog = 2'd2;
  localparam logic [1:0] ValueValid = 2'd3;  // beside the ends of isa.toml
  localparam int unsigned InjectDepth = 8;   // operations under way, and some
  localparam int unsigned InFlight = 5;
  localparam int unsigned HoldCycles = 16;   // an injection waits so long before a sum's grant is skipped for it

  // Kinds of operation: five codes of `ctl`, and two more.
  localparam logic [3:0] Start = 4'd14, Finish = 4'd15;
  typedef struct packed {
    logic       parity;    // of back and count; of what a start says
    logic       wrong;     // parity of the others, where it was kept
    logic [3:0] kind;
    logic [9:0] back;
    logic [9:0] count;
    logic [9:0] following;
    logic [9:0] target;
    logic [4:0] thread;
  } operation_t;

  // A thread's digits, as the lanes see them, and the rest, which only this module needs.
  typedef struct packed {
    logic [4:0]  partner;
    logic [2:0]  program_code;
    logic        negative;
    logic        fixed;
    logic [11:0] x;
    logic [11:0] y;
  } digit_t;
  typedef struct packed {
    logic [2:0] job;
    logic       has_partner;
    logic       verdict;
    logic [1:0] code;
    logic [1:0] code_n;
    logic       was_add;
    logic       lambda;
    logic [9:0] finish;
    logic [8:0] left;
    logic [8:0] doublings;
  } record_t;
  localparam int unsigned DigitWidth = 34;
  localparam int unsigned RecordWidth = 39;

  (* ram_style = "distributed" *) logic [DigitWidth:0]  digits [0:Threads-1];
  (* ram_style = "distributed" *) logic [RecordWidth:0] records [0:Threads-1];
  (* ram_style = "distributed" *) logic [8:0]           counts [0:Threads-1];
  (* ram_style = "distributed" *) logic [9:0]           entries [0:15];
  if (ImageDir != "") begin : g_image
    initial $readmemh({ImageDir, "/entries.hex"}, entries);
  end

  // ---------------------------------------------------------------- cycle 1: which operation
  logic        p_valid, s_valid, start_valid, unused_p_ready, unused_s_ready, unused_start_ready;
  logic [50:0] p_entry, s_entry;
  logic [16:0] start_new;
  logic [17:0] start_entry;
  logic [3:0]  choice;
  logic        room, valid2_q, valid3_q, valid4_q, valid5_q;
  localparam int unsigned LevelWidth = $clog2(Threads + 1);
  logic [LevelWidth-1:0] unused_p_level, unused_s_level, unused_start_level;

  snap_fifo_sync #(.Width(51), .Depth(Threads)) u_p (
      .clk_i, .rst_ni, .wvalid_i(p_push_i), .wready_o(unused_p_ready), .wdata_i(p_entry_i),
      .rvalid_o(p_valid), .rready_i(choice[0]), .rdata_o(p_entry), .level_o(unused_p_level)
  );
  snap_fifo_sync #(.Width(51), .Depth(Threads)) u_s (
      .clk_i, .rst_ni, .wvalid_i(s_push_i), .wready_o(unused_s_ready), .wdata_i(s_entry_i),
      .rvalid_o(s_valid), .rready_i(choice[1]), .rdata_o(s_entry), .level_o(unused_s_level)
  );
  assign start_new = {start_job_i, start_program_i, start_flags_i, start_thread_i};
  snap_fifo_sync #(.Width(18), .Depth(Threads)) u_start (
      .clk_i, .rst_ni, .wvalid_i(start_valid_i), .wready_o(unused_start_ready),
      .wdata_i({^start_new, start_new}),
      .rvalid_o(start_valid), .rready_i(choice[2]), .rdata_o(start_entry), .level_o(unused_start_level)
  );

  // Round robin: those behind the last one chosen come first. An operation is chosen in every second cycle at most, so
  // that what is known of the FIFOs may be what was known before the cycle.
  logic [3:0] asks, first, second, behind_q;
  logic       have_p_q, have_s_q, have_start_q, room_q, may;
  function automatic logic [3:0] lower(input logic [2:0] bits);  // is a bit below it set
    lower = {bits != '0, bits[1:0] != '0, bits[0], 1'b0};
  endfunction
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {have_p_q, have_s_q, have_start_q, room_q} <= '0;
      behind_q <= '0;
    end else begin
      {have_p_q, have_s_q, have_start_q} <= {p_push_i || p_valid, s_push_i || s_valid, start_valid_i || start_valid};
      room_q <= room;
      if (choice != '0) behind_q <= lower(choice[2:0]);
    end
  end
  assign may    = room_q && !valid2_q;
  assign asks   = {finish_valid_i, have_start_q, have_s_q, have_p_q};
  assign first  = asks & behind_q;
  assign second = first != '0 ? first & ~lower(first[2:0]) : asks & ~lower(asks[2:0]);
  assign choice = second & {4{may}};
  assign finish_take_o = choice[3];

  function automatic operation_t from_lane(input logic [50:0] entry);
    from_lane = {entry[50], ^{entry[49:45], entry[24:5]}, entry[48:0]};
  endfunction

  operation_t p_op, s_op, op1, op2_q, op3_q, op4_q, op5_q;
  assign p_op = from_lane(p_entry);
  assign s_op = from_lane(s_entry);
  always_comb begin
    op1 = '0;
    unique case (1'b1)
      choice[0]: op1 = p_op;
      choice[1]: op1 = s_op;
      choice[2]: begin
        op1.kind = Start;
        {op1.parity, op1.following[2:0], op1.target[8:0], op1.thread} = start_entry;
      end
      default: begin
        op1.kind = Finish;
        op1.thread = finish_thread_i;
      end
    endcase
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {valid5_q, valid4_q, valid3_q, valid2_q} <= '0;
    else {valid5_q, valid4_q, valid3_q, valid2_q} <= {valid4_q, valid3_q, valid2_q, choice != '0};
  end
  always_ff @(posedge clk_i) {op5_q, op4_q, op3_q, op2_q} <= {op4_q, op3_q, op2_q, op1};

  // ---------------------------------------------------------------- cycles 2 to 4: what it needs
  logic [8:0] left2_q, left3_q, left4_q, left5_q;
  logic [TW-1:0] left_thread;  // only operations of the lanes need it
  record_t    record1, record4;
  digit_t     digit4;
  snap_isa_pkg::stream_t stream;
  logic       unused_parity, unused_fields;
  assign left_thread = second[0] ? p_op.thread[TW-1:0] : s_op.thread[TW-1:0];
  assign {unused_parity, record1} = records[left_thread];
  assign unused_fields = ^{record1, record4, digit4, stream};
  always_ff @(posedge clk_i) begin
    if (events_done_i) counts[events_thread_i[TW-1:0]] <= events_count_i;
    left2_q <= (second[0] ? p_op.kind : s_op.kind) == 4'(snap_isa_pkg::CtlEvents) ? counts[left_thread]
                                                                                  : record1.left;
    {left5_q, left4_q, left3_q} <= {left4_q, left3_q, left2_q};
  end
  assign event_re_o = valid2_q && left2_q != '0 && (op2_q.kind == 4'(snap_isa_pkg::CtlEvents) ||
                                                    op2_q.kind == 4'(snap_isa_pkg::CtlDispatch));
  assign event_addr_o = {op2_q.thread, left2_q - 9'd1};
  assign flags_thread_o = op4_q.thread;

  logic        event_wrong_q, ready_q, fault_q, kept_wrong_q, gathers_q, partner_fault_q;
  logic [1:0]  cause_q;
  logic [22:0] event_q;
  logic [31:0] flags_q;
  logic [DigitWidth:0]  digit_word_q;
  logic [RecordWidth:0] record_word_q;
  digit_t      digit;
  record_t     record;
  assign digit4  = digit_word_q[DigitWidth-1:0];
  assign record4 = record_word_q[RecordWidth-1:0];
  always_ff @(posedge clk_i) begin
    digit_word_q  <= digits[op3_q.thread[TW-1:0]];
    record_word_q <= records[op3_q.thread[TW-1:0]];
    event_q       <= event_data_i;
    event_wrong_q <= event_parity_error_i;
    flags_q       <= flags_i;
    {digit, record} <= {digit4, record4};
    kept_wrong_q  <= ^record_word_q || ^digit_word_q;
    gathers_q     <= digit4.program_code == 3'(snap_isa_pkg::ProgramSumZero) ||
                     digit4.program_code == 3'(snap_isa_pkg::ProgramMsm);
    partner_fault_q <= record4.has_partner && fault_i[digit4.partner[TW-1:0]];
    ready_q       <= events_ready_i[op4_q.thread[TW-1:0]];
    fault_q       <= fault_i[op4_q.thread[TW-1:0]];
    cause_q       <= fault_watchdog_i[op4_q.thread[TW-1:0]] ? CauseWatchdog :
                     fault_control_i[op4_q.thread[TW-1:0]] ? CauseControl : CauseData;
  end

  // ---------------------------------------------------------------- groups: the chunks of a multi-scalar job
  typedef struct packed {
    logic [4:0] running;         // neither ended nor parked, nor merged
    logic       parked;          // one waits with its sum
    logic [4:0] thread;
    logic       infinity;
    logic       invalid;         // a chunk said so
    logic       fault;           // a chunk's
    logic [1:0] cause;
  } group_t;
  group_t groups [0:7];
  group_t group, group_d;
  group_t group6_q;
  logic   group_write, group_write6_q;
  logic [2:0] job6_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) group_write6_q <= 1'b0;
    else group_write6_q <= valid5_q && group_write;
  end
  always_ff @(posedge clk_i) begin
    {job6_q, group6_q} <= {record.job, group_d};
    if (group_write6_q) groups[job6_q] <= group6_q;
    if (group_valid_i) groups[group_job_i] <= {group_chunks_i, 11'd0};  // the job's number may have come free just now
    group <= group_write6_q && job6_q == record4.job ? group6_q : groups[record4.job];
  end

  // ---------------------------------------------------------------- cycle 5: decide
  digit_t      digit_d;
  record_t     record_d;
  logic [31:0] flags_d;
  logic        go, park, ends, wrong, release_a, release_b, answer, silent;
  logic [3:0]  entry;        // of entries
  logic        use_entry;
  logic [9:0]  pc;           // otherwise
  logic [1:0]  value, value_n, answer_cause;
  logic        answer_fault, parked_fault, last;
  assign last = group.running <= 5'd1;
  assign parked_fault = group.parked && fault_i[group.thread[TW-1:0]];

  // A flag's two bits: set to 1, set to 0.
  logic infinity, no_infinity, h_zero, r_zero, missing;
  assign infinity = flags_q[snap_isa_pkg::FlagInfinity];
  assign h_zero   = flags_q[snap_isa_pkg::FlagHZero];
  assign r_zero   = flags_q[snap_isa_pkg::FlagRZero];
  function automatic logic unset(input logic [31:0] flags, input int unsigned flag);
    unset = flags[flag] == flags[16 + flag];
  endfunction
  assign no_infinity = unset(flags_q, snap_isa_pkg::FlagInfinity);
  assign missing = no_infinity ||
                   (record.was_add && (unset(flags_q, snap_isa_pkg::FlagHZero) ||
                                       (h_zero && unset(flags_q, snap_isa_pkg::FlagRZero))));

  // ---- digits
  logic begins, again, at_infinity, doubles, finished;
  logic [8:0] event_doublings;
  logic [2:0] event_stream;
  logic       event_negative;
  logic [9:0] event_entry;
  assign {event_doublings, event_stream, event_negative, event_entry} = event_q;
  assign stream = snap_isa_pkg::stream_word(digit.program_code, event_stream);
  assign begins      = op5_q.kind == 4'(snap_isa_pkg::CtlEvents);
  assign again       = !begins && record.was_add && h_zero && r_zero;             // P + P
  assign at_infinity = begins || infinity || (record.was_add && h_zero && !r_zero); // P - P
  assign doubles     = !at_infinity && record.doublings != '0;
  assign finished    = left5_q == '0;

  // ---- verdict, from the values and from the complements
  logic verdict_valid, verdict_invalid, verdict_valid_n, verdict_wrong;
  logic [2:0] zeros, zeros_n;  // Z, DZ, D
  assign zeros = {flags_q[snap_isa_pkg::FlagZZero], flags_q[snap_isa_pkg::FlagDzZero], flags_q[snap_isa_pkg::FlagDZero]};
  assign zeros_n = {flags_q[16+snap_isa_pkg::FlagZZero], flags_q[16+snap_isa_pkg::FlagDzZero],
                    flags_q[16+snap_isa_pkg::FlagDZero]};
  assign verdict_valid   = zeros == 3'b011;
  assign verdict_invalid = zeros == 3'b000;
  assign verdict_valid_n = zeros_n == 3'b100;
  assign verdict_wrong   = record.verdict && (zeros != ~zeros_n || !(verdict_valid || verdict_invalid));

  always_comb begin
    digit_d   = digit;
    record_d  = record;
    group_d   = group;
    flags_d   = flags_q;
    group_write = 1'b0;
    {go, park, ends, release_a, release_b, answer, silent} = '0;
    wrong     = op5_q.wrong || kept_wrong_q;
    use_entry = 1'b1;
    entry     = '0;
    pc        = op5_q.following;
    value     = record.verdict ? (verdict_valid ? ValueValid : 2'(snap_isa_pkg::EndInvalid)) : record.code;
    value_n   = record.verdict ? (verdict_valid_n ? ~ValueValid : ~2'(snap_isa_pkg::EndInvalid)) : record.code_n;
    answer_fault = 1'b0;
    answer_cause = CauseControl;

    unique case (op5_q.kind)
      Start: begin
        go = 1'b1;
        wrong = !enable_i || op5_q.target[8:6] > 3'(snap_isa_pkg::ProgramMsm) ||
                ^{op5_q.parity, op5_q.following[2:0], op5_q.target[8:0], op5_q.thread};
        entry = {1'b0, op5_q.target[8:6]};
        digit_d = '0;
        digit_d.program_code = op5_q.target[8:6];
        record_d = '0;
        record_d.job = op5_q.following[2:0];
        flags_d = '0;
        flags_d[snap_isa_pkg::FlagLowS]       = op5_q.target[5];
        flags_d[snap_isa_pkg::FlagCompressed] = op5_q.target[4];
        flags_d[11:8] = op5_q.target[3:0];
        flags_d[16+snap_isa_pkg::FlagLowS]       = !op5_q.target[5];
        flags_d[16+snap_isa_pkg::FlagCompressed] = !op5_q.target[4];
        flags_d[27:24] = {4{op5_q.target[8:6] == 3'(snap_isa_pkg::ProgramSumZero) ||
                            op5_q.target[8:6] == 3'(snap_isa_pkg::ProgramMsm)}} & ~op5_q.target[3:0];
        flags_d[16+snap_isa_pkg::FlagInfinity]        = 1'b1;
        flags_d[16+snap_isa_pkg::FlagPartnerInfinity] = 1'b1;
      end

      4'(snap_isa_pkg::CtlEvents), 4'(snap_isa_pkg::CtlDispatch): begin
        go = 1'b1;
        wrong = wrong || (begins ? !ready_q : missing);
        if (begins) record_d.finish = op5_q.target;
        record_d.left = left5_q;
        record_d.was_add = 1'b0;
        {flags_d[16+snap_isa_pkg::FlagInfinity], flags_d[snap_isa_pkg::FlagInfinity]} = {!at_infinity, at_infinity};
        if (again) begin
          record_d.doublings = record.doublings + 9'd1;
          entry = 4'(8 + (record.lambda ? snap_isa_pkg::RoutineLoadLambda : snap_isa_pkg::RoutineLoad));
        end else if (doubles) begin
          record_d.doublings = record.doublings - 9'd1;
          entry = 4'(8 + (digit.program_code == 3'(snap_isa_pkg::ProgramSm2Verify) ? snap_isa_pkg::RoutineDoubleSm2
                                                                            : snap_isa_pkg::RoutineDoubleSecp256k1));
        end else if (finished) begin
          record_d.doublings = '0;
          use_entry = 1'b0;
          pc = begins ? op5_q.target : record.finish;
        end else begin
          wrong = wrong || event_wrong_q;
          record_d.left = left5_q - 9'd1;
          record_d.doublings = event_doublings;
          record_d.lambda = stream.lambda[0];
          record_d.was_add = !at_infinity;
          digit_d.negative = event_negative;
          digit_d.fixed = stream.fixed[0];
          digit_d.x = stream.x + 12'(event_entry);
          digit_d.y = stream.y + 12'(event_entry);
          {flags_d[16+snap_isa_pkg::FlagInfinity], flags_d[snap_isa_pkg::FlagInfinity]} = 2'b10;
          entry = at_infinity
              ? 4'(8 + (stream.lambda[0] ? snap_isa_pkg::RoutineLoadLambda : snap_isa_pkg::RoutineLoad))
              : 4'(8 + (stream.lambda[0] ? snap_isa_pkg::RoutineAddLambda : snap_isa_pkg::RoutineAdd));
        end
      end

      4'(snap_isa_pkg::CtlGather): begin
        use_entry = 1'b0;
        release_a = record.has_partner;
        record_d.has_partner = 1'b0;
        wrong = wrong || !gathers_q || no_infinity;
        group_write = gathers_q;
        if (partner_fault_q && !group.fault) {group_d.fault, group_d.cause} = {1'b1, CauseData};
        if (!gathers_q) begin
          go = 1'b1;
        end else if (group.parked) begin
          go = 1'b1;
          pc = op5_q.target;
          group_d.parked = 1'b0;
          digit_d.partner = group.thread;
          record_d.has_partner = 1'b1;
          {flags_d[16+snap_isa_pkg::FlagPartnerInfinity], flags_d[snap_isa_pkg::FlagPartnerInfinity]} =
              {!group.infinity, group.infinity};
        end else if (!last) begin
          park = 1'b1;
          group_d.parked = 1'b1;
          group_d.thread = op5_q.thread;
          group_d.infinity = infinity;
          group_d.running = group.running - 5'd1;
        end else begin
          go = 1'b1;
        end
      end

      4'(snap_isa_pkg::CtlVerdict), 4'(snap_isa_pkg::CtlEnd): begin
        ends = 1'b1;
        wrong = wrong || (op5_q.kind == 4'(snap_isa_pkg::CtlEnd) && op5_q.target > 10'(snap_isa_pkg::EndInfinity));
        record_d.verdict = op5_q.kind == 4'(snap_isa_pkg::CtlVerdict);
        record_d.code    = op5_q.target[1:0];
        record_d.code_n  = ~op5_q.target[1:0];
      end

      default: begin // Finish
        wrong = 1'b0;
        answer_fault = fault_q || kept_wrong_q || verdict_wrong;
        if (fault_q) answer_cause = cause_q;
        release_a = record.has_partner;
        if (gathers_q) begin
          group_write = 1'b1;
          group_d.running = last ? '0 : group.running - 5'd1;
          if (!answer_fault && value == 2'(snap_isa_pkg::EndInvalid)) group_d.invalid = 1'b1;
          // Before the last one only a fault or `invalid` may end a chunk.
          if (!group.fault) begin
            if (answer_fault) {group_d.fault, group_d.cause} = {1'b1, answer_cause};
            else if (!last && value != 2'(snap_isa_pkg::EndInvalid))
              {group_d.fault, group_d.cause} = {1'b1, CauseControl};
            else if (partner_fault_q || (last && parked_fault)) {group_d.fault, group_d.cause} = {1'b1, CauseData};
          end
          answer_fault = group_d.fault;
          answer_cause = group_d.cause;
          if (group_d.invalid) {value, value_n} = {2'(snap_isa_pkg::EndInvalid), ~2'(snap_isa_pkg::EndInvalid)};
          release_b = last && group.parked;
          if (last) group_d.parked = 1'b0;
          answer = last;
          silent = !last;
        end else begin
          answer = 1'b1;
        end
      end
    endcase
  end

  // ---------------------------------------------------------------- cycle 6
  logic       write_q, go_q, parity_q, use_entry_q;
  logic [4:0] thread_q;
  logic [3:0] entry_q;
  logic [9:0] pc_q, back_q, count_q, pc_sent;
  digit_t     digit_q;
  record_t    record_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {write_q, go_q, park_o, end_o, fault_o, release_a_o, release_b_o} <= '0;
    end else begin
      write_q     <= valid5_q;
      go_q        <= valid5_q && go;
      park_o      <= valid5_q && park;
      end_o       <= valid5_q && ends;
      fault_o     <= valid5_q && wrong;
      release_a_o <= valid5_q && release_a;
      release_b_o <= valid5_q && release_b;
    end
  end
  always_ff @(posedge clk_i) begin
    thread_q           <= op5_q.thread;
    {use_entry_q, entry_q, pc_q} <= {use_entry, entry, pc};
    {back_q, count_q, parity_q} <= {op5_q.back, op5_q.count, op5_q.parity && op5_q.kind != Start};
    digit_q            <= digit_d;
    record_q           <= record_d;
    toggle_o           <= flags_d ^ flags_q;
    release_a_thread_o <= digit.partner;
    release_b_thread_o <= group.thread;
  end
  always_ff @(posedge clk_i) begin
    if (write_q) begin
      digits[thread_q[TW-1:0]]  <= {^digit_q, digit_q};
      records[thread_q[TW-1:0]] <= {^record_q, record_q};
    end
    if (entry_we_i) entries[entry_addr_i] <= entry_data_i;
  end
  assign thread_o        = thread_q;
  assign toggle_valid_o  = write_q;
  assign toggle_thread_o = thread_q;
  assign p_digit_o = digits[p_thread_i[TW-1:0]];
  assign s_digit_o = digits[s_thread_i[TW-1:0]];

  // ---------------------------------------------------------------- back to a lane, at once if it has room
  localparam int unsigned InjectLevelWidth = $clog2(InjectDepth + 1);
  logic [35:0] sent, waiting;
  logic        sent_taken, waiting_valid, unused_inject_ready;
  logic [InjectLevelWidth-1:0] inject_level;
  logic [$clog2(HoldCycles+1)-1:0] patience_q;
  assign pc_sent = use_entry_q ? entries[entry_q] : pc_q;
  assign sent = {^pc_sent ^ parity_q, back_q, count_q, pc_sent, thread_q};
  snap_fifo_sync #(.Width(36), .Depth(InjectDepth)) u_inject (
      .clk_i, .rst_ni, .wvalid_i(go_q && !sent_taken), .wready_o(unused_inject_ready), .wdata_i(sent),
      .rvalid_o(waiting_valid), .rready_i(p_inject_take_i || s_inject_take_i), .rdata_o(waiting),
      .level_o(inject_level)
  );
  assign room = inject_level <= InjectLevelWidth'(InjectDepth - InFlight);
  assign sent_taken = !waiting_valid && (p_inject_take_i || s_inject_take_i);
  assign inject_entry_o = waiting_valid ? waiting : sent;
  assign p_inject_o = waiting_valid || go_q;
  assign s_inject_o = p_inject_o && !p_inject_take_i;
  assign hold_o = patience_q == '0;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) patience_q <= ($clog2(HoldCycles+1))'(HoldCycles);
    else if (!p_inject_o || p_inject_take_i || s_inject_take_i) patience_q <= ($clog2(HoldCycles+1))'(HoldCycles);
    else if (patience_q != '0) patience_q <= patience_q - 1'b1;
  end

  // ---------------------------------------------------------------- answer
  logic silent_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {end_valid_o, silent_q} <= '0;
    end else begin
      if (valid5_q && answer) end_valid_o <= 1'b1;
      else if (end_ready_i) end_valid_o <= 1'b0;
      silent_q <= valid5_q && silent;
    end
  end
  // A verdict that has been taken is none any more: an end that a wrong bit makes up would give it to the thread's next job.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {end_value_o, end_value_n_o} <= '0;
    else if (valid5_q && answer) {end_value_o, end_value_n_o} <= {value, value_n};
    else if (end_ready_i) {end_value_o, end_value_n_o} <= '0;
  end
  always_ff @(posedge clk_i) begin
    if (valid5_q && answer) begin
      end_thread_o  <= op5_q.thread;
      end_fault_o   <= answer_fault;
      end_cause_o   <= answer_cause;
    end
  end
  assign finish_done_o = silent_q || (end_valid_o && end_ready_i);

  if (TW < 5) begin : g_unused
    logic unused_bits;
    assign unused_bits = ^{events_thread_i[4:TW], p_thread_i[4:TW], s_thread_i[4:TW]};
  end

`ifdef VERILATOR
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) begin
      assert (!p_push_i || unused_p_ready);
      assert (!s_push_i || unused_s_ready);
      assert (!start_valid_i || unused_start_ready);
      assert (!go_q || sent_taken || unused_inject_ready);
    end
  end
`endif

`ifdef FORMAL
  // Every operation that comes in has one outcome, and every thread that goes on is sent to one lane, once: those that
  // are decided and not yet taken are in go_q and in the FIFO, which has room for all.
  logic [3:0] f_sent_q;  // decided to go on, and not taken
  logic [3:0] f_under_way, f_waiting;
  assign f_under_way = 4'(valid2_q) + 4'(valid3_q) + 4'(valid4_q) + 4'(valid5_q) + 4'(go_q);
  assign f_waiting   = 4'(inject_level) + 4'(go_q);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) f_sent_q <= '0;
    else f_sent_q <= f_sent_q + 4'(valid5_q && go) - 4'(p_inject_take_i) - 4'(s_inject_take_i);
  end
  logic [2:0] f_outcomes;
  assign f_outcomes = 3'(go) + 3'(park) + 3'(ends) + 3'(answer) + 3'(silent);
  always_comb begin
    if (choice[0]) assert (!rst_ni || p_valid);
    if (choice[1]) assert (!rst_ni || s_valid);
    if (choice[2]) assert (!rst_ni || start_valid);
    if (p_inject_take_i) assume (p_inject_o);
    if (s_inject_take_i) assume (s_inject_o);
    if (rst_ni) begin
      if (valid5_q) assert (f_outcomes == 3'd1);
      if (!end_valid_o) assert (end_value_o == '0 && end_value_n_o == '0);
      if (valid5_q && park) assert (op5_q.kind == 4'(snap_isa_pkg::CtlGather) && !group.parked && group_d.parked &&
                                    group_d.thread == op5_q.thread && !last);
      if (valid5_q && op5_q.kind == 4'(snap_isa_pkg::CtlGather) && group.parked && gathers_q)
        assert (go && !group_d.parked && record_d.has_partner && digit_d.partner == group.thread);
      if (valid5_q && release_a) assert (record.has_partner);
      if (valid5_q && release_b) assert (group.parked && !group_d.parked && last && answer);
      assert (!(p_inject_take_i && s_inject_take_i));
      assert (f_sent_q == f_waiting);
      assert (!(valid2_q && valid3_q) && !(valid3_q && valid4_q) && !(valid4_q && valid5_q) && !(valid5_q && go_q));
      assert (f_under_way <= 4'd5 && 4'(inject_level) + f_under_way <= 4'(InjectDepth));
      if (go_q) assert (sent_taken || unused_inject_ready);
    end
  end
`endif

endmodule
