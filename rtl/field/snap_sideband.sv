// SPDX-License-Identifier: Apache-2.0
// What travels beside the data of a pipeline of Cycles stages: a valid bit that reset clears, and a tag.
module snap_sideband #(
    parameter int unsigned TagWidth = 8,
    parameter int unsigned Cycles   = 4
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    input  logic                valid_i,
    input  logic [TagWidth-1:0] tag_i,
    output logic                valid_o,
    output logic [TagWidth-1:0] tag_o
);

  logic [Cycles-1:0] valid_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= Cycles'({valid_q, valid_i});
  end
  assign valid_o = valid_q[Cycles-1];

  snap_delay #(.Width(TagWidth), .Cycles(Cycles)) u_tag (
      .clk_i, .rst_ni, .data_i(tag_i), .data_o(tag_o)
  );

endmodule
