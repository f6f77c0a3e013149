// SPDX-License-Identifier: Apache-2.0
// Refines a placement for the ECP5 by simulated annealing: shorter wires, and pins spread evenly
// over the chip.
//
//   refine IN OUT MOVES_MILLIONS SEED [NAME=VALUE ...]
//
// IN is what refine.py writes (cells with their sites, nets with their pins), OUT gets a line
// "cell x y lc" for every cell that can move. A move swaps two logic cells (a LUT, a register, or
// both), or the contents of two runs of tiles, which is how carry chains and distributed RAMs move,
// or the contents of two sites of multipliers or of block RAMs.
// What the chip demands is kept by every move: registers of a tile share clock and reset, those of
// a slice the clock enable; a register behind a LUT stays behind it; carry chains stay as they are.
//
// The cost: wire length (half perimeter, more for nets of many pins), dearer where more wires are
// needed than elsewhere; delay weighted by how critical a connection is; and for every field of
// 4 x 4 tiles the square of the pins above its share.
//
// refine.py lists the options.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/base.h"
#include "router/timing.h"

enum { FIXED, COMB, FF, RAMW, MULTIPLIER, BLOCK_RAM };
enum { CARRY = 1, LUTRAM = 2, RAMW_BLOCK = 4, WCKINV = 8, WREINV = 16 }; // of a COMB
enum { CLKINV = 1, LSRINV = 2, ASYNC = 4, LOCKED = 8 };                  // of a FF
enum { LCS = 8, MAX = 160, LONGEST = 32, FIELD = 4, TIMED = 64, HARD_KINDS = 2, HARD_REACH = 25 };

typedef struct {
    int kind, flags, clk, lsr, ce, first, count; // first, count: of its nets
    int lc;                                      // of a multiplier or block RAM: number of its site
    float pins;
} Cell;
typedef struct {
    int driver, out, domain, start, first, count; // pins: the driver first, then the sinks
    double weight, cost, timed;                   // timed: weighted delays of a large net
    int x0, x1, y0, y1, nx0, nx1, ny0, ny1;
} Net;
typedef struct {
    int cell, in, domain;
    float weight; // of its delay
} Pin;
typedef struct {
    int cell[LCS][2];  // COMB, FF; -1: none
    int ramw, crosses; // crosses: carry chains that go on in the next tile
} Tile;

static int cells_n, nets_n, pins_n, links_n;
static Cell *cells;
static Net *nets;
static Pin *pins;
static int *links, *link_pins; // nets of the cells, and the first pin there
static int16_t *px, *py;
static Tile tiles[MAX][MAX]; // [y][x]
static bool is_tile[MAX][MAX];
static int width, height, tiles_n;
static struct {
    int x, y;
} * tile_list;
typedef struct {
    int x, y, cell; // -1: free
} Site;
static struct {
    Site *list;
    int n;
} sites[HARD_KINDS]; // of multipliers, of block RAMs
static double field[MAX][MAX], field_cap[MAX][MAX];
static double price_weight = 1.5, price_slack = 1.15,
              price[2][MAX + 1][MAX + 1]; // sums over all tiles above and left
static double inverse[MAX + 1];
static double field_weight = 1.0, field_slack = 1.08, timing_weight = 6.0;
static double fresh = 0.3; // share of the new weights in the used ones
static double crit_exponent = 6;

static uint64_t state;
static uint32_t random32(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1DULL) >> 32);
}
static int below(int n)
{
    return (int)(((uint64_t)random32() * (uint64_t)n) >> 32);
}

static void number(FILE *f, int *to)
{
    if (fscanf(f, "%d", to) != 1)
        fail("refine", "number expected");
}

static bool is_hard(const Cell *c)
{
    return c->kind >= MULTIPLIER;
}
static bool in_tile(const Cell *c)
{
    return c->kind != FIXED && !is_hard(c);
}

// ---------------------------------------------------------------- input
static double crossings(int pins_of_net)
{ // VPR's: how much longer than half its perimeter a net becomes
    static const double table[] = {1,      1,      1,      1,      1.0828, 1.1536,
                                   1.2206, 1.2823, 1.3385, 1.3991, 1.4493};
    if (pins_of_net <= 10)
        return table[pins_of_net];
    if (pins_of_net <= 50)
        return 1.4493 + (pins_of_net - 10) * 0.0335;
    return 2.79 + 0.02616 * (pins_of_net - 50);
}

// Carry chains that go on in the next tile.
static void count_crossings(void)
{
    for (int y = 0; y < MAX; y++)
        for (int x = 0; x < MAX; x++)
            tiles[y][x].crosses = 0;
    for (int i = 0; i < nets_n; i++)
        if (nets[i].out == OUT_FCO)
            for (int p = nets[i].first + 1; p < nets[i].first + nets[i].count; p++)
                if (pins[p].in == IN_FCI && (px[pins[p].cell] != px[nets[i].driver] ||
                                             py[pins[p].cell] != py[nets[i].driver])) {
                    if (px[pins[p].cell] != px[nets[i].driver] + 1 ||
                        py[pins[p].cell] != py[nets[i].driver])
                        fail("refine", "odd carry chain");
                    tiles[py[nets[i].driver]][px[nets[i].driver]].crosses++;
                }
}

