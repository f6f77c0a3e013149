// SPDX-License-Identifier: Apache-2.0
/* Transactions, against those that eosjs and Wharf pack; what does not parse; the digests. */
#include <openssl/crypto.h>
#include <pthread.h>
#include <zlib.h>

#include "host/wire/hash.h"
#include "host/wire/transaction.h"
#include "host/wire/zip.h"
#include "tests/unit/check.h"
#include "tests/unit/wire_vectors.h"

#define NO_BYTES ((struct bytes){NULL, 0})

static struct transaction parsed; /* too large for a stack under the sanitizers, many times over */

static enum transaction_error parse(const void *data, size_t bytes)
{
    return transaction_parse((struct bytes){data, bytes}, &parsed);
}

static void test_transactions_as_the_family_packs_them(void)
{
    size_t i;
    json_t *vector;
    json_array_foreach(vectors("transactions"), i, vector)
    {
        struct bytes packed = vector_bytes(vector, "packed");
        uint8_t buffer[4096], digest[32];
        CHECK_EQ(transaction_parse(packed, &parsed), TRANSACTION_OK);
        struct writer writer = writer_of(buffer, sizeof buffer);
        transaction_write(&writer, &parsed);
        CHECK(vector_is(&writer, packed));
        transaction_digest(vector_bytes(vector, "chain_id").data, packed, digest);
        CHECK_MEM(digest, vector_bytes(vector, "digest").data, 32);

        struct signature signature;
        struct public_key signer, expected;
        const char *text = vector_text(vector, "signature");
        CHECK(signature_parse(text, strlen(text), &signature));
        CHECK(signature_key_var(&signature, digest, &signer));
        text = vector_text(json_array_get(vectors("keys"), 0), "public");
        CHECK(public_key_parse(text, strlen(text), &expected));
        CHECK_MEM(&signer, &expected, sizeof signer);
    }
    CHECK_EQ(i, 2);
}

static void test_fields_of_a_transaction(void)
{
    const json_t *vector = json_array_get(vectors("transactions"), 1);
    CHECK_EQ(transaction_parse(vector_bytes(vector, "packed"), &parsed), TRANSACTION_OK);
    CHECK_EQ(parsed.expiration, UINT32_MAX);
    CHECK_EQ(parsed.ref_block_num, 65535);
    CHECK_EQ(parsed.ref_block_prefix, UINT32_MAX);
    CHECK_EQ(parsed.max_net_usage_words, 300);
    CHECK_EQ(parsed.max_cpu_usage_ms, 255);
    CHECK_EQ(parsed.delay_sec, 70000);
    CHECK_EQ(parsed.action_count, 4);
    CHECK(parsed.actions[0].account == name_of("eosio.token"));
    CHECK(parsed.actions[0].name == name_of("transfer"));
    CHECK_EQ(parsed.actions[2].authorization_count, 0);
    CHECK_EQ(parsed.actions[2].data.size, 0);
    const struct action *last = &parsed.actions[3];
    CHECK_EQ(last->authorization_count, 2);
    CHECK(last->authorizations[1].actor == name_of("e"));
    CHECK(last->authorizations[1].permission == name_of("f"));
    CHECK(last->data.size == 2 && memcmp(last->data.data, "\xFF\x00", 2) == 0);
}

static void test_every_byte_counts(void)
{
    struct bytes packed = vector_bytes(json_array_get(vectors("transactions"), 1), "packed");
    for (size_t i = 0; i < packed.size; i++)
        CHECK(parse(packed.data, i) == TRANSACTION_MALFORMED);
    uint8_t longer[4096] = {0};
    memcpy(longer, packed.data, packed.size);
    CHECK_EQ(parse(longer, packed.size + 1), TRANSACTION_MALFORMED);
}

/* Expiration, ref_block_num, ref_block_prefix, two limits and a delay of zero. */
#define HEAD      "\1\0\0\0\0\0\0\0\0\0\0\0\0"
#define HEAD_SIZE 13u
#define NAMES     "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"

static void test_what_is_refused(void)
{
    CHECK_EQ(parse(HEAD "\0\0\0", HEAD_SIZE + 3), TRANSACTION_NO_ACTIONS);
    CHECK_EQ(parse(HEAD "\0\1" NAMES "\0\0\0", HEAD_SIZE + 21), TRANSACTION_OK);
    CHECK_EQ(parse(HEAD "\1" NAMES "\0\0\0\0", HEAD_SIZE + 21), TRANSACTION_CONTEXT_FREE);
    CHECK_EQ(parse(HEAD "\0\1" NAMES "\0\0\1\0\0\0", HEAD_SIZE + 24), TRANSACTION_EXTENSIONS);
    CHECK_EQ(parse(HEAD "\0\x41" NAMES "\0\0\0", HEAD_SIZE + 21), TRANSACTION_TOO_LARGE);
    CHECK_EQ(parse(HEAD "\0\1" NAMES "\x11\0\0", HEAD_SIZE + 21), TRANSACTION_TOO_LARGE);
    /* A count that is longer than it need be. */
    CHECK_EQ(parse(HEAD "\0\x81\0" NAMES "\0\0\0", HEAD_SIZE + 22), TRANSACTION_MALFORMED);
    static uint8_t large[TRANSACTION_BYTES_MAX + 1];
    CHECK_EQ(parse(large, sizeof large), TRANSACTION_TOO_LARGE);
    for (int error = TRANSACTION_OK; error <= TRANSACTION_NO_MEMORY; error++)
        CHECK(strlen(transaction_error_text((enum transaction_error)error)) > 5);
}

