// SPDX-License-Identifier: Apache-2.0
// Takes a microcode image (docs/microcode.md, "Image") apart and writes it into the engine, while no thread runs.
// From its first word to the comparison of its checksum the engine has no image and starts no job, and if the image is
// refused, it has none until a good one comes. That outlives the engine's reset, as the memories do.
//
//   Idle -> Settle -> Inspect -> Check -> Begin -> Content -> Fill -> Compare -> Done
//                        | ^-----' (refused)                                     ^
//                        '------ to the last word -------------------------------'
module snap_point_image #(
    parameter ImageDir = "build/engine"
) (
    input logic clk_i,
    input logic rst_ni,

    input logic start_i,  // pulse, in Idle; the words of the image follow
    input logic [31:0] length_i,  // bytes
    input logic idle_i,  // no thread runs
    input logic word_valid_i,
    output logic word_ready_o,  // stays until the word is taken
    input logic word_take_i,
    input logic [127:0] word_i,
    input logic word_last_i,
    input logic word_error_i,
    output logic done_valid_o,
    input logic done_ready_i,
    output logic done_error_o,  // a word was marked as wrong
    output logic done_taken_o,

    // the SHA-256 engine's
    output logic hash_valid_o,
    input logic hash_ready_i,
    output logic [127:0] hash_data_o,
    output logic hash_last_o,
    input logic digest_valid_i,
    output logic digest_ready_o,
    input logic [255:0] digest_i,

    output logic image_we_o,
    output logic [9:0] image_addr_o,
    output logic [63:0] image_word_o,  // of the constants too
    output logic entry_we_o,
    output logic [3:0] entry_addr_o,
    output logic [9:0] entry_data_o,
    output logic const_we_o,
    output logic [6:0] const_addr_o,  // constant, its limb of 64 bits

    output logic good_o,  // there is a good image
    output logic [31:0] size_o,  // its number of words, version
    output logic [31:0] checksum_o  // its first bytes, the first in bits 7:0
);

  // In words of 16 bytes, of the image.
  localparam int unsigned EntryWords = (snap_isa_pkg::Programs + snap_isa_pkg::Routines) / 8;
  localparam int unsigned FirstEntry = 1;
  localparam int unsigned FirstConstant = FirstEntry + EntryWords;
  localparam int unsigned FirstCode = FirstConstant + 2 * snap_isa_pkg::Constants;
  localparam int unsigned ChecksumWords = 2;
  // Every bit set: no instruction is (its reserved bits are 0).
  localparam logic [63:0] Illegal = {64{1'b1}};

  typedef enum logic [3:0] {
    Idle,
    Settle,
    Inspect,
    Check,
    Begin,
    Content,
    Fill,
    Compare,
    Done
  } state_e;
  state_e state_q;
  logic drain_q;  // nothing more is looked at: to the last word, then Done

  // ---------------------------------------------------------------- header
  // All of it but the length it asks for is looked at in Inspect, that in Check.
  logic [15:0] header_words;
  logic [9:0] code_words;
  logic header_good, header_good_q, length_good;
  assign header_words = word_i[63:48];
  assign code_words = 10'((header_words[10:0] + 11'd1) >> 1);
  assign header_good = word_i[31:0] == 32'(snap_isa_pkg::ImageMagic)
      && word_i[47:32] == 16'(snap_isa_pkg::ImageVersion)
      && header_words != 16'd0 && header_words <= 16'(snap_isa_pkg::WordsMax)
      && word_i[127:64] == {24'd0, 8'(snap_isa_pkg::DispatchCycles), 8'(snap_isa_pkg::FetchCycles),
                            8'(snap_isa_pkg::FlagCycles), 8'(snap_isa_pkg::SumCycles), 8'(snap_isa_pkg::ProductCycles)};
  assign length_good = length_i == {18'd0, 10'(ChecksumWords) + code_end_q, 4'd0};

  // ---------------------------------------------------------------- content
  // Each word goes to the hash as it is taken, then to its memory in as many steps as it has parts.
  logic [9:0] index_q, code_end_q, offset_q;  // index of the next word; offset_q: in the code, of the one in word_q
  logic [4:0] constant_q;
  logic [10:0] words_q, address_q;  // of code; the next to be filled up
  logic [127:0] word_q, before_q;
  logic [2:0] steps_q, step_q;  // steps left, number of this one
  logic busy_q;  // word_q has steps left
  logic odd_q, entry_q, half_constant_q, code_q;  // what the one in word_q is
  logic next_entry_q, next_constant_q, next_code_q, next_checksum_q;  // settled before the next can be taken
  logic is_entry, is_constant, is_code, in_checksum, take, refused, refused_q, error_q;
  logic [10:0] code_address;

  assign is_entry = busy_q && entry_q;
  assign is_constant = busy_q && half_constant_q;
  assign is_code = busy_q && code_q;
  assign in_checksum = state_q == Content && next_checksum_q;

  assign word_ready_o = drain_q || (state_q == Content && !busy_q && (in_checksum || hash_ready_i));
  assign take = word_take_i;

  always_comb begin
    hash_valid_o = 1'b0;
    hash_data_o = word_i;
    hash_last_o = index_q + 10'd1 == code_end_q;
    if (state_q == Begin) begin
      hash_valid_o = 1'b1;
      hash_data_o = {64'd0, length_i - 32'd32, 24'd0, snapcard_pkg::OpSha256};
      hash_last_o = 1'b0;
    end else if (state_q == Content) begin
      hash_valid_o = take && !in_checksum;
    end
  end

  logic [15:0] entry;
  logic [63:0] half;
  assign half = (entry_q ? step_q[2] : step_q[0]) ? word_q[127:64] : word_q[63:0];
  assign entry = half[{step_q[1:0], 4'd0}+:16];
  assign code_address = {offset_q, step_q[0]};

  assign entry_we_o = is_entry;
  assign entry_addr_o = {!odd_q, step_q};  // words 1 and 2
  assign entry_data_o = entry[9:0];
  assign const_we_o = is_constant;
  assign const_addr_o = {constant_q, !odd_q, step_q[0]};  // its first half is an odd word
  assign image_we_o = (is_code && code_address < words_q) || (state_q == Fill && !address_q[10]);
  assign image_addr_o = state_q == Fill ? address_q[9:0] : code_address[9:0];
  assign image_word_o = state_q == Fill ? Illegal : half;

  // Known a cycle after the step.
  logic wrong_entry_q, behind_code_q;
  logic [3:0] used_q;  // by quarters
  always_ff @(posedge clk_i) begin
    wrong_entry_q <= is_entry && entry >= 16'(snap_isa_pkg::WordsMax);
    behind_code_q <= is_code && code_address >= words_q;
    for (int i = 0; i < 4; i++) used_q[i] <= image_word_o[16*i+:16] != 16'd0;
  end
  assign refused = wrong_entry_q || (behind_code_q && used_q != 4'd0);

  always_ff @(posedge clk_i) begin
    if (take) begin
      word_q <= word_i;
      before_q <= word_q;
      {entry_q, half_constant_q, code_q} <= {next_entry_q, next_constant_q, next_code_q};
      odd_q <= index_q[0];
      offset_q <= index_q - 10'(FirstCode);
      constant_q <= 5'((index_q - 10'(FirstConstant)) >> 1);
    end
    next_entry_q <= index_q >= 10'(FirstEntry) && index_q < 10'(FirstConstant);
    next_constant_q <= index_q >= 10'(FirstConstant) && index_q < 10'(FirstCode);
    next_code_q <= index_q >= 10'(FirstCode) && index_q < code_end_q;
    next_checksum_q <= index_q >= code_end_q;
  end

  // ---------------------------------------------------------------- sequence
  // The checksum is compared by limbs, a cycle each for the limbs and for their sum.
  logic settled_q, compared_q, equal_q;
  logic [7:0] differs_q;
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 4; i++) begin
      differs_q[i] <= digest_i[32*i+:32] != before_q[32*i+:32];
      differs_q[4+i] <= digest_i[128+32*i+:32] != word_q[32*i+:32];
    end
    equal_q <= differs_q == 8'd0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Idle;
      drain_q <= 1'b0;
      refused_q <= 1'b0;
      error_q <= 1'b0;
      index_q <= '0;
      code_end_q <= '0;
      header_good_q <= 1'b0;
      words_q <= '0;
      address_q <= '0;
      steps_q <= '0;
      step_q <= '0;
      busy_q <= 1'b0;
      settled_q <= 1'b0;
      compared_q <= 1'b0;
    end else begin
      if (take) begin
        index_q <= index_q + 10'd1;
        busy_q <= 1'b1;
        step_q <= 3'd0;
        steps_q <= next_entry_q ? 3'd7 : {2'd0, next_constant_q || next_code_q};
        if (word_error_i) error_q <= 1'b1;
      end else if (busy_q) begin
        step_q <= step_q + 3'd1;
        steps_q <= steps_q - 3'd1;
        if (steps_q == 3'd0) busy_q <= 1'b0;
      end
      if (refused) refused_q <= 1'b1;
      settled_q <= state_q == Compare && digest_valid_i && !settled_q && !compared_q;
      compared_q <= settled_q;

      unique case (state_q)
        Idle: if (start_i) begin
          state_q <= Settle;
          refused_q <= 1'b0;
          error_q <= 1'b0;
          index_q <= '0;
          busy_q <= 1'b0;
        end
        Settle: if (idle_i) state_q <= Inspect;
        Inspect: if (drain_q) begin
          if (take && word_last_i) begin
            state_q <= Done;
            drain_q <= 1'b0;
          end
        end else if (word_valid_i) begin
          words_q <= header_words[10:0];
          address_q <= header_words[10:0];
          code_end_q <= 10'(FirstCode) + code_words;
          header_good_q <= header_good && !word_error_i;
          state_q <= Check;
        end
        Check: if (header_good_q && length_good) begin
          state_q <= Begin;
        end else begin
          refused_q <= 1'b1;
          drain_q <= 1'b1;
          state_q <= Inspect;
        end
        Begin: if (hash_ready_i) state_q <= Content;
        Content: if (take && word_last_i) state_q <= Fill;
        Fill:  // all code has been written: the checksum came behind it
        if (address_q[10]) state_q <= Compare;
        else address_q <= address_q + 11'd1;
        Compare: if (compared_q) begin
          state_q <= Done;
          if (!equal_q) refused_q <= 1'b1;
        end
        default: if (done_ready_i) state_q <= Idle;
      endcase
    end
  end

  assign digest_ready_o = compared_q;
  assign done_valid_o = state_q == Done;
  assign done_error_o = error_q;
  assign done_taken_o = good_q;

  // Without reset, as the memories that they speak of; at first they hold what the build has put there.
  logic good_q;
  logic [31:0] identity_q [0:1];  // checksum, size
  initial begin
    good_q = 1'b1;
    $readmemh({ImageDir, "/image_id.hex"}, identity_q);
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Inspect) good_q <= 1'b0;
    if (compared_q) begin
      good_q <= equal_q && !error_q && !refused_q;
      identity_q[0] <= digest_i[31:0];
      identity_q[1] <= {5'd0, words_q, 16'(snap_isa_pkg::ImageVersion)};
    end
  end
  assign good_o = good_q;
  assign checksum_o = good_q ? identity_q[0] : 32'd0;
  assign size_o = good_q ? identity_q[1] : 32'd0;

`ifdef VERILATOR
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) begin
      assert (!start_i || state_q == Idle);
      assert (!take || (word_valid_i && word_ready_o));
      assert (!(state_q == Content && take) || word_last_i == (index_q == code_end_q + 10'd1));
      assert (!(image_we_o || entry_we_o || const_we_o) || (idle_i && !good_q));
    end
  end
`endif

endmodule