static void read_sites(FILE *f, int kind)
{
    Site *list;
    int n;
    number(f, &n);
    list = allocate((size_t)n, sizeof *list);
    for (int i = 0; i < n; i++) {
        number(f, &list[i].x), number(f, &list[i].y);
        list[i].cell = -1;
    }
    for (int i = 0; i < cells_n; i++)
        if (cells[i].kind == kind) {
            if (cells[i].lc < 0 || cells[i].lc >= n || list[cells[i].lc].cell >= 0)
                fail("refine", "odd site");
            list[cells[i].lc].cell = i;
        }
    sites[kind - MULTIPLIER].list = list, sites[kind - MULTIPLIER].n = n;
}

static void read_input(const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f)
        fail("refine", "cannot open the input");
    number(f, &cells_n);
    number(f, &nets_n);
    number(f, &pins_n);
    cells = allocate((size_t)cells_n, sizeof *cells);
    nets = allocate((size_t)nets_n, sizeof *nets);
    pins = allocate((size_t)pins_n, sizeof *pins);
    px = allocate((size_t)cells_n, sizeof *px);
    py = allocate((size_t)cells_n, sizeof *py);
    for (int y = 0; y < MAX; y++)
        for (int x = 0; x < MAX; x++) {
            memset(&tiles[y][x], -1, sizeof(Tile));
            tiles[y][x].crosses = 0;
        }
    for (int i = 0; i < cells_n; i++) {
        Cell *c = &cells[i];
        int x, y;
        number(f, &c->kind), number(f, &x), number(f, &y), number(f, &c->lc);
        number(f, &c->flags), number(f, &c->clk), number(f, &c->lsr), number(f, &c->ce);
        if (x < 0 || y < 0 || x >= MAX || y >= MAX)
            fail("refine", "cell outside");
        px[i] = (int16_t)x, py[i] = (int16_t)y;
        if (x >= width)
            width = x + 1;
        if (y >= height)
            height = y + 1;
        if (c->kind == COMB || c->kind == FF) {
            int *slot = &tiles[y][x].cell[c->lc][c->kind == FF];
            if (*slot >= 0)
                fail("refine", "two cells in one place");
            *slot = i;
        }
        if (c->kind == RAMW)
            tiles[y][x].ramw = i;
    }
    int n = 0;
    for (int i = 0; i < nets_n; i++) {
        Net *net = &nets[i];
        number(f, &net->count), number(f, &net->out), number(f, &net->domain),
            number(f, &net->start);
        net->first = n;
        net->weight = crossings(net->count);
        for (int p = 0; p < net->count; p++, n++) {
            number(f, &pins[n].cell), number(f, &pins[n].in), number(f, &pins[n].domain);
            cells[pins[n].cell].pins += 1;
        }
        net->driver = pins[net->first].cell;
    }
    int count_tiles;
    number(f, &count_tiles);
    tile_list = allocate((size_t)count_tiles, sizeof *tile_list);
    for (int i = 0; i < count_tiles; i++) {
        int x, y;
        number(f, &x), number(f, &y);
        is_tile[y][x] = true;
        tile_list[i].x = x, tile_list[i].y = y;
    }
    tiles_n = count_tiles;
    for (int k = 0; k < HARD_KINDS; k++)
        read_sites(f, MULTIPLIER + k);
    fclose(f);

    // Nets of each cell, each once.
    int *last = allocate((size_t)cells_n, sizeof *last);
    links = allocate((size_t)pins_n, sizeof *links);
    link_pins = allocate((size_t)pins_n, sizeof *link_pins);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < cells_n; i++)
            last[i] = -1;
        if (pass) {
            for (int i = 0; i < cells_n; i++) {
                cells[i].first = links_n;
                links_n += cells[i].count;
                cells[i].count = 0;
            }
        }
        for (int i = 0; i < nets_n; i++)
            for (int p = nets[i].first; p < nets[i].first + nets[i].count; p++) {
                int c = pins[p].cell;
                if (last[c] == i)
                    continue;
                last[c] = i;
                if (pass)
                    links[cells[c].first + cells[c].count] = i,
                                           link_pins[cells[c].first + cells[c].count] = p;
                cells[c].count++;
            }
    }
    free(last);
    count_crossings();
}

// ---------------------------------------------------------------- timing
static double between(int x0, int y0, int x1, int y1)
{ // ns at grade 6, much as nextpnr predicts it
    int dx = abs(x0 - x1), dy = abs(y0 - y1);
    if (dx + dy == 0)
        return 0;
    return 0.1 * (3 + (dx > 5 ? dx - 5 : 0) + (dy > 5 ? dy - 5 : 0) +
                  2 * ((dx < 5 ? dx : 5) + (dy < 5 ? dy : 5)));
}
static double delay(int from, int to)
{
    return between(px[from], py[from], px[to], py[to]);
}

