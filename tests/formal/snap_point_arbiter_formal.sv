// SPDX-License-Identifier: Apache-2.0

// What a user of snap_point_arbiter sees: at most one grant, to a requester, one in each cycle with a request and no
// hold. That a request is granted within N grants is followed inside the module.
module snap_point_arbiter_formal #(
  parameter int unsigned N = 8
) (
  input logic         clk_i,
  input logic         rst_ni,
  input logic [N-1:0] req_i,
  input logic         hold_i
);
  logic                 valid;
  logic [N-1:0]         grant;
  logic [$clog2(N)-1:0] index;

  snap_point_arbiter #(.N(N)) dut (
    .clk_i(clk_i), .rst_ni(rst_ni), .req_i(req_i), .hold_i(hold_i), .valid_o(valid), .grant_o(grant), .index_o(index)
  );

  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);

  always_comb begin
    if (rst_ni) begin
      assert ((grant & (grant - 1'b1)) == '0);
      assert ((grant & ~req_i) == '0);
      assert ((grant != '0) == (req_i != '0 && !hold_i));
      assert (valid == (grant != '0));
      assert (!valid || grant[index]);
    end
  end

  always_ff @(posedge clk_i) begin
    cover (past_valid_q && rst_ni && $past(rst_ni) && req_i == '1 && grant[0] && $past(grant[N-1]));
    cover (past_valid_q && rst_ni && $past(rst_ni) && hold_i && req_i == '1);
  end
endmodule