static void test_limits_are_reached(void)
{
    static struct transaction most;
    static uint8_t buffer[TRANSACTION_ACTIONS_MAX * (ACTION_AUTHORIZATIONS_MAX * 16 + 20) + 64];
    most.action_count = TRANSACTION_ACTIONS_MAX;
    for (unsigned i = 0; i < TRANSACTION_ACTIONS_MAX; i++) {
        most.actions[i].account = i;
        most.actions[i].authorization_count = ACTION_AUTHORIZATIONS_MAX;
        most.actions[i].authorizations[ACTION_AUTHORIZATIONS_MAX - 1].actor = 2 * i;
    }
    struct writer writer = writer_of(buffer, sizeof buffer);
    transaction_write(&writer, &most);
    CHECK(!writer.failed);
    CHECK_EQ(parse(buffer, writer_size(&writer)), TRANSACTION_OK);
    CHECK_EQ(parsed.action_count, TRANSACTION_ACTIONS_MAX);
    CHECK(parsed.actions[63].authorizations[15].actor == 126);
    writer = writer_of(buffer, 100);
    transaction_write(&writer, &most);
    CHECK(writer.failed);
}

static void test_actions_alone(void)
{
    struct action action = {.account = 1,
                            .name = 2,
                            .authorization_count = 1,
                            .authorizations = {{3, 4}},
                            .data = {(const uint8_t *)"x", 1}};
    struct action back;
    uint8_t buffer[64];
    struct writer writer = writer_of(buffer, sizeof buffer);
    action_write(&writer, &action);
    struct reader reader = reader_of(buffer, writer_size(&writer));
    action_read(&reader, &back);
    CHECK(reader_done(&reader) && back.name == 2 && back.authorizations[0].permission == 4);
    CHECK(back.data.size == 1 && back.data.data[0] == 'x');
    buffer[16] = ACTION_AUTHORIZATIONS_MAX + 1;
    reader = reader_of(buffer, writer_size(&writer));
    action_read(&reader, &back);
    CHECK(reader.failed && back.authorization_count == 0 && back.data.size == 0);
}

static struct signature signature_of(const json_t *vector)
{
    struct signature signature;
    const char *text = vector_text(vector, "signature");
    CHECK(signature_parse(text, strlen(text), &signature));
    return signature;
}

/* The same transaction in each form in which a library sends it. */
static void check_forms(const json_t *vector)
{
    enum transaction_error error;
    struct signature signature = signature_of(vector);
    struct bytes packed = vector_bytes(vector, "packed"), zipped = vector_bytes(vector, "zipped");
    struct bytes wharf = vector_bytes(vector, "wharf_packed_trx");
    struct bytes wharf_cfd = vector_bytes(vector, "wharf_packed_context_free_data");
    static const uint8_t empty_list[1], empty_zip[] = {0x78, 0x9c, 3, 0, 0, 0, 0, 1};
    const struct {
        bool compressed;
        struct bytes packed, cfd;
    } forms[] = {{false, packed, NO_BYTES},
                 {false, packed, {empty_list, 1}},
                 {true, zipped, NO_BYTES},
                 {true, zipped, {empty_zip, sizeof empty_zip}},
                 {true, wharf, wharf_cfd}};
    for (unsigned i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct signed_transaction *made = signed_transaction_create(
            &signature, 1, forms[i].compressed, forms[i].packed, forms[i].cfd, &error);
        CHECK(made != NULL && error == TRANSACTION_OK);
        CHECK(made->compressed == forms[i].compressed && made->signature_count == 1);
        CHECK_EQ(made->wire.size, forms[i].packed.size);
        CHECK_MEM(made->wire.data, forms[i].packed.data, made->wire.size);
        CHECK_EQ(made->transaction.packed.size, packed.size);
        CHECK_MEM(made->transaction.packed.data, packed.data, packed.size);
        struct bytes id = vector_bytes(vector, "id");
        CHECK_MEM(made->id, id.data, 32);
        CHECK(signed_transaction_acquire(made) == made);
        signed_transaction_release(made);

        uint8_t buffer[4096];
        struct writer writer = writer_of(buffer, sizeof buffer);
        signed_transaction_write(&writer, made);
        CHECK(!writer.failed && writer_size(&writer) == signed_transaction_size(made));
        struct reader reader = reader_of(buffer, writer_size(&writer));
        struct signed_transaction *back = signed_transaction_read(&reader, &error);
        CHECK(back != NULL && reader_done(&reader));
        CHECK_MEM(back->id, made->id, 32);
        CHECK_MEM(back->signatures, made->signatures, sizeof made->signatures[0]);
        for (unsigned action = 0; action < made->transaction.action_count; action++) {
            struct bytes data = made->transaction.actions[action].data;
            CHECK(data.data >= made->transaction.packed.data &&
                  data.data + data.size <= made->transaction.packed.data + packed.size);
            CHECK_EQ(back->transaction.actions[action].data.size, data.size);
            CHECK_MEM(back->transaction.actions[action].data.data, data.data, data.size);
        }
        signed_transaction_release(back);
        signed_transaction_release(made);
    }
}