static struct timing timing;
static void make_timing(void)
{
    timing = (struct timing){
        .cells = (uint32_t)cells_n, .nets = (uint32_t)nets_n, .sinks = (uint32_t)(pins_n - nets_n)};
    timing.carry = allocate((size_t)cells_n, sizeof *timing.carry);
    timing.net = allocate((size_t)nets_n, sizeof *timing.net);
    timing.sink = allocate(timing.sinks, sizeof *timing.sink);
    for (int i = 0; i < cells_n; i++)
        timing.carry[i] = cells[i].kind == COMB && (cells[i].flags & CARRY);
    uint32_t sinks = 0;
    for (int i = 0; i < nets_n; i++) {
        const Net *n = &nets[i];
        timing.net[i] = (struct timing_net){sinks,     (uint32_t)n->count - 1, n->driver, n->out,
                                            n->domain, (float)n->start / 1000};
        for (int p = n->first + 1; p < n->first + n->count; p++)
            timing.sink[sinks++] = (struct timing_sink){
                .cell = pins[p].cell, .in = pins[p].in, .domain = pins[p].domain};
    }
    timing_prepare(&timing);
}

/* The pins' weights, from how critical they are. */
static void time_it(double longest[TIMING_DOMAINS])
{
    bool first = timing.nets == 0; // weights that jump make cells jump
    if (first)
        make_timing();
    uint32_t s = 0;
    for (int i = 0; i < nets_n; i++)
        for (int k = 0; k < nets[i].count - 1; k++, s++)
            timing.sink[s].wire =
                timing.sink[s].in == IN_FCI ? 0 : (float)delay(nets[i].driver, timing.sink[s].cell);
    timing_run(&timing);
    s = 0;
    for (int i = 0; i < nets_n; i++)
        for (int p = nets[i].first + 1; p < nets[i].first + nets[i].count; p++, s++) {
            double crit = timing.sink[s].criticality < 1 ? timing.sink[s].criticality : 1;
            float weight = (float)(timing_weight * pow(crit, crit_exponent) / 0.2);
            pins[p].weight =
                first ? weight : (1 - (float)fresh) * pins[p].weight + (float)fresh * weight;
        }
    for (int d = 0; d < TIMING_DOMAINS; d++)
        longest[d] = (double)timing.longest[d];
}

