/* SPDX-License-Identifier: Apache-2.0 */
/* Text to tokens. */
#ifndef HLS_COMPILER_LEXER_H
#define HLS_COMPILER_LEXER_H
#include "hls/compiler/context.h"
#include <stdint.h>

enum fc_token_kind {
    FC_END, /* of all text */
    FC_NEWLINE,
    FC_NAME,
    FC_NUMBER,
    FC_SIGN, /* one character, or "->" as '>', or ".." as ':' */
};

struct fc_number {
    uint64_t limb[4]; /* lowest first */
};

struct fc_token {
    enum fc_token_kind kind;
    struct fc_position where;
    char sign;
    const char *name; /* of a name, with its 0 */
    struct fc_number number;
};

struct fc_tokens {
    struct fc_token *list; /* the last is FC_END */
    size_t count;
};

/* Appends the tokens of one file; `name` must live as long as the context. */
void fc_read_tokens(struct fc_context *context, struct fc_tokens *tokens, const char *name,
                    const char *text, size_t size);
/* Appends FC_END, behind the last file. */
void fc_close_tokens(struct fc_context *context, struct fc_tokens *tokens);
#endif
