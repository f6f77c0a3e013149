/* SPDX-License-Identifier: Apache-2.0 */
/* Random microcode for the sequencer's test, and what it means: the control semantics of
 * docs/microcode.md, thread by thread, without time. */
#ifndef TESTS_RTL_ENGINE_SEQUENCER_H
#define TESTS_RTL_ENGINE_SEQUENCER_H

#include <array>
#include <cstdint>
#include <vector>

#include "snap_isa.h"
#include "tb.h"

namespace sequencer
{

struct Word {
    unsigned unit, op, sign, order, a, b, b_kind, dst, wait, test, flag, gate, send, arg, ctl,
        target, reserved;
    uint64_t bits() const;
};

struct Image {
    std::array<Word, ISA_IMAGE_WORDS_MAX> words;
    std::array<unsigned, ISA_IMAGE_PROGRAMS + ISA_IMAGE_ROUTINES> entries;
    unsigned size;
};

/* Programs that end, with all kinds of `ctl`; a and b of each word name its address. */
Image random_image(tb::Random &random);

struct Event {
    unsigned doublings, stream, negative, entry;
};

/* A thread as the microcode sees it. */
struct Thread {
    unsigned program = 0, pc = 0, back = 0, count = 0;
    std::array<int, ISA_FLAGS> flags{}; /* -1: not set */
    std::vector<Event> events;          /* the next one is the last */
    unsigned doublings = 0, finish = 0, fixed = 0, x = 0, y = 0;
    bool negative = false, lambda = false, was_add = false;
    bool fault = false, ended = false, gathering = false;
    unsigned value = 0; /* at the end; 3 is `valid` */

    void start(const Image &image, unsigned program, unsigned flags);
    /* Does what `ctl` of the word at pc says. A gather stays open: see gathered(). */
    void step(const Image &image);
    void gathered(unsigned to);

  private:
    void dispatch(const Image &image, bool begins);
    void verdict();
    bool branch(const Word &word);
};

} // namespace sequencer

#endif
