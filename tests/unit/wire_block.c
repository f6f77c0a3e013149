// SPDX-License-Identifier: Apache-2.0
/* Blocks and authorities: written, read, and refused. */
#include <openssl/crypto.h>

#include "host/wire/authority.h"
#include "host/wire/block.h"
#include "host/wire/hash.h"
#include "tests/unit/check.h"
#include "tests/unit/wire_vectors.h"

#define BUFFER_BYTES 8192u

static struct signed_transaction *transaction_of(unsigned index, bool compressed)
{
    const json_t *vector = json_array_get(vectors("transactions"), index);
    struct signature signature;
    enum transaction_error error;
    const char *text = vector_text(vector, "signature");
    CHECK(signature_parse(text, strlen(text), &signature));
    struct signed_transaction *made = signed_transaction_create(
        &signature, 1, compressed, vector_bytes(vector, compressed ? "zipped" : "packed"),
        (struct bytes){NULL, 0}, &error);
    CHECK(made != NULL);
    return made;
}

static void fill_header(struct block_header *header)
{
    *header = (struct block_header){
        .slot = 0x01020304, .producer = name_of("producer"), .confirmed = 5, .schedule_version = 6};
    memset(&header->previous, 0x11, sizeof header->previous);
    memset(header->transaction_root, 0x22, 32);
    memset(header->action_root, 0x33, 32);
    memset(header->state_hash, 0x44, 32);
}

/* A block of `count` receipts, three at most, written to `buffer`; returns its size. */
static size_t write_block(unsigned count, uint8_t buffer[BUFFER_BYTES])
{
    struct receipt receipts[3];
    struct block block = {.receipt_count = count, .receipts = receipts};
    struct private_key key;
    uint8_t digest[32];
    fill_header(&block.header);
    for (unsigned i = 0; i < count; i++)
        receipts[i] = (struct receipt){.status = RECEIPT_EXECUTED,
                                       .cpu_usage_us = 100 + i,
                                       .net_usage_words = 200 * i,
                                       .transaction = transaction_of(i % 2, i == 2)};
    CHECK(private_key_create(KEY_K1, &key));
    block_header_digest(&block.header, digest);
    CHECK(private_key_sign(&key, digest, &block.signature));
    struct writer writer = writer_of(buffer, BUFFER_BYTES);
    block_write(&writer, &block);
    CHECK(!writer.failed && writer_size(&writer) == block_size(&block));
    for (unsigned i = 0; i < count; i++)
        signed_transaction_release(receipts[i].transaction);
    private_key_wipe(&key);
    return writer_size(&writer);
}

static void test_blocks_come_back_as_they_were_written(void)
{
    static uint8_t buffer[BUFFER_BYTES], again[BUFFER_BYTES];
    for (unsigned count = 0; count <= 3; count++) {
        size_t bytes = write_block(count, buffer);
        struct block *block = block_read((struct bytes){buffer, bytes});
        CHECK(block != NULL && block->receipt_count == count);
        CHECK(block->header.producer == name_of("producer") && block->header.confirmed == 5);
        CHECK(block->header.state_hash[31] == 0x44);
        struct writer writer = writer_of(again, sizeof again);
        block_write(&writer, block);
        CHECK(vector_is(&writer, (struct bytes){buffer, bytes}));
        if (count == 3) {
            CHECK(block->receipts[2].transaction->compressed);
            CHECK_EQ(block->receipts[2].net_usage_words, 400);
            CHECK_MEM(block->receipts[0].transaction->id, block->receipts[2].transaction->id, 32);
        }
        block_free(block);
    }
    block_free(NULL);
}

static void test_blocks_that_do_not_read(void)
{
    static uint8_t buffer[BUFFER_BYTES];
    size_t bytes = write_block(2, buffer);
    for (size_t i = 0; i < bytes; i++)
        CHECK(block_read((struct bytes){buffer, i}) == NULL);
    CHECK(block_read((struct bytes){buffer, bytes + 1}) == NULL);
    static const struct {
        size_t at;
        uint8_t value;
    } wrong[] = {{114, 1},                      /* new producers */
                 {115, 0},                      /* no extension */
                 {116, 0},                      /* another extension */
                 {118, 31},                     /* of another size */
                 {BLOCK_HEADER_BYTES, 1},       /* a signature of type R1 */
                 {BLOCK_HEADER_BYTES + 66, 3},  /* more receipts than there are */
                 {BLOCK_HEADER_BYTES + 67, 1},  /* soft_fail */
                 {BLOCK_HEADER_BYTES + 73, 0}}; /* a transaction's id only */
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t kept = buffer[wrong[i].at];
        CHECK(kept != wrong[i].value);
        buffer[wrong[i].at] = wrong[i].value;
        CHECK(block_read((struct bytes){buffer, bytes}) == NULL);
        buffer[wrong[i].at] = kept;
    }
    buffer[bytes - 1] = 1; /* a block extension */
    CHECK(block_read((struct bytes){buffer, bytes}) == NULL);
}

