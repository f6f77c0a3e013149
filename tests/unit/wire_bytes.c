// SPDX-License-Identifier: Apache-2.0
/* Readers and writers of binary, and Base58. */
#include "host/base/base58.h"
#include "host/base/bytes.h"
#include "host/base/hex.h"
#include "tests/unit/check.h"

static void test_what_is_written_is_read(void)
{
    uint8_t buffer[64];
    struct writer writer = writer_of(buffer, sizeof buffer);
    write_u8(&writer, 0xAB);
    write_u16(&writer, 0x0123);
    write_u32(&writer, 0x01234567);
    write_u64(&writer, UINT64_C(0x0123456789ABCDEF));
    write_u64_be(&writer, UINT64_C(0x0123456789ABCDEF));
    write_sized(&writer, (struct bytes){(const uint8_t *)"xyz", 3});
    CHECK(!writer.failed);
    CHECK_EQ(writer_size(&writer), 27);
    CHECK_MEM(buffer, "\xAB\x23\x01\x67\x45\x23\x01\xEF\xCD\xAB\x89\x67\x45\x23\x01", 15);
    CHECK_MEM(buffer + 15, "\x01\x23\x45\x67\x89\xAB\xCD\xEF\x03xyz", 12);

    struct reader reader = reader_of(buffer, writer_size(&writer));
    CHECK_EQ(read_u8(&reader), 0xAB);
    CHECK_EQ(read_u16(&reader), 0x0123);
    CHECK_EQ(read_u32(&reader), 0x01234567);
    CHECK(read_u64(&reader) == UINT64_C(0x0123456789ABCDEF));
    CHECK(read_u64_be(&reader) == UINT64_C(0x0123456789ABCDEF));
    CHECK(!reader_done(&reader) && reader_left(&reader) == 4);
    struct bytes sized = read_sized(&reader, 3);
    CHECK(sized.size == 3 && memcmp(sized.data, "xyz", 3) == 0);
    CHECK(reader_done(&reader));
}

static void test_a_reader_that_failed_reads_zeros(void)
{
    static const uint8_t data[3] = {1, 2, 3};
    struct reader reader = reader_of(data, sizeof data);
    CHECK_EQ(read_u32(&reader), 0);
    CHECK(reader.failed && !reader_done(&reader) && reader_left(&reader) == 0);
    CHECK_EQ(read_u8(&reader), 0);
    uint8_t copy[2] = {9, 9};
    read_copy(&reader, copy, sizeof copy);
    CHECK(copy[0] == 0 && copy[1] == 0);
    struct bytes view = read_view(&reader, 1);
    CHECK(view.data == NULL && view.size == 0);

    reader = reader_of(data, sizeof data);
    CHECK(read_view(&reader, 4).data == NULL && reader.failed);
    reader = reader_of(data, sizeof data); /* a length of one, more than allowed */
    CHECK(read_sized(&reader, 0).data == NULL && reader.failed);
    reader = reader_of(data, sizeof data);
    CHECK(read_sized(&reader, 1).data == data + 1 && !reader.failed);
    CHECK(read_sized(&reader, 9).data == NULL && reader.failed); /* a length of three, one left */
}

static void test_nothing_is_read_and_written(void)
{
    struct reader reader = reader_of(NULL, 0);
    CHECK(reader_done(&reader) && read_view(&reader, 0).size == 0 && !reader.failed);
    read_copy(&reader, NULL, 0);
    CHECK(reader_done(&reader));
    struct writer writer = writer_of(NULL, 0);
    write_copy(&writer, NULL, 0);
    CHECK(!writer.failed && writer_size(&writer) == 0);
    write_u8(&writer, 1);
    CHECK(writer.failed && writer_size(&writer) == 0);
}

static void test_a_writer_that_failed_writes_nothing(void)
{
    uint8_t buffer[4] = {0};
    struct writer writer = writer_of(buffer, 3);
    write_u8(&writer, 1);
    write_u32(&writer, 0xFFFFFFFF);
    CHECK(writer.failed && writer_size(&writer) == 1);
    write_u8(&writer, 2);
    CHECK_EQ(writer_size(&writer), 1);
    CHECK_MEM(buffer, "\x01\0\0\0", 4);
}

