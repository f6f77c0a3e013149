// SPDX-License-Identifier: Apache-2.0
/* Rows of contract tables. They are copied under the chain's lock and decoded without it. */
#include <stdlib.h>
#include <string.h>

#include "host/api/api.h"
#include "host/api/table_key.h"

#define ROWS_MAX       1000u
#define ROWS_BYTES_MAX (8u << 20) /* of an answer, packed */
#define TABLES_MAX     64u        /* of a contract, when it is asked for all of them */

/* ------------------------------------------------------------------ what is asked */
struct rows_query {
    name_t code, table;
    uint64_t scope;
    bool json, reverse, show_payer;
    uint32_t limit;
    unsigned index; /* 0: primary; 1: the first secondary index, "secondary" */
    enum table_key_type key_type;
    bool has_lower, has_upper;
    struct table_key lower, upper;
};

struct position {
    const char *text;
    bool whole; /* the word, not just how it begins */
    unsigned index;
};

/* The family takes words and their beginnings. */
static bool parse_position(const struct text *text, unsigned *index)
{
    static const struct position positions[] = {
        {"", true, 0},     {"first", true, 0}, {"primary", true, 0}, {"one", true, 0},
        {"sec", false, 1}, {"two", true, 1},   {"ter", false, 2},    {"th", false, 2},
        {"fou", false, 3}, {"fi", false, 4},   {"six", false, 5},    {"sev", false, 6},
        {"eig", false, 7}, {"nin", false, 8},  {"ten", false, 9},
    };
    for (size_t i = 0; i < sizeof positions / sizeof *positions; i++) {
        const struct position *position = &positions[i];
        if (position->whole ? strcmp(text->chars, position->text) == 0
                            : strncmp(text->chars, position->text, strlen(position->text)) == 0) {
            *index = position->index;
            return true;
        }
    }
    char *end;
    unsigned long number = strtoul(text->chars, &end, 10);
    if (text->chars[0] < '0' || text->chars[0] > '9' || *end != '\0' || number > 17)
        return false;
    *index = number < 2 ? 0 : (unsigned)number - 1;
    return true;
}

static bool parse_bound(struct request *request, const char *key, enum table_key_type type,
                        bool *has, struct table_key *bound)
{
    struct text text;
    if (!argument_text(request, key, "", &text))
        return false;
    *has = text.size != 0;
    if (*has && !table_key_parse(type, text.chars, text.size, bound))
        return failure_code(&request->failure, LEDGER_CONTRACT_TABLE_QUERY,
                            "Could not convert %s string '%.80s' to key type", key, text.chars);
    return true;
}

static bool parse_key_type(struct request *request, struct rows_query *query)
{
    struct text position, type, encoding;
    if (!argument_text(request, "index_position", "", &position) ||
        !argument_text(request, "key_type", "", &type) ||
        !argument_text(request, "encode_type", "dec", &encoding))
        return false;
    if (!parse_position(&position, &query->index))
        return failure_code(&request->failure, LEDGER_CONTRACT_TABLE_QUERY,
                            "Invalid index_position: %.32s", position.chars);
    if (query->index != 0 && type.size == 0)
        return failure_code(&request->failure, LEDGER_CONTRACT_TABLE_QUERY,
                            "key type required for non-primary index");
    bool hex = strcmp(encoding.chars, "hex") == 0;
    if (!table_key_type(type.size != 0 ? type.chars : "i64", hex, &query->key_type))
        return failure_code(&request->failure, LEDGER_CONTRACT_TABLE_QUERY,
                            "Unsupported secondary index type: %.32s", type.chars);
    /* Whatever else is said of a primary key, it has 64 bits. */
    if (query->index == 0 && query->key_type != TABLE_KEY_NAME)
        query->key_type = TABLE_KEY_I64;
    return true;
}

static bool parse_query(struct request *request, struct rows_query *query)
{
    struct text scope;
    if (!argument_bool_or(request, "json", false, &query->json) ||
        !argument_name(request, "code", &query->code) ||
        !argument_text(request, "scope", NULL, &scope) ||
        !argument_name(request, "table", &query->table) ||
        !argument_u32_or(request, "limit", 10, &query->limit) ||
        !argument_bool_or(request, "reverse", false, &query->reverse) ||
        !argument_bool_or(request, "show_payer", false, &query->show_payer) ||
        !parse_key_type(request, query))
        return false;
    if (!table_number_parse(scope.chars, scope.size, &query->scope))
        return failure_code(&request->failure, LEDGER_CONTRACT_TABLE_QUERY,
                            "Could not convert scope string '%.80s'", scope.chars);
    if (query->limit > ROWS_MAX)
        query->limit = ROWS_MAX;
    return parse_bound(request, "lower_bound", query->key_type, &query->has_lower, &query->lower) &&
           parse_bound(request, "upper_bound", query->key_type, &query->has_upper, &query->upper);
}

