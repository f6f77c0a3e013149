// SPDX-License-Identifier: Apache-2.0
/* The shortest useful program: prints the SHA-256 of its argument, computed by a card.
 *
 *   cc hash.c $(pkg-config --cflags --libs snapcard) -o hash
 *   snapcard-sim --socket /tmp/card & ./hash sim:/tmp/card "a message" */
#include <stdio.h>
#include <string.h>

#include <snapcard.h>

static int fail(const char *why)
{
    fprintf(stderr, "hash: %s\n", why);
    return 1;
}

static int hash(struct snap_queue *queue, const char *message, struct snap_error *error)
{
    size_t length = strlen(message);
    if (length > snap_queue_payload_bytes(queue)) /* longer ones go by address, from an arena */
        return fail("the message is longer than a slot");
    void *payload = snap_queue_prepare(queue, SNAP_OP_SHA256, 0, (uint32_t)length, 0);
    if (payload == NULL)
        return fail("the ring is full");
    memcpy(payload, message, length);
    snap_queue_submit(queue);

    struct snap_result result;
    while (snap_queue_reap(queue, &result, 1) == 0)
        if (snap_queue_wait(queue, -1, error) != 0)
            return fail(error->text);
    if (result.status != SNAP_STATUS_OK)
        return fail(snap_status_name(result.status));
    for (unsigned i = 0; i < 32; i++)
        printf("%02x", ((const uint8_t *)result.data)[i]);
    printf("\n");
    return 0;
}

int main(int argc, char **argv)
{
    struct snap_error error;
    struct snap_card *card;
    struct snap_queue *queue;
    if (argc != 3)
        return fail("usage: hash ADDRESS MESSAGE");
    if (snap_card_open(argv[1], NULL, &card, &error) != 0)
        return fail(error.text);
    int code = snap_queue_create(card, NULL, &queue, &error) == 0 ? hash(queue, argv[2], &error)
                                                                  : fail(error.text);
    snap_card_close(card); /* the queue too */
    return code;
}
