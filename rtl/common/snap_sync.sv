// SPDX-License-Identifier: Apache-2.0

// Two-flop synchroniser, one for each bit.
//
// Promises: q_o follows d_i after two to three edges of clk_i, free of metastability. Bits are independent:
// a word must change by one bit at a time (gray code) or be held still while it is looked at. d_i must come
// straight from a register.
module snap_sync #(
  parameter int unsigned       Width      = 1,
  parameter logic [Width-1:0]  ResetValue = '0
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic [Width-1:0] d_i,
`ifdef FORMAL
  output logic [Width-1:0] f_meta_o,  // proofs speak of words on their way: Yosys cannot look in from outside
`endif
  output logic [Width-1:0] q_o
);
  (* async_reg = "true", keep = "true" *) logic [Width-1:0] meta_q, sync_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      meta_q <= ResetValue;
      sync_q <= ResetValue;
    end else begin
      meta_q <= d_i;
      sync_q <= meta_q;
    end
  end

  assign q_o = sync_q;
`ifdef FORMAL
  assign f_meta_o = meta_q;
`endif
endmodule
