// SPDX-License-Identifier: Apache-2.0
#include "search.h"

#include <assert.h>
#include <stdlib.h>

/* Prices in ps, about. A wire that goes far is rarer than one that does not; per tile it is the
 * cheapest all the same. */
static const float SPAN_PRICE[SPANS] = {
    [SPAN_PIN] = 40, [SPAN_TILE] = 60, [SPAN_ONE] = 90, [SPAN_TWO] = 100, [SPAN_SIX] = 220};
static const float DELAY_SHARE =
    0.3f; /* of a switch's delay, in the price of a sink that is not urgent */
static const float TILE_PRICE = 70; /* what a tile costs at least, about: guides the search */
/* Of a larger tree only what is near is tried as a beginning. */
enum { TREE_SMALL = 400, NEAR_TILES = 8, NEAR_ENOUGH = 8 };

struct visit {
    float cost, delay;
    uint32_t mark, from, pip;
};
static struct visit *visits;
static uint32_t *allowed, mark; /* allowed[w] == mark: leads to the sink and to no other */
static uint64_t steps;

struct item {
    float key;
    uint32_t wire;
};
static struct item *heap;
static uint32_t heap_used, heap_room;

static void push(struct item item)
{
    if (heap_used == heap_room) {
        heap_room = heap_room == 0 ? 1 << 16 : 2 * heap_room;
        heap = realloc(heap, heap_room * sizeof *heap);
        if (heap == NULL)
            fail("memory", "not enough");
    }
    uint32_t i = heap_used++;
    for (; i > 0 && heap[(i - 1) / 2].key > item.key; i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = item;
}

static struct item pop(void)
{
    struct item top = heap[0], last = heap[--heap_used];
    uint32_t i = 0;
    for (uint32_t child = 1; child < heap_used; child = 2 * i + 1) {
        child += child + 1 < heap_used && heap[child + 1].key < heap[child].key;
        if (heap[child].key >= last.key)
            break;
        heap[i] = heap[child];
        i = child;
    }
    if (heap_used > 0)
        heap[i] = last;
    return top;
}

void search_begin(const struct chip *chip)
{
    visits = allocate(chip->wires, sizeof *visits);
    allowed = allocate(chip->wires, sizeof *allowed);
}

uint64_t search_steps(void)
{
    return steps;
}

/* Where to, and for what. */
struct aim {
    const struct chip *chip;
    struct nets *nets;
    const struct search_prices *prices;
    uint32_t sink;
    int x, y;
    int x0, x1, y0, y1; /* within */
    bool nowhere;       /* a global wire, which is at no place */
    float urgency;
};

static float ahead(const struct aim *aim, uint32_t wire)
{
    return aim->nowhere ? 0 : TILE_PRICE * (float)chip_distance(aim->chip, wire, aim->x, aim->y);
}

static void visit(const struct aim *aim, uint32_t wire, float cost, float delay, uint32_t from,
                  uint32_t pip)
{
    struct visit *visit = &visits[wire];
    if (visit->mark == mark && visit->cost <= cost)
        return;
    *visit = (struct visit){cost, delay, mark, from, pip};
    push((struct item){cost + ahead(aim, wire), wire});
}

/* Marks the wires that lead to the sink alone, backwards from it. */
static void allow(const struct aim *aim)
{
    enum { DEPTH = 4096 };
    static uint32_t stack[DEPTH];
    uint32_t depth = 0;
    stack[depth++] = aim->sink;
    allowed[aim->sink] = mark;
    while (depth > 0) {
        uint32_t wire = stack[--depth];
        struct chip_steps up = chip_uphill(aim->chip, wire);
        for (uint32_t k = 0; k < up.count; k++) {
            uint32_t tile = chip_at(aim->chip, aim->chip->tile[wire], up.step[k].tile);
            const struct chip_pip *pip = chip_pip(aim->chip, tile, up.step[k].index);
            uint32_t source = chip_pip_source(aim->chip, tile, pip);
            if (aim->chip->reach[source] != REACH_PIN || allowed[source] == mark ||
                chip_blocked(aim->chip, tile, pip))
                continue;
            allowed[source] = mark;
            assert(depth < DEPTH);
            stack[depth++] = source;
        }
    }
}

static void start_at(const struct aim *aim, const struct branch *branch)
{
    visit(aim, branch->wire, aim->urgency * 1000 * branch->delay, branch->delay, branch->wire, 0);
}

static void start(const struct aim *aim, const struct net *net)
{
    bool small = net->used <= TREE_SMALL || aim->nowhere;
    if (!small)
        start_at(aim, &net->tree[0]);
    for (int near = NEAR_TILES; heap_used < NEAR_ENOUGH && near < 4 * aim->chip->width; near *= 2)
        for (uint32_t i = 0; i < net->used; i++) {
            uint32_t wire = net->tree[i].wire;
            int dx = abs(chip_x(aim->chip, wire) - aim->x),
                dy = abs(chip_y(aim->chip, wire) - aim->y);
            bool leads = aim->chip->reach[wire] == REACH_ON || allowed[wire] == mark;
            if (small || (leads && dx <= near && dy <= near))
                start_at(aim, &net->tree[i]);
        }
}

static void leave(const struct aim *aim, uint32_t wire, uint32_t tile, int32_t index)
{
    const struct chip *chip = aim->chip;
    const struct chip_pip *pip = chip_pip(chip, tile, index);
    uint32_t to = chip_pip_sink(chip, tile, pip);
    if (chip->reach[to] == REACH_NONE || (chip->reach[to] == REACH_PIN && allowed[to] != mark))
        return;
    if (aim->nets->in_tree[to] == aim->nets->mark)
        return;
    int x = chip_x(chip, to), y = chip_y(chip, to);
    if (!aim->nowhere && (x < aim->x0 || x > aim->x1 || y < aim->y0 || y > aim->y1))
        return;
    if (chip_blocked(chip, tile, pip))
        return;
    float ps = (float)chip->delay_ps[4 * pip->delay_class + 1];
    float price = (SPAN_PRICE[chip->span[to]] + DELAY_SHARE * ps) * aim->prices->history[to] *
                  (1 + aim->prices->present * (float)aim->nets->users[to]);
    float cost = visits[wire].cost + aim->urgency * ps + (1 - aim->urgency) * price;
    visit(aim, to, cost, visits[wire].delay + 0.001f * ps, wire,
          chip->pip_base[tile] + (uint32_t)index);
}

static void add_way(const struct aim *aim, uint32_t n)
{
    enum { LONGEST = 1 << 14 };
    static uint32_t way[LONGEST];
    uint32_t length = 0;
    for (uint32_t wire = aim->sink; aim->nets->in_tree[wire] != aim->nets->mark;
         wire = visits[wire].from) {
        assert(length < LONGEST);
        way[length++] = wire;
    }
    while (length > 0) {
        uint32_t wire = way[--length];
        const struct visit *visit = &visits[wire];
        nets_add(aim->nets, n,
                 (struct branch){wire, aim->nets->place[visit->from], visit->pip, visit->delay});
        aim->nets->users[wire]++;
    }
}

bool search_sink(const struct chip *chip, struct nets *nets, const struct search_prices *prices,
                 uint32_t n, uint32_t sink, int margin)
{
    const struct net *net = &nets->net[n];
    uint32_t wire = nets->sink_wire[sink];
    struct aim aim = {chip,
                      nets,
                      prices,
                      wire,
                      chip_x(chip, wire),
                      chip_y(chip, wire),
                      net->x0 - margin,
                      net->x1 + margin,
                      net->y0 - margin,
                      net->y1 + margin,
                      chip_is_global(chip, wire),
                      nets->urgency[sink]};
    mark++;
    heap_used = 0;
    allow(&aim);
    start(&aim, net);
    while (heap_used > 0) {
        struct item item = pop();
        if (item.wire == wire) {
            add_way(&aim, n);
            return true;
        }
        if (item.key > visits[item.wire].cost + ahead(&aim, item.wire))
            continue; /* found cheaper since */
        steps++;
        struct chip_steps down = chip_downhill(chip, item.wire);
        for (uint32_t k = 0; k < down.count; k++)
            leave(&aim, item.wire, chip_at(chip, chip->tile[item.wire], down.step[k].tile),
                  down.step[k].index);
    }
    return false;
}
