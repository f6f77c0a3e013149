// SPDX-License-Identifier: Apache-2.0
// Turns the words of jobs into threads: reserves one, writes the payload's numbers into its bank S, hashes what the job
// wants hashed, starts it. One job at a time; a job's threads run while the next is loaded. A microcode image goes to
// snap_point_image.
//
//   Control -> Reserve -> [HashControl -> HashTag] -> Numbers -> [Message] -> [Digest] -> [Absent] -> Start
//      |          ^                                                                                     |
//      |          +--------------------------- next chunk of a multi-scalar job ------------------------+
//      +-----> Drain (a length that cannot be: a fault) ----> Answer
//
// A multi-scalar job is cut into chunks of four terms, a thread each; which of its threads answers for it is the
// sequencer's business. Its payload is not buffered, so a word may prove wrong when chunks run already: the rest is
// loaded and run all the same, and the job's record remembers that its answer is worth nothing.
module snap_point_loader #(
    parameter ImageDir = "build/engine"
) (
    input logic clk_i,
    input logic rst_ni,
    input logic [31:0] now_i,  // cycles

    // words of jobs: the control word {cookie, length, 11 bits, tag, flags, opcode}, then the payload's
    input logic in_valid_i,
    output logic in_ready_o,
    input logic [127:0] in_data_i,
    input logic in_last_i,
    input logic in_error_i,

    // threads
    input logic alloc_valid_i,
    input logic [4:0] alloc_thread_i,
    output logic alloc_take_o,
    output logic free_valid_o,
    output logic [4:0] free_thread_o,
    output logic start_valid_o,
    output logic [4:0] start_thread_o,
    output logic [2:0] start_program_o,
    output logic [5:0] start_flags_o,  // low s, compressed, term 3 .. 0 is present
    output logic [2:0] start_job_o,
    output logic group_valid_o,  // before the first chunk
    output logic [2:0] group_job_o,
    output logic [4:0] group_chunks_o,
    input logic idle_i,

    output logic load_valid_o,
    input logic load_ready_i,
    output logic [4:0] load_thread_o,
    output logic [3:0] load_reg_o,
    output logic [255:0] load_data_o,

    // what the answer needs, written when the thread is reserved
    output logic context_we_o,
    output logic [4:0] context_thread_o,
    output logic [4:0] context_tag_o,
    output logic [63:0] context_cookie_o,
    output logic [31:0] context_start_o,  // now_i at the control word
    output logic context_grouped_o,
    output logic [2:0] context_group_o,
    output logic [7:0] group_error_o,  // jobs whose payload had a wrong word
    input logic group_done_valid_i,
    input logic [2:0] group_done_i,

    // answers to jobs that no thread answers
    output logic answer_valid_o,
    input logic answer_ready_i,
    output logic [4:0] answer_tag_o,
    output logic [1:0] answer_status_o,
    output logic [31:0] answer_code_o,  // with status ok
    output logic [63:0] answer_cookie_o,
    output logic [31:0] answer_start_o,

    output logic image_we_o,
    output logic [9:0] image_addr_o,
    output logic [63:0] image_word_o,
    output logic entry_we_o,
    output logic [3:0] entry_addr_o,
    output logic [9:0] entry_data_o,
    output logic const_we_o,
    output logic [4:0] const_addr_o,
    output logic [255:0] const_data_o,
    output logic image_good_o,
    output logic [31:0] image_size_o,
    output logic [31:0] image_checksum_o
);

  localparam logic [1:0] StatusOk = 2'd0;
  localparam logic [1:0] StatusInput = 2'd1;
  localparam logic [1:0] StatusFault = 2'd2;
  localparam int unsigned TermBytes = 96;
  localparam int unsigned ChunkTerms = 4;
  localparam int unsigned ChunkBytes = ChunkTerms * TermBytes;
  localparam int unsigned TermsMax = 64;
  // SHA-256("BIP0340/challenge"), and the generator of secp256k1 for absent terms.
  localparam logic [255:0] ChallengeTag = 256'h7BB52D7A9FEF58323EB1BF7A407DB382D2F3F2D81BB1224F49FE518F6D48D37C;
  localparam logic [255:0] GeneratorX = 256'h79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798;
  localparam logic [255:0] GeneratorY = 256'h483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8;

  // First byte in bits 7:0 <-> first byte the most significant.
  function automatic logic [255:0] swap_bytes(input logic [255:0] word);
    for (int i = 0; i < 32; i++) swap_bytes[8*i+:8] = word[248-8*i+:8];
  endfunction
  function automatic logic [127:0] swap_half(input logic [127:0] word);
    for (int i = 0; i < 16; i++) swap_half[8*i+:8] = word[120-8*i+:8];
  endfunction

  typedef enum logic [3:0] {
    Control,
    Reserve,
    HashControl,
    HashTag,
    Numbers,
    Message,
    Digest,
    Absent,
    Start,
    Drain,
    Image,
    Answer
  } state_e;
  state_e state_q;

  // ---------------------------------------------------------------- the job
  logic [7:0] opcode_q, flags_q;
  logic [4:0] tag_q;
  logic [31:0] length_q, start_q;
  logic [63:0] cookie_q;
  logic error_q, take;
  logic last_q;  // the payload is over
  // Parity of opcode and flags as they came: a wrong bit would ask for something else.
  logic command_odd_q, command_wrong;
  assign command_wrong = ^{flags_q, opcode_q} != command_odd_q;
  logic message;
  assign message = flags_q[snapcard_pkg::FlagMessageBit];

  // What there is to do, by opcode and flags.
  logic [2:0] program_code, numbers;  // numbers: of the fixed part, not of groups
  logic grouped, is_image, hashing, sm3, challenge, exact, known;
  logic [3:0] digest_reg, first_reg;
  logic [2:0] hashed;  // of the first three numbers, those that go to the hash
  always_comb begin
    program_code = 3'(snap_isa_pkg::ProgramEcdsaVerify);
    numbers = 3'd5;
    grouped = 1'b0;
    is_image = 1'b0;
    hashing = message;
    sm3 = 1'b0;
    challenge = 1'b0;
    exact = !message;
    known = 1'b1;
    digest_reg = 4'd0;
    first_reg = 4'd0;
    hashed = 3'b000;
    unique case (opcode_q)
      snapcard_pkg::OpEcdsaSecp256k1Verify: begin
        numbers = message ? 3'd4 : 3'd5;
        first_reg = {3'd0, message};
      end
      snapcard_pkg::OpEcdsaSecp256k1Recover: begin
        program_code = 3'(snap_isa_pkg::ProgramEcdsaRecover);
        numbers = message ? 3'd3 : 3'd4;
        first_reg = {3'd0, message};
      end
      snapcard_pkg::OpBip340Verify: begin
        program_code = 3'(snap_isa_pkg::ProgramBip340Verify);
        numbers = 3'd3;
        hashing = 1'b1;
        challenge = 1'b1;
        hashed = 3'b101;
        digest_reg = 4'd3;
      end
      snapcard_pkg::OpSm2Verify: begin
        program_code = 3'(snap_isa_pkg::ProgramSm2Verify);
        sm3 = 1'b1;
        hashed = {2'b00, message};
      end
      snapcard_pkg::OpPedersenCommit: begin
        program_code = 3'(snap_isa_pkg::ProgramPedersenCommit);
        numbers = 3'd2;
      end
      snapcard_pkg::OpPedersenSumZero, snapcard_pkg::OpMsm: begin
        program_code = opcode_q == snapcard_pkg::OpMsm ? 3'(snap_isa_pkg::ProgramMsm)
            : 3'(snap_isa_pkg::ProgramSumZero);
        grouped = 1'b1;
      end
      snapcard_pkg::OpMicrocodeLoad: is_image = 1'b1;
      default: known = 1'b0;
    endcase
  end

  // Bytes of the fixed part; those of the message behind it and of everything that is hashed.
  logic [31:0] fixed_bytes, message_bytes, hash_bytes;
  logic length_good;
  assign fixed_bytes = {24'd0, numbers, 5'd0};
  assign message_bytes = length_q - fixed_bytes;
  assign hash_bytes = message_bytes + (challenge ? 32'd128 : sm3 ? 32'd32 : 32'd0);

  logic [4:0] chunks;
  always_comb begin
    chunks = 5'd0;
    for (int unsigned c = 0; c < TermsMax / ChunkTerms; c++) chunks = chunks + 5'(length_q > c * ChunkBytes);
    if (grouped) begin
      length_good = length_q != 32'd0 && length_q <= TermsMax * TermBytes && length_q[4:0] == 5'd0
          && length_q[12:5] % 8'd3 == 8'd0;
    end else if (challenge && exact) begin
      length_good = message_bytes == 32'd32;
    end else begin
      length_good = exact ? length_q == fixed_bytes : length_q >= fixed_bytes;
    end
    if (is_image) length_good = length_q != 32'd0;
  end

  // ---------------------------------------------------------------- records of multi-scalar jobs
  logic [7:0] group_used_q, group_error_q;
  logic [2:0] group_q, free_group;
  logic group_free, group_open_q;  // ... the job's has been taken
  assign group_free = group_used_q != 8'hFF;
  always_comb begin
    free_group = 3'd0;
    for (int i = 7; i >= 0; i--) if (!group_used_q[i]) free_group = 3'(i);
  end

  logic reserve, group_open, acceptable;
  assign acceptable = known && length_good && (!last_q || grouped);
  assign reserve = state_q == Reserve && acceptable && !is_image && alloc_valid_i
      && (!grouped || group_open_q || group_free);
  assign group_open = reserve && grouped && !group_open_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      group_used_q <= '0;
      group_error_q <= '0;
      group_q <= '0;
      group_open_q <= 1'b0;
    end else begin
      if (group_done_valid_i) group_used_q[group_done_i] <= 1'b0;
      if (group_open) begin
        group_used_q[free_group] <= 1'b1;
        group_error_q[free_group] <= 1'b0;
        group_q <= free_group;
      end else if (group_open_q && take && in_error_i) begin
        group_error_q[group_q] <= 1'b1;
      end
      if (group_open) group_open_q <= 1'b1;
      else if (state_q == Control) group_open_q <= 1'b0;
    end
  end

  assign group_valid_o = group_open;
  assign group_job_o = free_group;
  assign group_chunks_o = chunks;
  assign group_error_o = group_error_q;

  // ---------------------------------------------------------------- threads
  logic [4:0] thread_q;
  assign alloc_take_o = reserve;
  assign context_we_o = reserve;
  assign context_thread_o = alloc_thread_i;
  assign context_tag_o = tag_q;
  assign context_cookie_o = cookie_q;
  assign context_start_o = start_q;
  assign context_grouped_o = grouped;
  assign context_group_o = group_open_q ? group_q : free_group;

  // ---------------------------------------------------------------- numbers
  // Half a number waits in half_q; a whole one in load_q until bank S takes it.
  logic [127:0] half_q;
  logic [255:0] load_q, digest_number;
  logic load_valid_q, second_q, load_free, number_ready, hash_word, word_valid;
  logic [3:0] number_q, load_reg_q, number_reg;  // of a group: of the chunk
  logic [2:0] terms_q;  // of the chunk that are whole
  logic last_number, skip, fill;

  assign load_free = !load_valid_q || load_ready_i;
  assign skip = sm3 && message && number_q == 4'd0;  // Z_A is only hashed
  assign number_reg = grouped ? number_q : number_q + first_reg;
  assign last_number = grouped ? number_q == 4'd11 || in_last_i : number_q + 4'd1 == {1'b0, numbers};
  assign number_ready = state_q == Numbers && (!second_q || load_free);
  assign hash_word = state_q == Message || (state_q == Numbers && hashing && number_q < 4'd3 && hashed[number_q[1:0]]);
  assign word_valid = in_valid_i && (state_q == Message || number_ready);
  assign fill = state_q == Absent && load_free;

  // ---------------------------------------------------------------- hashes
  logic hash_valid, hash_ready, hash_last, digest_valid, digest_ready;
  logic [1:0] tag_word_q;
  logic [127:0] hash_data;
  logic [17:0] hash_words_q;  // words left
  logic [255:0] digest;
  logic [1:0] core_in_ready, core_out_valid, unused_core_error;
  logic [511:0] core_digest;
  logic image_hash_valid, image_hash_last, image_digest_ready, choose_sm3;
  logic [127:0] image_hash_data;
  logic [63:0] unused_core_cycles;

  assign choose_sm3 = sm3 && !is_image;
  always_comb begin
    hash_valid = word_valid && hash_word;
    hash_data = in_data_i;
    hash_last = hash_words_q == 18'd1;
    unique case (state_q)
      HashControl: begin
        hash_valid = 1'b1;
        hash_data = {64'd0, hash_bytes, 24'd0, choose_sm3 ? snapcard_pkg::OpSm3 : snapcard_pkg::OpSha256};
        hash_last = hash_bytes == 32'd0;
      end
      HashTag: begin
        hash_valid = 1'b1;
        hash_data = swap_half(tag_word_q[0] ? ChallengeTag[127:0] : ChallengeTag[255:128]);
      end
      Image: begin
        hash_valid = image_hash_valid;
        hash_data = image_hash_data;
        hash_last = image_hash_last;
      end
      default: ;
    endcase
  end
  assign hash_ready = core_in_ready[choose_sm3];
  assign digest_valid = core_out_valid[choose_sm3];
  assign digest_ready = state_q == Image ? image_digest_ready : state_q == Digest && load_free;
  assign digest = core_digest[choose_sm3*256+:256];
  assign digest_number = swap_bytes(digest);

  for (genvar k = 0; k < 2; k++) begin : g_hash
    snap_hash_engine #(
        .Sm3(k == 1),
        .Merkle(1'b0)
    ) u_hash (
        .clk_i,
        .rst_ni,
        .in_valid_i(hash_valid && choose_sm3 == (k == 1)),
        .in_ready_o(core_in_ready[k]),
        .in_data_i(hash_data),
        .in_last_i(hash_last),
        .in_error_i(1'b0),  // kept here
        .out_valid_o(core_out_valid[k]),
        .out_ready_i(digest_ready && choose_sm3 == (k == 1)),
        .out_digest_o(core_digest[k*256+:256]),
        .out_error_o(unused_core_error[k]),
        .out_cycles_o(unused_core_cycles[k*32+:32])
    );
  end

  // ---------------------------------------------------------------- image
  logic image_ready, image_done, image_error, image_taken, image_start;
  snap_point_image #(
      .ImageDir(ImageDir)
  ) u_image (
      .clk_i,
      .rst_ni,
      .start_i(image_start),
      .length_i(length_q),
      .idle_i,
      .word_valid_i(in_valid_i && state_q == Image),
      .word_ready_o(image_ready),
      .word_i(in_data_i),
      .word_last_i(in_last_i),
      .word_error_i(in_error_i),
      .done_valid_o(image_done),
      .done_ready_i(state_q == Image),
      .done_error_o(image_error),
      .done_taken_o(image_taken),
      .hash_valid_o(image_hash_valid),
      .hash_ready_i(hash_ready),
      .hash_data_o(image_hash_data),
      .hash_last_o(image_hash_last),
      .digest_valid_i(digest_valid),
      .digest_ready_o(image_digest_ready),
      .digest_i(digest),
      .image_we_o,
      .image_addr_o,
      .image_word_o,
      .entry_we_o,
      .entry_addr_o,
      .entry_data_o,
      .const_we_o,
      .const_addr_o,
      .const_data_o,
      .good_o(image_good_o),
      .size_o(image_size_o),
      .checksum_o(image_checksum_o)
  );

  // ---------------------------------------------------------------- sequence
  logic [1:0] status_q;
  logic taken_q;
  logic loaded, payload_end;
  state_e numbers_end;

  always_comb begin
    unique case (state_q)
      Control, Drain: in_ready_o = 1'b1;
      Numbers: in_ready_o = number_ready && (!hash_word || hash_ready);
      Message: in_ready_o = hash_ready;
      Image: in_ready_o = image_ready;
      default: in_ready_o = 1'b0;
    endcase
  end
  assign take = in_valid_i && in_ready_o;
  assign loaded = !load_valid_q;  // the last number has reached bank S
  assign payload_end = take && in_last_i;
  assign image_start = state_q == Reserve && acceptable && is_image;

  // Where the fixed part's last number leads.
  always_comb begin
    if (grouped) numbers_end = number_q == 4'd11 ? Start : Absent;
    else if (!in_last_i) numbers_end = Message;
    else numbers_end = hashing ? Digest : Start;
  end

  always_ff @(posedge clk_i) begin
    if (take && state_q == Control) begin
      {cookie_q, length_q, tag_q, flags_q, opcode_q} <= {in_data_i[127:32], in_data_i[20:0]};
      command_odd_q <= ^in_data_i[15:0];
      start_q <= now_i;
    end
    if (take && !second_q) half_q <= swap_half(in_data_i);
    if (take && state_q == Numbers && second_q) begin
      load_q <= {half_q, swap_half(in_data_i)};
      load_reg_q <= number_reg;
    end
    if (fill) begin
      load_q <= number_q % 4'd3 == 4'd0 ? 256'd0 : number_q % 4'd3 == 4'd1 ? GeneratorX : GeneratorY;
      load_reg_q <= number_q;
    end
    if (state_q == Digest && load_free) begin
      load_q <= digest_number;
      load_reg_q <= digest_reg;
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Control;
      error_q <= 1'b0;
      last_q <= 1'b0;
      second_q <= 1'b0;
      load_valid_q <= 1'b0;
      number_q <= '0;
      terms_q <= '0;
      thread_q <= '0;
      tag_word_q <= '0;
      hash_words_q <= '0;
      status_q <= StatusOk;
      taken_q <= 1'b0;
    end else begin
      if (take) begin
        error_q <= (error_q && state_q != Control) || in_error_i;
        last_q <= in_last_i;
      end
      if (load_ready_i) load_valid_q <= 1'b0;
      if (hash_valid && hash_ready) begin
        hash_words_q <= state_q == HashControl ? 18'((hash_bytes + 32'd15) >> 4) : hash_words_q - 18'd1;
      end

      unique case (state_q)
        Control: if (take) state_q <= Reserve;
        Reserve: begin
          number_q <= '0;
          terms_q <= '0;
          second_q <= 1'b0;
          tag_word_q <= '0;
          if (!acceptable) begin
            status_q <= StatusFault;
            state_q <= last_q ? Answer : Drain;
          end else if (is_image) begin
            state_q <= Image;
          end else if (reserve) begin
            thread_q <= alloc_thread_i;
            state_q <= hashing && !grouped ? HashControl : Numbers;
          end
        end
        HashControl: if (hash_ready) state_q <= challenge ? HashTag : Numbers;
        HashTag: if (hash_ready) begin
          tag_word_q <= tag_word_q + 2'd1;
          if (tag_word_q == 2'd3) state_q <= Numbers;
        end
        Numbers: if (take) begin
          second_q <= !second_q;
          if (second_q) begin
            load_valid_q <= !skip;
            number_q <= number_q + 4'd1;
            if (number_q % 4'd3 == 4'd2) terms_q <= terms_q + 3'd1;
            if (last_number) state_q <= numbers_end;
          end
        end
        Message: if (payload_end) state_q <= Digest;
        Digest: if (digest_valid && load_free) begin
          load_valid_q <= 1'b1;
          state_q <= Start;
        end
        Absent: if (fill) begin
          load_valid_q <= 1'b1;
          number_q <= number_q + 4'd1;
          if (number_q == 4'd11) state_q <= Start;
        end
        Start: if (loaded) begin
          status_q <= command_wrong ? StatusFault : StatusInput;
          if (grouped) state_q <= last_q ? Control : Reserve;
          else state_q <= error_q || command_wrong ? Answer : Control;
        end
        Drain: if (payload_end) begin
          if (error_q || in_error_i) status_q <= StatusInput;
          state_q <= Answer;
        end
        Image: if (image_done) begin
          status_q <= image_error ? StatusInput : StatusOk;
          taken_q <= image_taken;
          state_q <= Answer;
        end
        default: if (answer_ready_i) state_q <= Control;
      endcase
    end
  end

  assign load_valid_o = load_valid_q;
  assign load_thread_o = thread_q;
  assign load_reg_o = load_reg_q;
  assign load_data_o = load_q;

  assign start_valid_o = state_q == Start && loaded && (grouped || !(error_q || command_wrong));
  assign start_thread_o = thread_q;
  assign start_program_o = program_code;
  assign start_flags_o[5] = flags_q[snapcard_pkg::FlagLowSBit];
  assign start_flags_o[4] = flags_q[snapcard_pkg::FlagCompressedBit];
  for (genvar t = 0; t < ChunkTerms; t++) begin : g_present
    assign start_flags_o[t] = grouped && terms_q > 3'(t);
  end
  assign start_job_o = group_q;
  assign free_valid_o = state_q == Start && loaded && !grouped && (error_q || command_wrong);
  assign free_thread_o = thread_q;

  assign answer_valid_o = state_q == Answer;
  assign answer_tag_o = tag_q;
  assign answer_status_o = status_q;
  assign answer_code_o = taken_q ? snapcard_pkg::VerdictValid : snapcard_pkg::VerdictInvalid;
  assign answer_cookie_o = cookie_q;
  assign answer_start_o = start_q;

`ifdef VERILATOR
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (rst_ni) begin
      assert (!(take && state_q == Numbers && in_last_i) || second_q);
      assert (!(hash_valid && hash_ready && state_q != HashControl && state_q != Image) || hash_words_q != 18'd0);
      assert (!group_done_valid_i || group_used_q[group_done_i]);
    end
  end
`endif

endmodule
