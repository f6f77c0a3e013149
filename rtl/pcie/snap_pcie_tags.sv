// SPDX-License-Identifier: Apache-2.0

// The reads of one client, from request to delivery: a ring of Tags entries, in request order.
//
//      head (oldest)                      tail (next free)
//        v                                  v
//   | free | sent, some units in | done | waiting | free ...      done entries leave at the head only
//
// An entry is waiting from alloc until sent_i, live from then until its last unit, an error or the time-out,
// then done until pop_i. Promises:
// - A tag is never given out while its entry is in the ring, so its place in the reorder memory (entry index)
//   is free when it is given out.
// - Only a live entry whose whole tag matches is hit; commit_i and fail_i without a hit change nothing.
// - Every entry becomes done exactly once and is delivered exactly once, in request order.
// - After an error the entry's generation (upper tag bits) changes: a late completion finds no match until the
//   entry has seen as many errors as there are generations. It does not change at ordinary reuse: that would
//   bring an old generation back sooner.
// - Every live entry's age is looked at every Tags cycles, not just the oldest's: many lost reads time out
//   together.
//
// Tag: {generation, client, index} in 8 bits; with ext_tag_i = 0 in 5 bits: {3'b0, generation[1:0], client,
// index[1:0]}, and 4 entries of the ring are used. ext_tag_i takes effect when the ring is empty.
module snap_pcie_tags #(
  parameter int unsigned Tags             = 16,  // power of two, 4 to 64
  parameter int unsigned TagIdxWidth      = 4,   // index bits of a tag, common to all clients
  parameter bit          Client           = 1'b0,
  parameter int unsigned CplTimeoutCycles = 1 << 20,
  localparam int unsigned IdxWidth = $clog2(Tags)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  input  logic                ext_tag_i,
  // A new read takes the entry at the tail.
  input  logic                alloc_i,
  output logic                alloc_ready_o,
  input  logic [3:0]          alloc_units_i,
  input  logic                alloc_addr6_i,
  output logic [IdxWidth-1:0] alloc_idx_o,
  output logic [7:0]          alloc_tag_o,
  // A waiting entry has left as a TLP, or never will (fails as Unsupported Request).
  input  logic                sent_i,
  input  logic [IdxWidth-1:0] sent_idx_i,
  input  logic                drop_i,
  input  logic [IdxWidth-1:0] drop_idx_i,
  // Completions: lookup by tag, then its outcome in the same cycle.
  input  logic [7:0]          lookup_tag_i,
  output logic                lookup_hit_o,
  output logic [IdxWidth-1:0] lookup_idx_o,
  output logic [3:0]          lookup_received_o,   // units that are in
  output logic [3:0]          lookup_remaining_o,  // units that are missing
  output logic                lookup_addr6_o,      // address bit 6 of the first missing unit
  input  logic                commit_i,            // commit_units_i more are in
  input  logic [3:0]          commit_units_i,
  input  logic                commit_poison_i,
  input  logic                fail_i,
  input  logic [2:0]          fail_error_i,
  // Oldest entry, when done.
  output logic                head_done_o,
  output logic [IdxWidth-1:0] head_idx_o,
  output logic [3:0]          head_units_o,
  output logic [2:0]          head_error_o,
  input  logic                pop_i,
  output logic                empty_o
);
  localparam int unsigned GenExtWidth = 7 - TagIdxWidth;
  localparam int unsigned GenWidth    = (GenExtWidth > 2) ? GenExtWidth : 2;
  // An age stays below CplTimeoutCycles + 8 * Tags: a look may be put off by each of a read's (at most 7)
  // completions that are not its last. So it cannot wrap.
  localparam int unsigned StampWidth  = $clog2(CplTimeoutCycles + 8 * Tags);
  localparam logic [2:0]  ErrorNone = 3'd0, ErrorUr = 3'd1, ErrorPoison = 3'd3, ErrorTimeout = 3'd4;

  if (Tags < 4 || Tags > 64 || (Tags & (Tags - 1)) != 0) begin : g_check_tags
    $error("snap_pcie_tags: Tags must be a power of two, 4 to 64");
  end
  if (TagIdxWidth < IdxWidth || TagIdxWidth > 6) begin : g_check_idx
    $error("snap_pcie_tags: TagIdxWidth must be IdxWidth to 6");
  end

  // ---------------------------------------------------------------- the ring
  logic                small_q;  // 4 entries and 5 tag bits
  logic [IdxWidth-1:0] head_q, tail_q, mask, head_idx, tail_idx;
  logic [IdxWidth:0]   count_q, capacity;
  logic                alloc;

  assign mask     = small_q ? IdxWidth'(3) : {IdxWidth{1'b1}};
  assign capacity = small_q ? (IdxWidth + 1)'(4) : (IdxWidth + 1)'(Tags);
  assign head_idx = head_q & mask;
  assign tail_idx = tail_q & mask;

  assign empty_o       = count_q == '0;
  assign alloc_ready_o = count_q != capacity;
  assign alloc         = alloc_i && alloc_ready_o;
  assign alloc_idx_o   = tail_idx;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      small_q <= 1'b1;
      head_q  <= '0;
      tail_q  <= '0;
      count_q <= '0;
    end else begin
      if (empty_o && !alloc_i) small_q <= !ext_tag_i;
      if (alloc) tail_q <= tail_q + 1'b1;
      if (pop_i) head_q <= head_q + 1'b1;
      count_q <= count_q + (IdxWidth + 1)'(alloc) - (IdxWidth + 1)'(pop_i);
    end
  end

  // ---------------------------------------------------------------- entries
  logic [Tags-1:0]       live_q, done_q, poison_q, addr6_q;
  logic [2:0]            error_q    [0:Tags-1];
  logic [3:0]            units_q    [0:Tags-1];
  logic [3:0]            received_q [0:Tags-1];
  logic [GenWidth-1:0]   gen_q      [0:Tags-1];
  logic [StampWidth-1:0] stamp_q    [0:Tags-1];

  function automatic logic [7:0] make_tag(input logic short_tag, input logic [GenWidth-1:0] gen,
                                          input logic [IdxWidth-1:0] idx);
    logic [TagIdxWidth-1:0] field;
    field = TagIdxWidth'(idx);
    if (short_tag) make_tag = {3'b000, gen[1:0], Client, idx[1:0]};
    else make_tag = {gen[GenExtWidth-1:0], Client, field};
  endfunction

  assign alloc_tag_o = make_tag(small_q, gen_q[tail_idx], tail_idx);

  logic [IdxWidth-1:0] hit_idx;
  logic [3:0]          hit_units, hit_received;
  logic                hit, commit, fail, complete, poisoned;

  assign hit_idx      = lookup_tag_i[IdxWidth-1:0] & mask;
  assign hit          = live_q[hit_idx] && make_tag(small_q, gen_q[hit_idx], hit_idx) == lookup_tag_i;
  assign hit_units    = units_q[hit_idx];
  assign hit_received = received_q[hit_idx];
  assign commit       = hit && commit_i;
  assign fail         = hit && fail_i;
  assign complete     = commit && hit_received + commit_units_i == hit_units;
  assign poisoned     = poison_q[hit_idx] || commit_poison_i;

  assign lookup_hit_o       = hit;
  assign lookup_idx_o       = hit_idx;
  assign lookup_received_o  = hit_received;
  assign lookup_remaining_o = hit_units - hit_received;
  assign lookup_addr6_o     = addr6_q[hit_idx] ^ hit_received[0];

  assign head_done_o  = !empty_o && done_q[head_idx];
  assign head_idx_o   = head_idx;
  assign head_units_o = units_q[head_idx];
  assign head_error_o = error_q[head_idx];

  // ---------------------------------------------------------------- time-out
  logic [StampWidth-1:0] now_q, age;
  logic [IdxWidth-1:0]   scan_q;
  logic                  expire;

  assign age    = now_q - stamp_q[scan_q];
  // A completion in this very cycle goes first; the entry is looked at again.
  assign expire = live_q[scan_q] && age >= StampWidth'(CplTimeoutCycles) &&
                  !((commit || fail) && hit_idx == scan_q);

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now_q  <= '0;
      scan_q <= '0;
    end else begin
      now_q  <= now_q + 1'b1;
      scan_q <= scan_q + 1'b1;
    end
  end

  // ---------------------------------------------------------------- what happens to entries
  always_ff @(posedge clk_i) begin
    if (alloc) units_q[tail_idx] <= alloc_units_i;
    if (sent_i) stamp_q[sent_idx_i] <= now_q;
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      live_q   <= '0;
      done_q   <= '0;
      poison_q <= '0;
      addr6_q  <= '0;
      for (int unsigned i = 0; i < Tags; i++) begin
        error_q[i]    <= ErrorNone;
        received_q[i] <= '0;
        gen_q[i]      <= '0;
      end
    end else begin
      if (alloc) begin
        poison_q[tail_idx]   <= 1'b0;
        addr6_q[tail_idx]    <= alloc_addr6_i;
        error_q[tail_idx]    <= ErrorNone;
        received_q[tail_idx] <= '0;
      end
      if (sent_i) live_q[sent_idx_i] <= 1'b1;
      if (drop_i) begin
        done_q[drop_idx_i]  <= 1'b1;
        error_q[drop_idx_i] <= ErrorUr;
        gen_q[drop_idx_i]   <= gen_q[drop_idx_i] + 1'b1;
      end
      if (expire) begin
        live_q[scan_q]  <= 1'b0;
        done_q[scan_q]  <= 1'b1;
        error_q[scan_q] <= ErrorTimeout;
        gen_q[scan_q]   <= gen_q[scan_q] + 1'b1;
      end
      if (commit) begin
        received_q[hit_idx] <= hit_received + commit_units_i;
        poison_q[hit_idx]   <= poisoned;
      end
      if (complete) begin
        live_q[hit_idx]  <= 1'b0;
        done_q[hit_idx]  <= 1'b1;
        error_q[hit_idx] <= poisoned ? ErrorPoison : ErrorNone;
        if (poisoned) gen_q[hit_idx] <= gen_q[hit_idx] + 1'b1;
      end
      if (fail) begin
        live_q[hit_idx]  <= 1'b0;
        done_q[hit_idx]  <= 1'b1;
        error_q[hit_idx] <= fail_error_i;
        gen_q[hit_idx]   <= gen_q[hit_idx] + 1'b1;
      end
      if (pop_i) done_q[head_idx] <= 1'b0;
    end
  end

`ifdef FORMAL
  // ---------------------------------------------------------------- what the ports' users promise
  // Follows one entry, any. f_*_q are the model: what must be true of it by the events at the ports alone.
  (* anyconst *) logic [IdxWidth-1:0] f_idx;
  typedef enum logic [1:0] {FFree, FWaiting, FLive, FDone} f_state_e;
  f_state_e              f_state_q;
  logic [7:0]            f_tag_q, f_error_tag_q;
  logic                  f_error_seen_q, f_error_short_q, f_poison_q;
  logic [3:0]            f_units_q, f_received_q;
  logic [2:0]            f_error_q;
  logic [StampWidth:0]   f_age_q;
  logic [IdxWidth:0]     f_ahead_q;
  logic                  f_alloc, f_sent, f_drop, f_hit, f_commit, f_fail, f_expire, f_last, f_pop, f_ends_wrong;
  logic [IdxWidth-1:0]   f_place, f_since_look;
  logic [StampWidth-1:0] f_elapsed;

  always_comb begin
    assume (!alloc_i || (alloc_units_i >= 4'd1 && alloc_units_i <= 4'd8));
    assume (!(commit_i && fail_i));
    assume (!(lookup_hit_o && commit_i) ||
            (commit_units_i >= 4'd1 && commit_units_i <= lookup_remaining_o));
    assume (fail_error_i != ErrorNone);
    assume (!pop_i || head_done_o);
    assume (!(sent_i && sent_idx_i == f_idx) || f_state_q == FWaiting);
    assume (!(drop_i && drop_idx_i == f_idx) || f_state_q == FWaiting);
    assume (!(sent_i && drop_i && sent_idx_i == drop_idx_i));
  end

  assign f_alloc  = alloc_i && alloc_ready_o && alloc_idx_o == f_idx;
  assign f_sent   = sent_i && sent_idx_i == f_idx;
  assign f_drop   = drop_i && drop_idx_i == f_idx;
  assign f_hit    = f_state_q == FLive && lookup_tag_i == f_tag_q;
  assign f_commit = f_hit && commit_i;
  assign f_fail   = f_hit && fail_i;
  assign f_last   = f_commit && f_received_q + commit_units_i == f_units_q;
  assign f_expire = expire && scan_q == f_idx;
  assign f_pop    = pop_i && head_idx_o == f_idx;
  assign f_ends_wrong = f_drop || f_fail || f_expire || (f_last && (f_poison_q || commit_poison_i));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f_state_q      <= FFree;
      f_error_seen_q <= 1'b0;
      f_ahead_q      <= '0;
    end else begin
      if (f_alloc) f_state_q <= FWaiting;
      if (f_sent) f_state_q <= FLive;
      if (f_drop || f_fail || f_expire || f_last) f_state_q <= FDone;
      if (f_pop) f_state_q <= FFree;
      if (f_ends_wrong) f_error_seen_q <= 1'b1;
      if (f_alloc) f_ahead_q <= count_q - (IdxWidth + 1)'(pop_i);
      else if (pop_i && f_state_q != FFree) f_ahead_q <= f_ahead_q - 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (f_alloc) begin
      f_tag_q      <= alloc_tag_o;
      f_units_q    <= alloc_units_i;
      f_received_q <= '0;
      f_poison_q   <= 1'b0;
    end
    if (f_commit) begin
      f_received_q <= f_received_q + commit_units_i;
      f_poison_q   <= f_poison_q || commit_poison_i;
    end
    if (f_drop) f_error_q <= ErrorUr;
    if (f_expire) f_error_q <= ErrorTimeout;
    if (f_last) f_error_q <= (f_poison_q || commit_poison_i) ? ErrorPoison : ErrorNone;
    if (f_fail) f_error_q <= fail_error_i;
    f_age_q <= f_sent ? (StampWidth + 1)'(1) : f_age_q + 1'b1;
    if (f_ends_wrong) begin
      f_error_tag_q   <= f_tag_q;
      f_error_short_q <= small_q;
    end
  end

  // What is promised.
  logic f_busy_before_q, f_small_before_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f_busy_before_q  <= 1'b0;
      f_small_before_q <= 1'b1;
    end else begin
      f_busy_before_q  <= !empty_o || alloc_i;
      f_small_before_q <= small_q;
    end
  end
  always_comb begin
    if (rst_ni) begin
      if (f_busy_before_q) assert (small_q == f_small_before_q);        // one form of tag for all in the ring
      if (f_alloc) assert (f_state_q == FFree);                         // its place is free
      if (f_alloc && f_error_seen_q && f_error_short_q == small_q) assert (alloc_tag_o != f_error_tag_q);
      if (lookup_idx_o == f_idx) assert (lookup_hit_o == f_hit);        // hit by its own tag, when live only
      if (f_hit) begin
        assert (lookup_idx_o == f_idx);
        assert (lookup_received_o == f_received_q);
        assert (lookup_remaining_o == f_units_q - f_received_q && lookup_remaining_o != '0);
      end
      if (f_expire) assert (f_state_q == FLive && 32'(f_age_q) >= CplTimeoutCycles && !f_commit && !f_fail);
      if (head_idx_o == f_idx) assert (head_done_o == (f_state_q == FDone));
      if (f_pop) begin
        assert (f_state_q == FDone && f_ahead_q == '0);                 // once, and in its turn
        assert (head_units_o == f_units_q && head_error_o == f_error_q);
      end
      // Every live read ends: its age is bounded, whatever comes or does not come.
      if (f_state_q == FLive) assert (32'(f_age_q) < CplTimeoutCycles + 8 * Tags);
    end
  end

  // What induction needs to know about the registers.
  assign f_place      = (f_idx - head_q) & mask;
  assign f_elapsed    = now_q - stamp_q[f_idx];
  assign f_since_look = scan_q - f_idx - 1'b1;
  always_comb begin
    if (rst_ni) begin
      assert (count_q <= capacity);
      assert (tail_q == IdxWidth'(head_q + count_q[IdxWidth-1:0]));
      assert (live_q[f_idx] == (f_state_q == FLive));
      assert (done_q[f_idx] == (f_state_q == FDone));
      if (f_state_q == FFree) begin
        assert ((f_idx & ~mask) != '0 || (IdxWidth + 1)'(f_place) >= count_q);
      end else begin
        assert ((f_idx & ~mask) == '0 && (IdxWidth + 1)'(f_place) < count_q);
        assert (f_ahead_q == (IdxWidth + 1)'(f_place));
        assert (units_q[f_idx] == f_units_q && f_units_q >= 4'd1 && f_units_q <= 4'd8);
      end
      if (f_state_q == FWaiting || f_state_q == FLive) begin
        assert (received_q[f_idx] == f_received_q && f_received_q < f_units_q);
        assert (poison_q[f_idx] == f_poison_q);
        assert (f_tag_q == make_tag(small_q, gen_q[f_idx], f_idx));
      end
      if (f_state_q == FWaiting) assert (f_received_q == '0);
      if (f_state_q == FLive) begin
        assert (f_elapsed == f_age_q[StampWidth-1:0] && f_age_q != '0);
        if (32'(f_age_q) >= CplTimeoutCycles) begin
          assert (32'(f_age_q) - CplTimeoutCycles <= 32'(f_received_q) * Tags + 32'(f_since_look));
        end
      end
      if (f_state_q == FDone) assert (error_q[f_idx] == f_error_q);
      if (f_error_seen_q) begin
        assert (f_error_tag_q == make_tag(f_error_short_q, gen_q[f_idx] - 1'b1, f_idx));
      end
    end
  end
`endif
endmodule