static void test_signed_transactions_in_every_form(void)
{
    size_t i;
    json_t *vector;
    json_array_foreach(vectors("transactions"), i, vector) check_forms(vector);
}

static enum transaction_error create(unsigned signatures, bool compressed, struct bytes packed,
                                     struct bytes cfd)
{
    static const struct signature none[TRANSACTION_SIGNATURES_MAX + 1];
    enum transaction_error error;
    struct signed_transaction *made =
        signed_transaction_create(none, signatures, compressed, packed, cfd, &error);
    CHECK((made != NULL) == (error == TRANSACTION_OK));
    signed_transaction_release(made);
    return error;
}

static void test_signed_transactions_that_are_refused(void)
{
    const json_t *vector = json_array_get(vectors("transactions"), 0);
    struct bytes packed = vector_bytes(vector, "packed"), zipped = vector_bytes(vector, "zipped");
    static const uint8_t some[] = {1, 0}, no_zip[] = {0x78, 0x9c, 3, 0, 0, 0, 0, 2};
    CHECK_EQ(create(0, false, packed, NO_BYTES), TRANSACTION_OK);
    CHECK_EQ(create(TRANSACTION_SIGNATURES_MAX, false, packed, NO_BYTES), TRANSACTION_OK);
    CHECK_EQ(create(TRANSACTION_SIGNATURES_MAX + 1, false, packed, NO_BYTES),
             TRANSACTION_TOO_LARGE);
    CHECK_EQ(create(1, false, packed, (struct bytes){some, 2}), TRANSACTION_CONTEXT_FREE);
    CHECK_EQ(create(1, false, packed, (struct bytes){some, 1}), TRANSACTION_CONTEXT_FREE);
    CHECK_EQ(create(1, true, zipped, (struct bytes){no_zip, 8}), TRANSACTION_BAD_ZIP);
    CHECK_EQ(create(1, true, packed, NO_BYTES), TRANSACTION_BAD_ZIP);
    CHECK(create(1, false, zipped, NO_BYTES) != TRANSACTION_OK);
    CHECK_EQ(create(1, true, NO_BYTES, NO_BYTES), TRANSACTION_BAD_ZIP);
    for (size_t i = 0; i < zipped.size; i++)
        CHECK_EQ(create(1, true, (struct bytes){zipped.data, i}, NO_BYTES), TRANSACTION_BAD_ZIP);
    uint8_t longer[4096] = {0};
    memcpy(longer, zipped.data, zipped.size);
    CHECK_EQ(create(1, true, (struct bytes){longer, zipped.size + 1}, NO_BYTES),
             TRANSACTION_BAD_ZIP);
}

static void test_what_a_zip_may_hold(void)
{
    static uint8_t large[UNZIP_BYTES_MAX + 1], zipped[4096];
    for (unsigned extra = 0; extra < 2; extra++) {
        uLongf bytes = sizeof zipped;
        CHECK_EQ(compress2(zipped, &bytes, large, UNZIP_BYTES_MAX + extra, 9), Z_OK);
        struct bytes out;
        CHECK_EQ(unzip((struct bytes){zipped, bytes}, &out), extra == 0 ? UNZIP_OK : UNZIP_BAD);
        CHECK(extra != 0 || out.size == UNZIP_BYTES_MAX);
    }
}

