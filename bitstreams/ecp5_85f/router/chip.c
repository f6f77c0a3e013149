// SPDX-License-Identifier: Apache-2.0
#include "chip.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file's records, as nextpnr 0.11 writes them; offsets are from the record that holds them. */
struct list {
    int32_t offset;
    uint32_t length;
};
struct wire {
    int32_t name; /* offset of its text */
    int16_t type, tile_wire;
    struct list uphill, downhill, bel_pins;
};
struct location {
    struct list bels, wires, pips;
};
struct grade {
    struct list cells, pips;
};
struct database {
    int32_t width, height, tiles, names;
    struct list locations, types, globals, tile_types, packages, pios, tile_info, grades;
};
enum { LUT_EXCHANGE = 0x4000 }; /* a switch from one input of a LUT to another */
_Static_assert(sizeof(struct chip_pip) == 20 && sizeof(struct wire) == 32, "the file's records");

static const void *list_of(const struct list *list)
{
    return (const char *)list + list->offset;
}

static const struct wire *wire_of(const struct chip *chip, uint32_t wire)
{
    uint32_t tile = chip->tile[wire];
    return (const struct wire *)list_of(&chip->location[chip->type[tile]].wires) +
           (wire - chip->wire_base[tile]);
}

const char *chip_wire_name(const struct chip *chip, uint32_t wire)
{
    const struct wire *record = wire_of(chip, wire);
    return (const char *)record + record->name;
}

struct chip_steps chip_downhill(const struct chip *chip, uint32_t wire)
{
    const struct wire *record = wire_of(chip, wire);
    return (struct chip_steps){list_of(&record->downhill), record->downhill.length};
}

struct chip_steps chip_uphill(const struct chip *chip, uint32_t wire)
{
    const struct wire *record = wire_of(chip, wire);
    return (struct chip_steps){list_of(&record->uphill), record->uphill.length};
}

const struct chip_pip *chip_pip(const struct chip *chip, uint32_t tile, int32_t index)
{
    return (const struct chip_pip *)list_of(&chip->location[chip->type[tile]].pips) + index;
}

struct chip_switch chip_switch(const struct chip *chip, uint32_t number)
{
    uint32_t low = 0, high = chip->tiles; /* pip_base[low] <= number < pip_base[high] */
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (chip->pip_base[middle] <= number)
            low = middle;
        else
            high = middle;
    }
    return (struct chip_switch){low, chip_pip(chip, low, (int32_t)(number - chip->pip_base[low]))};
}

bool chip_blocked(const struct chip *chip, uint32_t tile, const struct chip_pip *pip)
{
    if (!(pip->exchange & LUT_EXCHANGE))
        return false;
    int lut = pip->exchange >> 4 & 7, to = pip->exchange >> 2 & 3, from = pip->exchange & 3;
    switch (chip->exchange[tile * 4 + (uint32_t)lut / 2]) {
    case EXCHANGE_ALL:
        return false;
    case EXCHANGE_PAIRS:
        return to / 2 != from / 2;
    default:
        return true;
    }
}

static bool global_name(const char *name)
{
    return strchr("GLR", name[0]) != NULL && name[1] == '_';
}

bool chip_is_global(const struct chip *chip, uint32_t wire)
{
    return global_name(chip_wire_name(chip, wire));
}

/* Project Trellis' names: H06E0003 goes six columns east, V02N0101 two rows north, H00 and V00 stay
 * in the tile. */
static enum span span_of(const char *name)
{
    if (strlen(name) > 1 && strcmp(name + 1, "BOUNCE") == 0)
        return SPAN_TILE;
    if (strchr("HV", name[0]) == NULL || name[1] != '0')
        return SPAN_PIN;
    return name[2] == '0'   ? SPAN_TILE
           : name[2] == '1' ? SPAN_ONE
           : name[2] == '2' ? SPAN_TWO
                            : SPAN_SIX;
}

/* Of the clocks' own network only the way into it is for nets: nextpnr routes the rest. */
static enum reach reach_of(const char *name)
{
    if (!global_name(name))
        return span_of(name) == SPAN_PIN ? REACH_PIN : REACH_ON;
    return strstr(name, "CLKI") != NULL || strstr(name, "PCLK") != NULL ? REACH_PIN : REACH_NONE;
}

