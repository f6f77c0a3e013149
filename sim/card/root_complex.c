/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/card/root_complex.h"

#include <assert.h>
#include <string.h>

/* DW0 of a header. */
#define FORMAT_4DW      (1u << 29)
#define FORMAT_DATA     (1u << 30)
#define TYPE_MASK       0xFF000000u
#define TYPE_MEMORY     0x00000000u
#define TYPE_COMPLETION 0x0A000000u
#define POISONED        (1u << 14)
#define LENGTH_MASK     0x3FFu

#define STATUS_UR 1u
#define STATUS_CA 4u

#define COMPLETER_ID   0x0000u /* the root complex itself */
#define READ_BOUNDARY  64u     /* Read Completion Boundary */
#define LATENCY_CYCLES 24u
#define LATENCY_JITTER 32u
#define PIECE_JITTER   8u /* between two completions of one read */
#define PAGE_BYTES     4096u

static uint32_t random_below(struct root_complex *root, uint32_t bound)
{
    root->random ^= root->random >> 12;
    root->random ^= root->random << 25;
    root->random ^= root->random >> 27;
    return (uint32_t)((root->random * 0x2545F4914F6CDD1Dull >> 32) * bound >> 32);
}

void root_complex_init(struct root_complex *root, struct host host, uint64_t seed)
{
    memset(root, 0, sizeof *root);
    root->host = host;
    root->latency = LATENCY_CYCLES;
    root->random = seed * 0x9E3779B97F4A7C15ull + 1;
}

static void violate(struct root_complex *root, const char *what)
{
    if (root->violation == NULL)
        root->violation = what;
}

/* ------------------------------------------------------------------ headers */

static unsigned header_bytes(const uint32_t header[4])
{
    unsigned words = header[0] & LENGTH_MASK;
    return (words ? words : LENGTH_MASK + 1) * 4;
}

static uint64_t header_address(const uint32_t header[4])
{
    if (header[0] & FORMAT_4DW)
        return (uint64_t)header[2] << 32 | (header[3] & ~3u);
    return header[2] & ~3u;
}

/* The rules for a memory request of the card, all bytes of which are enabled. */
static bool check_request(struct root_complex *root, const uint32_t header[4], unsigned bytes_max)
{
    uint64_t address = header_address(header);
    unsigned bytes = header_bytes(header);
    unsigned first = header[1] & 0xF, last = header[1] >> 4 & 0xF;
    const char *wrong = NULL;
    if ((header[0] & FORMAT_4DW) && address >> 32 == 0)
        wrong = "a 4DW header for an address below 4 GiB";
    else if (header[1] >> 16 != root->config.requester_id)
        wrong = "a request with another requester id";
    else if (first != 0xF || last != (bytes > 4 ? 0xFu : 0u))
        wrong = "a request with wrong byte enables";
    else if (bytes > bytes_max)
        wrong = "a request larger than Device Control allows";
    else if (address % PAGE_BYTES + bytes > PAGE_BYTES)
        wrong = "a request across 4 KiB";
    else if (!root->config.bus_master)
        wrong = "a request without bus mastering";
    if (wrong != NULL)
        violate(root, wrong);
    return wrong == NULL;
}

/* ------------------------------------------------------------------ the host's accesses */

static void request(struct root_complex *root, bool write, uint32_t offset, unsigned bytes,
                    uint64_t value)
{
    assert(root->access != ROOT_WAITING && !root->drive.request.valid);
    assert((bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) && offset % bytes == 0);
    struct tlp_beat *beat = &root->drive.request;
    unsigned shift = offset % 4;
    uint32_t first = bytes >= 4 ? 0xFu : ((1u << bytes) - 1) << shift;
    uint32_t last = bytes == 8 ? 0xFu : 0;
    *beat = (struct tlp_beat){.valid = true, .sop = true, .eop = true};
    beat->header[0] = (write ? FORMAT_DATA : 0) | TYPE_MEMORY | (bytes == 8 ? 2 : 1);
    beat->header[1] =
        (uint32_t)COMPLETER_ID << 16 | (uint32_t)++root->access_tag << 8 | last << 4 | first;
    beat->header[2] = offset & ~3u;
    if (write)
        memcpy(beat->data + shift, &value, bytes);
    root->access = ROOT_WAITING;
    root->access_write = write;
    root->access_offset = offset;
    root->access_bytes = bytes;
    root->access_value = 0;
}

