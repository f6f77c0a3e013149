// SPDX-License-Identifier: Apache-2.0
// The point engine's datapath: memories of 256-bit words with their parity, a product unit, a sum unit. Takes one
// product and one sum a cycle, stalls never. What instructions mean is in docs/microcode.md; who is granted when, the
// sequencer's.
//
//   cycle  product                              sum
//   0      granted: the issue ports             the same
//   1      issue registers                      the same
//   2      addresses at the memories            the same
//   4      words at the memories' registers     the same
//   5      bank P or S; T or C; F               bank P or S; C or half of 1
//   6      a and b                              chosen operands (snap_point_sum)
//   14                                          result, flag, fault: sum_done_o
//   15                                          written to S or T
//   38     result, flag, fault: prod_done_o
//   39     written to P or T
//
// A grant reads in its cycle 2, so one in cycle 38 (14) reads in the cycle behind the write. A grant one cycle
// too early reads while the word is written and gets nothing defined; two too early, the old word.
//
// A number that is known to be wrong is loaded with wrong parity: who reads it has a fault.
//
// T has one write port: of a product and a sum that both write there, the sum must not be granted ProductCycles -
// SumCycles after the product. A word of the load port may be read by grants two cycles after its acceptance or later.
module snap_point_datapath #(
    parameter Target   = "generic",
    parameter ImageDir = "build/engine"
) (
    input  logic         clk_i,
    input  logic         rst_ni,

    // Products: granted in this cycle.
    input  logic         prod_valid_i,
    input  logic [4:0]   prod_thread_i,
    input  logic [4:0]   prod_partner_i,
    input  logic [2:0]   prod_op_i,
    input  logic [4:0]   prod_a_i,
    input  logic [4:0]   prod_b_i,
    input  logic [2:0]   prod_b_kind_i,
    // b_kind addend: word of F, or (lower 5 bits) of the thread's T
    input  logic         prod_addend_fixed_i,
    input  logic [11:0]  prod_addend_addr_i,
    input  logic [5:0]   prod_dst_i,
    input  logic         prod_sm2_i,
    input  logic [1:0]   prod_test_i,
    input  logic [3:0]   prod_flag_i,

    // Sums: granted in this cycle. The digit's sign has acted already, but for `swap`.
    input  logic         sum_valid_i,
    input  logic [4:0]   sum_thread_i,
    input  logic [4:0]   sum_partner_i,
    input  logic [2:0]   sum_op_i,
    input  logic         sum_swap_i,
    input  logic         sum_order_i,
    input  logic [4:0]   sum_a_i,
    input  logic [4:0]   sum_b_i,
    input  logic [2:0]   sum_b_kind_i,
    input  logic [5:0]   sum_dst_i,
    input  logic         sum_sm2_i,
    input  logic [1:0]   sum_test_i,
    input  logic [3:0]   sum_flag_i,
    input  logic [1:0]   sum_send_i,
    input  logic [3:0]   sum_arg_i,

    // Words into bank S; ready does not depend on valid.
    input  logic         load_valid_i,
    output logic         load_ready_o,
    input  logic [4:0]   load_thread_i,
    input  logic [3:0]   load_reg_i,
    input  logic [255:0] load_data_i,
    input  logic         load_wrong_i,

    // Results, ProductCycles and SumCycles after their grant.
    output logic         prod_done_o,
    output logic [4:0]   prod_done_thread_o,
    output logic [1:0]   prod_done_test_o,
    output logic [3:0]   prod_done_flag_o,
    output logic         prod_done_value_o,

    output logic         sum_done_o,
    output logic [4:0]   sum_done_thread_o,
    output logic [1:0]   sum_done_test_o,
    output logic [3:0]   sum_done_flag_o,
    output logic         sum_done_value_o,
    output logic [1:0]   sum_done_send_o,
    output logic [3:0]   sum_done_arg_o,
    output logic         sum_done_sm2_o,
    output logic         sum_done_order_o,
    output logic [255:0] sum_done_data_o,
    output logic [7:0]   sum_done_parity_o,

    // Wrong parity of an operand or wrong residue of a product, in the cycle of its result.
    output logic         fault_prod_o,
    output logic [4:0]   fault_prod_thread_o,
    output logic         fault_sum_o,
    output logic [4:0]   fault_sum_thread_o,

    // Image: constants. Only while no instruction reads constants.
    input  logic         const_we_i,
    input  logic [6:0]   const_addr_i,
    input  logic [63:0]  const_data_i
);

  localparam int unsigned OperandCycle = 6;
  localparam int unsigned SumOperandCycle = 5;

  // ---------------------------------------------------------------- cycle 1: issue registers
  logic        prod_valid_q, prod_addend_fixed_q, prod_sm2_q;
  logic [4:0]  prod_thread_q, prod_partner_q, prod_a_q, prod_b_q;
  logic [2:0]  prod_op_q, prod_b_kind_q;
  logic [11:0] prod_addend_addr_q;
  logic [5:0]  prod_dst_q;
  logic [1:0]  prod_test_q;
  logic [3:0]  prod_flag_q;
  logic        sum_valid_q, sum_swap_q, sum_order_q, sum_sm2_q;
  logic [4:0]  sum_thread_q, sum_partner_q, sum_a_q, sum_b_q;
  logic [2:0]  sum_op_q, sum_b_kind_q;
  logic [5:0]  sum_dst_q;
  logic [1:0]  sum_test_q, sum_send_q;
  logic [3:0]  sum_flag_q, sum_arg_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {prod_valid_q, sum_valid_q} <= '0;
    else {prod_valid_q, sum_valid_q} <= {prod_valid_i, sum_valid_i};
  end
  always_ff @(posedge clk_i) begin
    prod_thread_q       <= prod_thread_i;
    prod_partner_q      <= prod_partner_i;
    prod_op_q           <= prod_op_i;
    prod_a_q            <= prod_a_i;
    prod_b_q            <= prod_b_i;
    prod_b_kind_q       <= prod_b_kind_i;
    prod_addend_fixed_q <= prod_addend_fixed_i;
    prod_addend_addr_q  <= prod_addend_addr_i;
    prod_dst_q          <= prod_dst_i;
    prod_sm2_q          <= prod_sm2_i;
    prod_test_q         <= prod_test_i;
    prod_flag_q         <= prod_flag_i;
    sum_thread_q        <= sum_thread_i;
    sum_partner_q       <= sum_partner_i;
    sum_op_q            <= sum_op_i;
    sum_swap_q          <= sum_swap_i;
    sum_order_q         <= sum_order_i;
    sum_a_q             <= sum_a_i;
    sum_b_q             <= sum_b_i;
    sum_b_kind_q        <= sum_b_kind_i;
    sum_dst_q           <= sum_dst_i;
    sum_sm2_q           <= sum_sm2_i;
    sum_test_q          <= sum_test_i;
    sum_flag_q          <= sum_flag_i;
    sum_send_q          <= sum_send_i;
    sum_arg_q           <= sum_arg_i;
  end

  // ---------------------------------------------------------------- cycle 2: addresses
  // Of a register: {bank, thread, index}.
  logic        prod_partner, prod_addend, sum_partner;
  logic [4:0]  sum_a, sum_b;
  logic [9:0]  prod_a_addr_q, prod_b_addr_q, sum_a_addr_q, sum_b_addr_q, table_addr_q;
  logic [11:0] fixed_addr_q;
  logic [4:0]  prod_constant_q, sum_constant_q;
  assign prod_partner = prod_b_kind_q == 3'(snap_isa_pkg::BKindPartner);
  assign prod_addend = prod_b_kind_q == 3'(snap_isa_pkg::BKindAddend);
  assign sum_partner = sum_b_kind_q == 3'(snap_isa_pkg::BKindPartner);
  assign {sum_a, sum_b} = sum_swap_q ? {sum_b_q, sum_a_q} : {sum_a_q, sum_b_q};
  always_ff @(posedge clk_i) begin
    prod_a_addr_q   <= {prod_a_q[4], prod_thread_q, prod_a_q[3:0]};
    prod_b_addr_q   <= {prod_b_q[4], prod_partner ? prod_partner_q : prod_thread_q, prod_b_q[3:0]};
    table_addr_q    <= {prod_thread_q, prod_addend ? prod_addend_addr_q[4:0] : prod_b_q};
    fixed_addr_q    <= prod_addend_addr_q;
    prod_constant_q <= prod_b_q;
    sum_a_addr_q    <= {sum_a[4], sum_thread_q, sum_a[3:0]};
    sum_b_addr_q    <= {sum_b[4], sum_partner ? sum_partner_q : sum_thread_q, sum_b[3:0]};
    sum_constant_q  <= sum_b;
  end

  // ---------------------------------------------------------------- cycles 3 to 5: words
  logic         p_we_q, s_we_q, t_we_q;
  logic [8:0]   p_addr_q, s_addr_q;
  logic [9:0]   t_addr_q;
  logic [263:0] p_word_q, s_word_q, t_word_q;

  logic [263:0] prod_a_word, prod_b_word, sum_a_word, sum_b_word;
  logic [7:0]   sum_a_odd;
  snap_point_banks #(.Target(Target)) u_banks (
      .clk_i,
      .p_we_i(p_we_q), .p_addr_i(p_addr_q), .p_word_i(p_word_q),
      .s_we_i(s_we_q), .s_addr_i(s_addr_q), .s_word_i(s_word_q),
      .prod_a_i(prod_a_addr_q), .prod_b_i(prod_b_addr_q), .sum_a_i(sum_a_addr_q), .sum_b_i(sum_b_addr_q),
      .prod_a_o(prod_a_word), .prod_b_o(prod_b_word), .sum_a_o(sum_a_word), .sum_b_o(sum_b_word),
      .sum_a_odd_o(sum_a_odd)
  );

  logic [263:0] table_word, fixed_word, prod_constant, sum_constant;
  snap_ram_wide #(.Width(264), .Depth(1024), .Target(Target)) u_table (
      .clk_i, .we_i(t_we_q), .waddr_i(t_addr_q), .wdata_i(t_word_q), .raddr_i(table_addr_q), .rdata_o(table_word)
  );
  snap_point_fixed #(.Target(Target), .ImageDir(ImageDir)) u_fixed (
      .clk_i, .addr_i(fixed_addr_q), .word_o(fixed_word)
  );
  snap_point_constants #(.ImageDir(ImageDir)) u_constants (
      .clk_i, .rst_ni, .we_i(const_we_i), .addr_i(const_addr_i), .data_i(const_data_i),
      .prod_addr_i(prod_constant_q), .prod_word_o(prod_constant),
      .sum_addr_i(sum_constant_q), .sum_word_o(sum_constant)
  );

  // ---------------------------------------------------------------- product
  // Where b comes from, from cycle 2 on; then in the last cycle before the unit, with a register for each slice of 33 bits.
  localparam int unsigned Slices = 8, SliceWidth = 33;
  logic [2:0]          from_constant_q, from_fixed_q, from_table_q;
  logic [Slices-1:0]   take_constant;
  logic [2*Slices-1:0] take;  // of each slice: {fixed, table or constant}
  logic [263:0]        table_or_constant_q, a_q, b_q;
  always_ff @(posedge clk_i) begin
    from_constant_q <= {from_constant_q[1:0], prod_b_kind_q == 3'(snap_isa_pkg::BKindConstant)};
    from_fixed_q    <= {from_fixed_q[1:0], prod_addend && prod_addend_fixed_q};
    from_table_q    <= {from_table_q[1:0], prod_b_kind_q == 3'(snap_isa_pkg::BKindTable) ||
                                           (prod_addend && !prod_addend_fixed_q)};
    a_q <= prod_a_word;
  end
  snap_fanout #(.Copies(Slices)) u_take_constant (.clk_i, .data_i(from_constant_q[1]), .data_o(take_constant));
  snap_fanout #(.Width(2), .Copies(Slices)) u_take (
      .clk_i, .data_i({from_fixed_q[2], from_table_q[2] || from_constant_q[2]}), .data_o(take)
  );
  for (genvar i = 0; i < Slices; i++) begin : g_b
    localparam int unsigned Low = SliceWidth * i;
    always_ff @(posedge clk_i) begin
      table_or_constant_q[Low +: SliceWidth] <=
          take_constant[i] ? prod_constant[Low +: SliceWidth] : table_word[Low +: SliceWidth];
      b_q[Low +: SliceWidth] <= take[2*i+1] ? fixed_word[Low +: SliceWidth] :
          take[2*i] ? table_or_constant_q[Low +: SliceWidth] : prod_b_word[Low +: SliceWidth];
    end
  end

  localparam int unsigned ProdTagWidth = 5 + 6 + 4; // thread, dst, flag
  logic                    operand_valid, operand_sm2, prod_fault;
  logic [2:0]              operand_op;
  logic [1:0]              operand_test;
  logic [ProdTagWidth-1:0] operand_tag;
  logic [5:0]              prod_dst;
  logic [263:0]            prod_word;
  snap_sideband #(.TagWidth(6 + ProdTagWidth), .Cycles(OperandCycle - 1)) u_prod_control (
      .clk_i, .rst_ni, .valid_i(prod_valid_q),
      .tag_i({prod_op_q, prod_sm2_q, prod_test_q, prod_thread_q, prod_dst_q, prod_flag_q}),
      .valid_o(operand_valid), .tag_o({operand_op, operand_sm2, operand_test, operand_tag})
  );
  snap_point_product #(
      .Target(Target), .TagWidth(ProdTagWidth), .Cycles(snap_isa_pkg::ProductCycles - OperandCycle)
  ) u_product (
      .clk_i, .rst_ni, .valid_i(operand_valid), .a_i(a_q), .b_i(b_q), .op_i(operand_op), .sm2_i(operand_sm2),
      .test_i(operand_test), .tag_i(operand_tag), .valid_o(prod_done_o), .word_o(prod_word),
      .test_o(prod_done_test_o), .value_o(prod_done_value_o), .fault_o(prod_fault),
      .tag_o({prod_done_thread_o, prod_dst, prod_done_flag_o})
  );
  assign fault_prod_o = prod_done_o && prod_fault;
  assign fault_prod_thread_o = prod_done_thread_o;

  // ---------------------------------------------------------------- sum
  localparam int unsigned SumTagWidth = 5 + 6 + 4 + 2 + 4; // thread, dst, flag, send, arg
  localparam int unsigned SumEarlyWidth = 3 + 2 + 1 + 2 + SumTagWidth; // op, {sm2, order}, constant, test
  logic                     early_valid, early_constant, sum_operand_valid, sum_fault;
  logic [2:0]               early_op, sum_op;
  logic [1:0]               early_modulus, sum_modulus, early_test, sum_test;
  logic [SumTagWidth-1:0]   early_tag, sum_tag;
  logic [5:0]               sum_dst;
  logic [263:0]             sum_word;
  snap_sideband #(.TagWidth(SumEarlyWidth), .Cycles(SumOperandCycle - 2)) u_sum_early (
      .clk_i, .rst_ni, .valid_i(sum_valid_q),
      .tag_i({sum_op_q, sum_sm2_q, sum_order_q, sum_b_kind_q == 3'(snap_isa_pkg::BKindConstant), sum_test_q,
              sum_thread_q, sum_dst_q, sum_flag_q, sum_send_q, sum_arg_q}),
      .valid_o(early_valid), .tag_o({early_op, early_modulus, early_constant, early_test, early_tag})
  );
  snap_sideband #(.TagWidth(SumEarlyWidth - 1), .Cycles(1)) u_sum_control (
      .clk_i, .rst_ni, .valid_i(early_valid),
      .tag_i({early_op, early_modulus, early_test, early_tag}),
      .valid_o(sum_operand_valid), .tag_o({sum_op, sum_modulus, sum_test, sum_tag})
  );
  snap_point_sum #(
      .TagWidth(2 + SumTagWidth), .Cycles(snap_isa_pkg::SumCycles - SumOperandCycle)
  ) u_sum (
      .clk_i, .rst_ni, .valid_i(sum_operand_valid), .op_i(sum_op), .modulus_i(sum_modulus),
      .a_i(sum_a_word), .b_i(sum_b_word), .a_odd_i(sum_a_odd),
      .early_op_i(early_op), .early_modulus_i(early_modulus), .early_constant_i(sum_constant),
      .early_b_is_constant_i(early_constant), .test_i(sum_test), .tag_i({sum_modulus, sum_tag}),
      .valid_o(sum_done_o), .word_o(sum_word), .test_o(sum_done_test_o), .value_o(sum_done_value_o),
      .fault_o(sum_fault),
      .tag_o({sum_done_sm2_o, sum_done_order_o, sum_done_thread_o, sum_dst, sum_done_flag_o, sum_done_send_o,
              sum_done_arg_o})
  );
  assign {sum_done_parity_o, sum_done_data_o} = sum_word;
  assign fault_sum_o = sum_done_o && sum_fault;
  assign fault_sum_thread_o = sum_done_thread_o;

  // ---------------------------------------------------------------- loads
  // A word accepted now is with its parity where sums have theirs two cycles later, if no sum for bank S is there then:
  // one that is in its cycle 12 now.
  logic [snap_isa_pkg::SumCycles-2:2] sum_to_s_q; // index: cycle
  logic [1:0]   load_valid_q;
  logic [8:0]   load1_addr_q, load2_addr_q;
  logic [255:0] load1_data_q;
  logic         load1_wrong_q;
  logic [263:0] load2_word_q;
  logic [7:0]   load_parity;
  snap_parity u_load_parity (.data_i(load1_data_q), .parity_o(load_parity));
  assign load_ready_o = !sum_to_s_q[snap_isa_pkg::SumCycles-2];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      sum_to_s_q   <= '0;
      load_valid_q <= '0;
    end else begin
      sum_to_s_q   <= {sum_to_s_q[snap_isa_pkg::SumCycles-3:2], sum_valid_q && sum_dst_q[5:4] == 2'b00};
      load_valid_q <= {load_valid_q[0], load_valid_i && load_ready_o};
    end
  end
  always_ff @(posedge clk_i) begin
    load1_addr_q <= {load_thread_i, load_reg_i};
    load1_data_q <= load_data_i;
    load1_wrong_q <= load_wrong_i;
    load2_addr_q <= load1_addr_q;
    load2_word_q <= {load_parity ^ 8'(load1_wrong_q), load1_data_q};
  end

  // ---------------------------------------------------------------- write registers
  logic prod_to_p, prod_to_t, sum_to_s, sum_to_t;
  assign prod_to_p = prod_done_o && prod_dst[5:4] == 2'b00;
  assign prod_to_t = prod_done_o && prod_dst[5];
  assign sum_to_s = sum_done_o && sum_dst[5:4] == 2'b00;
  assign sum_to_t = sum_done_o && sum_dst[5];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) {p_we_q, s_we_q, t_we_q} <= '0;
    else {p_we_q, s_we_q, t_we_q} <= {prod_to_p, sum_to_s || load_valid_q[1], prod_to_t || sum_to_t};
  end
  always_ff @(posedge clk_i) begin
    p_addr_q <= {prod_done_thread_o, prod_dst[3:0]};
    p_word_q <= prod_word;
    s_addr_q <= load_valid_q[1] ? load2_addr_q : {sum_done_thread_o, sum_dst[3:0]};
    s_word_q <= load_valid_q[1] ? load2_word_q : sum_word;
    t_addr_q <= prod_to_t ? {prod_done_thread_o, prod_dst[4:0]} : {sum_done_thread_o, sum_dst[4:0]};
    t_word_q <= prod_to_t ? prod_word : sum_word;
  end

`ifdef VERILATOR
  always_ff @(posedge clk_i or negedge rst_ni)
    if (rst_ni) assert (!(prod_to_t && sum_to_t) && !(sum_to_s && load_valid_q[1]));
`endif

endmodule
