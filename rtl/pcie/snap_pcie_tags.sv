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
// - A lookup is answered three cycles later, from registers, one lookup a cycle. Only an entry whose whole tag matches
//   and that is live in the cycle of the answer is hit; commit_i and fail_i without a hit change nothing. The
//   answer knows of all outcomes before it. An entry that times out in the cycle of the answer is not hit.
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
  // Completions: lookup by tag; two cycles later what the completion says is missing, a cycle behind that the answer,
  // and in the same cycle as the answer the outcome.
  input  logic [7:0]          lookup_tag_i,
  output logic                lookup_hit_o,
  output logic [IdxWidth-1:0] lookup_idx_o,
  output logic [3:0]          lookup_received_o,   // units that are in
  input  logic [3:0]          lookup_remaining_i,  // units that are missing ...
  input  logic                lookup_addr6_i,      // ... and address bit 6 of the first of them:
  output logic                lookup_fits_o,       // it is so
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
  // An entry is looked at every Tags cycles and ends two cycles after it was found overdue, so no age wraps.
  localparam int unsigned StampWidth  = $clog2(CplTimeoutCycles + 2 * Tags);
  localparam logic [2:0]  ErrorNone = 3'd0, ErrorUr = 3'd1, ErrorPoison = 3'd3, ErrorTimeout = 3'd4;

  if (Tags < 4 || Tags > 64 || (Tags & (Tags - 1)) != 0) begin : g_check_tags
    $error("snap_pcie_tags: Tags must be a power of two, 4 to 64");
  end
  if (TagIdxWidth < IdxWidth || TagIdxWidth > 6) begin : g_check_idx
    $error("snap_pcie_tags: TagIdxWidth must be IdxWidth to 6");
  end

  // ---------------------------------------------------------------- the ring
  logic                small_q;  // 4 entries and 5 tag bits
  logic [IdxWidth-1:0] head_q, tail_q, mask;
  logic [IdxWidth:0]   count_q, capacity;
  logic                alloc;

  assign mask     = small_q ? IdxWidth'(3) : {IdxWidth{1'b1}};
  assign capacity = small_q ? (IdxWidth + 1)'(4) : (IdxWidth + 1)'(Tags);

  assign empty_o       = count_q == '0;
  assign alloc_ready_o = count_q != capacity;
  assign alloc         = alloc_i && alloc_ready_o;
  assign alloc_idx_o   = tail_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      small_q <= 1'b1;
      head_q  <= '0;
      tail_q  <= '0;
      count_q <= '0;
    end else begin
      if (alloc) tail_q <= (tail_q + 1'b1) & mask;
      if (pop_i) head_q <= (head_q + 1'b1) & mask;
      if (empty_o && !alloc_i) begin
        small_q <= !ext_tag_i;
        head_q  <= '0;
        tail_q  <= '0;
      end
      count_q <= count_q + (IdxWidth + 1)'(alloc) - (IdxWidth + 1)'(pop_i);
    end
  end

  // ---------------------------------------------------------------- entries
  // What has one writer is memory; fresh_q says that received_q and poison_q are another read's, and stand for 0.
  logic [Tags-1:0]       live_q, done_q, fresh_q;
  logic [2:0]            error_q    [0:Tags-1];
  logic [GenWidth-1:0]   gen_q      [0:Tags-1];
  logic [4:0]            alloc_q    [0:Tags-1];  // units, address bit 6
  logic [3:0]            units_q    [0:Tags-1];  // again, for the head
  logic [4:0]            commit_q   [0:Tags-1];  // received, poison
  logic [StampWidth-1:0] stamp_q    [0:Tags-1];

  function automatic logic [7:0] make_tag(input logic short_tag, input logic [GenWidth-1:0] gen,
                                          input logic [IdxWidth-1:0] idx);
    logic [TagIdxWidth-1:0] field;
    field = TagIdxWidth'(idx);
    if (short_tag) make_tag = {3'b000, gen[1:0], Client, idx[1:0]};
    else make_tag = {gen[GenExtWidth-1:0], Client, field};
  endfunction

  assign alloc_tag_o = make_tag(small_q, gen_q[tail_q], tail_q);

  // Registers: the place of the tag (look); what stands there (read); what is missing, and whether it is hit (hit).
  // An outcome is known to those two that come behind it, if they are of the same entry.
  logic [IdxWidth-1:0] look_idx_q, read_idx_q, hit_idx_q;
  logic [Tags-1:0]     hit_at_q;  // hit_idx_q, one-hot
  logic [7:0]          look_tag_q;
  logic [3:0]          look_received, read_units_q, read_received_q, read_remaining;
  logic [3:0]          hit_received_q, hit_remaining_q, received, remaining;
  logic                look_poison, read_match_q, read_addr6_q, read_poison_q;
  logic                hit_q, hit_fits_q, hit_addr6_q, hit_poison_q;
  logic                look_again, read_again, commit, fail, ends, poisoned, addr6;
  logic                overdue_q;
  logic [IdxWidth-1:0] scan_q, overdue_idx_q;
  logic [Tags-1:0]     expire_at_q;

  assign {look_received, look_poison} = fresh_q[look_idx_q] ? 5'd0 : commit_q[look_idx_q];
  assign read_remaining = read_units_q - read_received_q;

  assign look_again = look_idx_q == hit_idx_q;
  assign read_again = read_idx_q == hit_idx_q;
  assign commit     = hit_q && commit_i;
  assign fail       = hit_q && fail_i;
  assign ends       = fail || (commit && hit_remaining_q == commit_units_i);
  assign received   = hit_received_q + commit_units_i;
  assign remaining  = hit_remaining_q - commit_units_i;
  assign addr6      = hit_addr6_q ^ commit_units_i[0];
  assign poisoned   = hit_poison_q || commit_poison_i;

  always_ff @(posedge clk_i) begin
    look_tag_q   <= lookup_tag_i;
    look_idx_q   <= lookup_tag_i[IdxWidth-1:0] & mask;
    read_idx_q   <= look_idx_q;
    hit_idx_q    <= read_idx_q;
    for (int unsigned i = 0; i < Tags; i++) hit_at_q[i] <= read_idx_q == IdxWidth'(i);
    read_match_q <= make_tag(small_q, gen_q[look_idx_q], look_idx_q) == look_tag_q;
    {read_units_q, read_addr6_q} <= alloc_q[look_idx_q];
    if (commit && look_again) {read_received_q, read_poison_q} <= {received, poisoned};
    else {read_received_q, read_poison_q} <= {look_received, look_poison};
    if (commit && read_again) begin
      hit_fits_q      <= remaining == lookup_remaining_i && addr6 == lookup_addr6_i;
      hit_addr6_q     <= addr6;
      hit_received_q  <= received;
      hit_remaining_q <= remaining;
      hit_poison_q    <= poisoned;
    end else begin
      hit_fits_q      <= read_remaining == lookup_remaining_i && (read_addr6_q ^ read_received_q[0]) == lookup_addr6_i;
      hit_addr6_q     <= read_addr6_q ^ read_received_q[0];
      hit_received_q  <= read_received_q;
      hit_remaining_q <= read_remaining;
      hit_poison_q    <= read_poison_q;
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) hit_q <= 1'b0;
    else hit_q <= read_match_q && live_q[read_idx_q] && !(ends && read_again) &&
                  !(overdue_q && read_idx_q == overdue_idx_q) && !expire_at_q[read_idx_q];
  end

  assign lookup_hit_o      = hit_q;
  assign lookup_idx_o      = hit_idx_q;
  assign lookup_received_o = hit_received_q;
  assign lookup_fits_o     = hit_fits_q;

  assign head_done_o  = !empty_o && done_q[head_q];
  assign head_idx_o   = head_q;
  assign head_units_o = units_q[head_q];
  assign head_error_o = error_q[head_q];

  // ---------------------------------------------------------------- time-out
  // Found overdue, marked to end, ended: nothing hits the entry in the cycle in which it ends.
  logic [StampWidth-1:0] now_q, age;

  assign age = now_q - stamp_q[scan_q];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      now_q         <= '0;
      scan_q        <= '0;
      overdue_q     <= 1'b0;
      overdue_idx_q <= '1;
      expire_at_q   <= '0;
    end else begin
      now_q         <= now_q + 1'b1;
      scan_q        <= scan_q + 1'b1;
      overdue_q     <= live_q[scan_q] && age >= StampWidth'(CplTimeoutCycles) && !(ends && hit_at_q[scan_q]);
      overdue_idx_q <= scan_q;
      for (int unsigned i = 0; i < Tags; i++) begin
        expire_at_q[i] <= overdue_q && overdue_idx_q == IdxWidth'(i) && !(ends && hit_at_q[i]);
      end
    end
  end

  // ---------------------------------------------------------------- what happens to entries
  logic [2:0] end_error;
  logic       end_wrong;

  assign end_error = fail_i ? fail_error_i : poisoned ? ErrorPoison : ErrorNone;
  assign end_wrong = fail_i || poisoned;

  always_ff @(posedge clk_i) begin
    if (alloc) alloc_q[tail_q] <= {alloc_units_i, alloc_addr6_i};
    if (alloc) units_q[tail_q] <= alloc_units_i;
    if (commit) commit_q[hit_idx_q] <= {received, poisoned};
    if (sent_i) stamp_q[sent_idx_i] <= now_q;
  end

  for (genvar i = 0; i < Tags; i++) begin : g_entry
    logic drop, end_here;
    assign drop     = drop_i && drop_idx_i == IdxWidth'(i);
    assign end_here = ends && hit_at_q[i];

    always_ff @(posedge clk_i) begin
      if (end_here) error_q[i] <= end_error;
      else if (expire_at_q[i]) error_q[i] <= ErrorTimeout;
      else if (drop) error_q[i] <= ErrorUr;
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        live_q[i]  <= 1'b0;
        done_q[i]  <= 1'b0;
        fresh_q[i] <= 1'b0;
        gen_q[i]   <= '0;
      end else begin
        if (sent_i && sent_idx_i == IdxWidth'(i)) live_q[i] <= 1'b1;
        else if (expire_at_q[i] || end_here) live_q[i] <= 1'b0;
        if (drop || expire_at_q[i] || end_here) done_q[i] <= 1'b1;
        else if (pop_i && head_q == IdxWidth'(i)) done_q[i] <= 1'b0;
        if (alloc && tail_q == IdxWidth'(i)) fresh_q[i] <= 1'b1;
        else if (commit && hit_at_q[i]) fresh_q[i] <= 1'b0;
        if (drop || expire_at_q[i] || (end_here && end_wrong)) gen_q[i] <= gen_q[i] + 1'b1;
      end
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
  logic [7:0]            f_read_tag_q;        // of the lookup two cycles before
  logic [4:0]            f_said_q;
  logic                  f_addr6_q;
  logic                  f_look_q;            // of the one three cycles before: live a cycle before its answer
  logic                  f_alloc, f_sent, f_drop, f_hit, f_commit, f_fail, f_expire, f_last, f_pop, f_ends_wrong;
  logic [IdxWidth-1:0]   f_place, f_since_look;
  logic [StampWidth-1:0] f_elapsed;

  always_comb begin
    assume (!alloc_i || (alloc_units_i >= 4'd1 && alloc_units_i <= 4'd8));
    assume (!(commit_i && fail_i));
    assume (!(lookup_hit_o && commit_i) ||
            (commit_units_i >= 4'd1 && commit_units_i <= hit_remaining_q));
    assume (fail_error_i != ErrorNone);
    assume (!pop_i || head_done_o);
    assume (!(sent_i && sent_idx_i == f_idx) || f_state_q == FWaiting);
    assume (!(drop_i && drop_idx_i == f_idx) || f_state_q == FWaiting);
    assume (!(sent_i && drop_i && sent_idx_i == drop_idx_i));
  end

  assign f_alloc  = alloc_i && alloc_ready_o && alloc_idx_o == f_idx;
  assign f_sent   = sent_i && sent_idx_i == f_idx;
  assign f_drop   = drop_i && drop_idx_i == f_idx;
  assign f_hit    = f_look_q && f_state_q == FLive && !f_expire;
  assign f_commit = f_hit && commit_i;
  assign f_fail   = f_hit && fail_i;
  assign f_last   = f_commit && f_received_q + commit_units_i == f_units_q;
  assign f_expire = expire_at_q[f_idx];
  assign f_pop    = pop_i && head_idx_o == f_idx;
  assign f_ends_wrong = f_drop || f_fail || f_expire || (f_last && (f_poison_q || commit_poison_i));

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      f_state_q      <= FFree;
      f_look_q       <= 1'b0;
      f_error_seen_q <= 1'b0;
      f_ahead_q      <= '0;
    end else begin
      f_look_q <= f_state_q == FLive && f_read_tag_q == f_tag_q;
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
      f_addr6_q    <= alloc_addr6_i;
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
    f_read_tag_q <= look_tag_q;
    f_said_q     <= {lookup_remaining_i, lookup_addr6_i};
    f_age_q <= f_sent ? (StampWidth + 1)'(1) : f_age_q + 1'b1;
    if (f_ends_wrong) begin
      f_error_tag_q   <= f_tag_q;
      f_error_short_q <= small_q;
    end
  end

  // What is promised.
  logic f_busy_before_q, f_small_before_q, f_started_q, f_overdue;
  initial f_started_q = 1'b0;
  always_ff @(posedge clk_i) f_started_q <= 1'b1;
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
        assert (lookup_fits_o == (f_said_q == {f_units_q - f_received_q, f_addr6_q ^ f_received_q[0]}));
        assert (hit_remaining_q != '0);
      end
      if (f_expire) assert (f_state_q == FLive && 32'(f_age_q) > CplTimeoutCycles + 1 && !f_commit && !f_fail);
      if (head_idx_o == f_idx) assert (head_done_o == (f_state_q == FDone));
      if (f_pop) begin
        assert (f_state_q == FDone && f_ahead_q == '0);                 // once, and in its turn
        assert (head_units_o == f_units_q && head_error_o == f_error_q);
      end
      // Every live read ends: its age is bounded, whatever comes or does not come.
      if (f_state_q == FLive) assert (32'(f_age_q) <= CplTimeoutCycles + Tags + 1);
    end
  end

  // What induction needs to know about the registers.
  assign f_place      = (f_idx - head_q) & mask;
  assign f_overdue    = overdue_q && overdue_idx_q == f_idx;
  assign f_elapsed    = now_q - stamp_q[f_idx];
  assign f_since_look = scan_q - f_idx - 1'b1;
  always_comb begin
    if (rst_ni) begin
      assert (count_q <= capacity);
      assert (tail_q == (IdxWidth'(head_q + count_q[IdxWidth-1:0]) & mask));
      assert (live_q[f_idx] == (f_state_q == FLive));
      assert (done_q[f_idx] == (f_state_q == FDone));
      if (f_state_q == FFree) begin
        assert ((f_idx & ~mask) != '0 || (IdxWidth + 1)'(f_place) >= count_q);
      end else begin
        assert ((f_idx & ~mask) == '0 && (IdxWidth + 1)'(f_place) < count_q);
        assert (f_ahead_q == (IdxWidth + 1)'(f_place));
        assert (units_q[f_idx] == f_units_q && alloc_q[f_idx] == {f_units_q, f_addr6_q});
        assert (f_units_q >= 4'd1 && f_units_q <= 4'd8);
      end
      if (f_state_q == FWaiting || f_state_q == FLive) begin
        assert (f_received_q < f_units_q);
        assert ({f_received_q, f_poison_q} == (fresh_q[f_idx] ? 5'd0 : commit_q[f_idx]));
        assert (f_tag_q == make_tag(small_q, gen_q[f_idx], f_idx));
      end
      if (f_state_q == FWaiting) assert (f_received_q == '0);
      if (f_state_q == FLive) begin
        assert (f_elapsed == f_age_q[StampWidth-1:0] && f_age_q != '0);
        if (f_expire) assert (f_since_look == IdxWidth'(1));
        if (f_expire || f_overdue) assert (32'(f_age_q) <= CplTimeoutCycles + Tags + 32'(f_since_look));
        else assert (32'(f_age_q) <= CplTimeoutCycles + 32'(f_since_look));
      end
      if (hit_q && hit_idx_q == f_idx) begin
        assert (f_look_q && f_state_q == FLive);
        assert (hit_received_q == f_received_q && hit_remaining_q == f_units_q - f_received_q);
        assert (hit_poison_q == f_poison_q && hit_addr6_q == (f_addr6_q ^ f_received_q[0]));
        assert (hit_fits_q == ({hit_remaining_q, hit_addr6_q} == f_said_q));
      end
      if (f_state_q == FLive) begin
        if (f_read_tag_q == f_tag_q) assert (read_idx_q == f_idx);
        if (read_idx_q == f_idx) begin
          assert (read_match_q == (f_read_tag_q == f_tag_q));
          assert ({read_units_q, read_received_q, read_poison_q} == {f_units_q, f_received_q, f_poison_q});
          assert (read_addr6_q == f_addr6_q);
        end
      end
      if (f_hit) assert (hit_q && hit_idx_q == f_idx);
      for (int unsigned i = 0; i < Tags; i++) assert (hit_at_q[i] == (hit_idx_q == IdxWidth'(i)) || !f_started_q);
      if (f_state_q != FFree) assert (small_q == f_small_before_q);
      if (f_started_q) assert (look_idx_q == (look_tag_q[IdxWidth-1:0] & (f_small_before_q ? IdxWidth'(3) : {IdxWidth{1'b1}})));
      assert (overdue_idx_q == IdxWidth'(scan_q - 1'b1));
      if (f_expire || f_overdue) assert (f_state_q == FLive && 32'(f_age_q) > CplTimeoutCycles);
      if (f_expire) assert (32'(f_age_q) > CplTimeoutCycles + 1);
      assert (!(f_expire && f_overdue));
      assert (head_q == (head_q & mask) && tail_q == (tail_q & mask));
      if (f_state_q == FDone) assert (error_q[f_idx] == f_error_q);
      if (f_error_seen_q) begin
        assert (f_error_tag_q == make_tag(f_error_short_q, gen_q[f_idx] - 1'b1, f_idx));
      end
    end
  end
`endif
endmodule