static void box(Net *n)
{
    int x0 = MAX, x1 = -1, y0 = MAX, y1 = -1, nx0 = 0, nx1 = 0, ny0 = 0, ny1 = 0;
    for (int p = n->first; p < n->first + n->count; p++) {
        int x = px[pins[p].cell], y = py[pins[p].cell];
        if (x < x0)
            x0 = x, nx0 = 1;
        else if (x == x0)
            nx0++;
        if (x > x1)
            x1 = x, nx1 = 1;
        else if (x == x1)
            nx1++;
        if (y < y0)
            y0 = y, ny0 = 1;
        else if (y == y0)
            ny0++;
        if (y > y1)
            y1 = y, ny1 = 1;
        else if (y == y1)
            ny1++;
    }
    n->x0 = x0, n->x1 = x1, n->y0 = y0, n->y1 = y1, n->nx0 = nx0, n->nx1 = nx1, n->ny0 = ny0,
    n->ny1 = ny1;
}
static double wires_of(double weight, int x0, int x1, int y0, int y1)
{
    int w = x1 - x0, h = y1 - y0;
    double across =
        price[0][y1 + 1][x1 + 1] - price[0][y0][x1 + 1] - price[0][y1 + 1][x0] + price[0][y0][x0];
    double down =
        price[1][y1 + 1][x1 + 1] - price[1][y0][x1 + 1] - price[1][y1 + 1][x0] + price[1][y0][x0];
    return weight * inverse[w + 1] * inverse[h + 1] * (across * w + down * h);
}
// What the router found too full, if there is a map: 1 where it is as everywhere.
// Prices, from the wires that the nets need: evenly over the box of each.
static double most[2];
static void make_prices(void)
{
    static double need[2][MAX + 2][MAX + 2], smooth[2][MAX][MAX];
    static bool before;
    memset(need, 0, sizeof need);
    for (int i = 0; i <= MAX; i++)
        inverse[i] = i ? 1.0 / i : 0;
    for (int i = 0; i < nets_n; i++) {
        Net *n = &nets[i];
        box(n);
        double area = inverse[n->x1 - n->x0 + 1] * inverse[n->y1 - n->y0 + 1] * n->weight;
        for (int k = 0; k < 2; k++) {
            double each = area * (k ? n->y1 - n->y0 : n->x1 - n->x0);
            need[k][n->y0][n->x0] += each, need[k][n->y1 + 1][n->x1 + 1] += each;
            need[k][n->y0][n->x1 + 1] -= each, need[k][n->y1 + 1][n->x0] -= each;
        }
    }
    double mean = 0; // the chip has as many wires across as down
    for (int k = 0; k < 2; k++) {
        for (int y = 0; y < MAX; y++)
            for (int x = 1; x < MAX; x++)
                need[k][y][x] += need[k][y][x - 1];
        for (int y = 1; y < MAX; y++)
            for (int x = 0; x < MAX; x++)
                need[k][y][x] += need[k][y - 1][x];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                mean += need[k][y][x] / (2 * width * height);
    }
    for (int k = 0; k < 2; k++) {
        most[k] = 0;
        for (int y = 0; y < MAX; y++)
            for (int x = 0; x < MAX; x++) {
                double over = mean > 0 ? need[k][y][x] / (mean * price_slack) - 1 : 0, now;
                over = over < 0 ? 0 : over > 2 ? 2 : over;
                now = 1 + price_weight * over;
                if (mean > 0 && need[k][y][x] / mean > most[k])
                    most[k] = need[k][y][x] / mean;
                smooth[k][y][x] = before ? (smooth[k][y][x] + now) / 2 : now;
                price[k][y + 1][x + 1] =
                    price[k][y][x + 1] + price[k][y + 1][x] - price[k][y][x] + smooth[k][y][x];
            }
    }
    before = true;
}
static double timed_of(const Net *n)
{
    double timed = 0;
    for (int p = n->first + 1; p < n->first + n->count; p++)
        if (pins[p].weight > 0.05f)
            timed += (double)pins[p].weight * delay(n->driver, pins[p].cell);
    return timed;
}
static double cost_of(Net *n)
{
    if (n->count > TIMED)
        return wires_of(n->weight, n->x0, n->x1, n->y0, n->y1) + n->timed;
    int dx = px[n->driver], dy = py[n->driver], x0 = dx, x1 = dx, y0 = dy, y1 = dy;
    double timed = 0;
    for (int p = n->first + 1; p < n->first + n->count; p++) {
        int x = px[pins[p].cell], y = py[pins[p].cell];
        if (x < x0)
            x0 = x;
        if (x > x1)
            x1 = x;
        if (y < y0)
            y0 = y;
        if (y > y1)
            y1 = y;
        if (pins[p].weight > 0.05f)
            timed += (double)pins[p].weight * delay(n->driver, pins[p].cell);
    }
    return wires_of(n->weight, x0, x1, y0, y1) + timed;
}
// A pin of a large net went from (ox, oy) to (x, y). False: its box must be made anew.
static bool box_moved(Net *n, int ox, int oy, int x, int y)
{
    if (ox == n->x0)
        n->nx0--;
    if (ox == n->x1)
        n->nx1--;
    if (oy == n->y0)
        n->ny0--;
    if (oy == n->y1)
        n->ny1--;
    if (x < n->x0)
        n->x0 = x, n->nx0 = 1;
    else if (x == n->x0)
        n->nx0++;
    if (x > n->x1)
        n->x1 = x, n->nx1 = 1;
    else if (x == n->x1)
        n->nx1++;
    if (y < n->y0)
        n->y0 = y, n->ny0 = 1;
    else if (y == n->y0)
        n->ny0++;
    if (y > n->y1)
        n->y1 = y, n->ny1 = 1;
    else if (y == n->y1)
        n->ny1++;
    return n->nx0 > 0 && n->nx1 > 0 && n->ny0 > 0 && n->ny1 > 0;
}
static double field_cost(int fx, int fy)
{
    double over = field[fy][fx] - field_cap[fy][fx];
    return over > 0 ? field_weight * over * over / field_cap[fy][fx] : 0;
}
static void make_fields(void)
{
    double total = 0;
    memset(field, 0, sizeof field);
    for (int i = 0; i < cells_n; i++) {
        field[py[i] / FIELD][px[i] / FIELD] += cells[i].pins;
        if (in_tile(&cells[i]))
            total += cells[i].pins;
    }
    for (int y = 0; y < MAX / FIELD; y++)
        for (int x = 0; x < MAX / FIELD; x++) {
            double n = 0;
            for (int i = 0; i < FIELD; i++)
                for (int j = 0; j < FIELD; j++) {
                    int ty = y * FIELD + i, tx = x * FIELD + j;
                    n += is_tile[ty][tx];
                }
            field_cap[y][x] = (n > 1 ? n : 1) * total / tiles_n * field_slack;
        }
    for (int i = 0; i < cells_n; i++) // what is not in the tiles of logic does not count
        if (!in_tile(&cells[i]))
            field[py[i] / FIELD][px[i] / FIELD] -= cells[i].pins;
}
static double length, total_wires, total_timing, total_field;
static double total(void)
{
    length = total_wires = total_timing = total_field = 0;
    for (int i = 0; i < nets_n; i++) {
        box(&nets[i]);
        nets[i].timed = nets[i].count > TIMED ? timed_of(&nets[i]) : 0;
        nets[i].cost = cost_of(&nets[i]);
        double wires = wires_of(nets[i].weight, nets[i].x0, nets[i].x1, nets[i].y0, nets[i].y1);
        length += nets[i].x1 - nets[i].x0 + nets[i].y1 - nets[i].y0;
        total_wires += wires;
        total_timing += nets[i].cost - wires;
    }
    for (int y = 0; y < MAX / FIELD; y++)
        for (int x = 0; x < MAX / FIELD; x++)
            total_field += field_cost(x, y);
    return total_wires + total_timing + total_field;
}

