/* SPDX-License-Identifier: Apache-2.0 */
/* The C model against the card reference: results, statuses, rings, interrupts. */
#include <linux/vfio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/sim_rig.h"

#define QUEUE(name) (SNAP_QUEUE_PAGE_OFFSET + SNAP_REG_##name)

static struct rig rig;

static void from_hex(uint8_t *bytes, const char *hex)
{
    for (unsigned i = 0; i < 32; i++) {
        unsigned value;
        CHECK_EQ(sscanf(hex + 2 * i, "%2x", &value), 1);
        bytes[i] = (uint8_t)value;
    }
}

static void check_digest(struct snap_completion completion, uint16_t index, const char *hex)
{
    uint8_t expected[SNAP_RESULT_BYTES] = {0};
    from_hex(expected, hex);
    CHECK_EQ(completion.status, SNAP_STATUS_OK);
    CHECK_EQ(completion.phase & 0x7F, 1);
    CHECK_EQ(completion.result, 0);
    CHECK(completion.engine_cycles > 0);
    CHECK_MEM(rig_result(&rig, index), expected, sizeof expected);
}

static void test_known_answers(void)
{
    static const char sha256_abc[] =
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    static const char sm3_abc[] =
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
    struct snap_job_header job = {
        .opcode = SNAP_OP_SHA256, .length = 3, .cookie = 0x1122334455667788};
    rig_open(&rig, NULL);
    rig_start_queue(&rig, 4, 0xBEEF);
    struct snap_completion completion = rig_job(&rig, &job, "abc");
    check_digest(completion, 0, sha256_abc);
    CHECK(completion.cookie == job.cookie);
    CHECK_EQ(completion.generation, 0xBEEF);
    CHECK_EQ(completion.slot, 0);
    CHECK_EQ(completion.sq_head, 1);
    job.opcode = SNAP_OP_SM3;
    check_digest(rig_job(&rig, &job, "abc"), 1, sm3_abc);
    /* The same by address. */
    memcpy(rig.bytes + RIG_DATA, "abc", 3);
    job.flags = SNAP_FLAG_INDIRECT;
    job.address = RIG_MEMORY_BUS + RIG_DATA;
    check_digest(rig_job(&rig, &job, NULL), 2, sm3_abc);
    rig_close(&rig);
}

/* Bitcoin block 413567: the root of its 1,557 transaction ids. */
static void test_merkle(void)
{
    char line[256];
    uint32_t count = 0;
    FILE *file = fopen("tests/vectors/bitcoin-413567-txids.csv", "r");
    CHECK(file != NULL);
    rig_open(&rig, NULL);
    rig_start_queue(&rig, 4, 1);
    while (fgets(line, sizeof line, file) != NULL) {
        char *hex = line + strcspn(line, "\r\n");
        if (hex - line < 64)
            continue;
        hex -= 64;
        if (strspn(hex, "0123456789abcdef") == 64)
            from_hex(rig.bytes + RIG_DATA + 32 * count++, hex);
    }
    CHECK_EQ(fclose(file), 0);
    CHECK_EQ(count, 1557);
    struct snap_job_header job = {.opcode = SNAP_OP_MERKLE_SHA256D,
                                  .flags = SNAP_FLAG_INDIRECT,
                                  .length = 32 * count,
                                  .address = RIG_MEMORY_BUS + RIG_DATA};
    check_digest(rig_job(&rig, &job, NULL), 0,
                 "05ce7daa2ab7853686a216e6e40415cfca390c23daff2eaaba16c89f640ca564");
    job.length = 32; /* one leaf is its own root */
    CHECK_EQ(rig_job(&rig, &job, NULL).status, SNAP_STATUS_OK);
    CHECK_MEM(rig_result(&rig, 1), rig.bytes + RIG_DATA, 32);
    rig_close(&rig);
}

static void test_noop(void)
{
    uint8_t payload[224];
    struct snap_job_header job = {.opcode = SNAP_OP_NOOP, .length = sizeof payload};
    memset(payload, 0x6B, sizeof payload);
    rig_open(&rig, NULL);
    rig_start_queue(&rig, 4, 1);
    struct snap_completion completion = rig_job(&rig, &job, payload);
    CHECK_EQ(completion.status, SNAP_STATUS_OK);
    CHECK_EQ(completion.result, sizeof payload);
    CHECK_EQ(completion.phase, 0x80);
    CHECK_EQ(completion.engine_cycles, 0);
    job.flags = SNAP_FLAG_ECHO;
    completion = rig_job(&rig, &job, payload);
    CHECK_EQ(completion.phase, 0x81);
    CHECK_MEM(rig_result(&rig, 1), payload, SNAP_RESULT_BYTES);
    rig_close(&rig);
}

