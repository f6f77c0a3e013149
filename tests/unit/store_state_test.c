// SPDX-License-Identifier: Apache-2.0
/* The state against a model that copies everything: random histories on both row stores, with
 * checkpoints that fail, and threads that write them while the state goes on. */
#include <pthread.h>

#include "host/store/read_cache.h"
#include "host/store/row_index.h"
#include "host/store/state.h"
#include "tests/unit/check.h"
#include "tests/unit/store_folder.h"
#include "tests/unit/store_random.h"

#define KEYS        96u
#define LAYERS      12u
#define STEPS       4000u
#define HISTORIES   12u /* in memory; a quarter of them on LMDB, which syncs a real disk */
#define MANY_ROWS   20000u
#define STORE_BYTES (64u << 20)

/* ------------------------------------------------------------------ keys and values */

struct key {
    uint8_t bytes[ROW_KEY_BYTES_MAX];
    size_t size;
};
static struct key keys[KEYS]; /* in order, each one time */

static struct bytes key_view(unsigned key)
{
    return (struct bytes){keys[key].bytes, keys[key].size};
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *left = a, *right = b;
    return bytes_compare((struct bytes){left->bytes, left->size},
                         (struct bytes){right->bytes, right->size});
}

/* Few different bytes, so that many keys are prefixes of others; some as long as they may be. */
static void make_keys(void)
{
    struct store_random random = {.state = 1};
    static const uint8_t alphabet[4] = {0x00, 0x01, 'a', 0xff};
    unsigned count = 0;
    while (count < KEYS) {
        struct key *key = &keys[count];
        memset(key, 0, sizeof *key);
        key->size = random_below(&random, 8) == 0 ? ROW_KEY_BYTES_MAX - random_below(&random, 20)
                                                  : 1 + random_below(&random, 24);
        for (size_t i = 0; i < key->size; i++)
            key->bytes[i] = alphabet[i < 2 || i > 16 ? random_below(&random, 4) : 2];
        bool known = key->size == 1 && key->bytes[0] == 0; /* the mark's */
        for (unsigned i = 0; i < count; i++)
            known |= compare_keys(&keys[i], key) == 0;
        count += !known;
    }
    qsort(keys, KEYS, sizeof *keys, compare_keys);
}

/* A value is its id, written out; 0: there is no row. */
static struct bytes value_of(uint32_t id)
{
    static uint8_t buffer[8192];
    struct store_random random = {.state = id};
    size_t bytes = id % 16 == 0 ? 2000 + random_below(&random, 6000) : random_below(&random, 80);
    for (size_t i = 0; i < bytes; i++)
        buffer[i] = (uint8_t)random_u64(&random);
    return (struct bytes){buffer, bytes};
}

static bool value_is(struct bytes value, uint32_t id)
{
    return bytes_compare(value, value_of(id)) == 0;
}

/* ------------------------------------------------------------------ the model */

struct rows {
    uint32_t ids[KEYS];
    bool sealed;
};

struct model {
    struct store_random random;
    struct row_store inner; /* behind a seam that fails when told to */
    bool fail_commit;
    struct state *state;
    struct rows layers[LAYERS + 1]; /* [0]: the final one */
    unsigned depth;
    struct rows stored, frozen;
    bool checkpointing;
    uint32_t height;
    uint32_t next_id;
};

static unsigned below(struct model *model, unsigned limit)
{
    return random_below(&model->random, limit);
}

static struct rows *top(struct model *model)
{
    return &model->layers[model->depth];
}

static void expected_hash(const struct rows *rows, uint8_t hash[32])
{
    struct state_sum sum = {{0}};
    for (unsigned key = 0; key < KEYS; key++) {
        if (rows->ids[key] != 0)
            state_sum_add(&sum, key_view(key), value_of(rows->ids[key]));
    }
    state_sum_hash(&sum, hash);
}

/* ------------------------------------------------------------------ a row store that can fail */

static int seam_get(void *context, struct bytes key, struct bytes *value,
                    char error[STORE_ERROR_SIZE])
{
    const struct row_store *inner = &((struct model *)context)->inner;
    return inner->get(inner->context, key, value, error);
}

