// SPDX-License-Identifier: Apache-2.0
#include "host/api/plain_push.h"

#include <stdlib.h>
#include <string.h>

#include "host/base/hex.h"

struct plain_push {
    const char *next, *end;
    uint8_t *memory; /* of a packed transaction: half as long as the text */
};

/* What an object has said so far. */
struct parts {
    bool has_signatures, has_compression, has_cfd, has_packed;
    struct signature signatures[TRANSACTION_SIGNATURES_MAX];
    unsigned signature_count;
    bool compressed;
    struct bytes packed;
};

struct word {
    const char *text;
    size_t chars;
};

/* ------------------------------------------------------------------ the text */
static void skip_space(struct plain_push *plain)
{
    while (plain->next < plain->end && (*plain->next == ' ' || *plain->next == '\n' ||
                                        *plain->next == '\t' || *plain->next == '\r'))
        plain->next++;
}

/* Takes the character, behind any white space. */
static bool take(struct plain_push *plain, char character)
{
    skip_space(plain);
    if (plain->next == plain->end || *plain->next != character)
        return false;
    plain->next++;
    return true;
}

/* A string as it stands there. One with escapes is taken up to a quote, and is then no key, no
 * signature and no hexadecimal. */
static bool take_string(struct plain_push *plain, struct word *word)
{
    if (!take(plain, '"'))
        return false;
    const char *close = memchr(plain->next, '"', (size_t)(plain->end - plain->next));
    if (close == NULL)
        return false;
    *word = (struct word){plain->next, (size_t)(close - plain->next)};
    plain->next = close + 1;
    return true;
}

static bool word_is(const struct word *word, const char *text)
{
    return word->chars == strlen(text) && memcmp(word->text, text, word->chars) == 0;
}

/* ------------------------------------------------------------------ members */
static bool take_signatures(struct plain_push *plain, struct parts *parts)
{
    struct word word;
    if (parts->has_signatures || !take(plain, '['))
        return false;
    parts->has_signatures = true;
    if (take(plain, ']'))
        return true;
    do {
        if (parts->signature_count == TRANSACTION_SIGNATURES_MAX || !take_string(plain, &word) ||
            !signature_parse(word.text, word.chars, &parts->signatures[parts->signature_count]))
            return false;
        parts->signature_count++;
    } while (take(plain, ','));
    return take(plain, ']');
}

static bool take_compression(struct plain_push *plain, struct parts *parts)
{
    struct word word;
    if (parts->has_compression)
        return false;
    parts->has_compression = true;
    if (take(plain, '0')) /* a longer number ends in no comma */
        return true;
    if (!take_string(plain, &word))
        return false;
    parts->compressed = word_is(&word, "zlib");
    return parts->compressed || word_is(&word, "none");
}

static bool take_packed(struct plain_push *plain, struct parts *parts)
{
    struct word word;
    if (parts->has_packed || !take_string(plain, &word) || word.chars == 0 || word.chars % 2 != 0 ||
        !hex_decode(word.text, word.chars, plain->memory, word.chars / 2))
        return false;
    parts->has_packed = true;
    parts->packed = (struct bytes){plain->memory, word.chars / 2};
    return true;
}

static bool take_member(struct plain_push *plain, struct parts *parts)
{
    struct word key, value;
    if (!take_string(plain, &key) || !take(plain, ':'))
        return false;
    if (word_is(&key, "signatures"))
        return take_signatures(plain, parts);
    if (word_is(&key, "compression"))
        return take_compression(plain, parts);
    if (word_is(&key, "packed_trx"))
        return take_packed(plain, parts);
    if (!word_is(&key, "packed_context_free_data") || parts->has_cfd)
        return false;
    parts->has_cfd = true;
    return take_string(plain, &value) && value.chars == 0;
}

/* ------------------------------------------------------------------ transactions */
static struct signed_transaction *take_transaction(struct plain_push *plain)
{
    struct parts parts = {.has_packed = false};
    enum transaction_error error;
    if (!take(plain, '{'))
        return NULL;
    do {
        if (!take_member(plain, &parts))
            return NULL;
    } while (take(plain, ','));
    if (!take(plain, '}') || !parts.has_packed)
        return NULL;
    return signed_transaction_create(parts.signatures, parts.signature_count, parts.compressed,
                                     parts.packed, (struct bytes){NULL, 0}, &error);
}

static bool take_list(struct plain_push *plain, struct signed_transaction *transactions[],
                      unsigned max, unsigned *count)
{
    if (!take(plain, '['))
        return false;
    if (take(plain, ']'))
        return true;
    do {
        if (*count == max)
            return false;
        transactions[*count] = take_transaction(plain);
        if (transactions[*count] == NULL)
            return false;
        ++*count;
    } while (take(plain, ','));
    return take(plain, ']');
}

bool plain_push_read(const char *text, size_t chars, bool list,
                     struct signed_transaction *transactions[], unsigned max, unsigned *count)
{
    struct plain_push plain = {text, text + chars, malloc(chars / 2 + 1)};
    bool taken = false;
    *count = 0;
    if (plain.memory != NULL && list) {
        taken = take_list(&plain, transactions, max, count);
    } else if (plain.memory != NULL && max > 0) {
        transactions[0] = take_transaction(&plain);
        taken = transactions[0] != NULL;
        *count = taken;
    }
    skip_space(&plain);
    free(plain.memory);
    if (taken && plain.next == plain.end)
        return true;
    while (*count > 0)
        signed_transaction_release(transactions[--*count]);
    return false;
}
