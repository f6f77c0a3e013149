/* SPDX-License-Identifier: Apache-2.0 */
/* The C model and the RTL are one card: the same random jobs, good and bad, on both; statuses,
 * results, counters and registers must agree. Order and timing may differ. SEED=n in the
 * environment repeats a run. */
#include <errno.h>
#include <linux/pci_regs.h>

#include "sim/card/verilated_card.h"
#include "tests/unit/check.h"
#include "tests/unit/sim_point_jobs.h"
#include "tests/unit/sim_rig.h"

#define QUEUE(name)   (SNAP_QUEUE_PAGE_OFFSET + SNAP_REG_##name)
#define QUEUE_1(name) (QUEUE(name) + SNAP_QUEUE_PAGE_BYTES)
#define ENTRIES_LOG2  5u
#define ENTRIES       (1u << ENTRIES_LOG2)
#define ROUNDS        40u
#define POINT_ROUNDS  12u
/* Each job of a round has its own place for a payload by address. */
#define PLACES       (RIG_DATA + 0x40000u)
#define PLACE_BYTES  0x4000u
#define INLINE_BYTES 224u

static struct rig twins[2];
static uint64_t state;

static uint64_t seed(void)
{
    const char *text = getenv("SEED");
    return text ? strtoull(text, NULL, 0) : 1;
}

static uint32_t below(uint32_t bound)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1Dull >> 32) * bound >> 32);
}

static bool create_verilated(struct host host, struct card *card)
{
    const char *reason;
    if (verilated_card_create(host, "build/engine", NULL, seed(), card, &reason))
        return true;
    printf("# build/engine: %s\n", reason);
    return false;
}

static void both_set(uint32_t offset, uint32_t value)
{
    rig_set(&twins[0], offset, value);
    rig_set(&twins[1], offset, value);
}

/* The register's value, which must be the same on both. */
static uint32_t both_get(uint32_t offset)
{
    uint32_t value = rig_get(&twins[0], offset);
    uint32_t other = rig_get(&twins[1], offset);
    if (value != other)
        printf("# register %#x: model %#x, RTL %#x, SEED=%llu\n", offset, value, other,
               (unsigned long long)seed());
    CHECK_EQ(other, value);
    return value;
}

/* Mostly jobs that a driver would send; one in four with something odd about it. */
static struct snap_job_header random_job(uint64_t cookie)
{
    static const uint8_t opcodes[] = {
        SNAP_OP_NOOP,          SNAP_OP_SHA256,         SNAP_OP_SM3,
        SNAP_OP_MERKLE_SHA256, SNAP_OP_MERKLE_SHA256D, SNAP_OP_MERKLE_SM3};
    struct snap_job_header job = {
        .opcode = opcodes[below(6)], .cookie = cookie, .length = below(225)};
    if (job.opcode != SNAP_OP_NOOP && below(3) == 0) {
        job.flags = SNAP_FLAG_INDIRECT;
        job.length = 1 + below(3000);
        job.address = RIG_MEMORY_BUS + RIG_DATA + 64 * below(1000);
    } else if (job.opcode == SNAP_OP_NOOP && below(2) == 0) {
        job.flags = SNAP_FLAG_ECHO;
        job.length = 64 + below(100);
    }
    if (job.opcode >= SNAP_OP_MERKLE_SHA256)
        job.length &= ~31u;
    switch (below(24)) {
    case 0:
        job.opcode = (uint8_t)below(256);
        break;
    case 1:
        job.flags ^= (uint8_t)(1u << below(8));
        break;
    case 2:
        job.length = below(2) ? below(400) : below(0x200000);
        break;
    case 3:
        job.address ^= 1ull << below(64);
        break;
    case 4:
        job.reserved0 = 1;
        break;
    case 5:
        job.reserved1 = 1ull << below(64);
        break;
    default:
        break;
    }
    return job;
}

static struct snap_completion find(const struct rig *rig, uint16_t slot, uint16_t *index)
{
    for (*index = (uint16_t)(rig->head); *index != rig->tail; ++*index) {
        bool there;
        struct snap_completion completion = rig_completion(rig, *index, &there);
        if (there && completion.slot == slot)
            return completion;
    }
    printf("# no completion for slot %u, SEED=%llu\n", slot, (unsigned long long)seed());
    CHECK(!"every accepted job completes");
    return (struct snap_completion){0};
}