void root_complex_read(struct root_complex *root, uint32_t offset, unsigned bytes)
{
    request(root, false, offset, bytes, 0);
}

void root_complex_write(struct root_complex *root, uint32_t offset, unsigned bytes, uint64_t value)
{
    request(root, true, offset, bytes, value);
}

static void take_request(struct root_complex *root)
{
    root->drive.request.valid = false;
    if (root->access_write)
        root->access = ROOT_DONE; /* posted */
}

static void take_completion(struct root_complex *root, const struct tlp_beat *beat)
{
    uint32_t status = beat->header[1] >> 13 & 7;
    bool data = beat->header[0] & FORMAT_DATA;
    bool expected = root->access == ROOT_WAITING && !root->access_write &&
                    (beat->header[2] >> 8 & 0xFF) == root->access_tag;
    if ((beat->header[0] & TYPE_MASK & ~(FORMAT_DATA | FORMAT_4DW)) != TYPE_COMPLETION ||
        !expected || (status == 0) != data) {
        violate(root, "a completion that answers no read");
        return;
    }
    root->access = status == 0 ? ROOT_DONE : ROOT_FAILED;
    if (status == 0)
        memcpy(&root->access_value, beat->data + root->access_offset % 4, root->access_bytes);
}

/* ------------------------------------------------------------------ the card's writes */

static void start_write(struct root_complex *root, const struct tlp_beat *beat)
{
    const uint32_t *header = beat->header;
    if ((header[0] & TYPE_MASK & ~FORMAT_4DW) != (TYPE_MEMORY | FORMAT_DATA)) {
        violate(root, "a write that is no MWr");
        return;
    }
    if (!check_request(root, header, 128u << root->config.max_payload))
        return;
    root->receiving = true;
    root->write_address = header_address(header);
    root->write_bytes = header_bytes(header);
    root->received_bytes = 0;
}

static void take_write(struct root_complex *root, const struct tlp_beat *beat)
{
    if (beat->sop == root->receiving) {
        violate(root, "a write whose first beat is not marked so");
        return;
    }
    if (beat->sop)
        start_write(root, beat);
    if (!root->receiving)
        return;
    unsigned left = root->write_bytes - root->received_bytes;
    unsigned bytes = left < TLP_BEAT_BYTES ? left : TLP_BEAT_BYTES;
    if (beat->strobe != (1u << bytes / 4) - 1 || beat->eop != (left == bytes)) {
        violate(root, "a write whose data contradicts its length");
        return;
    }
    assert(root->received_bytes + bytes <= sizeof root->received);
    memcpy(root->received + root->received_bytes, beat->data, bytes);
    root->received_bytes += bytes;
    if (!beat->eop)
        return;
    root->receiving = false;
    if (!(beat->header[0] & POISONED))
        root->host.ops->write(root->host.context, root->write_address, root->received,
                              root->write_bytes);
}

/* ------------------------------------------------------------------ the card's reads */

static void take_read(struct root_complex *root, const struct tlp_beat *beat)
{
    const uint32_t *header = beat->header;
    uint8_t tag = (uint8_t)(header[1] >> 8);
    if ((header[0] & TYPE_MASK & ~FORMAT_4DW) != TYPE_MEMORY)
        violate(root, "a read that is no MRd");
    else if (!root->config.extended_tags && tag >= 32)
        violate(root, "an extended tag, which Device Control forbids");
    else if (root->reads[tag].used)
        violate(root, "a tag that is in use");
    if (root->violation || !check_request(root, header, 128u << root->config.max_read))
        return;
    root->reads[tag] = (struct root_read){
        .used = true,
        .tag = tag,
        .address = header_address(header),
        .bytes = header_bytes(header),
        .due = root->cycle + root->latency + random_below(root, LATENCY_JITTER),
    };
    root->reads_used++;
}

static void end_read(struct root_complex *root, struct root_read *read)
{
    read->used = false;
    root->reads_used--;
}

/* A read whose time has come, from a random place on, so that no order is kept; NULL: none. */
static struct root_read *choose_read(struct root_complex *root)
{
    if (root->reads_used == 0)
        return NULL;
    uint32_t start = random_below(root, ROOT_READS_MAX);
    for (uint32_t i = 0; i < ROOT_READS_MAX; i++) {
        struct root_read *read = &root->reads[(start + i) % ROOT_READS_MAX];
        if (read->used && read->due <= root->cycle)
            return read;
    }
    return NULL;
}