/* The receipt in the block is head, variant, signatures, compression, no data, packed_trx. */
static void check_receipt_digest(const struct receipt *receipt)
{
    uint8_t packed[1024] = {0, 4, 3, 2, 1, 0xAC, 2}, digest[32], expected[32];
    struct writer writer = writer_of(packed + 7, sizeof packed - 7);
    signed_transaction_write(&writer, receipt->transaction);
    CHECK(!writer.failed);
    const struct bytes parts[] = {
        {packed, 7 + 1 + 66 + 1}, {receipt->transaction->id, 32}, receipt->transaction->wire};
    hash_sha256(parts, receipt->transaction->compressed ? 3 : 2, expected);
    receipt_digest(receipt, digest);
    CHECK_MEM(digest, expected, 32);
}

/* From their definitions. */
static void test_digests_and_ids(void)
{
    struct block_header header;
    uint8_t written[BLOCK_HEADER_BYTES], digest[32], expected[32];
    fill_header(&header);
    struct writer writer = writer_of(written, sizeof written);
    block_header_write(&writer, &header);
    CHECK(!writer.failed && writer_size(&writer) == BLOCK_HEADER_BYTES);
    const struct bytes whole = {written, sizeof written};
    hash_sha256(&whole, 1, expected);
    block_header_digest(&header, digest);
    CHECK_MEM(digest, expected, 32);
    block_id_t id;
    block_header_id(&header, &id);
    CHECK_EQ(block_header_height(&header), 0x11111112);
    CHECK_EQ(block_id_height(&id), 0x11111112);
    CHECK_MEM(id.bytes + 4, expected + 4, 28);

    struct receipt receipt = {.cpu_usage_us = 0x01020304,
                              .net_usage_words = 300,
                              .transaction = transaction_of(0, false)};
    check_receipt_digest(&receipt);
    signed_transaction_release(receipt.transaction);
    receipt.transaction = transaction_of(0, true);
    check_receipt_digest(&receipt);
    signed_transaction_release(receipt.transaction);
    CHECK(slot_unix_ms(0) == SLOT_EPOCH_UNIX_MS && slot_unix_ms(3) == SLOT_EPOCH_UNIX_MS + 1500);
}

static struct public_key key_of(unsigned index)
{
    struct public_key key;
    const char *text = vector_text(json_array_get(vectors("keys"), index), "public");
    CHECK(public_key_parse(text, strlen(text), &key));
    return key;
}

/* Two keys in their order, two accounts, two waits. */
static void fill_authority(struct authority *authority)
{
    struct public_key one = key_of(0), other = key_of(1);
    bool swapped = memcmp(&one, &other, sizeof one) > 0;
    *authority = (struct authority){
        .threshold = 6,
        .key_count = 2,
        .account_count = 2,
        .wait_count = 2,
        .keys = {{swapped ? other : one, 1}, {swapped ? one : other, 1}},
        .accounts = {{{name_of("a"), name_of("active")}, 1}, {{name_of("a"), name_of("b")}, 1}},
        .waits = {{10, 1}, {11, 1}}};
}

static void test_authorities_come_back(void)
{
    struct authority authority, back;
    uint8_t buffer[AUTHORITY_BYTES_MAX];
    fill_authority(&authority);
    struct writer writer = writer_of(buffer, sizeof buffer);
    authority_write(&writer, &authority);
    CHECK(!writer.failed);
    struct reader reader = reader_of(buffer, writer_size(&writer));
    authority_read(&reader, &back);
    CHECK(reader_done(&reader));
    CHECK_EQ(back.threshold, 6);
    CHECK(back.accounts[1].permission.permission == name_of("b") && back.waits[1].wait_sec == 11);
    for (size_t i = 0; i < writer_size(&writer); i++) {
        reader = reader_of(buffer, i);
        authority_read(&reader, &back);
        CHECK(reader.failed);
    }
    for (unsigned legacy = 0; legacy < 2; legacy++) {
        uint8_t again[AUTHORITY_BYTES_MAX];
        json_t *json = authority_to_json(&authority, legacy != 0);
        CHECK(json != NULL && authority_from_json(json, &back));
        const char *key = json_string_value(
            json_object_get(json_array_get(json_object_get(json, "keys"), 0), "key"));
        CHECK(strncmp(key, legacy != 0 ? "EOS" : "PUB", 3) == 0);
        struct writer second = writer_of(again, sizeof again);
        authority_write(&second, &back);
        CHECK(vector_is(&second, (struct bytes){buffer, writer_size(&writer)}));
        json_decref(json);
    }
}

