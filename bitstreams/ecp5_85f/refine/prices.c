// SPDX-License-Identifier: Apache-2.0
#include "prices.h"

#include <string.h>

enum { OVER_MOST = 2 }; /* no tile counts as fuller */

typedef double needs[SIDE_MOST + 1][SIDE_MOST + 1];

/* Only the boxes' corners: sums over all tiles above and left make the needs of them. */
static void mark_boxes(const struct prices *prices, struct netlist *netlist, needs need[WAYS])
{
    memset(need, 0, WAYS * sizeof *need);
    for (int n = 0; n < netlist->nets; n++) {
        struct net *net = &netlist->net[n];
        const struct box *box = &net->now.box;
        net->now.box = netlist_box(netlist, net);
        int w = box->x1 - box->x0, h = box->y1 - box->y0;
        double density = prices->inverse[w + 1] * prices->inverse[h + 1] * net->weight;
        for (int k = 0; k < WAYS; k++) {
            double each = density * (k == DOWN ? h : w);
            need[k][box->y0][box->x0] += each;
            need[k][box->y1 + 1][box->x1 + 1] += each;
            need[k][box->y0][box->x1 + 1] -= each;
            need[k][box->y1 + 1][box->x0] -= each;
        }
    }
}

static void sum_up(needs need)
{
    for (int y = 0; y < SIDE_MOST; y++)
        for (int x = 1; x < SIDE_MOST; x++)
            need[y][x] += need[y][x - 1];
    for (int y = 1; y < SIDE_MOST; y++)
        for (int x = 0; x < SIDE_MOST; x++)
            need[y][x] += need[y - 1][x];
}

/* Of both ways together: the chip has as many wires across as down. */
static double mean_of(needs need[WAYS], int width, int height)
{
    double mean = 0;
    for (int k = 0; k < WAYS; k++)
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                mean += need[k][y][x] / (2 * width * height);
    return mean;
}

static void set_price(struct prices *prices, int k, int x, int y, double now)
{
    double *tile = &prices->tile[k][y][x];
    *tile = prices->made ? (*tile + now) / 2 : now;
    prices->sum[k][y + 1][x + 1] =
        prices->sum[k][y][x + 1] + prices->sum[k][y + 1][x] - prices->sum[k][y][x] + *tile;
}

void prices_make(struct prices *prices, struct netlist *netlist, double weight, double slack)
{
    static needs need[WAYS];
    for (int i = 1; i <= SIDE_MOST; i++)
        prices->inverse[i] = 1.0 / i;
    mark_boxes(prices, netlist, need);
    for (int k = 0; k < WAYS; k++)
        sum_up(need[k]);
    double mean = mean_of(need, netlist->width, netlist->height);
    for (int k = 0; k < WAYS; k++) {
        prices->most[k] = 0;
        for (int y = 0; y < SIDE_MOST; y++)
            for (int x = 0; x < SIDE_MOST; x++) {
                double over = mean > 0 ? need[k][y][x] / (mean * slack) - 1 : 0;
                over = over < 0 ? 0 : over > OVER_MOST ? OVER_MOST : over;
                set_price(prices, k, x, y, 1 + weight * over);
                if (mean > 0 && need[k][y][x] / mean > prices->most[k])
                    prices->most[k] = need[k][y][x] / mean;
            }
    }
    prices->made = true;
}

static double sum_within(const double sum[][SIDE_MOST + 1], int x0, int x1, int y0, int y1)
{
    return sum[y1 + 1][x1 + 1] - sum[y0][x1 + 1] - sum[y1 + 1][x0] + sum[y0][x0];
}

double prices_of(const struct prices *prices, double weight, int x0, int x1, int y0, int y1)
{
    int w = x1 - x0, h = y1 - y0;
    double across = sum_within(prices->sum[ACROSS], x0, x1, y0, y1);
    double down = sum_within(prices->sum[DOWN], x0, x1, y0, y1);
    return weight * prices->inverse[w + 1] * prices->inverse[h + 1] * (across * w + down * h);
}
