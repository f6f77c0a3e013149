// SPDX-License-Identifier: Apache-2.0
// The fixed table F: 3,584 words of 264 bits that the bitstream brings, one read port, three cycles.
//
// For the ECP5 it is cut into blocks of 2,048 x 9, 1,024 x 18 and 512 x 36 bits (30 + 15 + 8 of them): with one shape
// of block it would take 56 to 66, and a wider choice behind them. A register follows each block at once, for
// the cell's own is not to be had with contents (see snap_ram_wide). The parts' files are ranges of fixed.hex.
module snap_point_fixed #(
    parameter Target   = "generic",
    parameter ImageDir = "build/engine"
) (
    input  logic         clk_i,
    input  logic [11:0]  addr_i,
    output logic [263:0] word_o
);

  localparam int unsigned Words = snap_isa_pkg::FixedWords;
  if (Words != 2048 + 1024 + 512) begin : g_check
    $error("snap_point_fixed: the parts do not add up");
  end

  logic [263:0] word_q;
  assign word_o = word_q;

  if (Target == "ecp5") begin : g_ecp5
    (* rom_style = "block" *) logic [263:0] low    [0:2047];
    (* rom_style = "block" *) logic [263:0] middle [0:1023];
    (* rom_style = "block" *) logic [263:0] high   [0:511];
    initial begin
      $readmemh({ImageDir, "/fixed_0.hex"}, low);
      $readmemh({ImageDir, "/fixed_2048.hex"}, middle);
      $readmemh({ImageDir, "/fixed_3072.hex"}, high);
    end
    logic [263:0] low_q, low2_q, middle_q, middle2_q, high_q, high2_q;
    localparam int unsigned Slices = 8, SliceWidth = 33;
    logic [1:0]          part_q;
    logic [2*Slices-1:0] part;
    always_ff @(posedge clk_i) begin
      low_q     <= low[addr_i[10:0]];
      middle_q  <= middle[addr_i[9:0]];
      high_q    <= high[addr_i[8:0]];
      low2_q    <= low_q;
      middle2_q <= middle_q;
      high2_q   <= high_q;
      part_q    <= addr_i[11:10];
    end
    snap_fanout #(.Width(2), .Copies(Slices)) u_part (.clk_i, .data_i(part_q), .data_o(part));
    for (genvar i = 0; i < Slices; i++) begin : g_slice
      always_ff @(posedge clk_i)
        word_q[SliceWidth*i +: SliceWidth] <=
            !part[2*i+1] ? low2_q[SliceWidth*i +: SliceWidth] :
            part[2*i] ? high2_q[SliceWidth*i +: SliceWidth] : middle2_q[SliceWidth*i +: SliceWidth];
    end
  end else begin : g_generic
    logic [263:0] mem [0:Words-1];
    initial $readmemh({ImageDir, "/fixed.hex"}, mem);
    logic [263:0] read_q, read2_q;
    always_ff @(posedge clk_i) begin
      read_q  <= addr_i < 12'(Words) ? mem[addr_i] : {264{1'bx}};
      read2_q <= read_q;
      word_q  <= read2_q;
    end
  end

endmodule
