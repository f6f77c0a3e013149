// SPDX-License-Identifier: Apache-2.0
// Who has the two places of snap_inverter, and what the next step of each is. See there for the arithmetic.
//
// A place is free, then reserved (take_i; which of the two does not matter yet), then given to an input, which comes from
// in_begin_i to in_valid_i, one input at a time, and runs: one token loads it, one token a step follows every two cycles
// until g has been seen to be 0. Then it waits for the finishing unit, which one place has at a time, halves its
// coefficient, hands it over, and is free again.
module snap_inverter_control #(
    parameter int unsigned  Halvings  = 9,   // at least 1, at most 15
    // enough for every number; ends an inversion that an error has led astray
    parameter int unsigned  StepsMax  = 624,
    parameter int unsigned  TagWidth  = 9
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    output logic                free_o,
    input  logic                take_i,
    input  logic                in_begin_i,
    input  logic                in_valid_i,
    input  logic [1:0]          in_modulus_i,
    input  logic [TagWidth-1:0] in_tag_i,
    // chain: where the input goes, the token of this cycle, what the last token of the other place led to
    output logic                entry_place_o,
    output logic                phase_o,
    output logic                load_o,
    output logic                swap_o,
    output logic                add_o,
    output logic                negative_o,
    output logic                keep_o,
    output logic                test_o,
    output logic [1:0]          modulus_o,
    input  logic                g_odd_i,
    input  logic                f_second_i,
    input  logic                zero_i,
    input  logic                zero_place_i,
    // finishing unit: the coefficient's low limb can be seen in this cycle; its result has been taken
    output logic                finish_start_o,
    output logic [TagWidth-1:0] finish_tag_o,
    input  logic                finish_done_i
);
  localparam int unsigned StepsWidth = $clog2(StepsMax + 1);
  localparam int unsigned ZetaWidth  = StepsWidth + 1;

  typedef enum logic [1:0] {Vacant, Waiting, Running, Finishing} mode_e;

  mode_e                       mode_q    [0:1];
  logic                        zero_q    [0:1];
  logic                        expired_q [0:1]; // all StepsMax steps are done
  logic [StepsWidth-1:0]       steps_q   [0:1];
  logic signed [ZetaWidth-1:0] zeta_q    [0:1]; // -(delta + 1/2)
  logic [1:0]                  modulus_q [0:1];
  logic [TagWidth-1:0]         tag_q     [0:1];

  // ---------------------------------------------------------------- reservations
  logic [1:0] reserved_q; // places that are not free
  logic       leave;      // a place becomes free
  assign free_o        = reserved_q != 2'd2;
  // The input's place stays the same, whatever ends meanwhile.
  logic entry_place_q;
  assign entry_place_o = in_begin_i ? mode_q[0] != Vacant : entry_place_q;
  always_ff @(posedge clk_i) entry_place_q <= entry_place_o;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) reserved_q <= 2'd0;
    else reserved_q <= reserved_q + 2'(take_i) - 2'(leave);
  end

  // ---------------------------------------------------------------- next token, of the place that has none in this cycle
  logic                        phase_q, next;
  mode_e                       mode;
  logic signed [ZetaWidth-1:0] zeta;
  logic                        settled; // g is 0, or never will be
  logic                        claimed_q;
  logic [3:0]                  halvings_q;
  logic                        begin_finish, swap;

  assign phase_o      = phase_q;
  assign next         = !phase_q;
  assign mode         = mode_q[next];
  assign zeta         = zeta_q[next];
  assign settled      = zero_q[next] || expired_q[next];
  assign begin_finish = mode == Running && settled && !claimed_q;
  assign swap         = g_odd_i && zeta[ZetaWidth-1];
  assign leave        = mode == Finishing && halvings_q == 4'(Halvings);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      phase_q        <= 1'b0;
      finish_start_o <= 1'b0;
    end else begin
      phase_q        <= next;
      finish_start_o <= leave;
    end
  end

  always_ff @(posedge clk_i) begin
    load_o     <= 1'b0;
    swap_o     <= 1'b0;
    add_o      <= 1'b0;
    negative_o <= 1'b0;
    keep_o     <= 1'b1;
    test_o     <= 1'b0;
    modulus_o  <= modulus_q[next];
    if (mode == Waiting) begin
      load_o <= 1'b1;
      keep_o <= 1'b0;
    end else if (begin_finish) begin
      // e = d or -d, whichever belongs to 1: f is 1 or -1, which its second bit tells.
      add_o      <= 1'b1;
      negative_o <= f_second_i;
      keep_o     <= 1'b0;
    end else if (mode == Running) begin
      swap_o     <= swap && !settled;
      negative_o <= swap && !settled;
      add_o      <= g_odd_i && !settled;
      test_o     <= 1'b1;
    end
    if (leave) finish_tag_o <= tag_q[next];
  end

  // ---------------------------------------------------------------- the places' states
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      mode_q[0]  <= Vacant;
      mode_q[1]  <= Vacant;
      claimed_q  <= 1'b0;
      halvings_q <= '0;
    end else begin
      unique case (mode)
        Vacant: ;
        Waiting: mode_q[next] <= Running;
        Running: if (begin_finish) begin
          mode_q[next] <= Finishing;
          claimed_q    <= 1'b1;
          halvings_q   <= 4'd1;
        end
        Finishing: begin
          if (leave) mode_q[next] <= Vacant;
          else halvings_q <= halvings_q + 1'b1;
        end
      endcase
      if (finish_done_i) claimed_q <= 1'b0;
      if (in_valid_i) mode_q[entry_place_o] <= Waiting;
    end
  end

  always_ff @(posedge clk_i) begin
    if (mode == Waiting) begin
      zero_q[next]  <= 1'b0;
      expired_q[next] <= 1'b0;
      steps_q[next] <= '0;
      zeta_q[next]  <= -ZetaWidth'(1);
    end else if (mode == Running && !settled) begin
      steps_q[next] <= steps_q[next] + 1'b1;
      expired_q[next] <= steps_q[next] == StepsWidth'(StepsMax - 1);
      zeta_q[next]  <= swap ? ~zeta - ZetaWidth'(1) : zeta - ZetaWidth'(1);
    end
    if (zero_i) zero_q[zero_place_i] <= 1'b1;
    if (in_valid_i) begin
      modulus_q[entry_place_o] <= in_modulus_i;
      tag_q[entry_place_o]     <= in_tag_i;
    end
  end