static int seam_seek(void *context, struct bytes key, bool reverse, struct bytes *found,
                     struct bytes *value, char error[STORE_ERROR_SIZE])
{
    const struct row_store *inner = &((struct model *)context)->inner;
    return inner->seek(inner->context, key, reverse, found, value, error);
}

static int seam_refresh(void *context, char error[STORE_ERROR_SIZE])
{
    const struct row_store *inner = &((struct model *)context)->inner;
    return inner->refresh(inner->context, error);
}

static int seam_commit(void *context, const struct row_change *changes, size_t count,
                       char error[STORE_ERROR_SIZE])
{
    const struct model *model = context;
    if (!model->fail_commit)
        return model->inner.commit(model->inner.context, changes, count, error);
    snprintf(error, STORE_ERROR_SIZE, "failed as told");
    return -1;
}

static int seam_each(void *context, int (*row)(void *user, struct bytes key, struct bytes value),
                     void *user, char error[STORE_ERROR_SIZE])
{
    const struct row_store *inner = &((struct model *)context)->inner;
    return inner->each(inner->context, row, user, error);
}

static uint64_t seam_size(void *context)
{
    const struct row_store *inner = &((struct model *)context)->inner;
    return inner->size(inner->context);
}

static void seam_close(void *context)
{
    const struct row_store *inner = &((struct model *)context)->inner;
    inner->close(inner->context);
}

static void open_state(struct model *model, const char *folder)
{
    char error[STORE_ERROR_SIZE];
    int code = folder == NULL ? row_store_memory(&model->inner, error)
                              : row_store_lmdb(folder, STORE_BYTES, &model->inner, error);
    CHECK_EQ(code, 0);
    struct row_store seam = {seam_get,  seam_seek, seam_refresh, seam_commit,
                             seam_each, seam_size, seam_close,   model};
    CHECK_EQ(state_open(&seam, &model->state, error), 0);
}

/* ------------------------------------------------------------------ checks */

static void check_key(struct model *model, unsigned key)
{
    struct bytes value;
    uint32_t id = top(model)->ids[key];
    CHECK(state_get(model->state, key_view(key), &value) == (id != 0));
    CHECK(id == 0 || value_is(value, id));
}

struct scan_check {
    struct model *model;
    unsigned low, high; /* keys that are still to come: low <= key < high */
    bool reverse;
    unsigned rows_left;
};

static bool check_row(void *user, struct bytes key, struct bytes value)
{
    struct scan_check *check = user;
    const uint32_t *ids = top(check->model)->ids;
    unsigned expected;
    if (check->reverse) {
        while (check->high > check->low && ids[check->high - 1] == 0)
            check->high--;
        expected = check->high - 1;
    } else {
        while (check->low < check->high && ids[check->low] == 0)
            check->low++;
        expected = check->low;
    }
    CHECK(check->low < check->high);
    CHECK_EQ(bytes_compare(key, key_view(expected)), 0);
    CHECK(value_is(value, ids[expected]));
    if (check->reverse)
        check->high--;
    else
        check->low++;
    return --check->rows_left > 0;
}

/* Between any two keys, or to the ends of all; some scans stop early. */
static void check_scan(struct model *model)
{
    struct scan_check check = {.model = model, .reverse = below(model, 2) == 0};
    unsigned a = below(model, KEYS + 1), b = below(model, KEYS + 1);
    check.low = a < b ? a : b;
    check.high = a < b ? b : a;
    check.rows_left = below(model, 4) == 0 ? 1 + below(model, 5) : KEYS + 1;
    struct bytes low = check.low == 0 ? (struct bytes){NULL, 0} : key_view(check.low % KEYS);
    struct bytes high = check.high == KEYS ? (struct bytes){NULL, 0} : key_view(check.high);
    if (check.low == KEYS || (check.low == 0 && check.high == 0))
        return;
    state_scan(model->state, low, high, check.reverse, check_row, &check);
    if (check.rows_left == 0)
        return;
    for (unsigned key = check.low; key < check.high; key++)
        CHECK_EQ(top(model)->ids[key], 0);
}

static int check_stored_row(void *user, struct bytes key, struct bytes value)
{
    struct rows *left = user;
    unsigned i = 0;
    while (i < KEYS && bytes_compare(key, key_view(i)) != 0)
        i++;
    CHECK(i < KEYS && left->ids[i] != 0 && value_is(value, left->ids[i]));
    left->ids[i] = 0;
    return 0;
}

