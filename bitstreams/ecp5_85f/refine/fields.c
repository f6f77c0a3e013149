// SPDX-License-Identifier: Apache-2.0
#include "fields.h"

static int tiles_of(const struct tiles *tiles, int x, int y)
{
    int count = 0;
    for (int dy = 0; dy < FIELD; dy++)
        for (int dx = 0; dx < FIELD; dx++)
            count += tiles->is_logic[y * FIELD + dy][x * FIELD + dx];
    return count;
}

void fields_make(struct fields *fields, const struct netlist *netlist, const struct tiles *tiles,
                 double weight, double slack)
{
    double pins = 0;
    for (int c = 0; c < netlist->cells; c++) {
        fields_add(fields, netlist->place[c], netlist->cell[c].pins);
        pins += netlist->cell[c].pins;
    }
    for (int y = 0; y < FIELDS; y++)
        for (int x = 0; x < FIELDS; x++) {
            int count = tiles_of(tiles, x, y);
            fields->share[y][x] = (count > 1 ? count : 1) * pins / tiles->count * slack;
        }
    fields->weight = weight;
}