static void compare(uint16_t slot)
{
    uint16_t index[2];
    struct snap_completion model = find(&twins[0], slot, &index[0]);
    struct snap_completion rtl = find(&twins[1], slot, &index[1]);
    if (model.status != rtl.status)
        printf("# slot %u: model %#x, RTL %#x, SEED=%llu\n", slot, model.status, rtl.status,
               (unsigned long long)seed());
    CHECK_EQ(rtl.status, model.status);
    CHECK_EQ(rtl.cookie, model.cookie);
    CHECK_EQ(rtl.result, model.result);
    CHECK_EQ(rtl.generation, model.generation);
    CHECK_EQ(rtl.phase & 0x7F, model.phase & 0x7F);
    if (model.status == SNAP_STATUS_OK)
        CHECK_EQ(rtl.engine_cycles != 0, model.engine_cycles != 0);
    if (model.phase & 1)
        CHECK_MEM(rig_result(&twins[1], index[1]), rig_result(&twins[0], index[0]),
                  SNAP_RESULT_BYTES);
}

static void fill_memory(void)
{
    for (unsigned i = RIG_DATA; i < RIG_MEMORY_BYTES; i++)
        twins[0].bytes[i] = twins[1].bytes[i] = (uint8_t)below(256);
}

static void prepare(const struct snap_job_header *job)
{
    uint8_t payload[224];
    struct snap_job_header inlined = *job;
    for (unsigned i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)below(256);
    inlined.length = sizeof payload; /* the slot is filled whatever the header says */
    for (unsigned twin = 0; twin < 2; twin++) {
        rig_prepare(&twins[twin], &inlined, payload);
        unsigned entry = (uint16_t)(twins[twin].tail - 1) % ENTRIES;
        memcpy(twins[twin].bytes + RIG_SQ + entry * 256, job, sizeof *job);
    }
}

static void prepare_random(uint64_t number, unsigned jobs)
{
    for (unsigned i = 0; i < jobs; i++) {
        struct snap_job_header job = random_job(number << 32 | i);
        prepare(&job);
    }
}

/* Everything that was handed over has completed, and in the same way. */
static void compare_all(void)
{
    for (uint16_t slot = twins[0].head; slot != twins[0].tail; slot++)
        compare(slot);
    twins[0].head = twins[1].head = twins[0].tail;
    both_get(QUEUE(QUEUE_STATUS));
    both_get(QUEUE(QUEUE_INDEX));
    both_get(SNAP_REG_JOBS);
}

static void run_round(uint64_t number)
{
    prepare_random(number, 1 + below(ENTRIES));
    for (unsigned twin = 0; twin < 2; twin++) {
        rig_doorbell(&twins[twin]);
        rig_run(&twins[twin]);
    }
    compare_all();
}

static void test_identity(void)
{
    static const uint32_t same[] = {SNAP_REG_MAGIC,
                                    SNAP_REG_ABI_VERSION,
                                    SNAP_REG_LAYOUT,
                                    SNAP_REG_READ_TAGS,
                                    SNAP_REG_MESSAGE_BYTES_MAX,
                                    SNAP_REG_ENGINES,
                                    SNAP_REG_CONTROL,
                                    SNAP_REG_STATUS,
                                    SNAP_REG_JOBS,
                                    SNAP_REG_ERR_REQUEST,
                                    SNAP_REG_ERR_COMPLETION,
                                    SNAP_REG_ERR_READ};
    for (unsigned i = 0; i < sizeof same / sizeof *same; i++)
        (void)both_get(same[i]);
    for (unsigned word = 0; word < 8; word++)
        (void)both_get(SNAP_REG_OPCODES + 4 * word);
    for (uint32_t offset = 0; offset <= SNAP_REG_IRQ_ARM; offset += 4)
        (void)both_get(SNAP_QUEUE_PAGE_OFFSET + offset);
    (void)both_get(SNAP_QUEUE_PAGE_OFFSET +
                   4 * SNAP_QUEUE_PAGE_BYTES); /* a queue that is not there */
}

static void test_jobs(void)
{
    rig_start_queue(&twins[0], ENTRIES_LOG2, 0x1234);
    rig_start_queue(&twins[1], ENTRIES_LOG2, 0x1234);
    for (uint64_t number = 0; number < ROUNDS; number++)
        run_round(number);
}

/* ------------------------------------------------------------------ signatures and points */

