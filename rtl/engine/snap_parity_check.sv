// SPDX-License-Identifier: Apache-2.0
// Whether a word {parity, data} has an odd limb (snap_parity). Two cycles.
module snap_parity_check (
    input  logic         clk_i,
    input  logic [263:0] word_i,
    output logic         error_o
);

  logic [7:0] parity, odd_q;
  logic       error_q;
  snap_parity u_parity (.data_i(word_i[255:0]), .parity_o(parity));
  always_ff @(posedge clk_i) begin
    odd_q   <= parity ^ word_i[263:256];
    error_q <= |odd_q;
  end
  assign error_o = error_q;

endmodule
