// SPDX-License-Identifier: Apache-2.0
/* Texts of names, assets, symbols, times, keys and signatures: what parses is written as a text
 * that parses to the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/wire/asset.h"
#include "host/wire/key.h"
#include "host/wire/name.h"
#include "host/wire/time.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void expect(bool holds)
{
    if (!holds)
        abort();
}

static void try_name(const char *text, size_t chars)
{
    name_t name;
    char back[NAME_TEXT_SIZE];
    if (!name_parse(text, chars, &name))
        return;
    name_text(name, back);
    expect(strlen(back) == chars && memcmp(back, text, chars) == 0);
}

static void try_symbol(const char *text, size_t chars)
{
    symbol_t symbol;
    char back[SYMBOL_TEXT_SIZE];
    if (!symbol_parse(text, chars, &symbol))
        return;
    expect(symbol_valid(symbol));
    symbol_text(symbol, back);
    expect(strlen(back) == chars && memcmp(back, text, chars) == 0);
}

/* Leading zeros are read and not written. */
static void try_asset(const char *text, size_t chars)
{
    struct asset asset, same;
    char back[ASSET_TEXT_SIZE];
    if (!asset_parse(text, chars, &asset))
        return;
    expect(asset_valid(asset));
    asset_text(asset, back);
    expect(asset_parse(back, strlen(back), &same) && same.amount == asset.amount &&
           same.symbol == asset.symbol);
}

static void try_time(const char *text, size_t chars)
{
    int64_t us, same_us = -1;
    uint32_t slot, same;
    char back[TIME_TEXT_SIZE];
    if (!time_parse(text, chars, &us))
        return;
    expect(time_point_text(us, back) && time_parse(back, strlen(back), &same_us));
    expect(same_us == us - us % TIME_US_PER_MS);
    if (!slot_at(us, &slot))
        return;
    slot_text(slot, back);
    expect(slot_parse(back, strlen(back), &same) && same == slot);
}

/* Keys have two texts, signatures one. */
static void try_keys(const char *text, size_t chars)
{
    struct public_key key, same_key;
    struct signature signature, same_signature;
    struct private_key secret, same_secret;
    char back[KEY_TEXT_SIZE];
    for (unsigned legacy = 0; legacy < 2 && public_key_parse(text, chars, &key); legacy++) {
        public_key_text(&key, legacy != 0, back);
        expect(public_key_parse(back, strlen(back), &same_key) &&
               memcmp(&key, &same_key, sizeof key) == 0);
    }
    if (signature_parse(text, chars, &signature)) {
        signature_text(&signature, back);
        expect(strlen(back) == chars && memcmp(back, text, chars) == 0);
        expect(signature_parse(back, strlen(back), &same_signature) &&
               memcmp(&signature, &same_signature, sizeof signature) == 0);
    }
    for (unsigned legacy = 0; legacy < 2 && private_key_parse(text, chars, &secret); legacy++) {
        private_key_text(&secret, legacy != 0, back);
        expect(private_key_parse(back, strlen(back), &same_secret) &&
               memcmp(&secret, &same_secret, sizeof secret) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const char *text = (const char *)data;
    try_name(text, bytes);
    try_symbol(text, bytes);
    try_asset(text, bytes);
    try_time(text, bytes);
    try_keys(text, bytes);
    return 0;
}