static void test_varuint32(void)
{
    static const uint32_t numbers[] = {0,         1,          127,     128,     16383,
                                       16384,     65535,      2097151, 2097152, 268435455,
                                       268435456, UINT32_MAX, 1000000};
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint8_t buffer[5];
        struct writer writer = writer_of(buffer, sizeof buffer);
        write_varuint32(&writer, numbers[i]);
        struct reader reader = reader_of(buffer, writer_size(&writer));
        CHECK(read_varuint32(&reader) == numbers[i] && reader_done(&reader));
        reader = reader_of(buffer, writer_size(&writer) - 1);
        CHECK(read_varuint32(&reader) == 0 && reader.failed);
    }
    /* Longer than needed, beyond 32 bits, or without an end. */
    static const struct bytes wrong[] = {{(const uint8_t *)"\x80\x00", 2},
                                         {(const uint8_t *)"\xFF\xFF\x80\x00", 4},
                                         {(const uint8_t *)"\xFF\xFF\xFF\xFF\x10", 5},
                                         {(const uint8_t *)"\x80\x80\x80\x80\x80\x01", 6},
                                         {(const uint8_t *)"\xFF", 1}};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct reader reader = reader_of(wrong[i].data, wrong[i].size);
        CHECK(read_varuint32(&reader) == 0 && reader.failed);
    }
}

static void test_base58(void)
{
    static const struct {
        const char *hex, *text;
    } pairs[] = {{"", ""},
                 {"61", "2g"},
                 {"626262", "a3gV"},
                 {"73696d706c792061206c6f6e6720737472696e67", "2cFupjhnEsSn59qHXstmK2ffpLv2"},
                 {"516b6fcd0f", "ABnLTmg"},
                 {"00000000000000000000", "1111111111"},
                 {"00eb15231dfceb60925886b67d065299925915aeb172c06647",
                  "1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L"}};
    for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        uint8_t bytes[32], back[32];
        char text[BASE58_TEXT_SIZE];
        size_t count = strlen(pairs[i].hex) / 2;
        CHECK(hex_decode(pairs[i].hex, 2 * count, bytes, count));
        base58_encode_var(bytes, count, text);
        CHECK(strcmp(text, pairs[i].text) == 0);
        CHECK(base58_decode_var(text, strlen(text), back, count));
        CHECK(memcmp(bytes, back, count) == 0);
        CHECK(!base58_decode_var(text, strlen(text), back, count + 1));
        CHECK(count == 0 || !base58_decode_var(text, strlen(text), back, count - 1));
    }
    uint8_t most[BASE58_BYTES_MAX], back[BASE58_BYTES_MAX];
    char text[BASE58_TEXT_SIZE];
    memset(most, 0xFF, sizeof most);
    base58_encode_var(most, sizeof most, text);
    CHECK(strlen(text) == BASE58_TEXT_SIZE - 1);
    CHECK(base58_decode_var(text, strlen(text), back, sizeof back));
    CHECK_MEM(most, back, sizeof most);
    memset(text, 'z', BASE58_TEXT_SIZE - 1); /* the greatest number of so many digits */
    CHECK(!base58_decode_var(text, BASE58_TEXT_SIZE - 1, back, sizeof back));
    for (size_t count = 0; count <= sizeof most; count++) {
        for (size_t i = 0; i < count; i++)
            most[i] = (uint8_t)(i < count % 5 ? 0 : i * 151 + count * 7);
        base58_encode_var(most, count, text);
        CHECK(base58_decode_var(text, strlen(text), back, count));
        CHECK_MEM(most, back, count);
    }
    for (const char *bad = "0OIl+/ \x80"; *bad != '\0'; bad++)
        CHECK(!base58_decode_var(bad, 1, back, 1));
}

int main(void)
{
    RUN(test_what_is_written_is_read);
    RUN(test_a_reader_that_failed_reads_zeros);
    RUN(test_nothing_is_read_and_written);
    RUN(test_a_writer_that_failed_writes_nothing);
    RUN(test_varuint32);
    RUN(test_base58);
    return 0;
}