/* How the jobs of each opcode ended, so that a test that finds nothing but errors is found. */
static struct {
    unsigned valid, invalid, infinity, bad_status, fault;
} tally[256];

static void count_outcome(uint8_t opcode, const struct snap_completion *completion)
{
    switch (completion->status) {
    case SNAP_STATUS_OK:
        switch ((uint32_t)(completion->result ^ completion->cookie)) {
        case SNAP_VERDICT_VALID:
            tally[opcode].valid++;
            break;
        case SNAP_VERDICT_INVALID:
            tally[opcode].invalid++;
            break;
        case SNAP_VERDICT_INFINITY:
            tally[opcode].infinity++;
            break;
        default:
            CHECK(!"a verdict is one of the code words");
        }
        break;
    case SNAP_STATUS_ENGINE_FAULT:
        tally[opcode].fault++;
        break;
    default:
        tally[opcode].bad_status++;
        break;
    }
}

static void prepare_point(const struct sim_point_job *job, uint64_t cookie, unsigned place)
{
    struct snap_job_header header = {
        .opcode = job->opcode, .flags = job->flags, .length = job->length, .cookie = cookie};
    bool indirect = job->length > INLINE_BYTES || below(2) == 0;
    uint32_t offset = PLACES + place * PLACE_BYTES;
    if (indirect) {
        header.flags |= SNAP_FLAG_INDIRECT;
        header.address = RIG_MEMORY_BUS + offset;
    }
    for (unsigned twin = 0; twin < 2; twin++) {
        if (indirect)
            memcpy(twins[twin].bytes + offset, job->payload, job->length);
        struct snap_job_header slot = header;
        slot.length = indirect ? 0 : INLINE_BYTES; /* what rig_prepare copies */
        rig_prepare(&twins[twin], &slot, job->payload);
        unsigned entry = (uint16_t)(twins[twin].tail - 1) % ENTRIES;
        memcpy(twins[twin].bytes + RIG_SQ + entry * 256, &header, sizeof header);
    }
}

/* The opcodes of the point engine that both cards announce, but for the loading of microcode. */
static unsigned point_opcodes(uint8_t opcodes[32])
{
    uint32_t announced = both_get(SNAP_REG_OPCODES + 4);
    unsigned count = 0;
    CHECK(announced >> (SNAP_OP_MICROCODE_LOAD % 32) & 1);
    for (uint8_t opcode = SNAP_OP_ECDSA_SECP256K1_VERIFY; opcode < SNAP_OP_MICROCODE_LOAD; opcode++)
        if (announced >> (opcode % 32) & 1)
            opcodes[count++] = opcode;
    return count;
}

/* Hands over what is prepared, and lets the RTL work on it for a while, up to its end, before more
 * comes. */
static void pause(void)
{
    for (unsigned twin = 0; twin < 2; twin++)
        rig_doorbell(&twins[twin]);
    (void)twins[1].card.ops->run(twins[1].card.context, below(below(8) == 0 ? 400000 : 20000));
}

static void run_point_round(uint64_t number, const uint8_t *opcodes, unsigned opcode_count)
{
    static struct sim_point_job job;
    uint8_t opcode_of[ENTRIES];
    unsigned jobs = 1 + below(ENTRIES);
    uint16_t first = twins[0].tail, index;
    for (unsigned i = 0; i < jobs; i++) {
        if (i == 0 && both_get(SNAP_REG_MICROCODE) == 0)
            sim_point_job_image(&job);
        else
            sim_point_job_roll(
                &job, below(24) == 0 ? SNAP_OP_MICROCODE_LOAD : opcodes[below(opcode_count)],
                below);
        prepare_point(&job, number << 32 | i, i);
        opcode_of[i] = job.opcode;
        if (below(6) == 0)
            pause();
    }
    for (unsigned twin = 0; twin < 2; twin++) {
        rig_doorbell(&twins[twin]);
        rig_run(&twins[twin]);
    }
    for (unsigned i = 0; i < jobs; i++) {
        struct snap_completion completion = find(&twins[0], (uint16_t)(first + i), &index);
        count_outcome(opcode_of[i], &completion);
    }
    compare_all();
    both_get(SNAP_REG_MICROCODE);
    both_get(SNAP_REG_MICROCODE_CHECKSUM);
    both_get(SNAP_REG_ERR_ENGINE);
}

