/* SPDX-License-Identifier: Apache-2.0 */
/* Each fault does what it says, once, at the event that was asked for, and nothing else. */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "tests/unit/sim_rig.h"

#define QUEUE(name)  (SNAP_QUEUE_PAGE_OFFSET + SNAP_REG_##name)
#define ENTRIES_LOG2 4u

static struct rig rig;

static void open_with(const char *fault)
{
    rig_open(&rig, fault);
    rig_start_queue(&rig, ENTRIES_LOG2, 9);
}

/* NOOPs, or ECHOs of their number, with their number as cookie. */
static void submit(unsigned count, bool echo)
{
    for (unsigned i = 0; i < count; i++) {
        uint8_t payload[64] = {(uint8_t)rig.tail};
        struct snap_job_header job = {.opcode = SNAP_OP_NOOP,
                                      .flags = echo ? SNAP_FLAG_ECHO : 0,
                                      .length = sizeof payload,
                                      .cookie = rig.tail};
        rig_prepare(&rig, &job, payload);
    }
    rig_doorbell(&rig);
    rig_run(&rig);
}

static bool there(uint16_t index)
{
    bool yes;
    (void)rig_completion(&rig, index, &yes);
    return yes;
}

static struct snap_completion at(uint16_t index)
{
    bool yes;
    return rig_completion(&rig, index, &yes);
}

/* Everything but the completion at `but` is as it should be. */
static void check_others(uint16_t count, uint16_t but)
{
    for (uint16_t i = 0; i < count; i++) {
        if (i == but)
            continue;
        CHECK(there(i));
        CHECK_EQ(at(i).cookie, i);
        CHECK_EQ(at(i).status, SNAP_STATUS_OK);
        CHECK_EQ(at(i).generation, 9);
        CHECK_EQ(at(i).result, 64);
    }
}

static void test_specifications(void)
{
    static const char *const good[] = {"lost",
                                       "hang:after=0",
                                       "ur:count=2",
                                       "wrong:after=7:count=3",
                                       "removal:count=1:after=18446744073709551615",
                                       "poison:queue=3:after=1"};
    static const char *const bad[] = {"",
                                      "loss",
                                      "lost:",
                                      "lost:after",
                                      "lost:after=",
                                      "lost:after=x",
                                      "lost:after=-1",
                                      "lost:after= 1",
                                      "lost:count=0",
                                      "lost:after=1x",
                                      "lost:after=18446744073709551616",
                                      "lost:queue=16",
                                      "lost:queue=",
                                      "lost:before=1",
                                      "los",
                                      "lostt",
                                      "lost:after=1:"};
    static struct faults faults;
    const char *reason;
    faults_init(&faults);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!faults_add(&faults, bad[i], &reason));
        CHECK(reason != NULL);
    }
    for (unsigned i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(faults_add(&faults, good[i], &reason));
    CHECK_EQ(faults.count, sizeof good / sizeof *good);
    CHECK_EQ(faults.list[0].after, 20);
    CHECK_EQ(faults.list[0].count, 1);
    CHECK_EQ(faults.list[3].after, 7);
    CHECK_EQ(faults.list[3].count, 3);
    CHECK_EQ(faults.list[3].queue, FAULT_ANY_QUEUE);
    CHECK_EQ(faults.list[5].queue, 3);
    while (faults.count < FAULTS_MAX)
        CHECK(faults_add(&faults, "lost", &reason));
    CHECK(!faults_add(&faults, "lost", &reason));
}

static void test_lost(void)
{
    open_with("lost:after=3");
    submit(8, false);
    CHECK(!there(3));
    check_others(8, 3);
    rig_close(&rig);
}

static void test_count(void)
{
    open_with("lost:after=3:count=2");
    submit(8, false);
    for (uint16_t i = 0; i < 8; i++)
        CHECK_EQ(there(i), i != 3 && i != 4);
    rig_close(&rig);
}

/* A completion or a read counts only when it is the named queue's. */
static void test_queue(void)
{
    open_with("lost:queue=0:after=3");
    submit(8, false);
    CHECK(!there(3));
    check_others(8, 3);
    rig_close(&rig);
    open_with("lost:queue=1:after=3");
    submit(8, false);
    check_others(8, 8);
    rig_close(&rig);
    open_with("ur:queue=1:after=0");
    submit(4, false);
    check_others(4, 4);
    rig_set(&rig, QUEUE(DOORBELL) + SNAP_QUEUE_PAGE_BYTES, 0); /* reads count from here on */
    submit(1, false);
    CHECK_EQ(at(4).status, SNAP_STATUS_FETCH_UR);
    rig_close(&rig);
}