static void check_stored(struct model *model)
{
    char error[STORE_ERROR_SIZE];
    struct state_mark mark;
    struct rows left = model->stored;
    CHECK_EQ(state_each(model->state, &mark, check_stored_row, &left, error), 0);
    for (unsigned key = 0; key < KEYS; key++)
        CHECK_EQ(left.ids[key], 0);
    CHECK_EQ(mark.height, model->height);
    CHECK_EQ(state_checkpointed(model->state)->height, model->height);
    CHECK_EQ(state_verify(model->state, NULL, NULL, error), 0);
}

/* ------------------------------------------------------------------ steps */

static void change(struct model *model)
{
    unsigned key = below(model, KEYS);
    if (model->depth == 0 || top(model)->sealed)
        return;
    unsigned kind = below(model, 8);
    if (kind < 2) {
        state_erase(model->state, key_view(key));
        top(model)->ids[key] = 0;
    } else if (kind == 2) {
        /* The value of another row, as a view of it: what a caller may well do. */
        struct bytes value;
        unsigned from = below(model, KEYS);
        if (!state_get(model->state, key_view(from), &value))
            return;
        state_put(model->state, key_view(key), value);
        top(model)->ids[key] = top(model)->ids[from];
    } else {
        uint32_t id = model->next_id++;
        state_put(model->state, key_view(key), value_of(id));
        top(model)->ids[key] = id;
    }
}

static void push(struct model *model)
{
    if (model->depth == LAYERS)
        return;
    state_push(model->state);
    model->layers[model->depth + 1] = *top(model);
    model->depth++;
    top(model)->sealed = false;
    CHECK_EQ(state_layers(model->state), model->depth);
}

static void pop(struct model *model)
{
    if (model->depth == 0)
        return;
    state_pop(model->state);
    model->depth--;
}

static void merge(struct model *model)
{
    if (model->depth < 2 || top(model)->sealed || model->layers[model->depth - 1].sealed)
        return;
    state_merge(model->state);
    model->layers[model->depth - 1] = *top(model);
    model->depth--;
}

static void seal(struct model *model)
{
    if (model->depth == 0 || top(model)->sealed || !model->layers[model->depth - 1].sealed)
        return;
    uint8_t hash[32], expected[32];
    state_seal(model->state, hash);
    top(model)->sealed = true;
    expected_hash(top(model), expected);
    CHECK_MEM(hash, expected, sizeof hash);
}

static void retire(struct model *model)
{
    if (model->depth == 0 || !model->layers[1].sealed)
        return;
    state_retire(model->state);
    memmove(model->layers, model->layers + 1, model->depth * sizeof *model->layers);
    model->depth--;
}

static void *write_checkpoint(void *user)
{
    struct model *model = user;
    char error[STORE_ERROR_SIZE];
    int code = state_checkpoint_write(model->state, error);
    CHECK_EQ(code, model->fail_commit ? -1 : 0);
    return NULL;
}

static void step(struct model *model);

/* Begins, and ends after some more steps, with the write in a thread beside them. */
static void checkpoint(struct model *model)
{
    if (model->checkpointing)
        return;
    pthread_t thread;
    char error[STORE_ERROR_SIZE];
    uint8_t block_id[32] = {1}, chain_id[32] = {2};
    uint32_t height = model->height + 1;
    model->fail_commit = below(model, 4) == 0;
    model->frozen = model->layers[0];
    model->checkpointing = true;
    state_checkpoint_begin(model->state, height, block_id, chain_id);
    for (unsigned i = below(model, 20); i > 0; i--)
        step(model);
    CHECK_EQ(pthread_create(&thread, NULL, write_checkpoint, model), 0);
    for (unsigned i = below(model, 40); i > 0; i--)
        step(model);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    for (unsigned i = below(model, 20); i > 0; i--)
        step(model);
    CHECK_EQ(state_checkpoint_end(model->state, error), 0);
    model->checkpointing = false;
    if (!model->fail_commit) {
        model->stored = model->frozen;
        model->height = height;
    }
    check_stored(model);
}

