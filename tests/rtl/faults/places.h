/* SPDX-License-Identifier: Apache-2.0 */
/* Where faults are put, how often, and when. */
#ifndef TESTS_RTL_FAULTS_PLACES_H
#define TESTS_RTL_FAULTS_PLACES_H

#include <string>
#include <vector>

#include "engine.h"
#include "tb.h"

namespace faults
{

/* When a flip has a chance to matter: most of the time most state is not in use. */
enum class When {
    Anytime,
    BeforeAnswer, /* of one of the jobs: at most `cycles` cycles before */
    WhileLoaded,  /* one of the jobs */
};

/* Ports by which words are read. A flip in a memory is aimed at a word that is read soon. */
enum Reader {
    FetchProduct,
    FetchSum,
    ProductA,
    ProductB,
    SumA,
    SumB,
    TableB,
    FixedB,
    ConstantB,
    Event,
    Readers,
    NoReader = Readers,
    OwnThread /* no port: the word of the job's thread */
};

struct Rule {
    const char *pattern; /* of a variable's name; the first rule that fits counts */
    unsigned weight;     /* of each variable, among those of the class */
    When when = When::Anytime;
    unsigned cycles = 0;
    Reader reader = NoReader;
    int bank = -1;              /* of a register's address: 0 P, 1 S */
    unsigned words = 0;         /* of a memory that are in use; 0: all */
    const char *gate = nullptr; /* a variable that is not 0 when this one counts */

    Rule(const char *of, unsigned weighs) : pattern(of), weight(weighs)
    {
    }
    Rule &late(unsigned within)
    {
        when = When::BeforeAnswer;
        cycles = within;
        return *this;
    }
    Rule &loading()
    {
        when = When::WhileLoaded;
        return *this;
    }
    Rule &read_by(Reader by, int of_bank = -1)
    {
        reader = by;
        bank = of_bank;
        return *this;
    }
    Rule &first(unsigned count)
    {
        words = count;
        return *this;
    }
    Rule &open_by(const char *name)
    {
        gate = name;
        return *this;
    }
};

struct Place {
    const Variable *variable;
    const Rule *rule;
    const Variable *gate; /* or NULL */
    unsigned words;       /* in use */
};

struct Class {
    std::string name;
    unsigned weight; /* of all flips */
    std::vector<Place> places;
    unsigned total; /* weights of the places */
};

/* All classes of single flips. Fails when a pattern finds nothing: then a name in the RTL has
 * changed.
 */
std::vector<Class> find_classes(const Engine &engine);

/* Lanes of the datapath, a bit of which may be stuck. */
std::vector<const Variable *> find_lanes(const Engine &engine);

const Place &choose(const Class &from, tb::Random &random);

} // namespace faults

#endif
