// SPDX-License-Identifier: Apache-2.0
// The words of a job -> the blocks that the compression function works on, with all padding (FIPS 180-4,
// section 5.1.1; GM/T 0004-2012, section 5.2: the same for both). A block leaves as four beats of 128 bits,
// first byte in bits 127:120.
//
// A Merkle job streams: leaves are hashed pair by pair, and each digest goes up the tree as far as it finds
// a left sibling. `above_q` is the number of complete subtrees of the current size to the left; its lowest
// bit says that one of them waits in the stack. When the leaves are over and there is still something to the
// left, but no sibling at this level, the node is paired with itself (Bitcoin's rule).
//
//   message  -> Message ... Message
//   node     -> Left (2 beats), Right (2 beats), Pad (4 beats) [, Inner (4 beats): the second hash]
//   one leaf -> Single (2 words into the stack), Root
module snap_hash_blocks #(
    parameter bit Sm3 = 1'b0,
    parameter bit Merkle = 1'b1  // 0: messages only, for either function, and no stack
) (
    input  logic         clk_i,
    input  logic         rst_ni,

    input  logic         in_valid_i,
    output logic         in_ready_o,
    input  logic [127:0] in_data_i,
    input  logic         in_last_i,
    input  logic         in_error_i,

    input  logic         job_ready_i,   // the engine can take another job
    output logic         job_start_o,

    output logic         beat_valid_o,
    input  logic         beat_ready_i,
    output logic [127:0] beat_data_o,
    output logic         beat_first_o,
    output logic         beat_commit_o,
    // What becomes of the block's chaining value, valid with its last beat.
    output logic         beat_final_o,  // it is a digest
    output logic         beat_store_o,  // it waits in the stack at beat_level_o
    output logic [3:0]   beat_level_o,
    output logic         beat_result_o, // it is the result of the job
    output logic         beat_error_o,  // the job had an error

    input  logic         digest_done_i, // a digest is ready; it stays on digest_i for 16 cycles or longer
    input  logic [255:0] digest_i,
    input  logic         store_i,
    input  logic [3:0]   store_level_i,

    output logic         root_valid_o,  // result of a tree of one leaf
    input  logic         root_ready_i,
    output logic         root_error_o,
    output logic [255:0] root_o
);

  localparam logic [7:0] OpMessage = Sm3 ? snapcard_pkg::OpSm3 : snapcard_pkg::OpSha256;

  typedef enum logic [2:0] {Control, Message, Left, Right, Pad, Inner, Single, Root} state_t;
  typedef enum logic [1:0] {FromInput, FromStack, FromDigest, FromNothing} source_t;

  state_t state_q, state_after_hash;
  logic [2:0] state;  // without trees there is but its lowest bit, which tells Control from Message
  logic store;
  assign state = Merkle ? state_q : {2'b00, state_q[0]};
  assign store = Merkle && store_i;
  source_t source;
  logic [1:0]  beat_q;
  logic [20:0] length_q, remaining_q;  // bytes
  logic        whole_q, empty_q;       // remaining_q is a whole word at least; is 0
  logic        fresh_q;                // no beat of the message has left
  logic        input_q;                // the beats of this state come from the input
  logic        at_leaves_q;            // level_q is 0
  logic        hash_end_q;             // the block of this state is the last of its node's hashes
  logic        merge_q;                // the node has a sibling; settled when its last block begins
  logic        marked_q;               // the 80h behind the message was placed
  logic        twice_q, error_q, self_q;
  logic [3:0]  level_q;                // of the two nodes that are hashed
  logic [14:0] pairs_q, above_q;
  logic [1:0]  digests_due_q;          // digests begun and not done

  logic push, take, stall, digest_ready, left_ready, last_of_block;
  logic leaf_write, word_end, message_end;
  logic [127:0] in_swapped, masked, data;
  logic [255:0] node;
  logic mark;
  logic [15:0] is_data, is_mark;  // bytes of the message; the one behind it (when not whole_q)
  logic [31:0] length_bits;

  // ---------------------------------------------------------------- input
  for (genvar i = 0; i < 16; i++) begin : gen_bytes
    assign in_swapped[127-8*i -: 8] = in_data_i[8*i +: 8];
    assign masked[127-8*i -: 8] = (whole_q || is_data[i]) ? in_swapped[127-8*i -: 8] :
                                  (is_mark[i] && !marked_q) ? 8'h80 : 8'h00;
  end

  // The word that is taken is the last.
  assign word_end        = !whole_q || (remaining_q[20:5] == '0 && remaining_q[3:0] == '0);
  assign is_mark         = 16'd1 << remaining_q[3:0];
  assign is_data         = is_mark - 16'd1;

  always_comb begin
    unique case (state)
      Control: in_ready_o = job_ready_i;
      Single: in_ready_o = !store;
      default: in_ready_o = input_q && !empty_q && beat_ready_i && !store;
    endcase
  end
  assign take = in_valid_i && in_ready_o;
  assign job_start_o = take && state == Control;

  // ---------------------------------------------------------------- stack
  assign leaf_write = take && (state == Left || state == Single);

  if (Merkle) begin : gen_stack
    snap_merkle_stack u_stack (
        .clk_i,
        .digest_write_i(store_i), .digest_level_i(store_level_i), .digest_i,
        .leaf_write_i(leaf_write), .leaf_half_i(beat_q[0]), .leaf_i(in_swapped),
        .level_i(level_q), .node_o(node)
    );
  end else begin : gen_no_stack
    assign node = '0;
    logic unused_stack;
    assign unused_stack = leaf_write ^ (^{digest_i, store_level_i});
  end

  // A digest can be used in the cycle it is done. The left sibling of a node is in the stack when no digest
  // is due but the node's own child.
  assign digest_ready = digests_due_q == 2'd0 || (digests_due_q == 2'd1 && digest_done_i);
  assign left_ready   = !digests_due_q[1];

  // ---------------------------------------------------------------- beats
  always_comb begin
    source = FromNothing;
    stall  = 1'b0;
    unique case (state)
      Message: source = FromInput;
      Left: begin
        source = input_q ? FromInput : self_q ? FromDigest : FromStack;
        stall  = self_q ? !digest_ready : !left_ready;
      end
      Right: begin
        source = input_q ? FromInput : at_leaves_q ? FromStack : FromDigest;
        stall  = !at_leaves_q && !digest_ready;
      end
      Inner: begin
        source = beat_q[1] ? FromNothing : FromDigest;
        stall  = !beat_q[1] && !digest_ready;
      end
      default: ;
    endcase
  end

  always_comb begin
    unique case (source)
      FromInput:  data = masked;
      FromStack:  data = beat_q[0] ? node[127:0] : node[255:128];
      FromDigest: data = beat_q[0] ? digest_i[127:0] : digest_i[255:128];
      default:    data = '0;
    endcase
  end

  // The block that has room for the length behind the mark is the last one.
  assign message_end = state == Message && beat_q == 2'd3 && !whole_q && !remaining_q[3];
  assign mark = (state == Pad && beat_q == 2'd0) || (state == Inner && beat_q == 2'd2);

  always_comb begin
    length_bits = '0;
    if (message_end) length_bits = {8'd0, length_q, 3'd0};
    else if (state == Pad && beat_q == 2'd3) length_bits = 32'd512;
    else if (state == Inner && beat_q == 2'd3) length_bits = 32'd256;
  end

  always_comb begin
    // The port of the stack, where leaves go too, is the digests' first.
    if (input_q) beat_valid_o = empty_q || (in_valid_i && !store);
    else beat_valid_o = !stall && (state == Left || state == Right || state == Pad || state == Inner);
  end
  assign push        = beat_valid_o && beat_ready_i;
  assign beat_data_o = data | {mark, 95'd0, length_bits};

  // A block goes on from the one before it, except the first of each hash.
  always_comb begin
    unique case (state)
      Message: beat_first_o = fresh_q;
      Left, Inner: beat_first_o = 1'b1;
      default: beat_first_o = 1'b0;
    endcase
  end

  always_comb begin
    unique case (state)
      Left: beat_commit_o = !at_leaves_q && beat_q == 2'd1;
      Right: beat_commit_o = at_leaves_q && beat_q == 2'd3;
      Inner: beat_commit_o = beat_q == 2'd0;
      default: beat_commit_o = beat_q == 2'd3;
    endcase
  end

  // ---------------------------------------------------------------- the way up the tree
  assign last_of_block = push && beat_q == 2'd3;

  assign beat_final_o  = message_end || state == Pad || state == Inner;
  assign beat_result_o = message_end || (hash_end_q && !merge_q && empty_q);
  assign beat_store_o  = hash_end_q && !merge_q && !empty_q;
  assign beat_level_o  = level_q + 4'd1;
  assign beat_error_o  = error_q || (take && in_error_i);

  assign state_after_hash = merge_q || !empty_q ? Left : Control;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q       <= Control;
      beat_q        <= '0;
      length_q      <= '0;
      remaining_q   <= '0;
      whole_q       <= 1'b0;
      empty_q       <= 1'b1;
      fresh_q       <= 1'b0;
      input_q       <= 1'b0;
      at_leaves_q   <= 1'b1;
      hash_end_q    <= 1'b0;
      merge_q       <= 1'b0;
      marked_q      <= 1'b0;
      twice_q       <= 1'b0;
      error_q       <= 1'b0;
      self_q        <= 1'b0;
      level_q       <= '0;
      pairs_q       <= '0;
      above_q       <= '0;
      digests_due_q <= '0;
    end else begin
      digests_due_q <= digests_due_q + 2'(last_of_block && beat_final_o) - 2'(digest_done_i);
      if (push || (take && state == Single)) beat_q <= beat_q + 2'd1;
      if (take && in_error_i) error_q <= 1'b1;
      if (take) begin
        remaining_q <= whole_q ? remaining_q - 21'd16 : '0;
        whole_q     <= remaining_q[20:5] != '0;
        empty_q     <= word_end;
      end
      if (push) fresh_q <= 1'b0;
      merge_q <= above_q[0] || (empty_q && above_q != '0);

      unique case (state)
        Control: if (take) begin
          length_q    <= in_data_i[52:32];
          remaining_q <= in_data_i[52:32];
          whole_q     <= in_data_i[52:36] != '0;
          empty_q     <= in_data_i[52:32] == '0;
          fresh_q     <= 1'b1;
          input_q     <= !Merkle || in_data_i[7:0] == OpMessage ||
                         in_data_i[63:32] != snapcard_pkg::MerkleLeafBytes;
          at_leaves_q <= 1'b1;
          error_q     <= in_error_i;
          marked_q    <= 1'b0;
          twice_q     <= !Sm3 && in_data_i[7:0] == snapcard_pkg::OpMerkleSha256d;
          self_q      <= 1'b0;
          level_q     <= '0;
          pairs_q     <= '0;
          above_q     <= '0;
          beat_q      <= '0;
          state_q     <= !Merkle || in_data_i[7:0] == OpMessage ? Message :
                         in_data_i[63:32] == snapcard_pkg::MerkleLeafBytes ? Single : Left;
        end
        Message: begin
          if (push && !whole_q) marked_q <= 1'b1;
          if (push && message_end) begin
            state_q <= Control;
            input_q <= 1'b0;
          end
        end
        Left: if (push && beat_q == 2'd1) begin
          state_q <= Right;
          if (at_leaves_q) self_q <= word_end;  // this was the last leaf
          input_q <= at_leaves_q && !word_end;
        end
        Right: if (last_of_block) begin
          state_q    <= Pad;
          input_q    <= 1'b0;
          hash_end_q <= !twice_q;
        end
        Pad: if (last_of_block && twice_q) begin
          state_q    <= Inner;
          hash_end_q <= 1'b1;
        end
        Inner: ;
        Single: if (take && beat_q[0]) state_q <= Root;
        Root: if (root_valid_o && root_ready_i) state_q <= Control;
        default: state_q <= Control;
      endcase

      if (last_of_block && hash_end_q) begin
        hash_end_q  <= 1'b0;
        state_q     <= state_after_hash;
        input_q     <= !merge_q && !empty_q;
        at_leaves_q <= !merge_q;
        if (merge_q) begin
          level_q <= level_q + 4'd1;
          above_q <= above_q >> 1;
          self_q  <= !above_q[0];
        end else begin
          level_q <= '0;
          above_q <= pairs_q + 15'd1;
          pairs_q <= pairs_q + 15'd1;
          self_q  <= 1'b0;
        end
      end
    end
  end

  assign root_valid_o = state == Root && digests_due_q == 2'd0;  // results leave in order
  assign root_error_o = error_q;
  assign root_o       = node;

`ifndef SYNTHESIS
  logic [20:0] control_length;
  assign control_length = in_data_i[52:32];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
    end else begin
      assert (!(digest_done_i && digests_due_q == 2'd0));
      assert (!(last_of_block && beat_final_o && !digest_done_i && digests_due_q == 2'd3));
      if (job_start_o) begin
        assert (in_data_i[63:32] <= snapcard_pkg::MessageBytesMax);
        assert (in_last_i == (control_length == '0));
        assert (in_data_i[7:0] == OpMessage ||
                (!Merkle && (in_data_i[7:0] == snapcard_pkg::OpSha256 || in_data_i[7:0] == snapcard_pkg::OpSm3)) ||
                (Merkle && control_length != '0 && control_length[4:0] == '0 &&
                 (Sm3 ? in_data_i[7:0] == snapcard_pkg::OpMerkleSm3
                      : (in_data_i[7:0] == snapcard_pkg::OpMerkleSha256 ||
                         in_data_i[7:0] == snapcard_pkg::OpMerkleSha256d))));
      end else if (take) begin
        assert (in_last_i == (remaining_q <= 21'd16));
        assert (word_end == in_last_i);
      end
      if (state_q != Control) begin
        assert (input_q == (state == Message || (state == Left && at_leaves_q) ||
                            (state == Right && at_leaves_q && !self_q)));
        assert (at_leaves_q == (level_q == '0));
        assert (hash_end_q == ((state_q == Pad && !twice_q) || state_q == Inner));
        assert (!(last_of_block && hash_end_q) || merge_q == (above_q[0] || (empty_q && above_q != '0)));
        assert (whole_q == (remaining_q[20:4] != '0) && empty_q == (remaining_q == '0));
      end
    end
  end
`endif

endmodule