static void test_points(void)
{
    uint8_t opcodes[32];
    unsigned count = point_opcodes(opcodes);
    both_set(QUEUE(QUEUE_CONTROL), 0);
    rig_start_queue(&twins[0], ENTRIES_LOG2, 0x4321);
    rig_start_queue(&twins[1], ENTRIES_LOG2, 0x4321);
    for (uint64_t number = 0; number < POINT_ROUNDS; number++)
        run_point_round(number, opcodes, count);
    for (unsigned i = 0; i < count; i++) {
        uint8_t opcode = opcodes[i];
        printf("# opcode %#x: %u valid, %u invalid, %u infinity, %u refused, %u faults\n", opcode,
               tally[opcode].valid, tally[opcode].invalid, tally[opcode].infinity,
               tally[opcode].bad_status, tally[opcode].fault);
        CHECK(tally[opcode].valid > 0 && tally[opcode].invalid > 0);
    }
}

/* ------------------------------------------------------------------ the bus, resets, errors */

/* Every size of read request, few tags and many, both payload sizes. The root complex checks what
 * the RTL sends. */
static void test_device_control(void)
{
    for (unsigned read = 0; read <= 5; read++) {
        uint16_t control = (uint16_t)(read << 12 | (read & 1 ? PCI_EXP_DEVCTL_EXT_TAG : 0) |
                                      (read & 2 ? PCI_EXP_DEVCTL_PAYLOAD_256B : 0));
        for (unsigned twin = 0; twin < 2; twin++)
            rig_device_control(&twins[twin], control);
        for (uint64_t number = 0; number < 4; number++)
            run_round(number);
    }
}

static void test_doorbell_errors(void)
{
    static const uint32_t bad[] = {0x00000021, 0x00010000, 0x00050005, 0xFFFF0001};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        both_set(QUEUE(QUEUE_CONTROL), 0);
        rig_run(&twins[1]);
        both_set(QUEUE(QUEUE_CONTROL), 1);
        both_set(QUEUE(DOORBELL), bad[i]);
        CHECK_EQ(both_get(QUEUE(QUEUE_STATUS)), 3 | SNAP_QUEUE_ERROR_DOORBELL << 8);
    }
    both_set(QUEUE(QUEUE_CONTROL), 0);
    CHECK_EQ(both_get(QUEUE(QUEUE_STATUS)), 0);
    both_set(QUEUE(QUEUE_CONFIG), 0);
    both_set(QUEUE(QUEUE_CONTROL), 1);
    CHECK_EQ(both_get(QUEUE(QUEUE_STATUS)), 3 | SNAP_QUEUE_ERROR_CONFIG << 8);
}

/* A payload that no command takes, for each of them, and an unmap that would cut a map in two. */
static void send_bad_commands(struct rig *rig)
{
    static const uint8_t payload[31];
    for (uint16_t number = VFIO_USER_VERSION; number <= VFIO_USER_DEVICE_RESET; number++)
        CHECK(rig_command(rig, number, 0, payload, sizeof payload, NULL, 0) > 0);
    CHECK_EQ(rig_unmap(rig, RIG_MEMORY_BUS, 4096, 0), EINVAL);
}

/* Queue 1 with too few entries, with too many, and with a doorbell beyond its ring. */
static void break_queue_1(struct rig *rig)
{
    static const struct {
        uint32_t entries_log2, doorbell, error;
    } bad[] = {{0, 0, SNAP_QUEUE_ERROR_CONFIG},
               {SNAP_ENTRIES_LOG2_MAX + 1, 0, SNAP_QUEUE_ERROR_CONFIG},
               {1, 3, SNAP_QUEUE_ERROR_DOORBELL}};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        rig_set(rig, QUEUE_1(QUEUE_CONFIG), bad[i].entries_log2);
        rig_set(rig, QUEUE_1(QUEUE_CONTROL), 1);
        rig_set(rig, QUEUE_1(DOORBELL), bad[i].doorbell);
        CHECK_EQ(rig_get(rig, QUEUE_1(QUEUE_STATUS)), 3 | bad[i].error << 8);
        rig_set(rig, QUEUE_1(QUEUE_CONTROL), 0);
        CHECK_EQ(rig_get(rig, QUEUE_1(QUEUE_STATUS)), 0);
    }
}

/* Whatever is refused or goes wrong beside them, the jobs of queue 0 complete and have their
 * results. The job whose page goes is held back until then by the bus master bit. */