static void test_statuses(void)
{
    const uint64_t data = RIG_MEMORY_BUS + RIG_DATA;
    const struct {
        struct snap_job_header job;
        uint8_t status;
    } cases[] = {
        {{.opcode = 0}, SNAP_STATUS_BAD_OPCODE},
        {{.opcode = SNAP_OP_ECDSA_SECP256K1_VERIFY, .length = 159}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_ECDSA_SECP256K1_VERIFY, .flags = SNAP_FLAG_MESSAGE, .length = 127},
         SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_BIP340_VERIFY, .flags = SNAP_FLAG_LOW_S, .length = 128},
         SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_PEDERSEN_SUM_ZERO, .length = 97}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_MICROCODE_LOAD, .length = 208}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = 0xFF, .flags = 0xFF}, SNAP_STATUS_BAD_OPCODE},
        {{.opcode = SNAP_OP_NOOP, .flags = SNAP_FLAG_INDIRECT}, SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_SHA256, .flags = SNAP_FLAG_ECHO}, SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_SHA256, .flags = 0x80}, SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_SHA256, .reserved0 = 1}, SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_SHA256, .reserved1 = 1}, SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_SHA256, .address = 64}, SNAP_STATUS_BAD_FLAGS},
        {{.opcode = SNAP_OP_NOOP, .length = 225}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_NOOP, .flags = SNAP_FLAG_ECHO}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_SHA256, .length = 225}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_SHA256, .length = UINT32_MAX}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_SHA256, .flags = 1, .address = data}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_SHA256, .flags = 1, .length = 0x100001, .address = data},
         SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_MERKLE_SM3}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_MERKLE_SM3, .length = 33}, SNAP_STATUS_BAD_LENGTH},
        {{.opcode = SNAP_OP_SM3, .flags = 1, .length = 1, .address = data + 32},
         SNAP_STATUS_BAD_ADDRESS},
        {{.opcode = SNAP_OP_SM3, .flags = 1, .length = 65, .address = ~63ull},
         SNAP_STATUS_BAD_ADDRESS},
        {{.opcode = SNAP_OP_SM3, .flags = 1, .length = 64, .address = ~63ull}, SNAP_STATUS_DATA_UR},
        {{.opcode = SNAP_OP_SM3, .flags = 1, .length = 1, .address = 0}, SNAP_STATUS_DATA_UR},
        {{.opcode = SNAP_OP_SM3, .flags = 1, .length = 0x100000, .address = data}, SNAP_STATUS_OK},
        {{.opcode = SNAP_OP_SHA256}, SNAP_STATUS_OK},
    };
    rig_open(&rig, NULL);
    rig_start_queue(&rig, 2, 1);
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct snap_job_header job = cases[i].job;
        job.cookie = i + 1;
        struct snap_completion completion = rig_job(&rig, &job, NULL);
        CHECK_EQ(completion.status, cases[i].status);
        CHECK_EQ(completion.cookie, i + 1);
        CHECK_EQ(completion.phase & 1, completion.status == SNAP_STATUS_OK);
    }
    CHECK_EQ(rig_get(&rig, SNAP_REG_JOBS), sizeof cases / sizeof *cases);
    CHECK_EQ(rig_get(&rig, SNAP_REG_ERR_READ), 2);
    rig_close(&rig);
}

static void test_slot_not_reachable(void)
{
    rig_open(&rig, NULL);
    rig_start_queue(&rig, 2, 1);
    /* Keep the completion ring, take the submission ring away. */
    CHECK_EQ(rig_unmap(&rig, 0, 0, VFIO_USER_DMA_UNMAP_ALL), 0);
    CHECK_EQ(rig_map(&rig, RIG_MEMORY_BUS + RIG_CQ, 0x1000, 3, RIG_CQ, rig.file), 0);
    struct snap_job_header job = {.opcode = SNAP_OP_NOOP, .cookie = 5};
    struct snap_completion completion = rig_job(&rig, &job, NULL);
    CHECK_EQ(completion.status, SNAP_STATUS_FETCH_UR);
    CHECK_EQ(completion.cookie, 0);
    rig_close(&rig);
}