// ---------------------------------------------------------------- what the chip allows
static bool tile_ok(const Tile *t)
{
    int first = -1, dpram = -1;
    for (int i = 0; i < 4; i++) {
        int c = t->cell[i][0];
        if (c >= 0 && (cells[c].flags & LUTRAM))
            dpram = c;
    }
    for (int s = 0; s < 4; s++) {
        int a = t->cell[2 * s][1], b = t->cell[2 * s + 1][1];
        if (a >= 0 && b >= 0 && cells[a].ce != cells[b].ce)
            return false;
        int c = t->cell[2 * s][0], d = t->cell[2 * s + 1][0];
        if (c >= 0 && d >= 0 && (cells[c].flags & CARRY) != (cells[d].flags & CARRY))
            return false;
        if (s == 2 && t->ramw >= 0)
            if ((c >= 0 && !(cells[c].flags & RAMW_BLOCK)) ||
                (d >= 0 && !(cells[d].flags & RAMW_BLOCK)))
                return false;
    }
    for (int i = 0; i < LCS; i++) {
        int f = t->cell[i][1];
        if (f < 0)
            continue;
        int common = CLKINV | LSRINV | ASYNC;
        if (first < 0)
            first = f;
        else if (cells[f].clk != cells[first].clk || cells[f].lsr != cells[first].lsr ||
                 (cells[f].flags & common) != (cells[first].flags & common))
            return false;
        if (dpram >= 0 && (!!(cells[f].flags & CLKINV) != !!(cells[dpram].flags & WCKINV) ||
                           !!(cells[f].flags & LSRINV) != !!(cells[dpram].flags & WREINV)))
            return false;
    }
    return true;
}
static bool comb_fixed(int c)
{
    return c >= 0 && (cells[c].flags & (CARRY | LUTRAM | RAMW_BLOCK));
}
static bool locked(const Tile *t, int lc)
{
    return t->cell[lc][1] >= 0 && (cells[t->cell[lc][1]].flags & LOCKED);
}

// ---------------------------------------------------------------- moves
typedef struct {
    int cell;
    int16_t x, y;
} Moved;
static Moved moved[2 * LONGEST * (2 * LCS + 1)];
static int moved_n;
typedef struct {
    int net;
    bool anew;
    double cost, timed;
    int x0, x1, y0, y1, nx0, nx1, ny0, ny1;
} Saved;
static Saved *saved;
static int saved_n, stamp, *stamps, *saved_at;

static void go(int cell, int x, int y, int lc)
{
    if (cell < 0)
        return;
    moved[moved_n++] = (Moved){cell, px[cell], py[cell]};
    double *from = &field[py[cell] / FIELD][px[cell] / FIELD];
    *from -= cells[cell].pins;
    px[cell] = (int16_t)x, py[cell] = (int16_t)y;
    field[y / FIELD][x / FIELD] += cells[cell].pins;
    if (lc >= 0)
        cells[cell].lc = lc;
}
// After the cells have gone: what it costs more.
static double difference(void)
{
    double sum = 0;
    stamp++;
    saved_n = 0;
    for (int m = 0; m < moved_n; m++) {
        Cell *c = &cells[moved[m].cell];
        for (int k = c->first; k < c->first + c->count; k++) {
            int i = links[k];
            Net *n = &nets[i];
            if (stamps[i] != stamp) {
                stamps[i] = stamp;
                saved_at[i] = saved_n;
                Saved *s = &saved[saved_n++];
                *s = (Saved){i,     false, n->cost, n->timed, n->x0,  n->x1,
                             n->y0, n->y1, n->nx0,  n->nx1,   n->ny0, n->ny1};
                if (n->count <= TIMED)
                    n->cost = cost_of(n);
            }
            Saved *s = &saved[saved_at[i]];
            if (n->count <= TIMED || s->anew)
                continue;
            // A large net: only what this cell changes, if that is easily said.
            s->anew = link_pins[k] == n->first ||
                      !box_moved(n, moved[m].x, moved[m].y, px[moved[m].cell], py[moved[m].cell]);
            const Pin *pin = &pins[link_pins[k]];
            if (!s->anew && pin->weight > 0.05f)
                n->timed += (double)pin->weight *
                            (delay(n->driver, pin->cell) -
                             between(px[n->driver], py[n->driver], moved[m].x, moved[m].y));
        }
    }
    for (int s = 0; s < saved_n; s++) {
        Net *n = &nets[saved[s].net];
        if (saved[s].anew) {
            box(n);
            n->timed = timed_of(n);
        }
        if (n->count > TIMED)
            n->cost = cost_of(n);
        sum += n->cost - saved[s].cost;
    }
    return sum;
}
static void undo_nets(void)
{
    for (int s = 0; s < saved_n; s++) {
        Net *n = &nets[saved[s].net];
        n->cost = saved[s].cost, n->timed = saved[s].timed;
        n->x0 = saved[s].x0, n->x1 = saved[s].x1, n->y0 = saved[s].y0, n->y1 = saved[s].y1;
        n->nx0 = saved[s].nx0, n->nx1 = saved[s].nx1, n->ny0 = saved[s].ny0, n->ny1 = saved[s].ny1;
    }
}

static double temperature;
static bool accept(double more)
{
    if (more <= 0)
        return true;
    if (temperature <= 0)
        return false;
    return more < -temperature * log((random32() + 0.5) / 4294967296.0);
}

// Fields that a set of moved cells touches, before and after: from the difference of their costs.
static double fields_before(const int *fx, const int *fy, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        bool again = false;
        for (int j = 0; j < i; j++)
            again |= fx[i] == fx[j] && fy[i] == fy[j];
        if (!again)
            sum += field_cost(fx[i], fy[i]);
    }
    return sum;
}

