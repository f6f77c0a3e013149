// SPDX-License-Identifier: Apache-2.0
#include "host/wire/time.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/wire/block.h"

#define SEC_CHARS    19u /* "2020-01-01T00:00:00" */
#define DECIMALS_MAX 6u

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Whether the characters are digits where the form has an 'n', and else the form's own. */
static bool has_form(const char *text, const char *form)
{
    for (; *form != '\0'; form++, text++)
        if (*form == 'n' ? !is_digit(*text) : *text != *form)
            return false;
    return true;
}

static int number_at(const char *text, unsigned digits)
{
    int number = 0;
    for (unsigned i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

/* "" or ".5", up to ".123456", with or without "Z". */
static bool parse_fraction(const char *text, size_t chars, int64_t *us)
{
    *us = 0;
    if (chars > 0 && text[chars - 1] == 'Z')
        chars--;
    if (chars == 0)
        return true;
    if (text[0] != '.' || chars == 1 || chars > 1 + DECIMALS_MAX)
        return false;
    for (size_t i = 1; i <= DECIMALS_MAX; i++) {
        if (i < chars && !is_digit(text[i]))
            return false;
        *us = *us * 10 + (i < chars ? text[i] - '0' : 0);
    }
    return true;
}

bool time_parse(const char *text, size_t chars, int64_t *unix_us)
{
    int64_t us;
    if (chars < SEC_CHARS || !has_form(text, "nnnn-nn-nnTnn:nn:nn") ||
        !parse_fraction(text + SEC_CHARS, chars - SEC_CHARS, &us))
        return false;
    struct tm fields = {.tm_year = number_at(text, 4) - 1900,
                        .tm_mon = number_at(text + 5, 2) - 1,
                        .tm_mday = number_at(text + 8, 2),
                        .tm_hour = number_at(text + 11, 2),
                        .tm_min = number_at(text + 14, 2),
                        .tm_sec = number_at(text + 17, 2)};
    struct tm normal = fields;
    int64_t sec = timegm(&normal);
    if (normal.tm_mon != fields.tm_mon || normal.tm_mday != fields.tm_mday ||
        normal.tm_hour != fields.tm_hour || normal.tm_min != fields.tm_min ||
        normal.tm_sec != fields.tm_sec || sec < 0 || sec > TIME_UNIX_SEC_MAX)
        return false;
    *unix_us = sec * TIME_US_PER_SEC + us;
    return true;
}

void time_sec_text(uint32_t unix_sec, char text[TIME_TEXT_SIZE])
{
    time_t sec = unix_sec;
    struct tm fields;
    size_t chars = gmtime_r(&sec, &fields) != NULL
                       ? strftime(text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &fields)
                       : 0;
    assert(chars == SEC_CHARS);
    (void)chars;
}

bool time_sec_parse(const char *text, size_t chars, uint32_t *unix_sec)
{
    int64_t unix_us;
    if (!time_parse(text, chars, &unix_us))
        return false;
    *unix_sec = (uint32_t)(unix_us / TIME_US_PER_SEC);
    return true;
}

bool time_point_text(int64_t unix_us, char text[TIME_TEXT_SIZE])
{
    int64_t sec = unix_us / TIME_US_PER_SEC;
    if (unix_us < 0 || sec > TIME_UNIX_SEC_MAX)
        return false;
    unsigned ms = (unsigned)(unix_us / TIME_US_PER_MS % 1000);
    time_sec_text((uint32_t)sec, text);
    snprintf(text + SEC_CHARS, TIME_TEXT_SIZE - SEC_CHARS, ".%03u", ms % 1000);
    return true;
}

void slot_text(uint32_t slot, char text[TIME_TEXT_SIZE])
{
    /* The last slot is in 2068. */
    bool written = time_point_text(slot_unix_ms(slot) * TIME_US_PER_MS, text);
    assert(written);
    (void)written;
}

bool slot_at(int64_t unix_us, uint32_t *slot)
{
    const int64_t epoch_us = SLOT_EPOCH_UNIX_MS * TIME_US_PER_MS;
    if (unix_us < epoch_us)
        return false;
    int64_t number = (unix_us - epoch_us) / (SLOT_MS * TIME_US_PER_MS);
    if (number > UINT32_MAX)
        return false;
    *slot = (uint32_t)number;
    return true;
}

bool slot_parse(const char *text, size_t chars, uint32_t *slot)
{
    int64_t unix_us;
    return time_parse(text, chars, &unix_us) && slot_at(unix_us, slot);
}
