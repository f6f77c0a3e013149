// SPDX-License-Identifier: Apache-2.0

// Registered valid/ready stage: cuts every combinational path between its two sides, at full throughput.
//
// Promises: data_o/valid_o and ready_o come from registers; one word a cycle; words keep their order, none
// is lost or doubled; valid_o stays with its data until ready_i.
//
//   data_i --+------------> out_q --> data_o
//            +--> spare_q ---^          (spare_q catches the word that arrives in the cycle in which the
//                                        output stalls and the source does not know it yet)
module snap_skid #(
  parameter int unsigned Width = 8
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             valid_i,
  output logic             ready_o,
  input  logic [Width-1:0] data_i,
  output logic             valid_o,
  input  logic             ready_i,
  output logic [Width-1:0] data_o
);
  logic [Width-1:0] out_q, spare_q;
  logic             out_valid_q, spare_valid_q;
  logic             out_free;

  assign ready_o  = !spare_valid_q;
  assign valid_o  = out_valid_q;
  assign data_o   = out_q;
  assign out_free = !out_valid_q || ready_i;

  always_ff @(posedge clk_i) begin
    if (out_free) out_q <= spare_valid_q ? spare_q : data_i;
    if (ready_o) spare_q <= data_i;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      out_valid_q   <= 1'b0;
      spare_valid_q <= 1'b0;
    end else begin
      if (out_free) out_valid_q <= spare_valid_q || valid_i;
      if (out_free) spare_valid_q <= 1'b0;
      else if (valid_i) spare_valid_q <= 1'b1;
    end
  end

`ifdef FORMAL
  always_comb if (rst_ni) assert (!spare_valid_q || out_valid_q);
`endif
endmodule