/* Up to one of the next Read Completion Boundaries, within the payload that Device Control allows.
 */
static unsigned piece_bytes(struct root_complex *root, const struct root_read *read)
{
    unsigned payload_max = 128u << root->config.max_payload;
    unsigned bytes = READ_BOUNDARY * (1 + random_below(root, payload_max / READ_BOUNDARY));
    bytes -= (unsigned)(read->address % READ_BOUNDARY);
    return bytes < read->bytes ? bytes : read->bytes;
}

static void drive_completion(struct root_complex *root, const struct root_read *read,
                             unsigned bytes, enum host_status status)
{
    struct tlp_beat *beat = &root->drive.completion;
    bool data = status == HOST_OK || status == HOST_POISON;
    uint32_t code = status == HOST_UR ? STATUS_UR : status == HOST_CA ? STATUS_CA : 0;
    *beat = (struct tlp_beat){.valid = true, .sop = true};
    beat->header[0] = TYPE_COMPLETION | (data ? FORMAT_DATA | bytes / 4 : 0) |
                      (status == HOST_POISON ? POISONED : 0);
    beat->header[1] = (uint32_t)COMPLETER_ID << 16 | code << 13 | (read->bytes & 0xFFF);
    beat->header[2] = (uint32_t)root->config.requester_id << 16 | (uint32_t)read->tag << 8 |
                      (uint32_t)(read->address & 0x7F);
    root->sending_bytes = data ? bytes : 0;
    root->sent_bytes = 0;
}

static void drive_data(struct root_complex *root)
{
    struct tlp_beat *beat = &root->drive.completion;
    unsigned left = root->sending_bytes - root->sent_bytes;
    unsigned bytes = left < TLP_BEAT_BYTES ? left : TLP_BEAT_BYTES;
    memset(beat->data, 0, sizeof beat->data);
    memcpy(beat->data, root->sending + root->sent_bytes, bytes);
    root->sent_bytes += bytes;
    beat->eop = root->sent_bytes == root->sending_bytes;
}

static void send_completion(struct root_complex *root)
{
    struct root_read *read = choose_read(root);
    if (read == NULL)
        return;
    unsigned bytes = piece_bytes(root, read);
    enum host_status status =
        root->host.ops->read(root->host.context, read->address, root->sending, bytes);
    if (status == HOST_TIMEOUT) {
        end_read(root, read);
        return;
    }
    drive_completion(root, read, bytes, status);
    drive_data(root);
    read->address += bytes;
    read->bytes -= bytes;
    read->due = root->cycle + random_below(root, PIECE_JITTER);
    if (read->bytes == 0 || status == HOST_UR || status == HOST_CA)
        end_read(root, read);
}

/* ------------------------------------------------------------------ cycles */

static void advance_completion(struct root_complex *root, const struct tlp_from_card *from)
{
    struct tlp_beat *beat = &root->drive.completion;
    if (beat->valid && !from->completion_ready) {
        violate(root, "a completion that is not taken");
        return;
    }
    bool more = beat->valid && !beat->eop;
    beat->valid = more;
    beat->sop = false;
    if (more)
        drive_data(root);
    else
        send_completion(root);
}

void root_complex_cycle(struct root_complex *root, const struct tlp_from_card *from)
{
    struct tlp_to_card *drive = &root->drive;
    root->cycle++;
    if (drive->request.valid && from->request_ready)
        take_request(root);
    /* Writes before completions: a register read is answered behind them. */
    if (from->write.valid && drive->write_ready)
        take_write(root, &from->write);
    if (from->read.valid && drive->read_ready)
        take_read(root, &from->read);
    if (from->completion.valid && drive->completion_ready)
        take_completion(root, &from->completion);
    advance_completion(root, from);
    drive->read_ready = random_below(root, 8) != 0;
    drive->write_ready = random_below(root, 8) != 0;
    drive->completion_ready = random_below(root, 8) != 0;
}

bool root_complex_busy(const struct root_complex *root)
{
    return root->access == ROOT_WAITING || root->reads_used > 0 || root->receiving ||
           root->drive.completion.valid || root->drive.request.valid;
}