/* ------------------------------------------------------------------ rows, under the lock */
struct row {
    uint64_t primary;
    uint64_t payer; /* of the row, or of its entry in the secondary index */
    size_t offset, size;
};

struct rows {
    const struct rows_query *query;
    size_t skip; /* bytes of the state's keys in front of the table's key */
    bool more, out_of_memory;
    struct table_key next;
    unsigned count;
    struct row rows[ROWS_MAX];
    uint8_t *data; /* the contract's bytes of all rows */
    size_t size, capacity;
};

static bool keep_data(struct rows *rows, struct row *row, struct bytes data)
{
    if (rows->size + data.size > rows->capacity) {
        size_t capacity = 2 * (rows->size + data.size);
        uint8_t *grown = realloc(rows->data, capacity);
        if (grown == NULL) {
            rows->out_of_memory = true;
            return false;
        }
        rows->data = grown;
        rows->capacity = capacity;
    }
    row->offset = rows->size;
    row->size = data.size;
    if (data.size != 0)
        memcpy(rows->data + rows->size, data.data, data.size);
    rows->size += data.size;
    return true;
}

/* A row of the table, or an entry of its index; both start with the payer. */
static bool add_row(void *user, struct bytes key, struct bytes value)
{
    struct rows *rows = user;
    const struct rows_query *query = rows->query;
    struct table_key at = {.size = table_key_size(query->key_type)};
    struct reader reader = reader_of(key.data + rows->skip, key.size - rows->skip);
    if (query->index != 0)
        read_copy(&reader, at.bytes, at.size);
    uint64_t primary = read_u64_be(&reader);
    if (!reader_done(&reader))
        return true; /* an index of another type than was asked for */
    if (query->index == 0) {
        struct writer writer = writer_of(at.bytes, at.size);
        write_u64_be(&writer, primary);
    }
    if (rows->count >= query->limit || rows->size > ROWS_BYTES_MAX) {
        rows->more = true;
        rows->next = at;
        return false;
    }
    struct row *row = &rows->rows[rows->count];
    reader = reader_of(value.data, value.size);
    row->primary = primary;
    row->payer = read_u64(&reader);
    struct bytes data = read_view(&reader, reader_left(&reader));
    if (query->index == 0 && !keep_data(rows, row, data))
        return false;
    rows->count++;
    return true;
}

/* The rows that an index has named. */
static void fetch_rows(struct rows *rows, struct state *state)
{
    const struct rows_query *query = rows->query;
    for (unsigned i = 0; i < rows->count && !rows->out_of_memory; i++) {
        struct row *row = &rows->rows[i];
        struct row_key key =
            contract_row_key(query->code, query->scope, query->table, row->primary);
        struct bytes value;
        struct bytes data = {NULL, 0};
        if (state_get(state, row_key_view(&key), &value)) {
            struct reader reader = reader_of(value.data, value.size);
            read_u64(&reader); /* payer */
            data = read_view(&reader, reader_left(&reader));
        }
        keep_data(rows, row, data);
    }
}

static void copy_rows(struct chain *chain, const struct rows_query *query, struct rows *rows)
{
    struct row_key prefix = row_key(query->index == 0 ? ROW_CONTRACT : ROW_SECONDARY);
    row_key_u64(&prefix, query->code);
    row_key_u64(&prefix, query->scope);
    row_key_u64(&prefix, query->table);
    if (query->index != 0)
        row_key_u8(&prefix, (uint8_t)(query->index - 1));
    struct row_key low = prefix, last = prefix;
    if (query->has_lower)
        row_key_copy(&low, query->lower.bytes, query->lower.size);
    if (query->has_upper)
        row_key_copy(&last, query->upper.bytes, query->upper.size);
    struct row_key high = row_key_end(&last);
    rows->query = query;
    rows->skip = prefix.size;

    chain_lock(chain);
    struct state *state = chain_state(chain);
    state_scan(state, row_key_view(&low), row_key_view(&high), query->reverse, add_row, rows);
    if (query->index != 0)
        fetch_rows(rows, state);
    chain_unlock(chain);
}

