// SPDX-License-Identifier: Apache-2.0
#include "host/wire/asset.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool symbol_code_valid(symbol_code_t code)
{
    if (code == 0 || code >> 8 * SYMBOL_CODE_CHARS_MAX != 0)
        return false;
    for (; (code & 0xFF) != 0; code >>= 8)
        if ((code & 0xFF) < 'A' || (code & 0xFF) > 'Z')
            return false;
    return code == 0; /* nothing behind the first zero */
}

bool symbol_code_parse(const char *text, size_t chars, symbol_code_t *code)
{
    if (chars == 0 || chars > SYMBOL_CODE_CHARS_MAX)
        return false;
    symbol_code_t packed = 0;
    for (size_t i = 0; i < chars; i++)
        packed |= (symbol_code_t)(unsigned char)text[i] << 8 * i;
    if (!symbol_code_valid(packed) || packed >> 8 * (chars - 1) == 0)
        return false;
    *code = packed;
    return true;
}

void symbol_code_text(symbol_code_t code, char text[SYMBOL_CODE_TEXT_SIZE])
{
    assert(symbol_code_valid(code));
    unsigned chars = 0;
    for (; code != 0; code >>= 8)
        text[chars++] = (char)(code & 0xFF);
    text[chars] = '\0';
}

static unsigned precision_of(symbol_t symbol)
{
    return symbol & 0xFF;
}

bool symbol_valid(symbol_t symbol)
{
    return precision_of(symbol) <= SYMBOL_PRECISION_MAX && symbol_code_valid(symbol_code(symbol));
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

bool symbol_parse(const char *text, size_t chars, symbol_t *symbol)
{
    unsigned precision = 0;
    size_t digits = 0;
    for (; digits < chars && digits < 2 && is_digit(text[digits]); digits++)
        precision = precision * 10 + (unsigned)(text[digits] - '0');
    bool canonical = digits == 1 || (digits == 2 && text[0] != '0');
    symbol_code_t code;
    if (!canonical || precision > SYMBOL_PRECISION_MAX || digits == chars || text[digits] != ',' ||
        !symbol_code_parse(text + digits + 1, chars - digits - 1, &code))
        return false;
    *symbol = code << 8 | precision;
    return true;
}

void symbol_text(symbol_t symbol, char text[SYMBOL_TEXT_SIZE])
{
    assert(symbol_valid(symbol));
    unsigned precision = precision_of(symbol), chars = 0;
    if (precision >= 10)
        text[chars++] = '1'; /* up to 18 */
    text[chars++] = (char)('0' + precision % 10);
    text[chars++] = ',';
    symbol_code_text(symbol_code(symbol), text + chars);
}

bool asset_valid(struct asset asset)
{
    return symbol_valid(asset.symbol) && asset.amount <= ASSET_AMOUNT_MAX &&
           asset.amount >= -ASSET_AMOUNT_MAX;
}

/* Reads the digits of "1.2345" up to the first other character: their number, how many stand behind
 * the point, and in *chars how many characters that were. False without a digit on either side of a
 * point, and beyond ASSET_AMOUNT_MAX. */
static bool parse_digits(const char *text, size_t *chars, int64_t *number, unsigned *decimals)
{
    size_t i = 0, before = 0;
    bool point = false;
    *number = 0;
    *decimals = 0;
    for (; i < *chars && (is_digit(text[i]) || (text[i] == '.' && !point)); i++) {
        if (text[i] == '.') {
            point = true;
            continue;
        }
        if (*number > (ASSET_AMOUNT_MAX - (text[i] - '0')) / 10)
            return false;
        *number = *number * 10 + (text[i] - '0');
        if (point)
            ++*decimals;
        else
            before++;
    }
    *chars = i;
    return before > 0 && (!point || *decimals > 0);
}

bool asset_parse(const char *text, size_t chars, struct asset *asset)
{
    bool negative = chars > 0 && text[0] == '-';
    size_t start = negative, digits = chars - start;
    int64_t number;
    unsigned decimals;
    symbol_code_t code;
    if (!parse_digits(text + start, &digits, &number, &decimals) || decimals > SYMBOL_PRECISION_MAX)
        return false;
    size_t space = start + digits;
    if (space == chars || text[space] != ' ' ||
        !symbol_code_parse(text + space + 1, chars - space - 1, &code))
        return false;
    *asset = (struct asset){negative ? -number : number, code << 8 | decimals};
    return true;
}

void asset_text(struct asset asset, char text[ASSET_TEXT_SIZE])
{
    char code[SYMBOL_CODE_TEXT_SIZE], digits[ASSET_TEXT_SIZE];
    assert(symbol_valid(asset.symbol));
    symbol_code_text(symbol_code(asset.symbol), code);
    unsigned precision = precision_of(asset.symbol);
    /* The magnitude of the lowest number is no int64_t. */
    uint64_t magnitude = asset.amount < 0 ? -(uint64_t)asset.amount : (uint64_t)asset.amount;
    /* One digit more than there are decimals, so that there is one before the point. */
    int count = snprintf(digits, sizeof digits, "%0*" PRIu64, (int)precision + 1, magnitude);
    int whole = count - (int)precision;
    snprintf(text, ASSET_TEXT_SIZE, "%s%.*s%s%s %s", asset.amount < 0 ? "-" : "", whole, digits,
             precision != 0 ? "." : "", digits + whole, code);
}
