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
  always_comb if (rst_ni) assert ((hold_q & (hold_q - 1'b1)) == '0);
`endif
endmodule
