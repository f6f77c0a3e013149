#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gives the point engine's multipliers and wide memories their places: floorplan.py NETLIST.json OUT.json

Nearly all multipliers and block RAMs of the chip are in use, so the placer takes what is left for the last ones and
strews the sixteen multipliers of one snap_mul64, or the copies of one bank, over a hundred columns; the wires between
them are then the critical path. In a design without these cells nothing is placed.

Multipliers: the LFE5U-85F has three rows of thirteen DSP blocks with four multipliers each; one snap_mul64 is exactly
four blocks, so the nine of them are a grid of three by three: a row for each of Karatsuba's outer products
low, middle, high, and in it the inner ones.

Block RAMs: four rows of 52. What feeds the multiplier (banks' copies for products, T, F) lies in the two rows
between the multipliers' rows, all memories of the same bits next to each other: the lower half of a word
between low and middle, the upper half between middle and high. What feeds the adder lies in the right of the
third row. The other memories have runs of neighbouring sites in what is left: those of slots, reads and hash engines on the
left, those of the point engine on the right. Their logic follows them: with the hash engines in the middle, below
the adder, the wires there were too few, and those on the left stayed free.

Carry outputs that nothing reads are disconnected on the way (carries.py).
"""
import json
import re
import sys

from carries import disconnect_unread

BLOCK_COLUMNS = [4, 13, 22, 31, 40, 49, 58, 69, 78, 87, 96, 105, 114]  # of DSP blocks and of groups of four block RAMs

# ---------------------------------------------------------------- multipliers
DSP_ROWS = {"low": 10, "middle": 34, "high": 58}
FIRST_BLOCK = {"low": 0, "middle": 4, "high": 8}  # the thirteenth block stays free
DSP_SITES = [(0, 0), (1, 1), (4, 4), (5, 5)]  # column in the block, number of the site
DSPS_A_ROW = len(BLOCK_COLUMNS) * len(DSP_SITES)
MULTIPLIER = re.compile(r"\bu_(low|middle|high)_(low|middle|high)\.g_a\[(\d)\]\.g_b\[(\d)\]\.u_mul\.")


def dsp_place(row, position):
    column, site = DSP_SITES[position % 4]
    return f"X{BLOCK_COLUMNS[position // 4] + column}/Y{row}/MULT18_{site}"


def multiplier_sites():
    return [dsp_place(row, position) for row in DSP_ROWS.values() for position in range(DSPS_A_ROW)]


def multiplier_place(outer, inner, i, j):
    # Products of equal weight are added: neighbours by i + j.
    order = sorted(((a, b) for a in range(4) for b in range(4)), key=lambda ab: (sum(ab), ab))
    number = order.index((i, j))
    return dsp_place(DSP_ROWS[outer], len(DSP_SITES) * FIRST_BLOCK[inner] + number)


# ---------------------------------------------------------------- block RAMs
WORD_BITS = 264
PRODUCT_ROWS = [22, 46]  # for the lower and the upper half of a word
SUM_ROW = 70
RAM_ROWS = [*PRODUCT_ROWS, SUM_ROW, 82]
RAM_SITES = [(0, 0), (2, 1), (4, 2), (6, 3)]  # column in the group, number of the site
RAMS_A_ROW = len(BLOCK_COLUMNS) * len(RAM_SITES)
SUM_FIRST = 20  # the first of the 32 blocks in its row: right of the memories of the hash engines
BANK = re.compile(r"\bu_banks\.g_reader\[(\d)\]\.u_[ps]\.g_ecp5\.g_slice\[(\d+)\]\.")
TABLE = re.compile(r"\bu_table\.g_ecp5\.g_slice\[(\d+)\]\.")
FIXED = re.compile(r"\bu_fixed\.g_ecp5\.(low|middle|high)\.0\.(\d+)$")
FIXED_SLICE = {"low": 9, "middle": 18, "high": 36}
PRODUCT_READERS = (0, 1)
# Row, first site and length of each of the other memories' runs; a memory that finds its run full is left to the placer.
FEEDER_RAMS = r"\bg_engine\[{}\]\.u_feeder\.u_{}\.u_ram\."
RUNS = [
    # left: slots, reads, hash engines
    (re.compile(r"\bu_queues\.u_buffer\.u_ram\."), 82, 0, 4),
    (re.compile(r"\bu_read_s\.u_reorder\."), 82, 4, 4),
    (re.compile(r"\bu_read_d\.u_reorder\."), 82, 8, 4),
    (re.compile(FEEDER_RAMS.format(0, "payload")), 70, 0, 4),
    (re.compile(FEEDER_RAMS.format(0, "landing")), 70, 4, 4),
    (re.compile(FEEDER_RAMS.format(1, "landing")), 70, 8, 4),
    (re.compile(FEEDER_RAMS.format(1, "payload")), 82, 12, 4),
    # the point engine
    (re.compile(FEEDER_RAMS.format(2, "landing")), 82, 16, 4),
    (re.compile(FEEDER_RAMS.format(2, "payload")), 82, 20, 4),
    (re.compile(r"\bu_collector\.u_contexts\."), 82, 24, 4),
    (re.compile(r"\bu_collector\.u_words\."), 82, 28, 8),
    (re.compile(r"\bu_sequencer\.u_microcode\."), 82, 36, 4),
    (re.compile(r"\bu_constants\.prod_mem\."), 82, 40, 8),
    (re.compile(r"\bu_constants\.sum_mem\."), 70, 12, 8),
    (re.compile(r"\bu_recoder\.u_events\.g_column"), 82, 48, 4),
    (re.compile(r"\bu_recoder\.u_events\.u_rest\."), 46, 51, 1),
]


def wide_memory(name):
    """(reads for products, lowest bit) of a block RAM of the datapath; None for another one."""
    if match := BANK.search(name):
        return int(match[1]) in PRODUCT_READERS, 36 * int(match[2])
    if match := TABLE.search(name):
        return True, 18 * int(match[1])
    if match := FIXED.search(name):
        return True, FIXED_SLICE[match[1]] * int(match[2])
    return None


def ram_place(row, position):
    column, site = RAM_SITES[position % 4]
    return f"X{BLOCK_COLUMNS[position // 4] + column}/Y{row}/EBR{site}"


def ram_sites():
    return [ram_place(row, position) for row in RAM_ROWS for position in range(RAMS_A_ROW)]


def memory_places(names):
    """Places of all wide memories, by name."""
    rows = {22: [], 46: [], 70: []}
    for name in names:
        memory = wide_memory(name)
        if memory is None:
            continue
        for_product, bit = memory
        row = PRODUCT_ROWS[2 * bit >= WORD_BITS] if for_product else SUM_ROW
        rows[row].append((bit, name))
    places = {}
    for row, memories in rows.items():
        first = SUM_FIRST if row == SUM_ROW else 0
        if first + len(memories) > RAMS_A_ROW:
            sys.exit(f"floorplan.py: {len(memories)} memories for row {row}")
        for position, (_, name) in enumerate(sorted(memories), first):
            places[name] = ram_place(row, position)
    return places


def natural(name):
    """Sorts numbers in names as numbers."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def run_places(names):
    """Places of the memories that RUNS name, by name."""
    places = {}
    for pattern, row, first, length in RUNS:
        members = sorted((name for name in names if pattern.search(name)), key=natural)
        for position, name in enumerate(members[:length], first):
            places[name] = ram_place(row, position)
    return places


def places_of(cells):
    memories = [name for name, cell in cells.items() if cell["type"] == "DP16KD"]
    places = memory_places(memories) | run_places(memories)
    for name, cell in cells.items():
        match = MULTIPLIER.search(name)
        if cell["type"] == "MULT18X18D" and match:
            places[name] = multiplier_place(match[1], match[2], int(match[3]), int(match[4]))
    return places


def main():
    source, target = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        netlist = json.load(file)
    for module in netlist["modules"].values():
        cells = module.get("cells", {})
        places = places_of(cells)
        if len(set(places.values())) != len(places):
            sys.exit("floorplan.py: two cells in one place: more than one point engine?")
        for name, place in places.items():
            cells[name]["attributes"]["BEL"] = place
        if places:
            print(f"floorplan.py: {len(places)} cells placed, {disconnect_unread(module)} carry outputs disconnected")
    with open(target, "w", encoding="utf-8") as file:
        json.dump(netlist, file)


if __name__ == "__main__":
    main()