/* ------------------------------------------------------------------ the answer */
static void out_row(struct out *out, const struct rows *rows, const struct row *row,
                    const struct abi *abi, const char *type)
{
    struct bytes data = {rows->data != NULL ? rows->data + row->offset : NULL, row->size};
    char error[ABI_ERROR_SIZE];
    json_t *json = rows->query->json ? abi_decode(abi, type, data, error) : NULL;
    if (rows->query->show_payer) {
        out_object(out);
        out_key(out, "data");
    }
    if (json != NULL)
        out_json(out, json);
    else
        out_hex(out, data.data, data.size);
    if (rows->query->show_payer) {
        out_key_name(out, "payer", row->payer);
        out_object_end(out);
    }
    json_decref(json);
}

static void out_rows(struct out *out, const struct rows *rows, const struct abi *abi,
                     const char *type)
{
    char next[TABLE_KEY_TEXT_SIZE] = "";
    if (rows->more)
        table_key_text(rows->query->key_type, &rows->next, next);
    out_object(out);
    out_key(out, "rows");
    out_array(out);
    for (unsigned i = 0; i < rows->count && !out->failed; i++)
        out_row(out, rows, &rows->rows[i], abi, type);
    out_array_end(out);
    out_key_bool(out, "more", rows->more);
    out_key_text(out, "next_key", next);
    out_object_end(out);
}

/* The table's row type; NULL with a failure. */
static const char *row_type(struct request *request, const struct abi_share *share, name_t code,
                            name_t table)
{
    char code_text[NAME_TEXT_SIZE], table_text[NAME_TEXT_SIZE];
    const struct abi *abi = abi_share_abi(share);
    const char *type = abi != NULL ? abi_table_type(abi, table) : NULL;
    name_text(code, code_text);
    name_text(table, table_text);
    if (!abi_share_account_exists(share))
        failure_code(&request->failure, LEDGER_ACCOUNT_QUERY, "Fail to retrieve account for %s",
                     code_text);
    else if (type == NULL)
        failure_code(&request->failure, LEDGER_CONTRACT_TABLE_QUERY,
                     "Table %s is not specified in the ABI", table_text);
    return type;
}

bool table_rows(struct request *request)
{
    struct rows_query query;
    if (!parse_query(request, &query))
        return false;
    struct abi_share *share = abi_cache_get(request->api->abis, query.code);
    const char *type = row_type(request, share, query.code, query.table);
    struct rows *rows = type != NULL ? calloc(1, sizeof *rows) : NULL;
    bool done = false;
    if (rows != NULL) {
        copy_rows(request->api->options.chain, &query, rows);
        done = !rows->out_of_memory;
        if (done)
            out_rows(&request->out, rows, abi_share_abi(share), type);
        free(rows->data);
    }
    if (type != NULL && !done)
        failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
    free(rows);
    abi_share_release(share);
    return done;
}

/* ------------------------------------------------------------------ which tables there are */
struct scope_row {
    name_t table, payer;
    uint64_t scope;
    uint32_t count;
};

struct scopes {
    name_t table;        /* the one that is scanned */
    unsigned count, end; /* `end`: where this scan stops */
    struct scope_row *rows;
};

static bool add_scope(void *user, struct bytes key, struct bytes value)
{
    struct scopes *scopes = user;
    struct scope_row *row = &scopes->rows[scopes->count];
    struct reader reader = reader_of(key.data + 1 + 8, key.size - 1 - 8); /* kind, code */
    row->table = read_u64_be(&reader);
    row->scope = read_u64_be(&reader);
    reader = reader_of(value.data, value.size);
    row->payer = read_u64(&reader);
    row->count = read_u32(&reader);
    scopes->table = row->table;
    scopes->count++;
    return scopes->count < scopes->end;
}

struct scope_query {
    name_t code, table; /* table 0: all */
    uint64_t lower, upper;
    uint32_t limit;
    bool reverse;
};

