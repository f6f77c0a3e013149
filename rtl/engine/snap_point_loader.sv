// SPDX-License-Identifier: Apache-2.0
// Turns the words of jobs into threads: reserves one, writes the payload's numbers into its bank S, hashes what the job
// wants hashed, starts it. One job at a time; a job's threads run while the next is loaded. A microcode image goes to
// snap_point_image.
//
//   Control -> Decode -> Judge -> Reserve -> [HashControl -> HashTag] -> Numbers -> [Message] -> [Digest] -> [Absent] -> Start
//                                  |   ^                                                                                  |
//                                  |   +------------------------ next chunk of a multi-scalar job ------------------------+
//                                  +-> Drain (a length that cannot be: a fault) -> Answer
//
// Judge takes a cycle for each chunk of a multi-scalar job, and one for any other. Words are taken every other cycle at
// most: ready is a register.
//
// A wrong bit in the job's orders must not become another verdict. Opcode and flags come with their parity
// (command_odd_q), which Decode checks (command_wrong_q). What is decoded stays in plan_q, with its own parity
// (plan_odd_q), as do the flags of the start; that is checked in the cycle of the start. Either makes the job a fault; a
// multi-scalar job, of which chunks may run, is remembered as one with a wrong word. Whether it is one is said at the
// start by its record, not by the plan.
//
// A multi-scalar job is cut into chunks of four terms, a thread each; which of its threads answers for it is the
// sequencer's business. Its payload is not buffered, so a word may prove wrong when chunks run already: the rest is
// loaded and run all the same, and the job's record remembers that its answer is worth nothing.
module snap_point_loader #(
    parameter int unsigned Sm3RoundCycles = 1,  // of the messages' hash: 1 or 2
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
    output logic [6:0] const_addr_o,  // constant, limb: of image_word_o
    output logic image_good_o,
    output logic [31:0] image_size_o,
    output logic [31:0] image_checksum_o
);

  localparam logic [1:0] StatusOk = 2'd0;
  localparam logic [1:0] StatusInput = 2'd1;
  localparam logic [1:0] StatusFault = 2'd2;
  localparam int unsigned ChunkTerms = 4;
  localparam int unsigned ChunkNumbers = 3 * ChunkTerms;
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
    Decode,
    Judge,
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
  logic [20:0] length_q;
  logic huge_q;  // a length that length_q cannot hold
  logic [31:0] start_q;
  logic [63:0] cookie_q;
  logic error_q, take;
  logic last_q;  // the payload is over
  logic command_odd_q;  // parity of opcode and flags as they came
  logic message, command_wrong;
  assign message = flags_q[snapcard_pkg::FlagMessageBit];
  assign command_wrong = ^{flags_q, opcode_q} != command_odd_q;

  // What there is to do, by opcode and flags.
  logic [2:0] program_code;
  logic [3:0] last_index;  // the last number of the fixed part; of a chunk
  logic grouped, is_image, hashing, sm3, challenge, first_one, skip_first;
  logic exact, known;
  logic [2:0] exact_units, hash_units;  // of 32 bytes: the length without a message; of what is hashed, less the length
  always_comb begin
    program_code = 3'(snap_isa_pkg::ProgramEcdsaVerify);
    last_index = 4'd4;
    grouped = 1'b0;
    is_image = 1'b0;
    hashing = 1'b0;
    sm3 = 1'b0;
    challenge = 1'b0;
    first_one = 1'b0;
    skip_first = 1'b0;
    exact = !message;
    exact_units = 3'd5;
    hash_units = -3'sd4;
    known = 1'b1;
    unique case (opcode_q)
      snapcard_pkg::OpEcdsaSecp256k1Verify: begin
        last_index = message ? 4'd3 : 4'd4;
        first_one = message;
        hashing = message;
      end
      snapcard_pkg::OpEcdsaSecp256k1Recover: begin
        program_code = 3'(snap_isa_pkg::ProgramEcdsaRecover);
        last_index = message ? 4'd2 : 4'd3;
        first_one = message;
        hashing = message;
        exact_units = 3'd4;
        hash_units = -3'sd3;
      end
      snapcard_pkg::OpBip340Verify: begin
        program_code = 3'(snap_isa_pkg::ProgramBip340Verify);
        last_index = 4'd2;
        hashing = 1'b1;
        challenge = 1'b1;
        exact_units = 3'd4;
        hash_units = 3'sd1;
      end
      snapcard_pkg::OpSm2Verify: begin
        program_code = 3'(snap_isa_pkg::ProgramSm2Verify);
        hashing = message;
        sm3 = 1'b1;
        skip_first = message;
      end
      snapcard_pkg::OpPedersenCommit: begin
        program_code = 3'(snap_isa_pkg::ProgramPedersenCommit);
        last_index = 4'd1;
        exact = 1'b1;
        exact_units = 3'd2;
      end
      snapcard_pkg::OpPedersenSumZero, snapcard_pkg::OpMsm: begin
        program_code = opcode_q == snapcard_pkg::OpMsm ? 3'(snap_isa_pkg::ProgramMsm)
            : 3'(snap_isa_pkg::ProgramSumZero);
        grouped = 1'b1;
        last_index = 4'(ChunkNumbers - 1);
      end
      snapcard_pkg::OpMicrocodeLoad: is_image = 1'b1;
      default: known = 1'b0;
    endcase
  end

  // What stays in registers until the job's thread is started, under one parity with the flags that go with the start.
  localparam int unsigned PlanWidth = 14;
  localparam int unsigned HalfPlan = PlanWidth / 2;
  logic [PlanWidth-1:0] plan, plan_q;
  logic [1:0] plan_odd_q;  // of its halves
  logic command_wrong_q, plan_wrong;
  logic [2:0] program_q;
  logic [3:0] last_index_q;
  logic grouped_q, image_q, hashing_q, sm3_q, challenge_q;
  logic first_one_q;  // the fixed part's first number is register 1: the digest is 0
  logic skip_first_q;  // the first number (SM2's Z_A) is only hashed
  logic [1:0] start_flags;
  assign plan = {program_code, last_index, grouped, is_image, hashing, sm3, challenge, first_one, skip_first};
  assign {program_q, last_index_q, grouped_q, image_q, hashing_q, sm3_q, challenge_q, first_one_q, skip_first_q} =
      plan_q;
  assign start_flags = {flags_q[snapcard_pkg::FlagLowSBit], flags_q[snapcard_pkg::FlagCompressedBit]};
  assign plan_wrong = command_wrong_q || ^plan_q[HalfPlan-1:0] != plan_odd_q[0]
      || ^{start_flags, plan_q[PlanWidth-1:HalfPlan]} != plan_odd_q[1];

  // What only Judge looks at.
  logic exact_q, known_q;
  logic [2:0] exact_units_q, hash_units_q;
  always_ff @(posedge clk_i) begin
    if (state_q == Decode) begin
      plan_q <= plan;
      plan_odd_q <= {^{start_flags, plan[PlanWidth-1:HalfPlan]}, ^plan[HalfPlan-1:0]};
      command_wrong_q <= command_wrong;
      {exact_q, exact_units_q, hash_units_q, known_q} <= {exact, exact_units, hash_units, known};
    end
  end

  // ---------------------------------------------------------------- its length
  // Terms are counted by chunks, which leaves what the last one has: one to four terms of three numbers.
  logic [4:0] chunks_q;
  logic [7:0] numbers_q;  // left
  logic more, counting, length_good, acceptable_q;
  logic whole_q, beyond_q, far_q;  // a multiple of 32 bytes; 256 bytes or more; more than the terms allow
  logic [20:0] hash_bytes_q;
  assign more = numbers_q[7:4] != 4'd0 || numbers_q[3:0] > 4'(ChunkNumbers);
  assign counting = grouped_q && more && chunks_q != 5'(TermsMax / ChunkTerms);
  always_comb begin
    if (image_q) begin
      length_good = !whole_q || beyond_q || length_q[7:5] != 3'd0;
    end else if (grouped_q) begin
      length_good = whole_q && !far_q && !more
          && (numbers_q[3:0] == 4'd3 || numbers_q[3:0] == 4'd6 || numbers_q[3:0] == 4'd9 || numbers_q[3:0] == 4'd12);
    end else if (exact_q) begin
      length_good = whole_q && !beyond_q && length_q[7:5] == exact_units_q;
    end else begin
      length_good = beyond_q || length_q[7:5] > last_index_q[2:0];
    end
  end
  always_ff @(posedge clk_i) begin
    if (state_q == Decode) begin
      chunks_q <= 5'd1;
      numbers_q <= length_q[12:5];
      whole_q <= length_q[4:0] == 5'd0;
      beyond_q <= length_q[20:8] != 13'd0;
      far_q <= length_q[20:13] != 8'd0;
    end else if (state_q == Judge && counting) begin
      chunks_q <= chunks_q + 5'd1;
      numbers_q <= numbers_q - 8'(ChunkNumbers);
    end
    if (state_q == Judge) begin
      acceptable_q <= known_q && !huge_q && length_good && !last_q;
      hash_bytes_q <= {length_q[20:5] + {{13{hash_units_q[2]}}, hash_units_q}, length_q[4:0]};
    end
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

  // The group is chosen one cycle before there can be a thread to reserve.
  logic reserve, reserving_q, group_open, wrong_word_q;
  assign reserve = reserving_q && alloc_valid_i;
  assign group_open = reserve && grouped_q && !group_open_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      reserving_q <= 1'b0;
      wrong_word_q <= 1'b0;
      group_used_q <= '0;
      group_error_q <= '0;
      group_q <= '0;
      group_open_q <= 1'b0;
    end else begin
      reserving_q <= state_q == Reserve && acceptable_q && !image_q && (!grouped_q || group_open_q || group_free)
          && !reserve;
      wrong_word_q <= take && in_error_i;
      if (state_q == Reserve && !group_open_q && !reserving_q) group_q <= free_group;
      if (group_done_valid_i) group_used_q[group_done_i] <= 1'b0;
      if (group_open) begin
        group_used_q[group_q] <= 1'b1;
        group_error_q[group_q] <= 1'b0;
      end else if (group_open_q && (wrong_word_q || (state_q == Start && plan_wrong))) begin
        group_error_q[group_q] <= 1'b1;
      end
      if (group_open) group_open_q <= 1'b1;
      else if (state_q == Control) group_open_q <= 1'b0;
    end
  end

  assign group_valid_o = group_open;
  assign group_job_o = group_q;
  assign group_chunks_o = chunks_q;
  assign group_error_o = group_error_q;

  // ---------------------------------------------------------------- threads
  logic [4:0] thread_q;
  assign alloc_take_o = reserve;
  assign context_we_o = reserve;
  assign context_thread_o = alloc_thread_i;
  assign context_tag_o = tag_q;
  assign context_cookie_o = cookie_q;
  assign context_start_o = start_q;
  assign context_grouped_o = grouped_q;
  assign context_group_o = group_q;

  // ---------------------------------------------------------------- numbers
  // Half a number waits in half_q; a whole one in load_q until bank S takes it.
  logic [127:0] half_q;
  logic [255:0] load_q, digest_number, absent_number;
  logic load_valid_q, second_q, load_free, number_ready, hash_word;
  logic [3:0] number_q, load_reg_q, number_reg;  // of a group: of the chunk
  logic [1:0] part_q;  // number_q mod 3: scalar, x, y of a term
  logic [2:0] terms_q;  // of the chunk that are whole
  logic last_number, skip, fill;
  logic final_q, hashed_q;  // number_q is the last; goes to the hash

  assign load_free = !load_valid_q;  // bank S's ready goes no further than that
  assign skip = skip_first_q && number_q == 4'd0;
  assign number_reg = number_q + {3'd0, first_one_q};
  assign last_number = final_q || (grouped_q && in_last_i);
  assign number_ready = state_q == Numbers && (!second_q || load_free);
  assign hash_word = state_q == Message || (state_q == Numbers && hashed_q);
  assign fill = state_q == Absent && load_free;
  assign absent_number = (GeneratorX & {256{state_q == Absent && part_q == 2'd1}})
      | (GeneratorY & {256{state_q == Absent && part_q == 2'd2}});

  // ---------------------------------------------------------------- hashes
  logic hash_valid, hash_ready, hash_last, digest_valid, digest_ready;
  logic [1:0] tag_word_q;
  logic [127:0] hash_data;
  logic [17:0] hash_words_q;  // words left
  logic [255:0] digest;
  logic engine_ready, unused_error;
  logic image_hash_valid, image_hash_last, image_digest_ready;
  logic [127:0] image_hash_data;
  logic [31:0] unused_cycles;

  always_comb begin
    hash_valid = take && hash_word;
    hash_data = in_data_i;
    hash_last = hash_words_q == 18'd1;
    unique case (state_q)
      HashControl: begin
        hash_valid = 1'b1;
        hash_data = {64'd0, 11'd0, hash_bytes_q, 24'd0, sm3_q ? snapcard_pkg::OpSm3 : snapcard_pkg::OpSha256};
        hash_last = hash_bytes_q == 21'd0;
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
  // The hash reads a register; a word every two cycles is more than it takes.
  logic hash_valid_q, hash_last_q;
  logic [127:0] hash_data_q;
  assign hash_ready = !hash_valid_q;
  always_ff @(posedge clk_i) begin
    if (!hash_valid_q) {hash_last_q, hash_data_q} <= {hash_last, hash_data};
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) hash_valid_q <= 1'b0;
    else hash_valid_q <= hash_valid_q ? !engine_ready : hash_valid;
  end
  assign digest_ready = state_q == Image ? image_digest_ready : state_q == Digest && load_free;
  assign digest_number = swap_bytes(digest);

  snap_hash_engine #(
      .Merkle(1'b0),
      .Sm3RoundCycles(Sm3RoundCycles)
  ) u_hash (
      .clk_i,
      .rst_ni,
      .in_valid_i(hash_valid_q),
      .in_ready_o(engine_ready),
      .in_data_i(hash_data_q),
      .in_last_i(hash_last_q),
      .in_error_i(1'b0),  // kept here
      .out_valid_o(digest_valid),
      .out_ready_i(digest_ready),
      .out_digest_o(digest),
      .out_error_o(unused_error),
      .out_cycles_o(unused_cycles)
  );

  // ---------------------------------------------------------------- image
  logic image_ready, image_done, image_error, image_taken, image_start;
  snap_point_image #(
      .ImageDir(ImageDir)
  ) u_image (
      .clk_i,
      .rst_ni,
      .start_i(image_start),
      .length_i({11'd0, length_q}),
      .idle_i,
      .word_valid_i(in_valid_i && state_q == Image),
      .word_ready_o(image_ready),
      .word_take_i(take && state_q == Image),
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
      .good_o(image_good_o),
      .size_o(image_size_o),
      .checksum_o(image_checksum_o)
  );

  // ---------------------------------------------------------------- sequence
  logic [1:0] status_q;
  logic taken_q;
  logic loaded, payload_end, ready, ready_q;
  state_e numbers_end;

  always_comb begin
    unique case (state_q)
      Control, Drain: ready = 1'b1;
      Numbers: ready = number_ready && (!hash_word || hash_ready);
      Message: ready = hash_ready;
      Image: ready = image_ready;
      default: ready = 1'b0;
    endcase
  end
  // What makes ready stays until a word is taken, so it may be a register; that is a word every two cycles.
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) ready_q <= 1'b0;
    else ready_q <= ready && !take;
  end
  assign in_ready_o = ready_q;
  assign take = in_valid_i && ready_q;
  assign loaded = !load_valid_q;  // the last number has reached bank S
  assign payload_end = take && in_last_i;
  assign image_start = state_q == Reserve && acceptable_q && image_q;

  // Where the fixed part's last number leads.
  always_comb begin
    if (grouped_q) numbers_end = final_q ? Start : Absent;
    else if (!in_last_i) numbers_end = Message;
    else numbers_end = hashing_q ? Digest : Start;
  end

  always_ff @(posedge clk_i) begin
    if (take && state_q == Control) begin
      {cookie_q, length_q, tag_q, flags_q, opcode_q} <= {in_data_i[127:64], in_data_i[52:32], in_data_i[20:0]};
      huge_q <= in_data_i[63:53] != '0;
      command_odd_q <= ^in_data_i[15:0];
      start_q <= now_i;
    end
    if (take && !second_q) half_q <= swap_half(in_data_i);
    // Each is 0 where it is not meant, so that a bit of the choice is one LUT.
    if ((take && state_q == Numbers && second_q) || fill || (state_q == Digest && load_free)) begin
      load_q <= state_q == Numbers ? {half_q, swap_half(in_data_i)} : absent_number | digest_number;
    end
    if (take && state_q == Numbers && second_q) load_reg_q <= number_reg;
    if (fill) load_reg_q <= number_q;
    if (state_q == Digest && load_free) load_reg_q <= challenge_q ? 4'd3 : 4'd0;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Control;
      error_q <= 1'b0;
      last_q <= 1'b0;
      second_q <= 1'b0;
      load_valid_q <= 1'b0;
      number_q <= '0;
      final_q <= 1'b0;
      hashed_q <= 1'b0;
      part_q <= '0;
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
        hash_words_q <= state_q == HashControl ? 18'((22'(hash_bytes_q) + 22'd15) >> 4) : hash_words_q - 18'd1;
      end

      unique case (state_q)
        Control: if (take) state_q <= Decode;
        Decode: state_q <= Judge;
        Judge: if (!counting) state_q <= Reserve;
        Reserve: begin
          number_q <= '0;
          final_q <= 1'b0;
          hashed_q <= challenge_q || skip_first_q;
          part_q <= '0;
          terms_q <= '0;
          second_q <= 1'b0;
          tag_word_q <= '0;
          if (!acceptable_q) begin
            status_q <= StatusFault;
            state_q <= last_q ? Answer : Drain;
          end else if (image_q) begin
            state_q <= Image;
          end else if (reserve) begin
            thread_q <= alloc_thread_i;
            state_q <= hashing_q ? HashControl : Numbers;
          end
        end
        HashControl: if (hash_ready) state_q <= challenge_q ? HashTag : Numbers;
        HashTag: if (hash_ready) begin
          tag_word_q <= tag_word_q + 2'd1;
          if (tag_word_q == 2'd3) state_q <= Numbers;
        end
        Numbers: if (take) begin
          second_q <= !second_q;
          if (second_q) begin
            load_valid_q <= !skip;
            number_q <= number_q + 4'd1;
            final_q <= number_q + 4'd1 == last_index_q;
            hashed_q <= challenge_q && number_q == 4'd1;
            part_q <= part_q == 2'd2 ? 2'd0 : part_q + 2'd1;
            if (part_q == 2'd2) terms_q <= terms_q + 3'd1;
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
          final_q <= number_q + 4'd1 == last_index_q;
          part_q <= part_q == 2'd2 ? 2'd0 : part_q + 2'd1;
          if (final_q) state_q <= Start;
        end
        Start: if (loaded) begin
          status_q <= plan_wrong ? StatusFault : StatusInput;
          if (group_open_q) state_q <= last_q ? Control : Reserve;
          else state_q <= error_q || plan_wrong ? Answer : Control;
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

  assign start_valid_o = state_q == Start && loaded && (group_open_q || !(error_q || plan_wrong));
  assign start_thread_o = thread_q;
  assign start_program_o = program_q;
  assign start_flags_o[5:4] = start_flags;
  for (genvar t = 0; t < ChunkTerms; t++) begin : g_present
    assign start_flags_o[t] = group_open_q && terms_q > 3'(t);
  end
  assign start_job_o = group_q;
  assign free_valid_o = state_q == Start && loaded && !group_open_q && (error_q || plan_wrong);
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
      assert (!ready_q || ready);
      assert (!(take && state_q == Numbers && in_last_i) || second_q);
      assert (!(hash_valid && hash_ready && state_q != HashControl && state_q != Image) || hash_words_q != 18'd0);
      assert (!group_done_valid_i || group_used_q[group_done_i]);
      assert (!(state_q == Numbers || state_q == Absent) || final_q == (number_q == last_index_q));
      assert (state_q != Absent || digest == '0);
    end
  end
`endif

endmodule
