/* SPDX-License-Identifier: Apache-2.0 */
/* A test is a function; CHECK states what must hold and ends the program with the place when it
 * does not, RUN prints one TAP line per test. Tests run under ASan and UBSan. */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("not ok - %s\n# %s:%d: %s\n", __func__, __FILE__, __LINE__, #condition);        \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define CHECK_EQ(actual, expected)                                                                 \
    do {                                                                                           \
        long long actual_ = (long long)(actual), expected_ = (long long)(expected);                \
        if (actual_ != expected_) {                                                                \
            printf("not ok - %s\n# %s:%d: %s is %lld, expected %lld\n", __func__, __FILE__,        \
                   __LINE__, #actual, actual_, expected_);                                         \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#define CHECK_MEM(actual, expected, bytes) CHECK(memcmp((actual), (expected), (bytes)) == 0)

#define RUN(test)                                                                                  \
    do {                                                                                           \
        test();                                                                                    \
        printf("ok - %s\n", #test);                                                                \
        fflush(stdout);                                                                            \
    } while (0)

#endif
