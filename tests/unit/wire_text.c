// SPDX-License-Identifier: Apache-2.0
/* Names, symbols and assets, against what eosjs makes of them and at their limits. */
#include "host/wire/asset.h"
#include "host/wire/name.h"
#include "tests/unit/check.h"
#include "tests/unit/wire_vectors.h"

static void test_names_as_the_family_packs_them(void)
{
    size_t i;
    json_t *vector;
    json_array_foreach(vectors("names"), i, vector)
    {
        const char *text = vector_text(vector, "text");
        struct bytes packed = vector_bytes(vector, "packed");
        struct reader reader = reader_of(packed.data, packed.size);
        name_t name;
        char back[NAME_TEXT_SIZE];
        CHECK(name_parse(text, strlen(text), &name));
        CHECK(name == read_u64(&reader) && reader_done(&reader));
        name_text(name, back);
        CHECK(strcmp(back, text) == 0);
    }
    CHECK(i > 5);
}

static bool is_name(const char *text)
{
    name_t name;
    return name_parse(text, strlen(text), &name);
}

static void test_names_outside_the_alphabet_are_refused(void)
{
    CHECK(is_name("aaaaaaaaaaaaj") && !is_name("aaaaaaaaaaaak"));
    CHECK(is_name("aaaaaaaaaaaa5") && !is_name("aaaaaaaaaaaa6"));
    CHECK(!is_name("aaaaaaaaaaaaaa"));
    CHECK(!is_name("a.") && !is_name(".") && !is_name("A") && !is_name("0") && !is_name("6"));
    CHECK(!is_name("a b") && !is_name("a\xff") && !is_name("a_b") && !is_name("{") &&
          !is_name("`"));
}

static void test_names_sort_as_their_texts(void)
{
    static const char *const order[] = {"", "1", "5", "a", "a.b", "a1", "aa", "ab", "b", "zzzzz"};
    for (unsigned i = 1; i < sizeof order / sizeof order[0]; i++)
        CHECK(name_of(order[i - 1]) < name_of(order[i]));
}

static void test_every_name_has_one_text(void)
{
    uint64_t random = 1;
    for (unsigned i = 0; i < 1000; i++) {
        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        char text[NAME_TEXT_SIZE];
        name_t back;
        name_text(random, text);
        CHECK(name_parse(text, strlen(text), &back) && back == random);
    }
}

static void test_assets_as_the_family_packs_them(void)
{
    size_t i;
    json_t *vector;
    json_array_foreach(vectors("assets"), i, vector)
    {
        const char *text = vector_text(vector, "text");
        struct bytes packed = vector_bytes(vector, "packed");
        struct reader reader = reader_of(packed.data, packed.size);
        struct asset asset;
        char back[ASSET_TEXT_SIZE];
        CHECK(asset_parse(text, strlen(text), &asset) && asset_valid(asset));
        CHECK(asset.amount == (int64_t)read_u64(&reader) && asset.symbol == read_u64(&reader));
        CHECK(reader_done(&reader));
        asset_text(asset, back);
        CHECK(strcmp(back, text) == 0);
    }
    CHECK(i > 5);
}

static bool is_asset(const char *text)
{
    struct asset asset;
    return asset_parse(text, strlen(text), &asset);
}

static void test_texts_that_are_no_asset(void)
{
    static const char *const wrong[] = {"",
                                        "1",
                                        "1 ",
                                        " 1 A",
                                        "1 a",
                                        "1. A",
                                        ".1 A",
                                        "1..1 A",
                                        "1.1.1 A",
                                        "--1 A",
                                        "- A",
                                        "+1 A",
                                        "1  A",
                                        "1 A ",
                                        "1 ABCDEFGH",
                                        "1 A1",
                                        "1,0 A",
                                        "0x1 A",
                                        "1e3 A",
                                        "-",
                                        "4611686018427387904 A",
                                        "-4611686018427387904 A",
                                        "99999999999999999999999 A",
                                        "0.0000000000000000001 A"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        CHECK(!is_asset(wrong[i]));
    struct asset zero;
    CHECK(asset_parse("-0.00 A", 7, &zero) && zero.amount == 0);
    CHECK(!asset_parse("1 A\0", 4, &zero));
}

static void test_asset_limits(void)
{
    symbol_t symbol;
    CHECK(symbol_parse("0,A", 3, &symbol));
    CHECK(asset_valid((struct asset){ASSET_AMOUNT_MAX, symbol}));
    CHECK(asset_valid((struct asset){-ASSET_AMOUNT_MAX, symbol}));
    CHECK(!asset_valid((struct asset){ASSET_AMOUNT_MAX + 1, symbol}));
    CHECK(!asset_valid((struct asset){-ASSET_AMOUNT_MAX - 1, symbol}));
    CHECK(!asset_valid((struct asset){0, 0}));
    char text[ASSET_TEXT_SIZE];
    CHECK(symbol_parse("18,ABCDEFG", 10, &symbol));
    asset_text((struct asset){INT64_MIN, symbol}, text);
    CHECK(strcmp(text, "-9.223372036854775808 ABCDEFG") == 0);
}

static bool is_symbol(const char *text)
{
    symbol_t symbol;
    char back[SYMBOL_TEXT_SIZE];
    if (!symbol_parse(text, strlen(text), &symbol))
        return false;
    symbol_text(symbol, back);
    CHECK(symbol_valid(symbol) && strcmp(text, back) == 0);
    return true;
}

static void test_symbols(void)
{
    CHECK(is_symbol("4,SYS") && is_symbol("0,A") && is_symbol("18,ABCDEFG"));
    CHECK(!is_symbol("19,A") && !is_symbol("04,A") && !is_symbol(",A") && !is_symbol("4,"));
    CHECK(!is_symbol("4A") && !is_symbol("4,a") && !is_symbol("100,A") && !is_symbol("4"));
    CHECK(!is_symbol("4, A") && !is_symbol("-1,A") && !is_symbol(""));
    CHECK(symbol_code_valid('A') && symbol_code_valid('A' | 'Z' << 8));
    CHECK(!symbol_code_valid(0) && !symbol_code_valid((symbol_code_t)'A' << 8));
    CHECK(!symbol_code_valid('A' | 'B' << 16) &&
          !symbol_code_valid((symbol_code_t)'A' << 56 | 'A'));
    CHECK(!symbol_code_valid('a') && !symbol_code_valid('@') && !symbol_code_valid('['));
    CHECK(!symbol_valid('A' << 8 | 19) && symbol_valid('A' << 8 | 18));
}

int main(void)
{
    RUN(test_names_as_the_family_packs_them);
    RUN(test_names_outside_the_alphabet_are_refused);
    RUN(test_names_sort_as_their_texts);
    RUN(test_every_name_has_one_text);
    RUN(test_assets_as_the_family_packs_them);
    RUN(test_texts_that_are_no_asset);
    RUN(test_asset_limits);
    RUN(test_symbols);
    vectors_close();
    return 0;
}