static void test_bad_input_loses_no_job(void)
{
    const uint64_t page = RIG_MEMORY_BUS + RIG_MEMORY_BYTES;
    const struct snap_job_header unmapped = {.opcode = SNAP_OP_SHA256,
                                             .flags = SNAP_FLAG_INDIRECT,
                                             .length = 4096,
                                             .cookie = 1,
                                             .address = page};
    uint16_t index, slot = (uint16_t)(twins[0].tail + ENTRIES / 2);
    prepare_random(1, ENTRIES / 2);
    prepare(&unmapped);
    prepare_random(2, ENTRIES / 2 - 1);
    for (unsigned twin = 0; twin < 2; twin++) {
        struct rig *rig = &twins[twin];
        CHECK_EQ(rig_map(rig, page, 4096, 1, RIG_DATA, rig->file), 0);
        rig_bus_master(rig, false);
        rig_doorbell(rig);
        send_bad_commands(rig);
        CHECK_EQ(rig_unmap(rig, page, 4096, 0), 0);
        rig_bus_master(rig, true);
        (void)rig->card.ops->run(rig->card.context, 200); /* into the middle of the batch */
        break_queue_1(rig);
        send_bad_commands(rig);
        rig_run(rig);
        CHECK_EQ(find(rig, slot, &index).status, SNAP_STATUS_DATA_UR);
    }
    compare_all();
}

static void test_resets(void)
{
    both_set(SNAP_REG_CONTROL, 1);
    rig_run(&twins[1]);
    CHECK_EQ(both_get(SNAP_REG_STATUS), 4); /* bus master; nothing else */
    CHECK_EQ(both_get(SNAP_REG_JOBS), 0);
    test_jobs();
    for (unsigned twin = 0; twin < 2; twin++)
        CHECK_EQ(rig_command(&twins[twin], VFIO_USER_DEVICE_RESET, 0, NULL, 0, NULL, 0), 0);
    CHECK_EQ(both_get(SNAP_REG_JOBS), 0);
    CHECK_EQ(both_get(QUEUE(QUEUE_CONFIG)), 0);
    test_jobs();
}

/* Below the server, which fills the table in again after each reset. */
static void test_resets_of_vectors(void)
{
    const uint32_t mask = SNAP_MSIX_TABLE_OFFSET + 12;
    for (unsigned twin = 0; twin < 2; twin++) {
        const struct card *card = &twins[twin].card;
        card->ops->write(card->context, mask, 4, 0);
        card->ops->write(card->context, SNAP_REG_CONTROL, 4, 1);
        rig_run(&twins[twin]);
    }
    CHECK_EQ(both_get(mask), 0);
    for (unsigned twin = 0; twin < 2; twin++)
        CHECK(twins[twin].card.ops->reset(twins[twin].card.context));
    CHECK_EQ(both_get(mask), 1);
}

static void test_odd_accesses(void)
{
    for (unsigned twin = 0; twin < 2; twin++) {
        struct vfio_user_region_access access = {SNAP_REG_MAGIC, 0, 8};
        CHECK_EQ(
            rig_command(&twins[twin], VFIO_USER_REGION_READ, 0, &access, sizeof access, NULL, 0),
            0);
        CHECK_MEM(twins[twin].reply.payload + sizeof access, "\377\377\377\377\377\377\377\377", 8);
        access.count = 1;
        CHECK_EQ(
            rig_command(&twins[twin], VFIO_USER_REGION_READ, 0, &access, sizeof access, NULL, 0),
            0);
        CHECK_EQ(twins[twin].reply.payload[sizeof access], 0xFF);
    }
    CHECK_EQ(both_get(SNAP_REG_ERR_REQUEST), 2);
    (void)both_get(SNAP_REG_ERR_COMPLETION);
}

int main(void)
{
    state = seed() * 0x9E3779B97F4A7C15ull + 1;
    rig_open_card(&twins[0], rig_create_model, NULL);
    rig_open_card(&twins[1], create_verilated, NULL);
    fill_memory();
    RUN(test_identity);
    RUN(test_jobs);
    RUN(test_device_control);
    RUN(test_points);
    RUN(test_bad_input_loses_no_job);
    RUN(test_doorbell_errors);
    RUN(test_resets);
    RUN(test_resets_of_vectors);
    RUN(test_odd_accesses);
    rig_close(&twins[0]);
    rig_close(&twins[1]);
    return 0;
}