`ifdef VERILATOR
  // Before the first reset ends there are no reservations: reserved_q, not rst_ni, keeps the checks quiet then.
  always_ff @(posedge clk_i) begin
    assert (!take_i || free_o);
    assert (!in_valid_i || mode_q[entry_place_o] == Vacant);
  end
`endif

`ifdef FORMAL
  // Reservations without an input yet, and a result between its leaving the place and its being taken.
  logic [1:0] f_waiting_q, f_used;
  logic       f_result_q;
  logic       f_coming_q, f_coming_place_q; // an input, to which place
  logic [1:0] f_finishing, f_count_waiting;
  // Inputs without a load token, loads without a handing over.
  logic [1:0] f_entered_q, f_loaded_q;
  assign f_count_waiting = 2'(mode_q[0] == Waiting) + 2'(mode_q[1] == Waiting);
  assign f_used      = 2'(mode_q[0] != Vacant) + 2'(mode_q[1] != Vacant);
  assign f_finishing = 2'(mode_q[0] == Finishing) + 2'(mode_q[1] == Finishing);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f_waiting_q <= '0;
      f_result_q  <= 1'b0;
      f_coming_q  <= 1'b0;
      f_entered_q <= '0;
      f_loaded_q  <= '0;
    end else begin
      f_waiting_q <= f_waiting_q + 2'(take_i) - 2'(in_valid_i);
      f_result_q  <= leave || (f_result_q && !finish_done_i);
      f_coming_q  <= in_begin_i || (f_coming_q && !in_valid_i);
      if (in_begin_i) f_coming_place_q <= entry_place_o;
      f_entered_q <= f_entered_q + 2'(in_valid_i) - 2'(load_o);
      f_loaded_q  <= f_loaded_q + 2'(load_o) - 2'(finish_start_o);
    end
  end
  always_comb begin
    if (take_i) assume (free_o);
    if (in_begin_i) assume (f_waiting_q != '0 && !f_coming_q);
    if (in_valid_i) assume (f_coming_q);
    if (finish_done_i) assume (f_result_q && !finish_start_o);
  end

  // One place followed: what it was given is what it hands over, after a load and all the halvings.
  (* anyconst *) logic        f_place;
  logic [TagWidth-1:0]        f_tag_q;
  logic [1:0]                 f_modulus_q;
  logic [3:0]                 f_halvings_q;
  logic                       f_left_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f_tag_q      <= '0;
      f_modulus_q  <= '0;
      f_halvings_q <= '0;
      f_left_q     <= 1'b0;
    end else begin
      f_left_q <= leave && next == f_place;
      if (in_valid_i && entry_place_o == f_place) begin
        f_tag_q     <= in_tag_i;
        f_modulus_q <= in_modulus_i;
      end
      if (next == f_place) f_halvings_q <= begin_finish ? 4'd1 : f_halvings_q + 4'd1;
    end
  end

  // As the place may be given anew in the cycle in which it hands over.
  logic [TagWidth-1:0] f_tag_left_q;
  logic [1:0]          f_modulus_left_q;
  always_ff @(posedge clk_i) begin
    f_tag_left_q     <= f_tag_q;
    f_modulus_left_q <= f_modulus_q;
  end

  always_comb begin
    if (rst_ni) begin
      assert (3'(f_waiting_q) + 3'(f_used) == 3'(reserved_q));
      assert (reserved_q <= 2'd2);
      if (in_begin_i || f_coming_q) assert (mode_q[entry_place_o] == Vacant);
      if (f_coming_q) assert (entry_place_o == f_coming_place_q && f_waiting_q != '0);
      assert (3'(f_finishing) + 3'(f_result_q) == 3'(claimed_q));
      for (int i = 0; i < 2; i++) begin
        if (mode_q[i] == Running)
          assert (steps_q[i] <= StepsWidth'(StepsMax) && expired_q[i] == (steps_q[i] == StepsWidth'(StepsMax)));
        if (mode_q[i] == Finishing) assert (halvings_q >= 4'd1 && halvings_q <= 4'(Halvings));
      end
      if (mode_q[f_place] != Vacant) assert (tag_q[f_place] == f_tag_q && modulus_q[f_place] == f_modulus_q);
      if (mode_q[f_place] == Finishing) assert (f_halvings_q == halvings_q);
      if (f_left_q) assert (finish_start_o && f_halvings_q == 4'(Halvings + 1));
      if (f_left_q && finish_start_o) assert (finish_tag_o == f_tag_left_q && modulus_o == f_modulus_left_q);
      assert (!finish_start_o || f_result_q);
      assert (f_entered_q == f_count_waiting + 2'(load_o));
      assert (f_loaded_q + 2'(load_o) == f_used - f_count_waiting + 2'(finish_start_o));
    end
  end
`endif
endmodule
