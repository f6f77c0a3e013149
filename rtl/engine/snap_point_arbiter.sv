// SPDX-License-Identifier: Apache-2.0
// Round robin over N requesters, in groups of four: the groups take turns, and in each group its members. A
// grant is given in the cycle of the request and is used at once: there is no waiting with a grant. hold_i
// skips a cycle.
//
// Promises: at most one grant, to a requester; one in every cycle with a request and no hold; a request that
// stays is granted within N grants. Two short searches instead of a long one make it fit a clock cycle.
module snap_point_arbiter #(
    parameter int unsigned N = 32,
    localparam int unsigned IndexWidth = $clog2(N)
) (
    input  logic                  clk_i,
    input  logic                  rst_ni,
    input  logic [N-1:0]          req_i,
    input  logic                  hold_i,
    output logic                  valid_o,
    output logic [N-1:0]          grant_o,
    output logic [IndexWidth-1:0] index_o
);

  localparam int unsigned Groups = N / 4;
  if (N < 8 || (N & (N - 1)) != 0) begin : g_check
    $error("snap_point_arbiter: N must be a power of two, at least 8");
  end

  // behind: those after the last that was granted; they come first.
  logic [N-1:0]      behind_q, member;
  logic [Groups-1:0] group_behind_q, asks, group_first, group;

  // Without a carry, both searches side by side: a few levels of logic.
  function automatic logic [Groups-1:0] lower_group(input logic [Groups-2:0] bits);  // is a bit below it set
    lower_group[0] = 1'b0;
    for (int unsigned i = 1; i < Groups; i++) lower_group[i] = lower_group[i-1] || bits[i-1];
  endfunction
  function automatic logic [3:0] lower_member(input logic [2:0] bits);
    lower_member = {bits != '0, bits[1:0] != '0, bits[0], 1'b0};
  endfunction

  assign group_first = asks & group_behind_q;
  assign group = group_first != '0 ? group_first & ~lower_group(group_first[Groups-2:0])
                                    : asks & ~lower_group(asks[Groups-2:0]);

  for (genvar g = 0; g < Groups; g++) begin : g_group
    logic [3:0] req, first;
    assign req = req_i[4*g +: 4];
    assign first = req & behind_q[4*g +: 4];
    assign asks[g] = req != '0;
    assign member[4*g +: 4] = first != '0 ? first & ~lower_member(first[2:0]) : req & ~lower_member(req[2:0]);
    assign grant_o[4*g +: 4] = member[4*g +: 4] & {4{group[g] && !hold_i}};

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) behind_q[4*g +: 4] <= '0;
      else if (group[g] && !hold_i) behind_q[4*g +: 4] <= lower_member(member[4*g +: 3]);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) group_behind_q <= '0;
    else if (asks != '0 && !hold_i) group_behind_q <= lower_group(group[Groups-2:0]);
  end

  assign valid_o = asks != '0 && !hold_i;
  always_comb begin
    index_o = '0;
    for (int unsigned i = 0; i < N; i++) begin
      if (member[i] && group[i/4]) index_o = index_o | IndexWidth'(i);
    end
  end

`ifdef FORMAL
  // Follows one requester: grants that its group's other members, and that the other groups have had, since it
  // asks without a pause.
  localparam int unsigned GroupWidth = $clog2(Groups) + 1;
  (* anyconst *) logic [IndexWidth-1:0] f_who;
  logic [2:0]            f_members_q;
  logic [GroupWidth-1:0] f_groups_q, f_groups_ahead;
  logic [2:0]            f_members_ahead;
  logic [3:0]            f_behind;
  logic [IndexWidth-3:0] f_group;
  logic [1:0]            f_member;
  assign f_group  = f_who[IndexWidth-1:2];
  assign f_member = f_who[1:0];
  assign f_behind = behind_q[4*f_group +: 4];

  // How many come before it, cyclically from the last one granted.
  always_comb begin
    f_members_ahead = '0;
    for (int unsigned i = 0; i < 4; i++) begin
      if (i != 32'(f_member) && (f_behind[f_member] ? f_behind[i] && i < 32'(f_member)
                                                    : f_behind[i] || i < 32'(f_member)))
        f_members_ahead = f_members_ahead + 1'b1;
    end
    f_groups_ahead = '0;
    for (int unsigned i = 0; i < Groups; i++) begin
      if (i != 32'(f_group) && (group_behind_q[f_group] ? group_behind_q[i] && i < 32'(f_group)
                                                        : group_behind_q[i] || i < 32'(f_group)))
        f_groups_ahead = f_groups_ahead + 1'b1;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f_members_q <= '0;
      f_groups_q  <= '0;
    end else if (!req_i[f_who] || grant_o[f_who]) begin
      f_members_q <= '0;
      f_groups_q  <= '0;
    end else if (valid_o && group[f_group]) begin
      f_members_q <= f_members_q + 1'b1;
      f_groups_q  <= '0;
    end else if (valid_o) begin
      f_groups_q <= f_groups_q + 1'b1;
    end
  end

  always_comb begin
    if (rst_ni) begin
      // Each mask is the bits above one place, or none.
      for (int unsigned g = 0; g < Groups; g++)
        assert ((~behind_q[4*g +: 4] & (~behind_q[4*g +: 4] + 1'b1)) == '0 && !behind_q[4*g]);
      assert ((~group_behind_q & (~group_behind_q + 1'b1)) == '0 && !group_behind_q[0]);
      if (f_members_q != '0) assert (f_members_q + f_members_ahead <= 3'd3);
      if (f_groups_q != '0) assert (32'(f_groups_q) + 32'(f_groups_ahead) <= Groups - 1);
      assert (f_members_q <= 3'd3);
      assert (32'(f_groups_q) <= Groups - 1);
      if (f_members_q == 3'd3 && 32'(f_groups_q) == Groups - 1 && req_i[f_who] && !hold_i)
        assert (grant_o[f_who]);
    end
  end
`endif

endmodule
