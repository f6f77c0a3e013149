// SPDX-License-Identifier: Apache-2.0

// Round-robin arbiter for N requesters.
//
// Promises: grant_o is 0 or has one bit, that of a requester; when anybody requests, somebody is granted in
// the same cycle; a grant stays, whoever else comes, until advance_i (the grant was used in this cycle) or
// until its own request goes; a request that stays waits at most N-1 uses of the grant. grant_idx_o is the
// granted index (0 when grant_o is 0). advance_i without a grant has no effect.
module snap_arbiter_rr #(
  parameter int unsigned N = 2,
  localparam int unsigned IdxWidth = (N > 1) ? $clog2(N) : 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic [N-1:0]        req_i,
  output logic [N-1:0]        grant_o,
  output logic [IdxWidth-1:0] grant_idx_o,
  input  logic                advance_i
);
  if (N < 1) begin : g_check
    $error("snap_arbiter_rr: N must be at least 1");
  end

  // behind_q masks the requesters behind the last used grant: they come first. hold_q is the grant that
  // was offered and not used.
  logic [N-1:0] behind_q, hold_q;
  logic [N-1:0] candidates, pick, upto;

  always_comb begin
    if ((req_i & hold_q) != '0) candidates = hold_q;
    else if ((req_i & behind_q) != '0) candidates = req_i & behind_q;
    else candidates = req_i;
    pick = candidates & (~candidates + 1'b1);  // lowest bit
    upto = (pick - 1'b1) | pick;               // pick and all bits below it
  end

  assign grant_o = pick;

  always_comb begin
    grant_idx_o = '0;
    for (int unsigned i = 0; i < N; i++) begin
      if (pick[i]) grant_idx_o = grant_idx_o | IdxWidth'(i);
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      behind_q <= '0;
      hold_q   <= '0;
    end else if (advance_i && pick != '0) begin
      behind_q <= ~upto;
      hold_q   <= '0;
    end else begin
      hold_q <= pick;
    end
  end

`ifdef FORMAL
  // Follows one requester, any: f_waits_q uses of the grant by others since it has been asking without a pause.
  (* anyconst *) logic [IdxWidth-1:0] f_who;
  logic [IdxWidth:0] f_waits_q, f_last, f_ahead, f_hold_ahead, f_hold;

  // The last used grant is the highest bit that behind_q does not have. Ahead of a requester are those from
  // the last used one on, cyclically.
  function automatic logic [IdxWidth:0] f_distance(input logic [IdxWidth:0] from, input logic [IdxWidth:0] to);
    f_distance = (to > from) ? to - from - 1'b1 : to + (IdxWidth + 1)'(N) - from - 1'b1;
  endfunction

  always_comb begin
    f_last = (IdxWidth + 1)'(N - 1);
    f_hold = '0;
    for (int unsigned i = N - 1; i > 0; i--) if (behind_q[i]) f_last = (IdxWidth + 1)'(i - 1);
    for (int unsigned i = 0; i < N; i++) if (hold_q[i]) f_hold = (IdxWidth + 1)'(i);
    f_ahead      = f_distance(f_last, {1'b0, f_who});
    f_hold_ahead = f_distance(f_last, f_hold);
    assume (32'(f_who) < N);
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) f_waits_q <= '0;
    else if (!req_i[f_who] || grant_o[f_who]) f_waits_q <= '0;
    else if (advance_i) f_waits_q <= f_waits_q + 1'b1;
  end

  always_comb begin
    if (rst_ni) begin
      assert (32'(f_waits_q) <= N - 1);
      assert ((hold_q & (hold_q - 1'b1)) == '0);
      // behind_q is the bits above one place, or none.
      assert ((~behind_q & (~behind_q + 1'b1)) == '0 && !behind_q[0]);
      if (f_waits_q != '0) begin
        assert (32'(f_waits_q) + 32'(f_ahead) <= N - 1);
        assert (hold_q == '0 || f_hold_ahead <= f_ahead);
      end
      if (f_waits_q == (IdxWidth + 1)'(N - 1) && req_i[f_who]) assert (grant_o[f_who]);
    end
  end
`endif
endmodule