static void test_duplicate(void)
{
    open_with("duplicate:after=3");
    submit(4, false);
    check_others(4, 4);
    CHECK(there(4)); /* which nobody submitted */
    CHECK_EQ(at(4).cookie, 3);
    submit(4, false);
    check_others(8, 8);
    rig_close(&rig);
    open_with("duplicate:after=15"); /* over the end of the ring: the phase turns */
    submit(16, false);
    CHECK(there(16));
    CHECK_EQ(at(16).cookie, 15);
    rig_close(&rig);
}

static void test_stale(void)
{
    open_with("stale:after=3");
    submit(8, false);
    CHECK(there(3));
    CHECK_EQ(at(3).cookie, 2);
    CHECK_EQ(at(3).generation, 8);
    check_others(8, 3);
    rig_close(&rig);
}

static void test_reorder(void)
{
    open_with("reorder:after=3");
    submit(8, false);
    check_others(8, 8);
    CHECK_EQ(rig.faults.list[0].done, 1);
    rig_close(&rig);
    /* Held back until the next one; without a next one, until the card has nothing else to do. */
    open_with("reorder:after=0");
    uint8_t ring[4 * SNAP_COMPLETION_BYTES] = {0};
    struct snap_completion completion = {.cookie = 77, .phase = 0x80};
    struct host host = faults_host(&rig.faults, rig.faults.host);
    host.ops->write(host.context, RIG_MEMORY_BUS + RIG_CQ, &completion, sizeof completion);
    CHECK_MEM(rig.bytes + RIG_CQ, ring, sizeof ring);
    completion.cookie = 78;
    host.ops->write(host.context, RIG_MEMORY_BUS + RIG_CQ + 32, &completion, sizeof completion);
    CHECK(there(0) && there(1));
    CHECK_EQ(at(0).cookie, 77);
    CHECK_EQ(at(1).cookie, 78);
    rig_close(&rig);
}

static void test_wrong(void)
{
    open_with("wrong:after=3");
    submit(8, false);
    CHECK_EQ(at(3).result, 65);
    CHECK_EQ(at(3).cookie, 3);
    check_others(8, 3);
    rig_close(&rig);
    open_with("wrong:after=3");
    submit(8, true);
    check_others(8, 3);
    for (uint16_t i = 0; i < 8; i++)
        CHECK_EQ(rig_result(&rig, i)[0], i == 3 ? i ^ 1 : i);
    rig_close(&rig);
}

static void test_hang(void)
{
    open_with("hang:after=3");
    submit(8, false);
    CHECK(there(2) && !there(3) && !there(7));
    CHECK_EQ(rig_get(&rig, SNAP_REG_MAGIC), SNAP_ABI_MAGIC);
    uint32_t cycles = rig_get(&rig, SNAP_REG_CYCLES_LO);
    CHECK_EQ(rig_get(&rig, SNAP_REG_CYCLES_LO), cycles); /* stands still */
    /* The registers tell of what was written, and no more. */
    CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_INDEX)) >> 16, 3);
    CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_STATUS)) >> 16,
             (rig_get(&rig, QUEUE(QUEUE_INDEX)) & 0xFFFF) - 3);
    CHECK_EQ(rig_get(&rig, SNAP_REG_JOBS), 3);
    rig_set(&rig, QUEUE(QUEUE_CONTROL), 0);
    CHECK(!rig.card.ops->run(rig.card.context, 10000));
    CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_STATUS)) & 3, 1);
    rig_set(&rig, SNAP_REG_CONTROL, 1);
    CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_STATUS)), 0);
    CHECK(rig_get(&rig, SNAP_REG_CYCLES_LO) > cycles);
    rig_start_queue(&rig, ENTRIES_LOG2, 9);
    submit(8, false);
    check_others(8, 8);
    rig_close(&rig);
}