static void step(struct model *model)
{
    unsigned kind = below(model, 100);
    if (kind < 45)
        change(model);
    else if (kind < 60)
        check_key(model, below(model, KEYS));
    else if (kind < 70)
        check_scan(model);
    else if (kind < 79)
        push(model);
    else if (kind < 82)
        pop(model);
    else if (kind < 87)
        merge(model);
    else if (kind < 93)
        seal(model);
    else if (kind < 98)
        retire(model);
    else
        checkpoint(model);
    CHECK(state_failed(model->state) == NULL);
}

static void run_history(struct model *model, const char *folder)
{
    open_state(model, folder);
    model->layers[0] = model->stored;
    model->layers[0].sealed = true;
    model->depth = 0;
    for (unsigned i = 0; i < STEPS; i++)
        step(model);
    while (model->depth > 0)
        pop(model);
    for (unsigned key = 0; key < KEYS; key++)
        check_key(model, key);
    state_close(model->state);
}

static void histories(bool lmdb)
{
    for (unsigned seed = 1; seed <= (lmdb ? HISTORIES / 4 : HISTORIES); seed++) {
        char folder[FOLDER_PATH_SIZE];
        struct model *model = calloc(1, sizeof *model);
        CHECK(model != NULL);
        model->random.state = seed;
        model->next_id = 1;
        if (lmdb)
            folder_make(folder);
        run_history(model, lmdb ? folder : NULL);
        if (lmdb) {
            /* Opened again, it is as of the last checkpoint, and goes on from there. */
            run_history(model, folder);
            folder_remove(folder);
        }
        free(model);
    }
}

static void random_histories_memory(void)
{
    histories(false);
}

static void random_histories_lmdb(void)
{
    histories(true);
}

/* ------------------------------------------------------------------ single points */

/* tests/unit/store_state_hash.py computes the expected values from the description. */
static void hash_is_as_described(void)
{
    static const char *const expected[] = {
        "e5a00aa9991ac8a5ee3109844d84a55583bd20572ad3ffcd42792f3c36b183ad",
        "f9d7a5b52d3406382a91b6592b52a95290a4f4c855f4e7d970926074ad2ef6c6",
        "d4aacdf040fafb45699f294f5e7e1ac9ddebb8665dbb3b05d3e3b8e38f4e70ce",
        "6c67c79b137554e3a24193ac265e81d461365d7551e6fe1f2e98306662589a8e",
    };
    uint8_t key[256], value[1000];
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    for (unsigned i = 0; i < sizeof value; i++)
        value[i] = (uint8_t)(i % 251);
    const struct {
        struct bytes key, value;
    } rows[] = {
        {{(const uint8_t *)"a", 1}, {NULL, 0}},
        {{(const uint8_t *)"key", 3}, {(const uint8_t *)"value", 5}},
        {{key, sizeof key}, {value, sizeof value}},
    };
    struct state_sum sum = {{0}}, last = {{0}};
    for (unsigned i = 0; i < 4; i++) {
        uint8_t hash[32];
        char text[65];
        state_sum_hash(&sum, hash);
        for (unsigned k = 0; k < sizeof hash; k++)
            snprintf(text + 2 * k, 3, "%02x", hash[k]);
        CHECK(strcmp(text, expected[i]) == 0);
        if (i < 3)
            state_sum_add(&sum, rows[i].key, rows[i].value);
    }
    state_sum_add(&last, rows[2].key, rows[2].value);
    state_sum_subtract(&sum, rows[2].key, rows[2].value);
    state_sum_join(&sum, &last);
    for (unsigned i = 0; i < 3; i++)
        state_sum_subtract(&sum, rows[i].key, rows[i].value);
    memset(&last, 0, sizeof last);
    CHECK_MEM(&sum, &last, sizeof sum);
}

/* The processor's AES and the library's. */
static void lanes_are_the_same_either_way(void)
{
    uint8_t seed[32] = {0};
    uint16_t lanes[ROW_LANES] = {0}, portable[ROW_LANES] = {0};
    for (unsigned i = 0; i < 200; i++) {
        for (unsigned k = 0; k < sizeof seed; k++)
            seed[k] = (uint8_t)(seed[k] * 5 + i + k);
        row_expand(seed, i % 3 == 0, lanes);
        row_expand_portable(seed, i % 3 == 0, portable);
        CHECK_MEM(lanes, portable, sizeof lanes);
    }
}