/* Many times round a small ring: phases, indices and slots stay together. */
static void test_ring_wraps(void)
{
    rig_open(&rig, NULL);
    rig_start_queue(&rig, 3, 1);
    for (uint32_t done = 0; done < 70000; done += 8) {
        for (uint32_t i = 0; i < 8; i++) {
            struct snap_job_header job = {.opcode = SNAP_OP_NOOP, .cookie = done + i};
            rig_prepare(&rig, &job, NULL);
        }
        rig_doorbell(&rig);
        rig_run(&rig);
        for (uint32_t i = 0; i < 8; i++) {
            bool there;
            struct snap_completion completion = rig_completion(&rig, rig.head, &there);
            CHECK(there);
            CHECK_EQ(completion.cookie, done + i);
            CHECK_EQ(completion.slot, (uint16_t)(done + i));
            rig.head++;
        }
        bool early;
        (void)rig_completion(&rig, rig.head, &early);
        CHECK(!early);
    }
    rig_close(&rig);
}

static void expect_doorbell_error(uint32_t value)
{
    rig_start_queue(&rig, 2, 1);
    struct snap_job_header job = {.opcode = SNAP_OP_NOOP};
    CHECK_EQ(rig_job(&rig, &job, NULL).status, SNAP_STATUS_OK);
    rig_set(&rig, QUEUE(DOORBELL), value);
    uint32_t status = rig_get(&rig, QUEUE(QUEUE_STATUS));
    CHECK_EQ(status & 3, 3);
    CHECK_EQ(status >> 8 & 0xFF, SNAP_QUEUE_ERROR_DOORBELL);
    rig_run(&rig);
    rig_set(&rig, QUEUE(QUEUE_CONTROL), 0);
    CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_STATUS)), 0);
}

static void test_doorbell_errors(void)
{
    rig_open(&rig, NULL);
    expect_doorbell_error(0x00000005); /* beyond the ring */
    expect_doorbell_error(0x00000000); /* behind the card's tail */
    expect_doorbell_error(0x00020002); /* completions that were not written */
    expect_doorbell_error(0xFFFF0001); /* head behind the card's */
    rig_close(&rig);
}

static void test_config_errors(void)
{
    static const struct {
        uint32_t reg, value;
    } bad[] = {{QUEUE(QUEUE_CONFIG), 0},
               {QUEUE(QUEUE_CONFIG), 13},
               {QUEUE(SQ_BASE_LO), 0x800},
               {QUEUE(CQ_BASE_LO), 0x20},
               {QUEUE(RESULT_BASE_LO), 0x40}};
    rig_open(&rig, NULL);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        rig_set(&rig, QUEUE(QUEUE_CONFIG), 4);
        rig_set(&rig, QUEUE(SQ_BASE_LO), 0);
        rig_set(&rig, QUEUE(CQ_BASE_LO), 0);
        rig_set(&rig, QUEUE(RESULT_BASE_LO), 0);
        rig_set(&rig, bad[i].reg, bad[i].value);
        rig_set(&rig, QUEUE(QUEUE_CONTROL), 1);
        CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_STATUS)), 3 | SNAP_QUEUE_ERROR_CONFIG << 8);
        rig_set(&rig, QUEUE(DOORBELL), 1);
        rig_run(&rig);
        CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_INDEX)), 0);
        rig_set(&rig, QUEUE(QUEUE_CONTROL), 0);
        CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_STATUS)), 0);
    }
    /* Held registers do not move under a queue that runs. */
    rig_start_queue(&rig, 4, 7);
    rig_set(&rig, QUEUE(QUEUE_CONFIG), 5);
    rig_set(&rig, QUEUE(SQ_BASE_HI), 1);
    CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_CONFIG)), 4 | 7 << 16);
    CHECK_EQ(rig_get(&rig, QUEUE(SQ_BASE_HI)), 0);
    rig_close(&rig);
}

static void test_bus_master_off(void)
{
    bool there;
    struct snap_job_header job = {.opcode = SNAP_OP_NOOP};
    rig_open(&rig, NULL);
    rig_start_queue(&rig, 2, 1);
    rig_bus_master(&rig, false);
    rig_prepare(&rig, &job, NULL);
    rig_doorbell(&rig);
    CHECK(!rig.card.ops->run(rig.card.context, 10000)); /* waits, and needs no processor for it */
    (void)rig_completion(&rig, 0, &there);
    CHECK(!there);
    rig_bus_master(&rig, true);
    rig_run(&rig);
    CHECK_EQ(rig_completion(&rig, 0, &there).status, SNAP_STATUS_OK);
    CHECK(there);
    rig_close(&rig);
}

