// SPDX-License-Identifier: Apache-2.0
// Karatsuba's recombination on signed limbs, two cycles, one a cycle. With Z = W^(Limbs/2):
//   joined = low + Z (middle - low - high) + Z^2 high
// where low, middle and high have Limbs limbs each and joined has twice as many. No limb takes a carry from
// another. The difference low(upper half) - high(lower half) is needed twice, with both signs, and
// is made once: 5 additions a pair of limbs where 6 seem to be needed.
//
// MiddleWidth + 1 bits must hold |middle| + 3 |low| as a signed number; the instance states why they do.
module snap_karatsuba_join #(
    parameter int unsigned Limbs       = 4,
    parameter int unsigned LowWidth    = 34,
    parameter int unsigned MiddleWidth = 36,
    localparam int unsigned JoinedWidth = MiddleWidth + 1
) (
    input  logic                           clk_i,
    input  logic [Limbs*LowWidth-1:0]      low_i,
    input  logic [Limbs*MiddleWidth-1:0]   middle_i,
    input  logic [Limbs*LowWidth-1:0]      high_i,
    output logic [2*Limbs*JoinedWidth-1:0] joined_o
);

  localparam int unsigned Half = Limbs / 2;

  if (Limbs < 2 || Limbs % 2 != 0 || MiddleWidth < LowWidth) begin : g_check
    $error("snap_karatsuba_join: an even number of limbs, widths growing");
  end

  for (genvar i = 0; i < Half; i++) begin : g_limb
    logic [LowWidth-1:0]    low0, low1, high0, high1;
    logic [MiddleWidth-1:0] middle0, middle1;
    assign low0    = low_i[i*LowWidth +: LowWidth];
    assign low1    = low_i[(Half+i)*LowWidth +: LowWidth];
    assign high0   = high_i[i*LowWidth +: LowWidth];
    assign high1   = high_i[(Half+i)*LowWidth +: LowWidth];
    assign middle0 = middle_i[i*MiddleWidth +: MiddleWidth];
    assign middle1 = middle_i[(Half+i)*MiddleWidth +: MiddleWidth];

    logic [LowWidth:0]    shared_q;
    logic [MiddleWidth:0] lower_q, upper_q;
    logic [LowWidth-1:0]  first_q, last_q;
    always_ff @(posedge clk_i) begin
      shared_q <= {low1[LowWidth-1], low1} - {high0[LowWidth-1], high0};
      lower_q  <= {middle0[MiddleWidth-1], middle0} -
                  {{(MiddleWidth + 1 - LowWidth){low0[LowWidth-1]}}, low0};
      upper_q  <= {middle1[MiddleWidth-1], middle1} -
                  {{(MiddleWidth + 1 - LowWidth){high1[LowWidth-1]}}, high1};
      first_q  <= low0;
      last_q   <= high1;
    end

    logic [JoinedWidth-1:0] shared, x0_q, x1_q, x2_q, x3_q;
    assign shared = {{(JoinedWidth - 1 - LowWidth){shared_q[LowWidth]}}, shared_q};
    always_ff @(posedge clk_i) begin
      x0_q <= {{(JoinedWidth - LowWidth){first_q[LowWidth-1]}}, first_q};
      x1_q <= lower_q + shared;
      x2_q <= upper_q - shared;
      x3_q <= {{(JoinedWidth - LowWidth){last_q[LowWidth-1]}}, last_q};
    end
    assign joined_o[(0*Half+i)*JoinedWidth +: JoinedWidth] = x0_q;
    assign joined_o[(1*Half+i)*JoinedWidth +: JoinedWidth] = x1_q;
    assign joined_o[(2*Half+i)*JoinedWidth +: JoinedWidth] = x2_q;
    assign joined_o[(3*Half+i)*JoinedWidth +: JoinedWidth] = x3_q;
  end

endmodule
