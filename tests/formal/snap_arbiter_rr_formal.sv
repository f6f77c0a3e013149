// SPDX-License-Identifier: Apache-2.0

// What a user of snap_arbiter_rr sees: at most one grant, to a requester, steady until used. Fairness is followed
// inside the module.
module snap_arbiter_rr_formal #(
  parameter int unsigned N = 4
) (
  input logic         clk_i,
  input logic         rst_ni,
  input logic [N-1:0] req_i,
  input logic         advance_i
);
  localparam int unsigned IdxWidth = (N > 1) ? $clog2(N) : 1;

  logic [N-1:0]        grant;
  logic [IdxWidth-1:0] idx;

  snap_arbiter_rr #(.N(N)) dut (
    .clk_i(clk_i), .rst_ni(rst_ni), .req_i(req_i), .grant_o(grant), .grant_idx_o(idx), .advance_i(advance_i)
  );

  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);

  always_comb begin
    if (rst_ni) begin
      assert ((grant & (grant - 1'b1)) == '0);
      assert ((grant & ~req_i) == '0);
      assert ((grant == '0) == (req_i == '0));
      assert (grant == '0 ? idx == '0 : grant[idx]);
    end
  end

  always_ff @(posedge clk_i) begin
    if (past_valid_q && rst_ni && $past(rst_ni) && !$past(advance_i) && ($past(grant) & req_i) != '0)
      assert (grant == $past(grant));
    cover (past_valid_q && rst_ni && $past(rst_ni) && req_i == '1 && grant[0] && $past(grant[N-1]));
    cover (past_valid_q && rst_ni && $past(rst_ni) && !$past(advance_i) && $past(grant) == N'(2) &&
           $past(req_i) == N'(2) && req_i == N'(3) && grant == N'(2));
  end
endmodule
