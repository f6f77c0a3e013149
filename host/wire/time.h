/* SPDX-License-Identifier: Apache-2.0 */
/* Times as the family writes them: "2020-01-01T00:00:00", or with ".500" behind it; UTC. What has a
 * text lies between 1970 and the last second of 32 bits, in 2106. */
#ifndef HOST_WIRE_TIME_H
#define HOST_WIRE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIME_TEXT_SIZE    24u /* "2020-01-01T00:00:00.000" */
#define TIME_UNIX_SEC_MAX UINT32_MAX
#define TIME_US_PER_SEC   INT64_C(1000000)
#define TIME_US_PER_MS    INT64_C(1000)

/* Reads either form, of one to six decimals, with or without a Z at the end. False for anything
 * else, and for days that no calendar has. */
bool time_parse(const char *text, size_t chars, int64_t *unix_us);

/* A time_point_sec: without a fraction; a fraction that is read is dropped. */
void time_sec_text(uint32_t unix_sec, char text[TIME_TEXT_SIZE]);
bool time_sec_parse(const char *text, size_t chars, uint32_t *unix_sec);

/* A time_point: with milliseconds; what is finer is not written. False out of the range above. */
bool time_point_text(int64_t unix_us, char text[TIME_TEXT_SIZE]);

/* A block_timestamp_type: with milliseconds. A time between two slots is read as the earlier. */
void slot_text(uint32_t slot, char text[TIME_TEXT_SIZE]);
bool slot_parse(const char *text, size_t chars, uint32_t *slot);
/* The slot at a time; false before the first and after the last one. */
bool slot_at(int64_t unix_us, uint32_t *slot);

#endif
