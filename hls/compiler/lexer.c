/* SPDX-License-Identifier: Apache-2.0 */
#include "hls/compiler/lexer.h"
#include <ctype.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)
#define NAME_BYTES_MAX 48u

struct reader {
    struct fc_context *context;
    struct fc_tokens *tokens;
    const char *text;
    size_t size, at;
    struct fc_position where;
    unsigned depth; /* of parentheses: inside them a line goes on */
};

static struct fc_token *push(struct reader *reader, enum fc_token_kind kind)
{
    struct fc_tokens *tokens = reader->tokens;
    tokens->list = fc_grow(reader->context, tokens->list, tokens->count, sizeof tokens->list[0]);
    struct fc_token *token = &tokens->list[tokens->count++];
    memset(token, 0, sizeof *token);
    token->kind = kind;
    token->where = reader->where;
    return token;
}

static char peek(const struct reader *reader, size_t ahead)
{
    return reader->at + ahead < reader->size ? reader->text[reader->at + ahead] : '\0';
}

static void advance(struct reader *reader, size_t bytes)
{
    reader->at += bytes;
    reader->where.column += (unsigned)bytes;
}

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static void read_name(struct reader *reader)
{
    struct fc_token *token = push(reader, FC_NAME);
    size_t length = 0;
    while (in_name(peek(reader, length)))
        length++;
    if (length > NAME_BYTES_MAX)
        fc_fail(reader->context, &token->where, "a name of more than %u characters",
                NAME_BYTES_MAX);
    char *name = fc_alloc(reader->context, length + 1);
    memcpy(name, reader->text + reader->at, length);
    token->name = name;
    advance(reader, length);
}

/* number = number * base + digit. False: it is no longer below 2^256. */
static bool append_digit(struct fc_number *number, unsigned base, unsigned digit)
{
    unsigned __int128 carry = digit;
    for (unsigned i = 0; i < 4; i++) {
        carry += (unsigned __int128)number->limb[i] * base;
        number->limb[i] = (uint64_t)carry;
        carry >>= 64;
    }
    return carry == 0;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static void read_number(struct reader *reader)
{
    struct fc_token *token = push(reader, FC_NUMBER);
    bool hex = peek(reader, 0) == '0' && peek(reader, 1) == 'x';
    unsigned base = hex ? 16 : 10, digits = 0;
    if (hex)
        advance(reader, 2);
    for (; in_name(peek(reader, 0)); digits++) {
        unsigned digit = (unsigned)digit_of(peek(reader, 0));
        if (digit >= base)
            fc_fail(reader->context, &reader->where, "not a digit of a number");
        if (!append_digit(&token->number, base, digit))
            fc_fail(reader->context, &token->where, "a number of more than 256 bits");
        advance(reader, 1);
    }
    if (!digits)
        fc_fail(reader->context, &token->where, "a number without digits");
}

static void read_sign(struct reader *reader)
{
    struct fc_token *token = push(reader, FC_SIGN);
    char c = peek(reader, 0), next = peek(reader, 1);
    if ((c == '-' && next == '>') || (c == '.' && next == '.')) {
        token->sign = c == '-' ? '>' : ':';
        advance(reader, 2);
        return;
    }
    if (c == '\0' || !strchr("()[]{}=+-*,.", c))
        fc_fail(reader->context, &token->where, "unexpected character");
    token->sign = c;
    reader->depth += c == '(' || c == '[';
    if (c == ')' || c == ']') {
        if (!reader->depth)
            fc_fail(reader->context, &token->where, "'%c' closes nothing", c);
        reader->depth--;
    }
    advance(reader, 1);
}

static void read_newline(struct reader *reader)
{
    size_t count = reader->tokens->count;
    if (!reader->depth && count && reader->tokens->list[count - 1].kind != FC_NEWLINE)
        push(reader, FC_NEWLINE);
    reader->at++;
    reader->where.line++;
    reader->where.column = 1;
}

static void skip_comment(struct reader *reader)
{
    while (reader->at < reader->size && peek(reader, 0) != '\n')
        advance(reader, 1);
}

void fc_read_tokens(struct fc_context *context, struct fc_tokens *tokens, const char *name,
                    const char *text, size_t size)
{
    struct reader reader = {
        .context = context, .tokens = tokens, .text = text, .size = size, .where = {name, 1, 1}};
    if (size > FILE_BYTES_MAX)
        fc_fail(context, &reader.where, "a file of more than 1 MiB");
    while (reader.at < size) {
        char c = peek(&reader, 0);
        if (c == '\n')
            read_newline(&reader);
        else if (c == ' ' || c == '\t')
            advance(&reader, 1);
        else if (c == '#')
            skip_comment(&reader);
        else if (isdigit((unsigned char)c))
            read_number(&reader);
        else if (in_name(c))
            read_name(&reader);
        else
            read_sign(&reader);
    }
    if (reader.depth)
        fc_fail(context, &reader.where, "a parenthesis is not closed");
    push(&reader, FC_NEWLINE);
}

void fc_close_tokens(struct fc_context *context, struct fc_tokens *tokens)
{
    struct reader reader = {.context = context, .tokens = tokens, .where = {"", 0, 0}};
    if (tokens->count)
        reader.where = tokens->list[tokens->count - 1].where;
    push(&reader, FC_END);
}
