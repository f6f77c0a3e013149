// SPDX-License-Identifier: Apache-2.0
/* The pool's books: order, limits, tables, expiry. */
#include "host/intake/pool.h"

#include "tests/unit/check.h"
#include "tests/unit/intake_rig.h"
#include "tests/unit/offload_fake_card.h"

#define MANY 500u

static struct pool pool;
static struct rig_request requests[MANY];

static name_t actor(unsigned number)
{
    return name_of("alice") + number;
}

/* Fills requests[0..count) and opens a pool for them. */
static void start(unsigned count, const struct pool_limits *limits)
{
    CHECK(pool_init(&pool, limits));
    for (unsigned i = 0; i < count; i++)
        rig_request_init(&requests[i], rig_transaction_signed(actor(i % 3), i, 1000 + i, NULL, 0));
}

static void end(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        signed_transaction_release(requests[i].request.transaction);
    pool_free(&pool);
}

static struct pool_entry *add(unsigned number)
{
    struct ledger_error error = {.code = LEDGER_OK};
    struct pool_entry *entry = pool_add(&pool, &requests[number].request, &error);
    CHECK_EQ(error.code, LEDGER_OK);
    CHECK(entry != NULL && entry->request == &requests[number].request);
    return entry;
}

static void refuses(unsigned number, enum ledger_error_code code)
{
    struct ledger_error error = {.code = LEDGER_OK};
    CHECK(pool_add(&pool, &requests[number].request, &error) == NULL);
    CHECK_EQ(error.code, code);
    CHECK(error.message[0] != '\0');
}

static const struct pool_limits wide = {
    .transactions_max = MANY, .bytes_max = 1u << 20, .account_max = MANY};

static void test_of_those_ready_the_first_to_arrive_is_taken(void)
{
    struct pool_entry *entries[MANY];
    uint64_t dice = 1;
    start(MANY, &wide);
    for (unsigned i = 0; i < MANY; i++)
        entries[i] = add(i);
    for (unsigned i = MANY; i-- > 0;) { /* Fisher and Yates */
        unsigned j = (unsigned)dice_roll(&dice, i + 1);
        struct pool_entry *entry = entries[i];
        entries[i] = entries[j];
        entries[j] = entry;
        pool_make_ready(&pool, entries[i]);
    }
    for (unsigned i = 0; i < MANY; i++) {
        struct pool_entry *entry = pool_take(&pool);
        CHECK(entry->request == &requests[i].request);
        if (i == MANY / 2) { /* one that is put back is the next one again */
            pool_make_ready(&pool, entry);
            CHECK(pool_take(&pool) == entry);
        }
        pool_remove(&pool, entry);
    }
    CHECK(pool_take(&pool) == NULL);
    CHECK_EQ(pool.count, 0);
    CHECK_EQ(pool.bytes, 0);
    end(MANY);
}

static void test_a_transaction_is_in_it_once(void)
{
    start(3, &wide);
    struct pool_entry *entry = add(1);
    CHECK(pool_find(&pool, requests[1].request.transaction->id) == entry);
    CHECK(pool_find(&pool, requests[2].request.transaction->id) == NULL);
    refuses(1, LEDGER_TX_DUPLICATE);
    pool_remove(&pool, entry);
    CHECK(pool_find(&pool, requests[1].request.transaction->id) == NULL);
    pool_remove(&pool, add(1));
    end(3);
}

static void test_limits(void)
{
    struct pool_limits limits = {.transactions_max = 4, .bytes_max = 1u << 20, .account_max = 2};
    start(7, &limits);
    struct pool_entry *first = add(0);
    (void)add(3);
    refuses(6, LEDGER_ACCOUNT_POOL_FULL); /* 0, 3 and 6 are of the same account */
    (void)add(1);
    (void)add(2);
    refuses(4, LEDGER_POOL_FULL);
    pool_remove(&pool, first);
    (void)add(6);
    pool_free(&pool);

    limits.transactions_max = 7;
    limits.bytes_max = 2 * pool_bytes(requests[0].request.transaction);
    CHECK(pool_init(&pool, &limits));
    (void)add(0);
    first = add(1);
    refuses(2, LEDGER_POOL_FULL);
    pool_remove(&pool, first);
    (void)add(2);
    end(7);
}

/* Entries and accounts are used again, many times over, and all are found. */
static void test_tables_under_random_changes(void)
{
    struct pool_limits limits = {.transactions_max = 50, .bytes_max = 1u << 20, .account_max = 50};
    struct pool_entry *entries[MANY] = {NULL};
    uint64_t dice = 2;
    unsigned count = 0;
    start(MANY, &limits);
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = (unsigned)dice_roll(&dice, MANY);
        const uint8_t *id = requests[i].request.transaction->id;
        CHECK(pool_find(&pool, id) == entries[i]);
        if (entries[i] != NULL) {
            pool_remove(&pool, entries[i]);
            entries[i] = NULL;
            count--;
        } else if (count == limits.transactions_max) {
            refuses(i, LEDGER_POOL_FULL);
        } else {
            entries[i] = add(i);
            count++;
        }
        CHECK_EQ(pool.count, count);
    }
    end(MANY);
}

static void test_expired_ones_leave_and_the_order_stays(void)
{
    struct pool_line expired = {0};
    start(MANY, &wide);
    for (unsigned i = 0; i < MANY; i++)
        pool_make_ready(&pool, add(MANY - 1 - i)); /* the last to arrive expires first */
    pool_take_expired(&pool, 1000 * INT64_C(1000), &expired);
    CHECK(expired.head == NULL); /* its last second is not over */
    pool_take_expired(&pool, 1100 * INT64_C(1000), &expired);
    unsigned count = 0;
    for (struct pool_entry *entry; (entry = pool_line_pop(&expired)) != NULL; count++) {
        CHECK(entry->entry.transaction->transaction.expiration < 1100);
        pool_remove(&pool, entry);
    }
    CHECK_EQ(count, 100);
    for (unsigned i = 0; i < MANY - 100; i++)
        CHECK(pool_take(&pool)->request == &requests[MANY - 1 - i].request);
    CHECK(pool_take(&pool) == NULL);
    end(MANY);
}

static void test_the_first_authorizer(void)
{
    struct transaction transaction = {.action_count = 2};
    CHECK_EQ(pool_authorizer(&transaction), 0);
    transaction.actions[1].authorization_count = 1;
    transaction.actions[1].authorizations[0].actor = name_of("bob");
    CHECK_EQ(pool_authorizer(&transaction), name_of("bob"));
}

int main(void)
{
    RUN(test_of_those_ready_the_first_to_arrive_is_taken);
    RUN(test_a_transaction_is_in_it_once);
    RUN(test_limits);
    RUN(test_tables_under_random_changes);
    RUN(test_expired_ones_leave_and_the_order_stays);
    RUN(test_the_first_authorizer);
    return 0;
}
