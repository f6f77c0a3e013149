// SPDX-License-Identifier: Apache-2.0
#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "host/wallet/secret.h"

void *secret_alloc(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    /* Each of these is one more protection; the wallet works without them too. */
    (void)mlock(memory, bytes);
    (void)madvise(memory, bytes, MADV_DONTDUMP);
    (void)madvise(memory, bytes, MADV_DONTFORK);
    return memory;
}

void secret_free(void *memory, size_t bytes)
{
    if (memory == NULL)
        return;
    OPENSSL_cleanse(memory, bytes);
    munmap(memory, bytes);
}

void secret_harden_process(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

struct secret_text *secret_text_create(void)
{
    return secret_alloc(sizeof(struct secret_text));
}

void secret_text_free(struct secret_text *text)
{
    secret_free(text, sizeof *text);
}