/* Rows 0, 1, ... in the order of their keys, as far as `step` says. */
struct many_check {
    unsigned next, step;
};

static bool check_many(void *user, struct bytes key, struct bytes value)
{
    struct many_check *check = user;
    uint32_t row = (uint32_t)key.data[0] << 16 | (uint32_t)key.data[1] << 8 | key.data[2];
    CHECK_EQ(row, check->next);
    CHECK_EQ(value.size, row % 7);
    check->next += check->step;
    return true;
}

/* So many that the hash table grows, put in and taken out in an order of their own. */
static void many_rows_stay_in_order(void)
{
    struct model model = {.random = {.state = 3}};
    open_state(&model, NULL);
    state_push(model.state);
    for (unsigned round = 1; round <= 3; round += 2) {
        for (unsigned i = 0; i < MANY_ROWS; i++) {
            uint32_t row = i * 7919u % MANY_ROWS;
            uint8_t key[3] = {(uint8_t)(row >> 16), (uint8_t)(row >> 8), (uint8_t)row};
            struct bytes view = {key, sizeof key};
            if (row % round == 0)
                state_put(model.state, view, (struct bytes){key, 0});
            if (row % round == 0)
                state_put(model.state, view, (struct bytes){(const uint8_t *)"sixsix", row % 7});
            else
                state_erase(model.state, view);
        }
        struct many_check check = {.step = round};
        struct bytes all = {NULL, 0};
        state_scan(model.state, all, all, false, check_many, &check);
        CHECK(check.next >= MANY_ROWS && check.next < MANY_ROWS + round);
        state_push(model.state);
    }
    state_close(model.state);
}

static unsigned depth_of(const struct row *row)
{
    if (row == NULL)
        return 0;
    unsigned left = depth_of(row->left), right = depth_of(row->right);
    return 1 + (left > right ? left : right);
}

/* Also when the rows come in the worst order for a tree. */
static void the_index_stays_shallow(void)
{
    struct row_index index;
    CHECK(row_index_init(&index));
    for (uint32_t row = 0; row < MANY_ROWS; row++) {
        uint8_t key[3] = {(uint8_t)(row >> 16), (uint8_t)(row >> 8), (uint8_t)row};
        struct bytes view = {key, sizeof key};
        CHECK(row_index_insert(&index, view, row_index_hash(&index, view)) != NULL);
    }
    CHECK_EQ(index.row_count, MANY_ROWS);
    CHECK(index.slot_count > MANY_ROWS);
    CHECK(depth_of(index.root) < 80); /* expected: 32 or so */
    row_index_free(&index);
}

/* With hashes that want the same few slots, the last of them, so that the others wrap around. */
static void rows_that_collide_are_found(void)
{
    enum { ROWS = 200 };
    struct row_index index;
    struct row *rows[ROWS];
    CHECK(row_index_init(&index));
    for (uint8_t row = 0; row < ROWS; row++) {
        uint64_t hash = index.slot_count - 1 - row % 3;
        rows[row] = row_index_insert(&index, (struct bytes){&row, 1}, hash);
        CHECK(rows[row] != NULL);
    }
    for (uint8_t gone = 0; gone < ROWS; gone += 2)
        row_index_remove(&index, rows[gone]);
    for (uint8_t row = 0; row < ROWS; row++) {
        struct bytes key = {&row, 1};
        uint64_t hash = index.slot_count - 1 - row % 3;
        CHECK(row_index_find(&index, key, hash) == (row % 2 == 0 ? NULL : rows[row]));
        CHECK(row_index_find(&index, key, hash - 3) == NULL);
    }
    CHECK_EQ(index.row_count, ROWS / 2);
    row_index_free(&index);
}

