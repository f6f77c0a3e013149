#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Between placer and router: hands the placement to refine/ and takes the better one back.

    refine.py PLACED.json REFINED.json --refine PROGRAM --moves MILLIONS --seed N [--option NAME=VALUE ...]

PLACED.json is what nextpnr wrote with --no-route. The sites of LUTs, registers, distributed RAM, multipliers and block
RAMs are changed.

    ... --recorded FILE    if FILE holds the sites of just these cells: take them, refine nothing
    ... --record FILE      writes such a file

Annealing leads somewhere else after the least change, so what has been routed is recorded.

Options of refine/:

    hot cold steps wide   temperatures of the first and of the last step, their number, how far a cell may go at first
    runs                  moves of whole runs of tiles, in percent
    hard hard_heat        moves of multipliers and block RAMs, in thousandths; how much hotter they are than the logic
    price price_slack     how much dearer wires get above so many times what is needed on average
    field slack           weight of the pins that are too many, and the share a field of 4 x 4 tiles may have
    timing exponent       weight of a critical nanosecond, and how fast that falls with criticality
    fresh                 how much of the new weights is taken at each step: weights that jump make cells jump
"""
import argparse
import hashlib
import json
import lzma
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from chipdb import BEL
from floorplan import multiplier_sites, ram_sites

FIXED, COMB, FF, RAMW, MULTIPLIER, BLOCK_RAM = range(6)
HARD_SITES = {MULTIPLIER: multiplier_sites(), BLOCK_RAM: ram_sites()}
HARD_KIND = {"MULT18X18D": MULTIPLIER, "DP16KD": BLOCK_RAM}
SITE = re.compile(r"SLICE([A-D])\.(K|FF|RAMW)(\d?)")
KIND = {"K": COMB, "FF": FF, "RAMW": RAMW}
PREFIX = {COMB: "K", FF: "FF"}
CARRY, LUTRAM, RAMW_BLOCK, WCKINV, WREINV = 1, 2, 4, 8, 16
CLKINV, LSRINV, ASYNC, LOCKED = 1, 2, 4, 8
OUT = {"F": 0, "FCO": 1}
OUT_SEQUENTIAL = 2
IN_COMB, IN_FCI, IN_SEQUENTIAL, IN_IGNORED = range(4)
LARGEST = 4000  # pins of a net that still counts
# From the clock to an output, in ps at grade 6.
START = {"TRELLIS_FF": 525, "MULT18X18D": 1000, "DP16KD": 5800}
START_OUTPUT_REGISTER = 900


def parameter(cell, name, otherwise):
    return cell["parameters"].get(name, otherwise).strip()


def net_of(cell, pin):
    bits = cell["connections"].get(pin) or [-1]
    return bits[0] if isinstance(bits[0], int) else -1


def inverted(value):
    return value in ("INV", "0")


class Design:
    def __init__(self, module):
        self.module = module
        self.names = list(module["cells"])
        self.index = {name: i for i, name in enumerate(self.names)}
        self.clocks = self.two_clocks()
        self.write_clock = {}  # of RAMW, by the nets it drives
        for cell in module["cells"].values():
            if parameter(cell, "MODE", "") == "DPRAM":
                self.write_clock[net_of(cell, "WD")] = net_of(cell, "WCK")

    def two_clocks(self):
        count = Counter(net_of(c, "CLK") for c in self.module["cells"].values() if c["type"] == "TRELLIS_FF")
        return [net for net, _ in count.most_common(2)]

    def domain(self, net):
        return self.clocks.index(net) if net in self.clocks else -1

    def cell_line(self, name):
        cell = self.module["cells"][name]
        x, y, site = BEL.match(cell["attributes"]["NEXTPNR_BEL"]).groups()
        kind, lc, flags, clk, lsr, ce = FIXED, -1, 0, -1, -1, -1
        match = SITE.match(site)
        if match:
            kind = KIND[match[2]]
            lc = 2 * "ABCD".index(match[1]) + int(match[3] or 0)
        elif cell["type"] in HARD_KIND:
            kind = HARD_KIND[cell["type"]]
            lc = HARD_SITES[kind].index(cell["attributes"]["NEXTPNR_BEL"])
        if kind == COMB:
            mode = parameter(cell, "MODE", "LOGIC")
            flags = {"CCU2": CARRY, "DPRAM": LUTRAM, "RAMW_BLOCK": RAMW_BLOCK}.get(mode, 0)
            if mode == "DPRAM":
                flags |= WCKINV * (parameter(cell, "WCKMUX", "WCK") == "INV")
                flags |= WREINV * inverted(parameter(cell, "WREMUX", "WRE"))
        elif kind == FF:
            flags |= CLKINV * inverted(parameter(cell, "CLKMUX", "CLK"))
            flags |= LSRINV * (parameter(cell, "LSRMUX", "LSR") == "INV")
            flags |= ASYNC * (parameter(cell, "SRMODE", "LSR_OVER_CE") == "ASYNC")
            flags |= LOCKED * (net_of(cell, "DI") >= 0)
            clk, lsr = net_of(cell, "CLK"), net_of(cell, "LSR")
            enable = (net_of(cell, "CE"), parameter(cell, "CEMUX", "CE"), parameter(cell, "GSR", "ENABLED"))
            ce = self.enables.setdefault(enable, len(self.enables))
        return f"{kind} {x} {y} {lc} {flags} {clk} {lsr} {ce}"

    def sink(self, cell, pin):
        """How the pin reads, and at which clock."""
        kind = cell["type"]
        if kind == "TRELLIS_COMB":
            if pin == "FCI":
                return IN_FCI, -1
            if pin in ("A", "B", "C", "D"):
                return IN_COMB, -1
            if pin == "WRE":
                return IN_SEQUENTIAL, self.domain(net_of(cell, "WCK"))
            return IN_IGNORED, -1
        if kind == "TRELLIS_FF":
            return IN_SEQUENTIAL, self.domain(net_of(cell, "CLK"))
        if kind == "TRELLIS_RAMW":
            return IN_SEQUENTIAL, self.domain(self.write_clock.get(net_of(cell, "WDO0"), -1))
        return IN_SEQUENTIAL, self.hard_domain(cell, pin)

    def hard_domain(self, cell, pin):
        if cell["type"] == "DP16KD":
            return self.domain(net_of(cell, "CLKB" if "B" in re.sub(r"\d", "", pin)[-1:] else "CLKA"))
        return self.domain(next((net_of(cell, f"CLK{i}") for i in range(4) if net_of(cell, f"CLK{i}") >= 0), -1))

    def driver(self, cell, pin):
        """Kind of output, its clock, ps from the clock."""
        if cell["type"] == "TRELLIS_COMB":
            return OUT.get(pin, 0), -1, 0
        start = START.get(cell["type"], 0)
        if cell["type"] == "TRELLIS_FF":
            return OUT_SEQUENTIAL, self.domain(net_of(cell, "CLK")), start
        if cell["type"] == "DP16KD" and parameter(cell, "REGMODE_" + re.sub(r"\d", "", pin)[-1:], "NOREG") == "OUTREG":
            start = START_OUTPUT_REGISTER
        return OUT_SEQUENTIAL, self.hard_domain(cell, pin), start

    def text(self):
        self.enables = {}
        cells = [self.cell_line(name) for name in self.names]
        drivers, sinks = {}, {}
        for i, cell in enumerate(self.module["cells"].values()):
            if cell["type"] == "DCCA":
                continue  # global nets have wires of their own
            for pin, bits in cell["connections"].items():
                output = cell["port_directions"][pin] == "output"
                for net in bits:
                    if not isinstance(net, int):
                        continue
                    if output:
                        drivers[net] = (i, *self.driver(cell, pin))
                    elif cell["type"] != "TRELLIS_COMB" or pin not in ("WD", "WCK", "WAD0", "WAD1", "WAD2", "WAD3"):
                        sinks.setdefault(net, []).append((i, *self.sink(cell, pin)))
        nets, pins = [], 0
        for net, (i, out, domain, start) in drivers.items():
            reads = sinks.get(net, [])
            if not reads or len(reads) >= LARGEST:
                continue
            pins += 1 + len(reads)
            nets.append(f"{1 + len(reads)} {out} {domain} {start} {i} 0 -1 "
                        + " ".join(f"{c} {kind} {d}" for c, kind, d in reads))
        tiles = self.tiles()
        return "\n".join([f"{len(cells)} {len(nets)} {pins}", *cells, *nets, str(len(tiles)),
                          *(f"{x} {y}" for x, y in tiles), *(self.site_lines(kind) for kind in HARD_SITES)]) + "\n"

    @staticmethod
    def site_lines(kind):
        places = [BEL.match(site).groups() for site in HARD_SITES[kind]]
        return "\n".join([str(len(places)), *(f"{x} {y}" for x, y, _ in places)])

    def tiles(self):
        """All tiles of logic: whole rows, as wide as the widest."""
        places = set()
        for cell in self.module["cells"].values():
            x, y, site = BEL.match(cell["attributes"]["NEXTPNR_BEL"]).groups()
            if SITE.match(site):
                places.add((int(x), int(y)))
        columns, rows = sorted({x for x, _ in places}), sorted({y for _, y in places})
        return [(x, y) for y in rows for x in columns]

    def place(self, lines):
        for line in lines:
            i, x, y, lc = map(int, line.split())
            attributes = self.module["cells"][self.names[i]]["attributes"]
            hard = HARD_KIND.get(self.module["cells"][self.names[i]]["type"])
            if hard is not None:
                attributes["NEXTPNR_BEL"] = attributes["BEL"] = HARD_SITES[hard][lc]
                continue
            kind = SITE.match(BEL.match(attributes["NEXTPNR_BEL"])[3])[2]
            site = "SLICEC.RAMW" if kind == "RAMW" else f"SLICE{'ABCD'[lc // 2]}.{kind}{lc % 2}"
            attributes["NEXTPNR_BEL"] = f"X{x}/Y{y}/{site}"


# ---------------------------------------------------------------- recorded sites
# SHA-256 of the cells, their pins' nets and the sites they start from; then of all that can move, in the netlist's order,
# the columns, the rows, the places in the tile.
def digest(text):
    return hashlib.sha256(text.encode()).digest()


def record(path, text, lines):
    rows = [tuple(map(int, line.split())) for line in lines]
    path.write_bytes(lzma.compress(digest(text) + b"".join(bytes(row[k] for row in rows) for k in (1, 2, 3)),
                                   preset=9 | lzma.PRESET_EXTREME))


def recorded(path, text):
    """The lines that refine/ would have written; None if they are of another netlist."""
    data = lzma.decompress(path.read_bytes())
    if data[:32] != digest(text):
        return None
    cells = int(text.split(" ", 1)[0])
    moving = [i for i, line in enumerate(text.split("\n")[1:cells + 1]) if not line.startswith(f"{FIXED} ")]
    x, y, lc = (data[32 + k * len(moving):32 + (k + 1) * len(moving)] for k in range(3))
    return [f"{i} {x[k]} {y[k]} {lc[k]}" for k, i in enumerate(moving)]


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("placed", type=Path)
    parser.add_argument("refined", type=Path)
    parser.add_argument("--refine", required=True)
    parser.add_argument("--moves", required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--option", action="append", default=[], help="NAME=VALUE for PROGRAM")
    parser.add_argument("--recorded", type=Path)
    parser.add_argument("--record", type=Path)
    arguments = parser.parse_args()
    with open(arguments.placed, encoding="utf-8") as file:
        netlist = json.load(file)
    module = netlist["modules"]["top"]
    design = Design(module)
    text = design.text()
    lines = None
    if arguments.recorded and arguments.recorded.exists():
        lines = recorded(arguments.recorded, text)
        print(f"refine.py: {arguments.recorded}: {'sites of another netlist' if lines is None else 'sites taken'}")
    if lines is None:
        before, after = (arguments.refined.with_suffix(suffix) for suffix in (".before", ".after"))
        before.write_text(text, encoding="utf-8")
        subprocess.run([arguments.refine, before, after, arguments.moves, arguments.seed, *arguments.option], check=True)
        lines = after.read_text(encoding="utf-8").splitlines()
    if arguments.record:
        record(arguments.record, text, lines)
    design.place(lines)
    module["settings"].pop("target_freq", None)  # the placer's, which the router would take for its own
    with open(arguments.refined, "w", encoding="utf-8") as file:
        json.dump(netlist, file)


if __name__ == "__main__":
    sys.exit(main())