static bool swap_lcs(int x0, int y0, int a, int x1, int y1, int b, bool comb, bool ff)
{
    Tile *s = &tiles[y0][x0], *t = &tiles[y1][x1];
    int sc = s->cell[a][0], tc = t->cell[b][0], sf = s->cell[a][1], tf = t->cell[b][1];
    if (comb && (comb_fixed(sc) || comb_fixed(tc)))
        return false;
    if (comb != ff && (locked(s, a) || locked(t, b)))
        return false;
    if (comb)
        s->cell[a][0] = tc, t->cell[b][0] = sc;
    if (ff)
        s->cell[a][1] = tf, t->cell[b][1] = sf;
    if (!tile_ok(s) || (t != s && !tile_ok(t)))
        goto back;
    if (s == t) { // costs nothing
        if (comb && tc >= 0)
            cells[tc].lc = a;
        if (comb && sc >= 0)
            cells[sc].lc = b;
        if (ff && tf >= 0)
            cells[tf].lc = a;
        if (ff && sf >= 0)
            cells[sf].lc = b;
        return true;
    }
    int fx[2] = {x0 / FIELD, x1 / FIELD}, fy[2] = {y0 / FIELD, y1 / FIELD};
    double before = fields_before(fx, fy, 2);
    moved_n = 0;
    if (comb)
        go(sc, x1, y1, b), go(tc, x0, y0, a);
    if (ff)
        go(sf, x1, y1, b), go(tf, x0, y0, a);
    double more = difference() + fields_before(fx, fy, 2) - before;
    if (accept(more))
        return true;
    undo_nets();
    for (int m = moved_n - 1; m >= 0; m--) {
        int c = moved[m].cell;
        field[py[c] / FIELD][px[c] / FIELD] -= cells[c].pins;
        px[c] = moved[m].x, py[c] = moved[m].y;
        field[py[c] / FIELD][px[c] / FIELD] += cells[c].pins;
        cells[c].lc = px[c] == x0 && py[c] == y0 ? a : b;
    }
back:
    if (comb)
        s->cell[a][0] = sc, t->cell[b][0] = tc;
    if (ff)
        s->cell[a][1] = sf, t->cell[b][1] = tf;
    return false;
}

// Of the contents of `n` tiles, those of from[i] go to to[i]; both name the same tiles.
typedef struct {
    int x, y;
} Place;
static bool rearrange(int n, const Place *from, const Place *to)
{
    int fx[2 * LONGEST] = {0}, fy[2 * LONGEST] = {0};
    for (int i = 0; i < n; i++)
        fx[i] = from[i].x / FIELD, fy[i] = from[i].y / FIELD;
    double before = fields_before(fx, fy, n);
    moved_n = 0;
    for (int i = 0; i < n; i++) {
        const Tile *t = &tiles[from[i].y][from[i].x];
        for (int lc = 0; lc < LCS; lc++)
            for (int k = 0; k < 2; k++)
                go(t->cell[lc][k], to[i].x, to[i].y, -1);
        go(t->ramw, to[i].x, to[i].y, -1);
    }
    double more = difference() + fields_before(fx, fy, n) - before;
    if (accept(more)) {
        Tile keep[2 * LONGEST];
        for (int i = 0; i < n; i++)
            keep[i] = tiles[from[i].y][from[i].x];
        for (int i = 0; i < n; i++)
            tiles[to[i].y][to[i].x] = keep[i];
        return true;
    }
    undo_nets();
    for (int m = moved_n - 1; m >= 0; m--) {
        int c = moved[m].cell;
        field[py[c] / FIELD][px[c] / FIELD] -= cells[c].pins;
        px[c] = moved[m].x, py[c] = moved[m].y;
        field[py[c] / FIELD][px[c] / FIELD] += cells[c].pins;
    }
    return false;
}
static bool tile_at(int x, int y)
{
    return x >= 1 && y >= 0 && x < MAX && y < MAX && is_tile[y][x];
}
// The run that begins at x0 is made longer until no carry chain crosses its ends.
static bool swap_runs(int x0, int y0, int x1, int y1, int length)
{
    int most_tiles = length + 2;
    while (length <= most_tiles && tile_at(x0, y0) && tile_at(x1, y1) &&
           (tiles[y0][x0 - 1].crosses || tiles[y1][x1 - 1].crosses))
        x0--, x1--, length++;
    while (length <= most_tiles && tile_at(x0 + length - 1, y0) && tile_at(x1 + length - 1, y1) &&
           (tiles[y0][x0 + length - 1].crosses || tiles[y1][x1 + length - 1].crosses))
        length++;
    if (length > most_tiles || length > LONGEST || (y0 == y1 && abs(x0 - x1) < length))
        return false;
    Place from[2 * LONGEST], to[2 * LONGEST];
    int n = 0;
    for (int i = 0; i < length; i++) {
        if (!tile_at(x0 + i, y0) || !tile_at(x1 + i, y1))
            return false;
        from[n] = (Place){x0 + i, y0}, to[n++] = (Place){x1 + i, y1};
        from[n] = (Place){x1 + i, y1}, to[n++] = (Place){x0 + i, y0};
    }
    return rearrange(n, from, to);
}
// A run changes places with what follows it in its row, at least `other` tiles.
static bool shift_run(int x0, int y0, int length, int other)
{
    int most_tiles = length + other + 2;
    while (length + other <= most_tiles && tile_at(x0 + length + other - 1, y0) &&
           tiles[y0][x0 + length + other - 1].crosses)
        other++;
    if (length + other > most_tiles || length + other > LONGEST)
        return false;
    Place from[2 * LONGEST], to[2 * LONGEST];
    for (int i = 0; i < length + other; i++) {
        if (!tile_at(x0 + i, y0))
            return false;
        from[i] = (Place){x0 + i, y0};
        to[i] = (Place){i < length ? x0 + i + other : x0 + i - length, y0};
    }
    return rearrange(length + other, from, to);
}