static void the_cache_knows_its_rows(void)
{
    static struct read_cache cache;
    uint8_t bytes[READ_CACHE_KEY_BYTES + 1] = {1};
    struct bytes one = {bytes, 1}, two = {bytes, 2}, value = {bytes, 7};
    struct bytes longest = {bytes, READ_CACHE_KEY_BYTES}, longer = {bytes, sizeof bytes};
    read_cache_keep(&cache, one, 5, value);
    CHECK_EQ(read_cache_find(&cache, one, 5)->value.size, 7);
    CHECK(read_cache_find(&cache, two, 5) == NULL);
    CHECK(read_cache_find(&cache, one, 5 + READ_CACHE_PLACES) == NULL);
    read_cache_keep(&cache, two, 5, (struct bytes){NULL, 0});
    CHECK(read_cache_find(&cache, one, 5) == NULL);
    CHECK(read_cache_find(&cache, two, 5)->value.data == NULL);
    read_cache_keep(&cache, longest, 6, value);
    read_cache_keep(&cache, longer, 7, value);
    CHECK(read_cache_find(&cache, longest, 6) != NULL);
    CHECK(read_cache_find(&cache, longer, 7) == NULL);
    read_cache_clear(&cache);
    CHECK(read_cache_find(&cache, longest, 6) == NULL);
}

/* Where the state never goes, another user of the seam may. */
static void a_batch_may_change_a_row_twice(const struct row_store *store)
{
    char error[STORE_ERROR_SIZE];
    struct bytes key = {(const uint8_t *)"row", 3}, found;
    struct bytes first = {(const uint8_t *)"1", 1}, second = {(const uint8_t *)"22", 2};
    struct row_change both[3] = {{key, false, first}, {key, false, second}, {key, true, {NULL, 0}}};
    CHECK_EQ(store->commit(store->context, both, 2, error), 0);
    CHECK_EQ(store->get(store->context, key, &found, error), 0);
    CHECK_EQ(store->refresh(store->context, error), 0);
    CHECK_EQ(store->get(store->context, key, &found, error), 1);
    CHECK_EQ(bytes_compare(found, second), 0);
    CHECK_EQ(store->commit(store->context, both, 3, error), 0);
    CHECK_EQ(store->refresh(store->context, error), 0);
    CHECK_EQ(store->get(store->context, key, &found, error), 0);
    CHECK_EQ(store->commit(store->context, &both[2], 1, error), 0); /* not there: nothing */
    CHECK_EQ(store->commit(store->context, NULL, 0, error), 0);
    store->close(store->context);
}

static void row_stores_take_any_batch(void)
{
    char error[STORE_ERROR_SIZE], folder[FOLDER_PATH_SIZE];
    struct row_store store;
    CHECK_EQ(row_store_memory(&store, error), 0);
    a_batch_may_change_a_row_twice(&store);
    folder_make(folder);
    CHECK_EQ(row_store_lmdb(folder, STORE_BYTES, &store, error), 0);
    a_batch_may_change_a_row_twice(&store);
    folder_remove(folder);
}

/* A state that cannot read says so, and keeps the first reason. */
static int get_fails(void *context, struct bytes key, struct bytes *value,
                     char error[STORE_ERROR_SIZE])
{
    (void)context;
    (void)value;
    snprintf(error, STORE_ERROR_SIZE, "cannot read %c", key.data[0]);
    return -1;
}

static void a_failing_store_is_remembered(void)
{
    char error[STORE_ERROR_SIZE];
    struct row_store store;
    struct state *state;
    struct bytes value;
    CHECK_EQ(row_store_memory(&store, error), 0);
    store.get = get_fails;
    CHECK_EQ(state_open(&store, &state, error), 0);
    state_push(state);
    state_put(state, (struct bytes){(const uint8_t *)"a", 1}, (struct bytes){NULL, 0});
    CHECK(state_get(state, (struct bytes){(const uint8_t *)"a", 1}, &value));
    CHECK(state_failed(state) == NULL);
    CHECK(!state_get(state, (struct bytes){(const uint8_t *)"b", 1}, &value));
    CHECK(strcmp(state_failed(state), "cannot read b") == 0);
    CHECK(!state_get(state, (struct bytes){(const uint8_t *)"c", 1}, &value));
    CHECK(strcmp(state_failed(state), "cannot read b") == 0);
    state_close(state);
}

int main(void)
{
    make_keys();
    RUN(hash_is_as_described);
    RUN(lanes_are_the_same_either_way);
    RUN(many_rows_stay_in_order);
    RUN(the_index_stays_shallow);
    RUN(rows_that_collide_are_found);
    RUN(the_cache_knows_its_rows);
    RUN(row_stores_take_any_batch);
    RUN(a_failing_store_is_remembered);
    RUN(random_histories_memory);
    RUN(random_histories_lmdb);
    return 0;
}
