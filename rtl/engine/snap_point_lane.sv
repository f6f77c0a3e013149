// SPDX-License-Identifier: Apache-2.0
// What happens to an instruction that a unit has granted: its `ctl`, and the fetch of the thread's next word. One
// lane for products, one for sums. A thread's context {word, pc, return address, loop counter} goes along.
//
//   cycle -1  the context of the granted thread is read outside (win_i, context_i, flags_i)
//   0         granted: the word is at the unit; `ctl` is executed. Digits, ends, gather go to the control instead of on
//   1         address of the next word
//   2         read
//   3         the word is there, is checked and written to the thread's place: arrive_o, context_o
//
// In a cycle without an instruction that goes on, a thread that the control sends (inject_i) takes its place.
module snap_point_lane #(
    parameter bit Sums = 1'b0
) (
    input  logic        clk_i,
    input  logic        rst_ni,
    // Cycle -1
    input  logic        win_i,
    input  logic [4:0]  win_thread_i,
    input  logic [91:0] context_i,
    input  logic [31:0] flags_i,
    // Cycle 0. instruction_o lacks only `reserved`.
    output logic        grant_o,
    output logic [4:0]  thread_o,
    output logic [60:0] instruction_o,
    output logic        push_o,
    output logic [50:0] push_entry_o,
    input  logic        inject_i,
    input  logic [35:0] inject_entry_i,
    output logic        inject_take_o,
    // Cycle 1: wrong parity of the context, or a branch upon a flag that is not set
    output logic        fault_o,
    output logic [4:0]  fault_thread_o,
    output logic [9:0]  addr_o,
    // Cycle 3
    input  logic [71:0] word_i,
    output logic        arrive_o,
    output logic [4:0]  arrive_thread_o,
    output logic        arrive_good_o,
    output logic [60:0] arrive_instruction_o,
    output logic [91:0] context_o
);

  // ---------------------------------------------------------------- cycle 0: ctl
  logic        valid_q, odd;
  logic [4:0]  thread_q;
  logic [31:0] flags_q;
  logic [91:0] context_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= win_i;
  end
  always_ff @(posedge clk_i) {thread_q, flags_q, context_q} <= {win_thread_i, flags_i, context_i};

  snap_isa_pkg::instruction_t word;
  logic [9:0] pc, back, count, following;
  assign word = {3'd0, context_q[60:0]};
  assign {back, count, pc} = context_q[90:61];
  assign odd = ^context_q;
  assign following = pc + 10'd1;

  logic set, unset, branches, taken, leaves;
  assign set      = flags_q[{1'b0, word.arg}];
  assign unset    = flags_q[{1'b1, word.arg}];
  assign branches = word.ctl == 4'(snap_isa_pkg::CtlBranchIf) || word.ctl == 4'(snap_isa_pkg::CtlBranchUnless);
  assign leaves   = word.ctl == 4'(snap_isa_pkg::CtlEvents) || word.ctl == 4'(snap_isa_pkg::CtlDispatch) ||
                    word.ctl == 4'(snap_isa_pkg::CtlVerdict) || word.ctl == 4'(snap_isa_pkg::CtlEnd) ||
                    word.ctl == 4'(snap_isa_pkg::CtlGather);
  always_comb begin
    unique case (word.ctl)
      4'(snap_isa_pkg::CtlJump), 4'(snap_isa_pkg::CtlCall): taken = 1'b1;
      4'(snap_isa_pkg::CtlBranchIf): taken = set;
      4'(snap_isa_pkg::CtlBranchUnless): taken = !set;
      4'(snap_isa_pkg::CtlLoop): taken = count != 10'd1;
      default: taken = 1'b0;
    endcase
  end

  logic [9:0] next_pc, next_back, next_count;
  assign next_pc    = taken ? word.target : word.ctl == 4'(snap_isa_pkg::CtlReturn) ? back : following;
  assign next_back  = word.ctl == 4'(snap_isa_pkg::CtlCall) ? following : back;
  assign next_count = word.ctl == 4'(snap_isa_pkg::CtlCount) ? word.target :
                      word.ctl == 4'(snap_isa_pkg::CtlLoop) ? count - 10'd1 : count;

  // Their parities, from what they come from: not behind the choice, but beside it.
  logic pc_odd, back_odd, count_odd, following_odd, target_odd;
  assign following_odd = ^following;
  assign target_odd    = ^word.target;
  assign pc_odd    = taken ? target_odd : word.ctl == 4'(snap_isa_pkg::CtlReturn) ? ^back : following_odd;
  assign back_odd  = word.ctl == 4'(snap_isa_pkg::CtlCall) ? following_odd : ^back;
  assign count_odd = word.ctl == 4'(snap_isa_pkg::CtlCount) ? target_odd :
                     word.ctl == 4'(snap_isa_pkg::CtlLoop) ? ^(count - 10'd1) : ^count;

  assign grant_o       = valid_q;
  assign thread_o      = thread_q;
  assign instruction_o = context_q[60:0];
  assign push_o        = valid_q && leaves;
  assign push_entry_o  = {back_odd ^ count_odd, ^word.ctl ^ following_odd ^ target_odd, word.ctl,
                          next_back, next_count, following, word.target, thread_q};
  assign inject_take_o = inject_i && !(valid_q && !leaves);

  // ---------------------------------------------------------------- cycles 1 to 3: the next word
  logic        valid1_q, valid2_q, valid3_q, parity1_q, parity2_q, parity3_q;
  logic [4:0]  thread1_q, thread2_q, thread3_q;
  logic [29:0] place1_q, place2_q, place3_q;  // return address, loop counter, pc
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      {valid3_q, valid2_q, valid1_q} <= '0;
      fault_o <= 1'b0;
    end else begin
      {valid3_q, valid2_q, valid1_q} <= {valid2_q, valid1_q, inject_take_o || (valid_q && !leaves)};
      fault_o <= valid_q && (odd || word.unit[0] != Sums || (branches && set == unset));
    end
  end
  always_ff @(posedge clk_i) begin
    fault_thread_o <= thread_q;
    if (valid_q && !leaves) begin
      {thread1_q, place1_q} <= {thread_q, next_back, next_count, next_pc};
      parity1_q <= pc_odd ^ back_odd ^ count_odd;
    end else begin
      {parity1_q, place1_q, thread1_q} <= inject_entry_i;
    end
    {thread2_q, place2_q, parity2_q} <= {thread1_q, place1_q, parity1_q};
    {thread3_q, place3_q, parity3_q} <= {thread2_q, place2_q, parity2_q};
  end
  assign addr_o = place1_q[9:0];

  // ---------------------------------------------------------------- cycle 3: checks
  snap_isa_pkg::instruction_t arrived;
  assign arrived = word_i[63:0];
  logic [7:0] wrong_parity;
  for (genvar i = 0; i < 8; i++) begin : g_parity
    assign wrong_parity[i] = ^{word_i[64+i], word_i[8*i +: 8]};
  end

  logic wrong_code, wrong_product, wrong_sum, wrong_pair;
  assign wrong_code = arrived.reserved != '0 || arrived.ctl > 4'(snap_isa_pkg::CtlGather) ||
                      arrived.gate > 3'(snap_isa_pkg::GateEvents) || arrived.sign > 2'(snap_isa_pkg::SignSwap) ||
                      arrived.b_kind > 3'(snap_isa_pkg::BKindPartner) || arrived.dst[5:4] == 2'b01;
  assign wrong_product = arrived.op > 3'(snap_isa_pkg::ProductOpHigh) || arrived.order[0] ||
                         arrived.test == 2'(snap_isa_pkg::TestWrap) || arrived.send != 2'(snap_isa_pkg::SendNone);
  assign wrong_sum = arrived.op > 3'(snap_isa_pkg::SumOpNeg) || arrived.b_kind == 3'(snap_isa_pkg::BKindTable) ||
                     arrived.b_kind == 3'(snap_isa_pkg::BKindAddend);
  // A place in the inverter and the recoder are taken by those who use them, and by nobody else.
  assign wrong_pair =
      (arrived.gate == 3'(snap_isa_pkg::GateInverter)) != (arrived.send == 2'(snap_isa_pkg::SendInvert)) ||
      (arrived.gate == 3'(snap_isa_pkg::GateRecoder) && arrived.send != 2'(snap_isa_pkg::SendScalar)) ||
      (arrived.send != 2'(snap_isa_pkg::SendNone) &&
       (arrived.ctl == 4'(snap_isa_pkg::CtlBranchIf) || arrived.ctl == 4'(snap_isa_pkg::CtlBranchUnless)));

  assign arrive_o             = valid3_q;
  assign arrive_thread_o      = thread3_q;
  assign arrive_instruction_o = word_i[60:0];
  assign arrive_good_o        = wrong_parity == '0 && !wrong_code && !wrong_pair &&
                                !(arrived.unit[0] ? wrong_sum : wrong_product);
  logic unused_fields;
  assign unused_fields = ^{word, arrived};
  // One bit of parity over all; in a good word the bytes' parities are the word's.
  assign context_o = {parity3_q ^ (^word_i[71:64]), place3_q, word_i[60:0]};

endmodule