// A multiplier or block RAM changes places with the content of another site. Many nets hang on
// it, so its temperature is a multiple of the logic's.
static double hard_heat = 4;
static void put_hard(int cell, Site *list, int site)
{
    list[site].cell = cell;
    if (cell < 0)
        return;
    moved[moved_n++] = (Moved){cell, px[cell], py[cell]};
    cells[cell].lc = site, px[cell] = (int16_t)list[site].x, py[cell] = (int16_t)list[site].y;
}
static bool swap_hard(int cell, int site)
{
    Site *list = sites[cells[cell].kind - MULTIPLIER].list;
    int home = cells[cell].lc, other = list[site].cell;
    moved_n = 0;
    put_hard(cell, list, site), put_hard(other, list, home);
    if (accept(difference() / hard_heat))
        return true;
    undo_nets();
    put_hard(cell, list, home), put_hard(other, list, site);
    return false;
}

// Where a cell might go: near another pin of one of its nets, or anywhere around it.
static bool target(int cell, int range, int *x, int *y)
{
    if (random32() & 1 && cells[cell].count) {
        Net *n = &nets[links[cells[cell].first + below(cells[cell].count)]];
        if (n->count <= TIMED) {
            int other = pins[n->first + below(n->count)].cell;
            int tx = px[other] + below(5) - 2, ty = py[other] + below(5) - 2;
            // Not all the way: between here and there.
            int dx = tx - px[cell], dy = ty - py[cell];
            if (dx > 2 * range)
                dx = 2 * range;
            if (dx < -2 * range)
                dx = -2 * range;
            if (dy > 2 * range)
                dy = 2 * range;
            if (dy < -2 * range)
                dy = -2 * range;
            *x = px[cell] + dx, *y = py[cell] + dy;
            return *x >= 0 && *y >= 0 && *x < width && *y < height && is_tile[*y][*x];
        }
    }
    *x = px[cell] + below(2 * range + 1) - range;
    *y = py[cell] + below(2 * range + 1) - range;
    return *x >= 0 && *y >= 0 && *x < width && *y < height && is_tile[*y][*x];
}

static void report(const char *what, int step, double hot, double accepted, double runs,
                   double hards, const double longest[TIMING_DOMAINS])
{
    printf("%s %d: temperature %.3f accepted %.1f %%, of runs %.1f %%, of hard cells %.1f %%: "
           "length %.0f wires %.0f "
           "timing %.0f field %.0f most %.2f %.2f longest "
           "%.1f %.1f ns\n",
           what, step, hot, accepted, runs, hards, length, total_wires, total_timing, total_field,
           most[0], most[1], longest[0], longest[1]);
}

