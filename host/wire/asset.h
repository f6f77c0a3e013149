/* SPDX-License-Identifier: Apache-2.0 */
/* Assets: an amount with a symbol. A symbol is a precision (0 to 18 decimals, lowest byte) and a
 * code of one to seven capital letters above it, padded with zeros. */
#ifndef HOST_WIRE_ASSET_H
#define HOST_WIRE_ASSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYMBOL_PRECISION_MAX  18u
#define SYMBOL_CODE_CHARS_MAX 7u
#define SYMBOL_CODE_TEXT_SIZE (SYMBOL_CODE_CHARS_MAX + 1u)
#define SYMBOL_TEXT_SIZE      11u /* "18,ABCDEFG" */
#define ASSET_AMOUNT_MAX      ((INT64_C(1) << 62) - 1)
#define ASSET_TEXT_SIZE       40u

typedef uint64_t symbol_t;
typedef uint64_t symbol_code_t; /* a symbol's upper 56 bits, moved down by 8 */

struct asset {
    int64_t amount; /* in units of 10^-precision */
    symbol_t symbol;
};

static inline symbol_code_t symbol_code(symbol_t symbol)
{
    return symbol >> 8;
}

/* Whether the 64 bits are a symbol in canonical form. */
bool symbol_valid(symbol_t symbol);
/* "4,SYS". Texts are made of valid symbols only; so below. */
bool symbol_parse(const char *text, size_t chars, symbol_t *symbol);
void symbol_text(symbol_t symbol, char text[SYMBOL_TEXT_SIZE]);
/* "SYS" */
bool symbol_code_valid(symbol_code_t code);
bool symbol_code_parse(const char *text, size_t chars, symbol_code_t *code);
void symbol_code_text(symbol_code_t code, char text[SYMBOL_CODE_TEXT_SIZE]);

/* Symbol valid and amount within +-ASSET_AMOUNT_MAX. */
bool asset_valid(struct asset asset);
/* "-1.2345 SYS"; the number of decimals is the precision. */
bool asset_parse(const char *text, size_t chars, struct asset *asset);
void asset_text(struct asset asset, char text[ASSET_TEXT_SIZE]);

#endif
