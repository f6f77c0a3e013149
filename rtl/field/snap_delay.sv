// SPDX-License-Identifier: Apache-2.0
// Delays a word by Cycles. Long delays are a ring in distributed RAM with an output register, four bits in
// three slices whatever the length: chains of flip-flops would spend a wire for each bit and cycle, and
// wires are what limits the multiplier.
//
// The contents are undefined for the first Cycles cycles after reset: validity travels beside them.
module snap_delay #(
    parameter int unsigned Width  = 8,
    parameter int unsigned Cycles = 4
) (
    input  logic             clk_i,
    input  logic             rst_ni,
    input  logic [Width-1:0] data_i,
    output logic [Width-1:0] data_o
);

  if (Cycles < 1 || Cycles > 17) begin : g_check
    $error("snap_delay: 1 to 17 cycles, one more than the 16 words of a distributed RAM");
  end

  if (Cycles < 4) begin : g_chain
    logic [Width*Cycles-1:0] chain_q;
    always_ff @(posedge clk_i) chain_q <= (Width * Cycles)'({chain_q, data_i});
    assign data_o = chain_q[Width*(Cycles-1) +: Width];
    logic unused_reset;
    assign unused_reset = rst_ni;
  end else begin : g_ring
    localparam int unsigned Words = Cycles - 1;
    localparam int unsigned PointerWidth = $clog2(Words);

    (* ram_style = "distributed" *) logic [Width-1:0] ring [0:Words-1];
    logic [PointerWidth-1:0] pointer_q;
    logic [Width-1:0]        data_q;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) pointer_q <= '0;
      else pointer_q <= (pointer_q == PointerWidth'(Words - 1)) ? '0 : pointer_q + PointerWidth'(1);
    end
    // The word read is the one written Words cycles ago, the word that this cycle's write replaces.
    always_ff @(posedge clk_i) begin
      data_q <= ring[pointer_q];
      ring[pointer_q] <= data_i;
    end
    assign data_o = data_q;
  end

endmodule
