// SPDX-License-Identifier: Apache-2.0
/* The chip's wires and switches, from the database that nextpnr-ecp5 brings with it (its
 * chipdb-85k.bin). */
#ifndef SNAP_ROUTER_CHIP_H
#define SNAP_ROUTER_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "base.h"

/* A wire that no net may use; one that leads to a pin and nowhere else; one that leads on. */
enum reach { REACH_NONE, REACH_PIN, REACH_ON };
/* How far a wire goes; what it costs to take it follows from that. */
enum span { SPAN_PIN, SPAN_TILE, SPAN_ONE, SPAN_TWO, SPAN_SIX, SPANS };
/* Whether the inputs of the two LUTs of a slice may be exchanged: not in RAM, in a carry chain A
 * with B and C with D only. */
enum exchange { EXCHANGE_NONE, EXCHANGE_PAIRS, EXCHANGE_ALL };

struct chip_rel {
    int16_t x, y;
};
/* The database's record of a switch between two wires; both wires relative to the switch's tile. */
struct chip_pip {
    struct chip_rel source, sink;
    int16_t source_wire, sink_wire, delay_class;
    int8_t tile_type, type;
    int16_t exchange, padding;
};
/* A wire's switch: its tile relative to the wire's, its number there. */
struct chip_step {
    struct chip_rel tile;
    int32_t index;
};
/* One of the chip's switches, which are numbered through as wires are: pip_base. */
struct chip_switch {
    uint32_t tile;
    const struct chip_pip *pip;
};
struct chip_steps {
    const struct chip_step *step;
    uint32_t count;
};

struct chip {
    int width, height;
    uint32_t tiles,
        wires; /* wires are numbered through: wire_base[tile] + the number in the tile */
    uint32_t *wire_base, *pip_base;
    uint16_t *tile; /* of each wire */
    uint8_t *reach, *span;
    uint8_t *exchange;       /* of each tile's four slices */
    const int32_t *delay_ps; /* four a delay class: least, most, least and most more for each switch
                                that the source feeds */
    const int32_t *type;     /* of each tile */
    const struct location *location;
    int8_t (*leave)[4]; /* of each type's wires: from where in x and in y one may leave it */
    uint32_t *leave_base;
};

/* Maps the file, which has to stay as it is. Ends the program with a message if it is no such
 * database. */
void chip_load(struct chip *chip, const char *path);
const char *chip_wire_name(const struct chip *chip, uint32_t wire);
struct chip_steps chip_downhill(const struct chip *chip, uint32_t wire);
struct chip_steps chip_uphill(const struct chip *chip, uint32_t wire);
const struct chip_pip *chip_pip(const struct chip *chip, uint32_t tile, int32_t index);
struct chip_switch chip_switch(const struct chip *chip, uint32_t number);
/* Whether the switch leads to another input of a LUT than its own, where that may not be. */
bool chip_blocked(const struct chip *chip, uint32_t tile, const struct chip_pip *pip);
/* A wire of the clocks' own network, which is at no place. */
bool chip_is_global(const struct chip *chip, uint32_t wire);
/* Tiles between the wire's nearest end and the place. */
int chip_distance(const struct chip *chip, uint32_t wire, int x, int y);

static inline int chip_x(const struct chip *chip, uint32_t wire)
{
    return chip->tile[wire] % chip->width;
}
static inline int chip_y(const struct chip *chip, uint32_t wire)
{
    return chip->tile[wire] / chip->width;
}
static inline uint32_t chip_at(const struct chip *chip, uint32_t tile, struct chip_rel rel)
{
    return (uint32_t)((int)tile + rel.y * chip->width + rel.x);
}
static inline uint32_t chip_pip_source(const struct chip *chip, uint32_t tile,
                                       const struct chip_pip *pip)
{
    return chip->wire_base[chip_at(chip, tile, pip->source)] + (uint32_t)pip->source_wire;
}
static inline uint32_t chip_pip_sink(const struct chip *chip, uint32_t tile,
                                     const struct chip_pip *pip)
{
    return chip->wire_base[chip_at(chip, tile, pip->sink)] + (uint32_t)pip->sink_wire;
}

#endif