static void test_the_largest_authority_fits(void)
{
    struct authority most = {.key_count = AUTHORITY_KEYS_MAX,
                             .account_count = AUTHORITY_ACCOUNTS_MAX,
                             .wait_count = AUTHORITY_WAITS_MAX};
    uint8_t buffer[AUTHORITY_BYTES_MAX];
    for (unsigned i = 0; i < AUTHORITY_KEYS_MAX; i++)
        most.keys[i].key = key_of(0);
    struct writer writer = writer_of(buffer, sizeof buffer);
    authority_write(&writer, &most);
    CHECK(!writer.failed);
    struct reader reader = reader_of(buffer, writer_size(&writer));
    authority_read(&reader, &most);
    CHECK(reader_done(&reader));
    buffer[4] = AUTHORITY_KEYS_MAX + 1;
    reader = reader_of(buffer, sizeof buffer);
    authority_read(&reader, &most);
    CHECK(reader.failed && most.key_count == 0);
}

static void test_which_authorities_are_valid(void)
{
    struct authority good, bad;
    fill_authority(&good);
    CHECK(authority_valid(&good));
    good.threshold = 7; /* out of reach */
    CHECK(!authority_valid(&good));
    good.threshold = 0;
    CHECK(!authority_valid(&good));
    good.threshold = 1;
    CHECK(authority_valid(&good));

    bad = good;
    bad.keys[1] = bad.keys[0];
    CHECK(!authority_valid(&bad));
    bad.keys[1] = good.keys[0];
    bad.keys[0] = good.keys[1];
    CHECK(!authority_valid(&bad));
    bad = good;
    bad.accounts[1] = bad.accounts[0];
    CHECK(!authority_valid(&bad));
    bad.accounts[1].permission.actor--;
    CHECK(!authority_valid(&bad));
    bad = good;
    bad.waits[1].wait_sec = 10;
    CHECK(!authority_valid(&bad));
    bad = good;
    bad.waits[0].wait_sec = 0;
    CHECK(!authority_valid(&bad));
    uint16_t *weights[] = {&bad.keys[1].weight, &bad.accounts[0].weight, &bad.waits[1].weight};
    for (unsigned i = 0; i < 3; i++) {
        bad = good;
        *weights[i] = 0;
        CHECK(!authority_valid(&bad));
    }
    struct public_key key = key_of(0);
    authority_of_key(&good, &key);
    CHECK(authority_valid(&good) && good.threshold == 1 && good.key_count == 1);
}

static void test_json_that_is_no_authority(void)
{
    static const char *const wrong[] = {
        "[]",
        "{}",
        "{\"threshold\":-1}",
        "{\"threshold\":4294967296}",
        "{\"threshold\":\"1\"}",
        "{\"threshold\":1,\"keys\":{}}",
        "{\"threshold\":1,\"keys\":[{}]}",
        "{\"threshold\":1,\"keys\":[{\"key\":\"EOS\",\"weight\":1}]}",
        "{\"threshold\":1,\"accounts\":[{\"permission\":{\"actor\":\"a\"},\"weight\":1}]}",
        "{\"threshold\":1,\"accounts\":[{\"permission\":{\"actor\":\"a\",\"permission\":\"B\"},"
        "\"weight\":1}]}",
        "{\"threshold\":1,\"waits\":[{\"wait_sec\":1,\"weight\":65536}]}",
        "{\"threshold\":1,\"waits\":[1,1,1,1,1]}"};
    struct authority authority;
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        json_t *json = json_loads(wrong[i], 0, NULL);
        CHECK(json != NULL && !authority_from_json(json, &authority));
        json_decref(json);
    }
    json_t *json = json_loads("{\"threshold\":1}", 0, NULL);
    CHECK(authority_from_json(json, &authority) && authority.key_count == 0);
    json_decref(json);
}

int main(void)
{
    RUN(test_blocks_come_back_as_they_were_written);
    RUN(test_blocks_that_do_not_read);
    RUN(test_digests_and_ids);
    RUN(test_authorities_come_back);
    RUN(test_the_largest_authority_fits);
    RUN(test_which_authorities_are_valid);
    RUN(test_json_that_is_no_authority);
    vectors_close();
    OPENSSL_thread_stop();
    return 0;
}
