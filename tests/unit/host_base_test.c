// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "host/base/clock.h"
#include "host/base/csv.h"
#include "host/base/hex.h"
#include "tests/unit/check.h"

static void test_hex_takes_exactly_what_was_asked(void)
{
    uint8_t out[4] = {0};
    CHECK(hex_decode("00fFa9", 6, out, 3));
    CHECK_MEM(out, "\x00\xff\xa9", 3);
    CHECK(!hex_decode("00ff", 4, out, 3));
    CHECK(!hex_decode("00ff0", 5, out, 2));
    CHECK(!hex_decode("00ff0", 5, out, 3));
    CHECK(hex_decode("", 0, out, 0));
    for (const char *bad = "g/:@G`x \n"; *bad != '\0'; bad++) {
        char text[2] = {'0', *bad};
        CHECK(!hex_decode(text, 2, out, 1));
        char swapped[2] = {*bad, '0'};
        CHECK(!hex_decode(swapped, 2, out, 1));
    }
    char text[7];
    hex_encode((const uint8_t *)"\x00\xff\xa9", 3, text);
    CHECK(strcmp(text, "00ffa9") == 0);
}

static int open_text(struct csv *csv, const char *text)
{
    return csv_open(csv, "f.csv", text, strlen(text), "a,b");
}

static void test_csv_reads_rows(void)
{
    struct csv csv;
    struct csv_field fields[2];
    CHECK_EQ(open_text(&csv, "a,b\n1,22\n,x\n"), 0);
    CHECK_EQ(csv_next(&csv, fields, 2), 1);
    CHECK_EQ(csv.line, 2);
    CHECK(fields[0].chars == 1 && fields[1].chars == 2 && memcmp(fields[1].text, "22", 2) == 0);
    CHECK_EQ(csv_next(&csv, fields, 2), 1);
    CHECK(fields[0].chars == 0 && fields[1].chars == 1);
    CHECK_EQ(csv_next(&csv, fields, 2), 0);
}

static void expect_error(const char *text, const char *error)
{
    struct csv csv;
    struct csv_field fields[2];
    int status = open_text(&csv, text);
    while (status >= 0 && (status = csv_next(&csv, fields, 2)) > 0)
        ;
    CHECK_EQ(status, -1);
    if (strcmp(csv.error, error) != 0)
        printf("# %s\n", csv.error);
    CHECK(strcmp(csv.error, error) == 0);
}

static void test_csv_names_the_place_of_an_error(void)
{
    expect_error("", "f.csv:1: the header line is not the expected one");
    expect_error("a,c\n", "f.csv:1: the header line is not the expected one");
    expect_error("a,b,c\n", "f.csv:1: the header line is not the expected one");
    expect_error("a,b", "f.csv:1: the file ends within a line");
    expect_error("a,b\n1,2\n3\n", "f.csv:3: too few fields");
    expect_error("a,b\n1,2,3\n", "f.csv:2: too many fields");
    expect_error("a,b\n1,2\n\n", "f.csv:3: an empty line");
    expect_error("a,b\n1,2\n3,4", "f.csv:3: the file ends within a line");
    expect_error("a,b\n1,2\r\n",
                 "f.csv:2: a character that is not allowed (quote, control or not ASCII)");
    expect_error("a,b\n1,\"2\"\n",
                 "f.csv:2: a character that is not allowed (quote, control or not ASCII)");
    expect_error("a,b\n1,\xc3\xa9\n",
                 "f.csv:2: a character that is not allowed (quote, control or not ASCII)");
}

static void test_csv_lines_are_bounded(void)
{
    struct csv csv;
    struct csv_field fields[2];
    static char text[4 + CSV_LINE_CHARS_MAX + 2];
    for (unsigned extra = 0; extra < 2; extra++) {
        size_t chars = CSV_LINE_CHARS_MAX + extra;
        memcpy(text, "a,b\n", 4);
        memset(text + 4, 'x', chars);
        text[4] = ',';
        text[4 + chars] = '\n';
        CHECK_EQ(csv_open(&csv, "f", text, 4 + chars + 1, "a,b"), 0);
        CHECK_EQ(csv_next(&csv, fields, 2), extra == 0 ? 1 : -1);
    }
    CHECK(strstr(csv.error, "f:2: the line is too long") != NULL);
}

static void test_csv_load_says_what_is_wrong(void)
{
    char *text;
    size_t bytes;
    char error[CSV_ERROR_TEXT_SIZE];
    CHECK_EQ(csv_load("tests/no-such-file.csv", &text, &bytes, error), -1);
    CHECK(strstr(error, "tests/no-such-file.csv: No such file") != NULL);
    CHECK_EQ(csv_load("tests", &text, &bytes, error), -1);
    CHECK_EQ(csv_load("/dev/zero", &text, &bytes, error), -1);
    CHECK(strstr(error, "too long") != NULL);
    CHECK_EQ(csv_load("LICENSE", &text, &bytes, error), 0);
    CHECK(bytes > 1000);
    free(text);
}

static void test_the_clock_does_not_run_backwards(void)
{
    struct clock clock = clock_monotonic();
    uint64_t last_ns = clock_now(&clock);
    for (int i = 0; i < 1000; i++) {
        uint64_t now_ns = clock_now(&clock);
        CHECK(now_ns >= last_ns);
        last_ns = now_ns;
    }
}

int main(void)
{
    RUN(test_hex_takes_exactly_what_was_asked);
    RUN(test_csv_reads_rows);
    RUN(test_csv_names_the_place_of_an_error);
    RUN(test_csv_lines_are_bounded);
    RUN(test_csv_load_says_what_is_wrong);
    RUN(test_the_clock_does_not_run_backwards);
    return 0;
}