/* What can reach a wire that leads on leads on. */
static void find_reach(struct chip *chip)
{
    uint32_t *queue = allocate(chip->wires, sizeof *queue), tail = 0;
    for (uint32_t w = 0; w < chip->wires; w++) {
        chip->span[w] = (uint8_t)span_of(chip_wire_name(chip, w));
        chip->reach[w] = (uint8_t)reach_of(chip_wire_name(chip, w));
        if (chip->reach[w] == REACH_ON)
            queue[tail++] = w;
    }
    for (uint32_t head = 0; head < tail; head++) {
        struct chip_steps up = chip_uphill(chip, queue[head]);
        for (uint32_t k = 0; k < up.count; k++) {
            uint32_t tile = chip_at(chip, chip->tile[queue[head]], up.step[k].tile);
            uint32_t source = chip_pip_source(chip, tile, chip_pip(chip, tile, up.step[k].index));
            if (chip->reach[source] == REACH_PIN) {
                chip->reach[source] = REACH_ON;
                queue[tail++] = source;
            }
        }
    }
    free(queue);
}

static void stretch(int8_t *low, int8_t *high, int16_t value, bool first)
{
    if (first || value < *low)
        *low = (int8_t)value;
    if (first || value > *high)
        *high = (int8_t)value;
}

static void find_ends(struct chip *chip, uint32_t types)
{
    uint32_t total = 0;
    chip->leave_base = allocate(types, sizeof *chip->leave_base);
    for (uint32_t t = 0; t < types; t++) {
        chip->leave_base[t] = total;
        total += chip->location[t].wires.length;
    }
    chip->leave = allocate(total, sizeof *chip->leave);
    for (uint32_t t = 0; t < types; t++) {
        const struct wire *wires = list_of(&chip->location[t].wires);
        for (uint32_t w = 0; w < chip->location[t].wires.length; w++) {
            const struct chip_step *step = list_of(&wires[w].downhill);
            int8_t *leave = chip->leave[chip->leave_base[t] + w];
            for (uint32_t k = 0; k < wires[w].downhill.length; k++) {
                stretch(&leave[0], &leave[1], step[k].tile.x, k == 0);
                stretch(&leave[2], &leave[3], step[k].tile.y, k == 0);
            }
        }
    }
}

static int outside(int value, int low, int high)
{
    return value < low ? low - value : value > high ? value - high : 0;
}

int chip_distance(const struct chip *chip, uint32_t wire, int x, int y)
{
    uint32_t tile = chip->tile[wire];
    const int8_t *leave =
        chip->leave[chip->leave_base[chip->type[tile]] + wire - chip->wire_base[tile]];
    int from_x = chip_x(chip, wire), from_y = chip_y(chip, wire);
    return outside(x, from_x + leave[0], from_x + leave[1]) +
           outside(y, from_y + leave[2], from_y + leave[3]);
}

static const struct database *map_file(const char *path)
{
    struct stat status;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &status) < 0)
        fail(path, strerror(errno));
    const char *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (data == MAP_FAILED)
        fail(path, strerror(errno));
    close(file);
    int64_t root = status.st_size >= 4 ? *(const int32_t *)data : -1;
    if (root < 0 || root % 4 != 0 || root + (int64_t)sizeof(struct database) > status.st_size)
        fail(path, "no chip database of nextpnr-ecp5");
    return (const struct database *)(data + root);
}

void chip_load(struct chip *chip, const char *path)
{
    const struct database *database = map_file(path);
    chip->width = database->width;
    chip->height = database->height;
    chip->tiles = (uint32_t)database->tiles;
    if (chip->width != 127 || chip->height != 96 || chip->tiles != 127 * 96 ||
        database->types.length != chip->tiles)
        fail(path, "not the LFE5U-85F's, or of a version of nextpnr with other records");
    chip->location = list_of(&database->locations);
    chip->type = list_of(&database->types);
    const struct grade *grades = list_of(&database->grades);
    chip->delay_ps = list_of(&grades[0].pips); /* grade 6, the slowest */
    chip->wire_base = allocate(chip->tiles + 1, sizeof *chip->wire_base);
    chip->pip_base = allocate(chip->tiles + 1, sizeof *chip->pip_base);
    for (uint32_t t = 0; t < chip->tiles; t++) {
        chip->wire_base[t + 1] = chip->wire_base[t] + chip->location[chip->type[t]].wires.length;
        chip->pip_base[t + 1] = chip->pip_base[t] + chip->location[chip->type[t]].pips.length;
    }
    chip->wires = chip->wire_base[chip->tiles];
    chip->tile = allocate(chip->wires, sizeof *chip->tile);
    for (uint32_t t = 0; t < chip->tiles; t++)
        for (uint32_t w = chip->wire_base[t]; w < chip->wire_base[t + 1]; w++)
            chip->tile[w] = (uint16_t)t;
    chip->reach = allocate(chip->wires, 1);
    chip->span = allocate(chip->wires, 1);
    chip->exchange = allocate(chip->tiles, 4);
    find_reach(chip);
    find_ends(chip, database->locations.length);
}
