/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a figure as the JSON line that tests/bench/collect.py takes. Strings must not need
 * escapes. */
#ifndef TESTS_BENCH_FIGURE_H
#define TESTS_BENCH_FIGURE_H

#include <cstdio>
#include <string>

struct Figure {
    std::string name, unit, better; /* better: "lower" or "higher" */
    double value;
    const char *aim; /* a number as text, or "null" */
    std::string method, command;
};

/* against: a peer's value, a number as text, or "null". */
inline void print(const Figure &figure, const std::string &against = "null")
{
    std::printf(
        "{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", \"aim\": %s, \"better\": \"%s\", "
        "\"method\": \"%s\", \"command\": \"%s\", \"against\": %s}\n",
        figure.name.c_str(), figure.value, figure.unit.c_str(), figure.aim, figure.better.c_str(),
        figure.method.c_str(), figure.command.c_str(), against.c_str());
    std::fflush(stdout);
}

#endif
