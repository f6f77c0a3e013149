// SPDX-License-Identifier: Apache-2.0
// Brings a coefficient that leaves the chain of snap_inverter, above -m and below 2m, into [0, m), and holds it until it
// is taken. Limb by limb: m is subtracted while the limbs come, then added as long as the number is negative. The limb of m
// is chosen a cycle before it is added.
module snap_inverter_finish #(
    parameter int unsigned LimbBits = 30,
    parameter int unsigned Limbs    = 9,
    parameter int unsigned TagWidth = 9
) (
    input  logic                clk_i,
    input  logic                rst_ni,
    // the low limb can be seen in this cycle, the others in the following ones
    input  logic                start_i,
    input  logic [1:0]          modulus_i,
    input  logic [TagWidth-1:0] tag_i,
    output logic [3:0]          limb_index_o,
    input  logic [LimbBits-1:0] limb_i,
    output logic                out_valid_o,
    input  logic                out_ready_i,
    output logic [255:0]        out_data_o,
    output logic [TagWidth-1:0] out_tag_o
);
  localparam int unsigned Bits      = Limbs * LimbBits;
  localparam logic [3:0]  LimbLast  = 4'(Limbs - 1);
  // Of the correct number: subtracting leaves it above -2m.
  localparam logic [1:0]  AddsMax   = 2'd2;

  logic                taking_q; // limb_index_q names the limb that comes in this cycle
  logic                busy_q;   // a pass is on: at_q names the limb
  logic                first_q;  // the pass that subtracts
  logic [3:0]          limb_index_q, at_q;
  logic [1:0]          adds_q;
  logic                valid_q, carry_q;
  logic [1:0]          modulus_q;
  logic [LimbBits-1:0] limb_q;
  logic [Bits-1:0]     number_q;
  logic [TagWidth-1:0] tag_q;

  assign limb_index_o = limb_index_q;
  assign out_valid_o  = valid_q;
  assign out_data_o   = number_q[255:0];
  assign out_tag_o    = tag_q;

  logic [255:0]        modulus, unused_half;
  logic [LimbBits-1:0] own, addend_q;
  logic [1:0]          modulus_next;
  logic [3:0]          at_next;
  logic                first_next;
  logic [LimbBits:0]   sum;
  logic [LimbBits-1:0] modulus_limb [0:Limbs-1];
  snap_moduli u_moduli (.modulus_i(modulus_next), .modulus_o(modulus), .half_o(unused_half));
  for (genvar i = 0; i < Limbs; i++) begin : g_limb
    assign modulus_limb[i] = LimbBits'(Bits'(modulus) >> (LimbBits * i));
  end
  assign own    = first_q ? limb_q : number_q[LimbBits-1:0];
  assign sum    = (LimbBits + 1)'(own) + (LimbBits + 1)'(addend_q) + (LimbBits + 1)'(carry_q);

  logic pass_end, again;
  assign pass_end = busy_q && at_q == LimbLast;
  assign again    = sum[LimbBits-1] && adds_q != AddsMax;

  assign modulus_next = start_i ? modulus_i : modulus_q;
  assign first_next   = start_i || (first_q && !pass_end);
  assign at_next      = start_i || pass_end ? '0 : at_q + 4'(busy_q);

  always_ff @(posedge clk_i) begin
    limb_q   <= limb_i;
    addend_q <= modulus_limb[at_next] ^ {LimbBits{first_next}};
    if (busy_q) number_q <= {sum[LimbBits-1:0], number_q[Bits-1:LimbBits]};
    if (start_i) begin
      modulus_q <= modulus_i;
      tag_q     <= tag_i;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      taking_q     <= 1'b0;
      busy_q       <= 1'b0;
      first_q      <= 1'b0;
      limb_index_q <= '0;
      at_q         <= '0;
      adds_q       <= '0;
      carry_q      <= 1'b0;
      valid_q      <= 1'b0;
    end else begin
      at_q    <= at_next;
      first_q <= first_next;
      if (start_i || taking_q) begin
        taking_q     <= limb_index_q != LimbLast;
        limb_index_q <= (limb_index_q == LimbLast) ? '0 : limb_index_q + 1'b1;
      end
      if (start_i) begin
        busy_q  <= 1'b1;
        carry_q <= 1'b1;
        adds_q  <= '0;
      end else if (busy_q) begin
        carry_q <= !pass_end && sum[LimbBits];
        if (pass_end) begin
          adds_q  <= adds_q + 1'b1;
          busy_q  <= again;
          valid_q <= !again;
        end
      end
      if (valid_q && out_ready_i) valid_q <= 1'b0;
    end
  end
endmodule