/* The next table of the contract at or behind `from`; 0: none. */
static name_t next_table(struct state *state, name_t code, name_t from)
{
    struct scope_row row;
    struct scopes first = {.rows = &row, .end = 1};
    struct row_key low = row_key(ROW_TABLE);
    row_key_u64(&low, code);
    struct row_key high = row_key_end(&low);
    row_key_u64(&low, from);
    state_scan(state, row_key_view(&low), row_key_view(&high), false, add_scope, &first);
    return first.count != 0 ? first.table : 0;
}

/* One more than the limit of each table, so that what is left out shows. */
static void scan_scopes(struct state *state, const struct scope_query *query, name_t table,
                        struct scopes *scopes)
{
    struct row_key low = table_key(query->code, table, query->lower);
    struct row_key last = table_key(query->code, table, query->upper);
    struct row_key high = row_key_end(&last);
    scopes->end = scopes->count + query->limit + 1;
    state_scan(state, row_key_view(&low), row_key_view(&high), query->reverse, add_scope, scopes);
}

static void copy_scopes(struct chain *chain, const struct scope_query *query, struct scopes *scopes)
{
    chain_lock(chain);
    struct state *state = chain_state(chain);
    if (query->table != 0) {
        scan_scopes(state, query, query->table, scopes);
    } else {
        name_t table = next_table(state, query->code, 1);
        for (unsigned i = 0; table != 0 && i < TABLES_MAX; i++) {
            scan_scopes(state, query, table, scopes);
            table = table == UINT64_MAX ? 0 : next_table(state, query->code, table + 1);
        }
    }
    chain_unlock(chain);
}

/* The family's order: by scope, then by table. */
static int compare_scopes(const void *a, const void *b)
{
    const struct scope_row *left = a, *right = b;
    if (left->scope != right->scope)
        return left->scope < right->scope ? -1 : 1;
    return left->table < right->table ? -1 : left->table > right->table;
}

static int compare_scopes_reverse(const void *a, const void *b)
{
    return compare_scopes(b, a);
}

static void out_scopes(struct out *out, const struct scope_query *query,
                       const struct scopes *scopes)
{
    unsigned count = scopes->count < query->limit ? scopes->count : query->limit;
    out_object(out);
    out_key(out, "rows");
    out_array(out);
    for (unsigned i = 0; i < count; i++) {
        out_object(out);
        out_key_name(out, "code", query->code);
        out_key_name(out, "scope", scopes->rows[i].scope);
        out_key_name(out, "table", scopes->rows[i].table);
        out_key_name(out, "payer", scopes->rows[i].payer);
        out_key_u64(out, "count", scopes->rows[i].count);
        out_object_end(out);
    }
    out_array_end(out);
    out_key_name(out, "more", count < scopes->count ? scopes->rows[count].scope : 0);
    out_object_end(out);
}

static bool parse_scope_bound(struct request *request, const char *key, uint64_t *bound)
{
    struct text text;
    if (!argument_text(request, key, "", &text))
        return false;
    if (text.size != 0 && !table_number_parse(text.chars, text.size, bound))
        return failure_code(&request->failure, LEDGER_CONTRACT_TABLE_QUERY,
                            "Could not convert %s string '%.80s'", key, text.chars);
    return true;
}

bool table_by_scope(struct request *request)
{
    struct scope_query query = {.lower = 0, .upper = UINT64_MAX};
    if (!argument_name(request, "code", &query.code) ||
        !argument_name_or(request, "table", 0, &query.table) ||
        !parse_scope_bound(request, "lower_bound", &query.lower) ||
        !parse_scope_bound(request, "upper_bound", &query.upper) ||
        !argument_u32_or(request, "limit", 10, &query.limit) ||
        !argument_bool_or(request, "reverse", false, &query.reverse))
        return false;
    if (query.limit > ROWS_MAX)
        query.limit = ROWS_MAX;
    size_t tables = query.table != 0 ? 1 : TABLES_MAX;
    struct scopes scopes = {.rows = calloc(tables * (query.limit + 1), sizeof *scopes.rows)};
    if (scopes.rows == NULL)
        return failure_status(&request->failure, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory");
    if (query.lower <= query.upper)
        copy_scopes(request->api->options.chain, &query, &scopes);
    qsort(scopes.rows, scopes.count, sizeof *scopes.rows,
          query.reverse ? compare_scopes_reverse : compare_scopes);
    out_scopes(&request->out, &query, &scopes);
    free(scopes.rows);
    return true;
}
