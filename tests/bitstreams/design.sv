// SPDX-License-Identifier: Apache-2.0
// Small, for the narrow wrapper: its first registers would be equal to a shift register's, its last ones feed pins only.
module design #(
    parameter int unsigned Width = 4
) (
    input  logic             clk_i,
    input  logic             rst_ni,
    input  logic             valid_i,
    input  logic [Width-1:0] data_i,
    output logic             valid_o,
    output logic [Width-1:0] data_o
);

  logic [Width-1:0] data_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) valid_o <= 1'b0;
    else valid_o <= valid_i;
  end
  always_ff @(posedge clk_i) begin
    data_q <= data_i;
    data_o <= data_q + 1'b1;
  end

endmodule