static void test_hang_again(void)
{
    open_with("hang:after=3:count=2");
    for (unsigned time = 0; time < 2; time++) {
        submit(8, false);
        CHECK(there(2) && !there(3));
        CHECK_EQ(rig_command(&rig, VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0), 0);
        rig_start_queue(&rig, ENTRIES_LOG2, 9);
    }
    submit(8, false);
    check_others(8, 8);
    rig_close(&rig);
}

static void check_read_fault(const char *fault, uint8_t slot_status, uint8_t data_status)
{
    open_with(fault);
    submit(8, false);
    CHECK(there(3));
    CHECK_EQ(at(3).status, slot_status);
    CHECK_EQ(at(3).cookie, 0);
    check_others(8, 3);
    rig_close(&rig);
    open_with(fault); /* two slots, the hash job's slot, its payload: that is the fourth read */
    submit(2, false);
    struct snap_job_header job = {.opcode = SNAP_OP_SHA256,
                                  .flags = SNAP_FLAG_INDIRECT,
                                  .length = 64,
                                  .address = RIG_MEMORY_BUS + RIG_DATA,
                                  .cookie = 2};
    rig.head = 2;
    struct snap_completion completion = rig_job(&rig, &job, NULL);
    CHECK_EQ(completion.status, data_status);
    CHECK_EQ(completion.cookie, 2);
    rig_close(&rig);
}

static void test_reads(void)
{
    check_read_fault("ur:after=3", SNAP_STATUS_FETCH_UR, SNAP_STATUS_DATA_UR);
    check_read_fault("ca:after=3", SNAP_STATUS_FETCH_CA, SNAP_STATUS_DATA_CA);
    check_read_fault("poison:after=3", SNAP_STATUS_FETCH_POISON, SNAP_STATUS_DATA_POISON);
    check_read_fault("timeout:after=3", SNAP_STATUS_FETCH_TIMEOUT, SNAP_STATUS_DATA_TIMEOUT);
}

static void test_removal(void)
{
    struct vfio_user_region_access access = {0, VFIO_PCI_CONFIG_REGION_INDEX, 4};
    open_with("removal:after=3");
    submit(8, false);
    CHECK(there(2) && !there(3));
    CHECK_EQ(rig_get(&rig, SNAP_REG_MAGIC), 0xFFFFFFFF);
    CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_STATUS)), 0xFFFFFFFF);
    CHECK_EQ(rig_command(&rig, VFIO_USER_REGION_READ, 0, &access, sizeof access, NULL, 0), 0);
    CHECK_MEM(rig.reply.payload + sizeof access, "\377\377\377\377", 4);
    CHECK_EQ(rig_command(&rig, VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0), EIO);
    CHECK_EQ(rig_get(&rig, SNAP_REG_MAGIC), 0xFFFFFFFF);
    /* The next client finds it again. */
    faults_reconnect(&rig.faults);
    server_disconnect(&rig.server);
    struct vfio_user_version version = {0, 1};
    CHECK_EQ(rig_command(&rig, VFIO_USER_VERSION, 0, &version, sizeof version, NULL, 0), 0);
    CHECK_EQ(rig_get(&rig, SNAP_REG_MAGIC), SNAP_ABI_MAGIC);
    CHECK_EQ(rig_get(&rig, QUEUE(QUEUE_STATUS)), 0);
    rig_close(&rig);
}

/* What a test asked for and did not get. */
static void test_struck(void)
{
    open_with("lost:after=3:count=2");
    CHECK(!faults_struck(&rig.faults));
    submit(4, false);
    CHECK(!faults_struck(&rig.faults)); /* once of twice */
    submit(1, false);
    CHECK(faults_struck(&rig.faults));
    submit(3, false);
    CHECK(faults_struck(&rig.faults));
    rig_close(&rig);
}

int main(void)
{
    /* Each fault is told on stderr: noise here. */
    int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
    CHECK(sink >= 0 && dup2(sink, STDERR_FILENO) == STDERR_FILENO && close(sink) == 0);
    RUN(test_specifications);
    RUN(test_lost);
    RUN(test_count);
    RUN(test_queue);
    RUN(test_duplicate);
    RUN(test_stale);
    RUN(test_reorder);
    RUN(test_wrong);
    RUN(test_hang);
    RUN(test_hang_again);
    RUN(test_reads);
    RUN(test_removal);
    RUN(test_struck);
    return 0;
}