int main(int argc, char **argv)
{
    if (argc < 5)
        fail("refine", "IN OUT MOVES_MILLIONS SEED [NAME=VALUE ...]");
    double moves = atof(argv[3]) * 1e6, hot = 4, cold = 0.05, wide = 14, steps_asked = 60,
           runs_asked = 1, hard_asked = 0;
    const struct option options[] = {{"hot", &hot},
                                     {"cold", &cold},
                                     {"wide", &wide},
                                     {"steps", &steps_asked},
                                     {"runs", &runs_asked},
                                     {"hard", &hard_asked},
                                     {"hard_heat", &hard_heat},
                                     {"field", &field_weight},
                                     {"slack", &field_slack},
                                     {"price", &price_weight},
                                     {"price_slack", &price_slack},
                                     {"timing", &timing_weight},
                                     {"fresh", &fresh},
                                     {"exponent", &crit_exponent}};
    state = 0x9E3779B97F4A7C15ULL ^ ((uint64_t)atoi(argv[4]) << 32 | 1);
    for (int i = 5; i < argc; i++)
        option_read(options, sizeof options / sizeof *options, argv[i]);
    int steps = (int)steps_asked, run_share = (int)runs_asked, hard_share = (int)hard_asked;
    read_input(argv[1]);
    saved = allocate((size_t)nets_n, sizeof *saved);
    stamps = allocate((size_t)nets_n, sizeof *stamps);
    saved_at = allocate((size_t)nets_n, sizeof *saved_at);
    make_fields();
    for (int i = 0; i < tiles_n; i++)
        if (!tile_ok(&tiles[tile_list[i].y][tile_list[i].x]))
            fail("refine", "the placement breaks a rule of a tile");
    int movable_n = 0, *movable = allocate((size_t)cells_n, sizeof *movable), runs_n = 0;
    int *runs = allocate((size_t)cells_n, sizeof *runs); // first cells of chains, and RAMs
    int hard_n = 0, *hard = allocate((size_t)cells_n, sizeof *hard);
    for (int i = 0; i < cells_n; i++) {
        Tile *t = &tiles[py[i]][px[i]];
        if (is_hard(&cells[i]))
            hard[hard_n++] = i;
        if (cells[i].kind == COMB && !comb_fixed(i))
            movable[movable_n++] = i;
        if (cells[i].kind == FF &&
            !((cells[i].flags & LOCKED) && comb_fixed(t->cell[cells[i].lc][0])))
            movable[movable_n++] = i;
        if (cells[i].kind == RAMW ||
            (cells[i].kind == COMB && (cells[i].flags & CARRY) && cells[i].lc == 0))
            runs[runs_n++] = i;
    }
    double longest[TIMING_DOMAINS];
    time_it(longest);
    make_prices();
    total();
    printf("cells %d, movable %d, runs %d, nets %d, tiles %d\n", cells_n, movable_n, runs_n, nets_n,
           tiles_n);
    report("start", 0, 0, 0, 0, 0, longest);
    double best = 1e9;
    Moved *kept = allocate((size_t)cells_n, sizeof *kept); // .cell: its logic cell
    for (int step = 0; step < steps; step++) {
        double at = (double)step / (steps - 1);
        temperature = step == steps - 1 ? 0 : hot * pow(cold / hot, at);
        int range = (int)(wide * (1 - at) + 3 * at + 0.5);
        long tried = (long)(moves / steps), done = 0, run_tried = 0, run_done = 0;
        long hard_tried = 0, hard_done = 0;
        for (long m = 0; m < tried; m++) {
            int x, y;
            if (hard_n && below(1000) < hard_share) {
                int cell = hard[below(hard_n)], kind = cells[cell].kind - MULTIPLIER;
                int site = below(sites[kind].n), reach = range + HARD_REACH;
                if (site == cells[cell].lc || abs(sites[kind].list[site].x - px[cell]) > reach ||
                    abs(sites[kind].list[site].y - py[cell]) > reach)
                    continue;
                hard_tried++;
                hard_done += swap_hard(cell, site);
                continue;
            }
            if (runs_n && below(100) < run_share) {
                int cell = runs[below(runs_n)], x0 = px[cell], y0 = py[cell], x1 = x0;
                while (tiles[y0][x0 - 1].crosses)
                    x0--;
                while (tiles[y0][x1].crosses)
                    x1++;
                run_tried++;
                if (below(3) == 0) {
                    if (below(2))
                        run_done += shift_run(x0, y0, x1 - x0 + 1, 1 + below(3));
                    else { // what comes before it goes behind it
                        int before = 1 + below(3);
                        while (before < 5 && tile_at(x0 - before, y0) &&
                               tiles[y0][x0 - before - 1].crosses)
                            before++;
                        if (tile_at(x0 - before, y0) && !tiles[y0][x0 - before - 1].crosses)
                            run_done += shift_run(x0 - before, y0, before, x1 - x0 + 1);
                    }
                } else if (target(cell, range, &x, &y)) {
                    run_done += swap_runs(x0, y0, x + x0 - px[cell], y, x1 - x0 + 1);
                }
                continue;
            }
            int cell = movable[below(movable_n)];
            if (!target(cell, range, &x, &y))
                continue;
            int lc = below(LCS), x0 = px[cell], y0 = py[cell], a = cells[cell].lc;
            Tile *s = &tiles[y0][x0], *t = &tiles[y][x];
            if (s == t && a == lc)
                continue;
            bool pair = locked(s, a) || locked(t, lc);
            bool both = pair || (below(4) == 0);
            done += swap_lcs(x0, y0, a, x, y, lc, both || cells[cell].kind == COMB,
                             both || cells[cell].kind == FF);
        }
        make_fields();
        time_it(longest);
        make_prices();
        total();
        if (step >= steps * 3 / 4 &&
            longest[0] + longest[1] < best) { // weights jump, and with them the longest path
            best = longest[0] + longest[1];
            for (int i = 0; i < cells_n; i++)
                kept[i] = (Moved){cells[i].lc, px[i], py[i]};
            report("kept", step + 1, temperature, 0, 0, 0, longest);
        }
        if (step % 10 == 9 || step == steps - 1)
            report("step", step + 1, temperature, 100.0 * (double)done / (double)tried,
                   100.0 * (double)run_done / (double)(run_tried + 1),
                   100.0 * (double)hard_done / (double)(hard_tried + 1), longest);
        fflush(stdout);
    }
    for (int i = 0; i < tiles_n; i++)
        if (!tile_ok(&tiles[tile_list[i].y][tile_list[i].x]))
            fail("refine", "a move broke a rule of a tile");
    count_crossings();
    FILE *f = fopen(argv[2], "w");
    if (!f)
        fail("refine", "cannot write");
    for (int i = 0; i < cells_n; i++)
        if (cells[i].kind != FIXED)
            fprintf(f, "%d %d %d %d\n", i, kept[i].x, kept[i].y, kept[i].cell);
    fclose(f);
    free(movable);
    free(runs);
    free(hard);
    free(kept);
    return 0;
}
