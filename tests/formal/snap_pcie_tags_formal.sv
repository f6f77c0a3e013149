// SPDX-License-Identifier: Apache-2.0

// Drives snap_pcie_tags freely, with few tags and a short time-out. The assertions follow one entry and stand in
// the module.
module snap_pcie_tags_formal #(
  parameter int unsigned Tags             = 8,
  parameter int unsigned TagIdxWidth      = 3,
  parameter int unsigned CplTimeoutCycles = 5,
  localparam int unsigned IdxWidth = $clog2(Tags)
) (
  input logic                clk_i,
  input logic                rst_ni,
  input logic                ext_tag_i,
  input logic                alloc_i,
  input logic [3:0]          alloc_units_i,
  input logic                alloc_addr6_i,
  input logic                sent_i,
  input logic [IdxWidth-1:0] sent_idx_i,
  input logic                drop_i,
  input logic [IdxWidth-1:0] drop_idx_i,
  input logic [7:0]          lookup_tag_i,
  input logic [3:0]          lookup_remaining_i,
  input logic                lookup_addr6_i,
  input logic                commit_i,
  input logic [3:0]          commit_units_i,
  input logic                commit_poison_i,
  input logic                fail_i,
  input logic [2:0]          fail_error_i,
  input logic                pop_i
);
  logic                alloc_ready, lookup_hit, lookup_fits, head_done, empty;
  logic [IdxWidth-1:0] alloc_idx, lookup_idx, head_idx;
  logic [7:0]          alloc_tag;
  logic [3:0]          lookup_received, head_units;
  logic [2:0]          head_error;

  snap_pcie_tags #(
    .Tags(Tags), .TagIdxWidth(TagIdxWidth), .Client(1'b1), .CplTimeoutCycles(CplTimeoutCycles)
  ) dut (
    .clk_i(clk_i), .rst_ni(rst_ni), .ext_tag_i(ext_tag_i),
    .alloc_i(alloc_i), .alloc_ready_o(alloc_ready), .alloc_units_i(alloc_units_i),
    .alloc_addr6_i(alloc_addr6_i), .alloc_idx_o(alloc_idx), .alloc_tag_o(alloc_tag),
    .sent_i(sent_i), .sent_idx_i(sent_idx_i), .drop_i(drop_i), .drop_idx_i(drop_idx_i),
    .lookup_tag_i(lookup_tag_i), .lookup_hit_o(lookup_hit), .lookup_idx_o(lookup_idx),
    .lookup_received_o(lookup_received), .lookup_remaining_i(lookup_remaining_i),
    .lookup_addr6_i(lookup_addr6_i), .lookup_fits_o(lookup_fits),
    .commit_i(commit_i), .commit_units_i(commit_units_i), .commit_poison_i(commit_poison_i),
    .fail_i(fail_i), .fail_error_i(fail_error_i),
    .head_done_o(head_done), .head_idx_o(head_idx), .head_units_o(head_units), .head_error_o(head_error),
    .pop_i(pop_i), .empty_o(empty)
  );

  logic past_valid_q;
  initial past_valid_q = 1'b0;
  always_ff @(posedge clk_i) past_valid_q <= 1'b1;
  always_comb if (!past_valid_q) assume (!rst_ni);

  always_ff @(posedge clk_i) begin
    cover (rst_ni && past_valid_q && pop_i && head_error == 3'd4);
    cover (rst_ni && past_valid_q && pop_i && head_error == 3'd3);
    cover (rst_ni && past_valid_q && !alloc_ready && !empty && ext_tag_i);
    cover (rst_ni && past_valid_q && pop_i && head_error == '0 && head_units == 4'd3 && head_idx == 1);
  end
endmodule