static void test_signed_transactions_that_do_not_read(void)
{
    enum transaction_error error;
    struct signature signature = signature_of(json_array_get(vectors("transactions"), 0));
    struct bytes packed = vector_bytes(json_array_get(vectors("transactions"), 0), "packed");
    struct signed_transaction *made =
        signed_transaction_create(&signature, 1, false, packed, NO_BYTES, &error);
    uint8_t buffer[4096];
    struct writer writer = writer_of(buffer, sizeof buffer);
    CHECK(made != NULL);
    signed_transaction_write(&writer, made);
    signed_transaction_release(made);
    size_t bytes = writer_size(&writer);
    for (size_t i = 0; i < bytes; i++) {
        struct reader reader = reader_of(buffer, i);
        CHECK(signed_transaction_read(&reader, &error) == NULL && reader.failed);
        CHECK_EQ(error, TRANSACTION_MALFORMED);
    }
    static const struct {
        size_t at;
        uint8_t value;
        enum transaction_error error;
    } wrong[] = {{0, 17, TRANSACTION_TOO_LARGE},
                 {1, 1, TRANSACTION_MALFORMED},  /* a signature of type R1 */
                 {67, 2, TRANSACTION_MALFORMED}, /* an unknown compression */
                 {67, 1, TRANSACTION_BAD_ZIP},
                 {68, 1, TRANSACTION_CONTEXT_FREE}};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t kept = buffer[wrong[i].at];
        buffer[wrong[i].at] = wrong[i].value;
        if (wrong[i].error == TRANSACTION_CONTEXT_FREE) { /* the length grew by a byte */
            memmove(buffer + 70, buffer + 69, bytes - 69);
            bytes++;
        }
        struct reader reader = reader_of(buffer, bytes);
        CHECK(signed_transaction_read(&reader, &error) == NULL && reader.failed);
        CHECK_EQ(error, wrong[i].error);
        buffer[wrong[i].at] = kept;
    }
}

/* As Wharf writes the whole, but for its context-free data: a packed list of none there. */
static void test_a_packed_transaction_as_the_family_writes_it(void)
{
    const json_t *vector = json_array_get(vectors("transactions"), 1);
    enum transaction_error error;
    struct signature signature = signature_of(vector);
    struct bytes cfd = vector_bytes(vector, "wharf_packed_context_free_data");
    struct signed_transaction *made = signed_transaction_create(
        &signature, 1, true, vector_bytes(vector, "wharf_packed_trx"), cfd, &error);
    uint8_t buffer[4096];
    struct writer writer = writer_of(buffer, sizeof buffer);
    CHECK(made != NULL);
    signed_transaction_write(&writer, made);
    struct bytes expected = vector_bytes(vector, "wharf_written");
    CHECK_EQ(writer_size(&writer), expected.size - cfd.size);
    CHECK_MEM(buffer, expected.data, 68);
    CHECK_EQ(expected.data[68], cfd.size);
    CHECK_EQ(buffer[68], 0);
    CHECK_MEM(buffer + 69, expected.data + 69 + cfd.size, expected.size - 69 - cfd.size);
    signed_transaction_release(made);
}

struct shared {
    struct bytes zipped;
    struct signed_transaction *transaction;
};

static void *use_from_a_thread(void *argument)
{
    const struct shared *shared = argument;
    for (unsigned i = 0; i < 50; i++) {
        enum transaction_error error;
        struct signed_transaction *mine =
            signed_transaction_create(NULL, 0, true, shared->zipped, NO_BYTES, &error);
        CHECK(mine != NULL && error == TRANSACTION_OK);
        struct signed_transaction *same = signed_transaction_acquire(shared->transaction);
        CHECK_MEM(mine->id, same->id, sizeof mine->id);
        signed_transaction_release(same);
        signed_transaction_release(mine);
    }
    OPENSSL_thread_stop();
    return NULL;
}

/* What threads keep to hash and to unzip is their own, and is gone with them (or LeakSanitizer
 * says so). */
static void test_threads_share_transactions(void)
{
    const json_t *vector = json_array_get(vectors("transactions"), 0);
    enum transaction_error error;
    struct shared shared = {.zipped = vector_bytes(vector, "zipped")};
    shared.transaction =
        signed_transaction_create(NULL, 0, false, vector_bytes(vector, "packed"), NO_BYTES, &error);
    CHECK(shared.transaction != NULL);
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, use_from_a_thread, &shared), 0);
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
    CHECK_EQ(shared.transaction->references, 1);
    signed_transaction_release(shared.transaction);
}

int main(void)
{
    RUN(test_transactions_as_the_family_packs_them);
    RUN(test_fields_of_a_transaction);
    RUN(test_every_byte_counts);
    RUN(test_what_is_refused);
    RUN(test_limits_are_reached);
    RUN(test_actions_alone);
    RUN(test_signed_transactions_in_every_form);
    RUN(test_signed_transactions_that_are_refused);
    RUN(test_what_a_zip_may_hold);
    RUN(test_signed_transactions_that_do_not_read);
    RUN(test_a_packed_transaction_as_the_family_writes_it);
    RUN(test_threads_share_transactions);
    vectors_close();
    OPENSSL_thread_stop();
    return 0;
}
