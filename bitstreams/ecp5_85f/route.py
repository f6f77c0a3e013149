#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Routes what has been placed: hands the nets to router/, and its wires to nextpnr, which checks, times and packs them.

    route.py PLACED.json ROUTED.json --router PROGRAM --chipdb FILE [--option NAME=VALUE ...]

The router may exchange a LUT's inputs. nextpnr cannot be relied on to allow that where it reads a placement back: which
slices hold carry chains or RAM it looks up before it knows. So the exchange is made here, in the LUT's contents and
connections, and nextpnr is to be run with --disable-router-lutperm.
"""
import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from chipdb import BEL, ChipDatabase
from refine import IN_IGNORED, OUT_SEQUENTIAL, Design, parameter

INPUTS = "ABCD"
EXCHANGE_NONE, EXCHANGE_PAIRS, EXCHANGE_ALL = range(3)
EXCHANGE = {"LOGIC": EXCHANGE_ALL, "CCU2": EXCHANGE_PAIRS, "DPRAM": EXCHANGE_NONE, "RAMW_BLOCK": EXCHANGE_NONE}
# The last switch on the way to a LUT's pin: tile, pin, LUT, the input that it comes from.
TO_LUT = re.compile(r"(X\d+/Y\d+)/([ABCD])(\d)_SLICE;\1/0_0_([ABCD])\3->0_0_\2\3_SLICE;1;?")


class Nets:
    """The nets that are to be routed, by their number in the netlist, with their pins."""

    def __init__(self, module, chip):
        self.module = module
        self.design = Design(module)
        self.chip = chip
        self.drivers, self.sinks = {}, {}
        clocks = set()  # beyond their buffers they have wires of their own
        for index, cell in enumerate(module["cells"].values()):
            for pin, bits in cell["connections"].items():
                if not bits or (cell["type"] == "TRELLIS_IO" and pin == "B"):
                    continue
                if cell["type"] == "DCCA" and pin == "CLKO":
                    clocks.add(bits[0])
                elif cell["port_directions"][pin] == "output":
                    self.drivers[bits[0]] = index, cell, pin
                else:
                    self.sinks.setdefault(bits[0], []).append((index, cell, pin))
        self.order = [net for net in self.drivers if net in self.sinks]
        undriven = [net for net in self.sinks if net not in self.drivers and net not in clocks]
        if undriven:
            raise ValueError(f"{len(undriven)} nets are read and not driven")

    def net_line(self, net):
        index, cell, pin = self.drivers[net]
        out, domain, start_ps = self.design.driver(cell, pin) if cell["type"] != "TRELLIS_IO" else (OUT_SEQUENTIAL, -1, 0)
        sinks = {}  # two pins may share a wire: then the more urgent one counts, which has a clock
        for sink_index, sink, sink_pin in self.sinks[net]:
            kind, clock = self.design.sink(sink, sink_pin) if sink["type"] in TIMED else (IN_IGNORED, -1)
            wire = self.chip.pin_wire(sink, sink_pin)
            if wire not in sinks or sinks[wire][1] == IN_IGNORED:
                sinks[wire] = sink_index, kind, clock
        return (f"{len(sinks)} {out} {domain} {start_ps} {index} {spaced(self.chip.pin_wire(cell, pin))} "
                + " ".join(f"{spaced(sink)} {spaced(wire)}" for wire, sink in sinks.items())), len(sinks)

    def text(self):
        exchanges, carries = {}, []
        for index, cell in enumerate(self.module["cells"].values()):
            if cell["type"] == "TRELLIS_COMB":
                x, y, site = BEL.match(cell["attributes"]["NEXTPNR_BEL"]).groups()
                place, mode = (x, y, INPUTS.index(site[len("SLICE")])), parameter(cell, "MODE", "LOGIC")
                exchanges[place] = min(exchanges.get(place, EXCHANGE_ALL), EXCHANGE[mode])
                if mode == "CCU2":
                    carries.append(index)
        lines = [self.net_line(net) for net in self.order]
        return "\n".join([str(len(exchanges)), *(f"{spaced(place)} {rule}" for place, rule in exchanges.items()),
                          str(len(self.module["cells"])), f"{len(carries)} {spaced(carries)}",
                          f"{len(lines)} {sum(sinks for _, sinks in lines)}", *(line for line, _ in lines)]) + "\n"

    def take(self, lines):
        """Gives the nets their wires, exchanged inputs put right."""
        inputs = {}  # of each LUT: the input that each of its pins has got

        def straight(match):
            tile, pin, lut, source = match.groups()
            taken = inputs.setdefault((tile, int(lut)), {})
            again = source in taken.values()  # two pins of a LUT that read the same net
            taken[pin] = source
            return "" if again else f"{tile}/{source}{lut}_SLICE;{tile}/0_0_{source}{lut}->0_0_{source}{lut}_SLICE;1;"

        routing = {net: TO_LUT.sub(straight, line).rstrip(";") for net, line in zip(self.order, lines, strict=True)}
        for name in self.module["netnames"].values():
            if len(name["bits"]) == 1 and name["bits"][0] in routing:
                name["attributes"]["ROUTING"] = routing[name["bits"][0]]
        exchanged = 0
        for cell in self.module["cells"].values():
            if cell["type"] == "TRELLIS_COMB":
                x, y, site = BEL.match(cell["attributes"]["NEXTPNR_BEL"]).groups()
                lut = 2 * INPUTS.index(site[len("SLICE")]) + int(site[-1])
                exchanged += exchange(cell, inputs.get((f"X{x}/Y{y}", lut), {}))
        return exchanged


TIMED = ("TRELLIS_COMB", "TRELLIS_FF", "TRELLIS_RAMW", "MULT18X18D", "DP16KD")


def spaced(values):
    return " ".join(map(str, values))


def exchange(cell, taken):
    """Connects a LUT as its pins were routed and turns its contents accordingly; whether there was something to do."""
    connections = cell["connections"]
    taken = {pin: source for pin, source in taken.items() if connections.get(pin)}
    if all(pin == source for pin, source in taken.items()):
        return False
    # Pins without a net get the inputs that are left, each its own pair's first: those of a carry chain must stay there.
    free = [pin for pin in INPUTS if pin not in taken.values()]
    for pin in INPUTS:
        if pin not in taken:
            pair = INPUTS.index(pin) // 2
            taken[pin] = min(free, key=lambda p: INPUTS.index(p) // 2 != pair)
            free.remove(taken[pin])
    old, contents = cell["parameters"]["INITVAL"], []
    for value in range(15, -1, -1):  # the first character is of all ones
        was = sum(1 << k for k, pin in enumerate(INPUTS) if value >> INPUTS.index(taken[pin]) & 1)
        contents.append(old[15 - was])
    cell["parameters"]["INITVAL"] = "".join(contents)
    nets = {pin: connections.get(pin, []) for pin in INPUTS}
    connections.update({pin: [] for pin in INPUTS})
    for pin, source in taken.items():
        connections[source] = nets[pin] or connections[source]
    cell["port_directions"].update({pin: "input" for pin in INPUTS})
    return True


def main():
    parser = argparse.ArgumentParser(description="see the head of this file")
    parser.add_argument("placed", type=Path)
    parser.add_argument("routed", type=Path)
    parser.add_argument("--router", required=True)
    parser.add_argument("--chipdb", required=True)
    parser.add_argument("--option", action="append", default=[], help="NAME=VALUE for PROGRAM")
    arguments = parser.parse_args()
    with open(arguments.placed, encoding="utf-8") as file:
        netlist = json.load(file)
    nets = Nets(netlist["modules"]["top"], ChipDatabase(arguments.chipdb))
    asked, routes = (arguments.routed.with_suffix(suffix) for suffix in (".nets", ".routes"))
    asked.write_text(nets.text(), encoding="utf-8")
    if subprocess.run([arguments.router, arguments.chipdb, asked, routes, *arguments.option], check=False).returncode != 0:
        sys.exit(f"route.py: not routed; what was asked for is in {asked}")
    exchanged = nets.take(routes.read_text(encoding="utf-8").splitlines())
    # nextpnr takes this from the netlist, whatever its options say. router2 tells which wires it does not like.
    netlist["modules"]["top"].setdefault("settings", {})["router"] = "router2"
    print(f"route.py: {len(nets.order)} nets routed; the inputs of {exchanged} LUTs exchanged")
    with open(arguments.routed, "w", encoding="utf-8") as file:
        json.dump(netlist, file)


if __name__ == "__main__":
    sys.exit(main())