static uint64_t signals(int event)
{
    uint64_t count = 0;
    return read(event, &count, sizeof count) == sizeof count ? count : 0;
}

static int listen_to_queue(void)
{
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK(event >= 0);
    struct vfio_user_irq_set set = {20, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
                                    VFIO_PCI_MSIX_IRQ_INDEX, 0, 1};
    int copy = dup(event);
    CHECK_EQ(rig_command(&rig, VFIO_USER_DEVICE_SET_IRQS, 0, &set, sizeof set, &copy, 1), 0);
    return event;
}

static void submit_noops(unsigned count)
{
    struct snap_job_header job = {.opcode = SNAP_OP_NOOP};
    for (unsigned i = 0; i < count; i++)
        rig_prepare(&rig, &job, NULL);
    rig_doorbell(&rig);
    rig_run(&rig);
}

static void test_interrupts(void)
{
    rig_open(&rig, NULL);
    rig_start_queue(&rig, 5, 1);
    int event = listen_to_queue();
    rig_set(&rig, QUEUE(IRQ_CONFIG), 4u << 24 | 0xFFFFFF);
    submit_noops(8);
    CHECK_EQ(signals(event), 0); /* not armed */
    rig_set(&rig, QUEUE(IRQ_ARM), 0);
    rig_run(&rig);
    CHECK_EQ(signals(event), 1); /* what was written before counts: nothing is lost */
    submit_noops(8);
    CHECK_EQ(signals(event), 0); /* one for each time armed */
    rig_set(&rig, QUEUE(IRQ_ARM), 16);
    submit_noops(1);
    CHECK_EQ(signals(event), 1); /* by the timer: fewer than COUNT */
    rig_set(&rig, QUEUE(IRQ_ARM), 17);
    rig_run(&rig);
    CHECK_EQ(signals(event), 0); /* nothing unseen, nothing to tell */
    rig_close(&rig);
    CHECK_EQ(close(event), 0);
}

static void test_timer_waits(void)
{
    rig_open(&rig, NULL);
    rig_start_queue(&rig, 5, 1);
    int event = listen_to_queue();
    rig_set(&rig, QUEUE(IRQ_CONFIG), 4u << 24 | 100000);
    rig_set(&rig, QUEUE(IRQ_ARM), 0);
    struct snap_job_header job = {.opcode = SNAP_OP_NOOP};
    rig_prepare(&rig, &job, NULL);
    rig_doorbell(&rig);
    CHECK(rig.card.ops->run(rig.card.context, 50000));
    CHECK_EQ(signals(event), 0);
    CHECK(!rig.card.ops->run(rig.card.context, 60000));
    CHECK_EQ(signals(event), 1);
    rig_close(&rig);
    CHECK_EQ(close(event), 0);
}

static void test_resets(void)
{
    rig_open(&rig, NULL);
    rig_start_queue(&rig, 5, 1);
    submit_noops(3);
    uint32_t before = rig_get(&rig, SNAP_REG_CYCLES_LO);
    rig_set(&rig, SNAP_REG_CONTROL, 1);
    CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_STATUS)), 0);
    CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_CONFIG)), 0);
    CHECK_EQ(rig_get(&rig, SNAP_REG_JOBS), 0);
    CHECK(rig_get(&rig, SNAP_REG_CYCLES_LO) > before);
    int event = listen_to_queue();
    CHECK_EQ(rig_command(&rig, VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0), 0);
    /* Interrupts and bus mastering are as before: the next life can start at once. */
    rig_start_queue(&rig, 5, 2);
    rig_set(&rig, QUEUE(IRQ_ARM), 0);
    submit_noops(1);
    CHECK_EQ(signals(event), 1);
    rig_close(&rig);
    CHECK_EQ(close(event), 0);
}

int main(void)
{
    RUN(test_known_answers);
    RUN(test_merkle);
    RUN(test_noop);
    RUN(test_statuses);
    RUN(test_slot_not_reachable);
    RUN(test_ring_wraps);
    RUN(test_doorbell_errors);
    RUN(test_config_errors);
    RUN(test_bus_master_off);
    RUN(test_interrupts);
    RUN(test_timer_waits);
    RUN(test_resets);
    return 0;
}
